/** Write the chain rule of one weight in TeX: the product along each path from the loss, and their sum. */

import { derivative, strong, symbolsOf } from "./symbols.js";

/**
 * @typedef {{neurons: number[], symbols: string, numbers: string}} PathLine
 * @param {import("./symbols.js").Scene} scene
 * @returns {{total: string, count: number, lines: PathLine[]} | null} null if nothing is unfolded
 */
export function pathEquations(scene) {
  const { trace } = scene;
  const { paths, activations } = trace;
  if (!paths) return null;
  const { a, w, z, delta, n, f, last, nameOf } = symbolsOf(scene);
  const softmax = activations[last] === "softmax";

  /** @param {number[]} neurons of a path, the output first */
  function chain(neurons) {
    const k = neurons[0] + 1;
    const factors = softmax ? [delta(last, k)] : [derivative(a(last, k)), slope(a(last, k), z(last, k))];
    for (let i = 1; i < neurons.length; i++) {
      const [layer, j] = [last - i, neurons[i] + 1];
      factors.push(w(layer + 1, neurons[i - 1] + 1, j), slope(a(layer, j), z(layer, j)));
    }
    if (paths && paths.input !== null) factors.push(a(paths.layer - 1, paths.input + 1));
    return factors.join("\\cdot ");
  }

  return {
    total: `${derivative(nameOf(paths))}=${strong(n(paths.total))}`,
    count: paths.count,
    lines: paths.shown.map(({ neurons, factors, product }) => ({
      neurons,
      symbols: chain(neurons),
      numbers: `${factors.map((value, i) => (i === 0 ? n(value) : f(value))).join("\\cdot ")}=${strong(n(product))}`,
    })),
  };
}

/**
 * @param {string} a
 * @param {string} z
 */
const slope = (a, z) => `\\frac{\\partial ${a}}{\\partial ${z}}`;
