/** Write what a step computes in TeX: in symbols, and with the example's numbers. */

import { derivative, filled, grouped, parametersOf, strong, sum, symbolsOf, WRITTEN_OUT } from "./symbols.js";
import { updateEquations } from "./update.js";

/**
 * @typedef {import("./steps.js").Step} Step
 * @typedef {import("./symbols.js").Scene} Scene
 * @typedef {{tex: string, parameter?: import("../../core/geometry.js").Parameter, note?: string}} Line `parameter` is the weight of the
 *   line, if it has one; `note` says what the formula cannot
 * @typedef {{symbols: string, numbers: Line[]}} Equation
 */

/** Up to this number of outputs, their losses are written out; beyond it, only the sum is. */
const FEW = 3;

/**
 * Return the equations of a step.
 * @param {Step} step
 * @param {Scene} scene
 * @returns {Equation[]}
 */
export function equationsOf(step, scene) {
  return BY_KIND[step.kind](step, scene);
}

/** @type {Record<import("./steps.js").Kind, (step: Step, scene: Scene) => Equation[]>} */
const BY_KIND = {
  input: (_, scene) => inputEquations(scene),
  neuron: neuronEquations,
  softmax: (_, scene) => softmaxEquations(scene),
  loss: (_, scene) => lossEquations(scene),
  output: outputEquations,
  delta: deltaEquations,
  gradient: gradientEquations,
  update: updateEquations,
  after: (_, scene) => afterEquations(scene),
};

/**
 * @param {Scene} scene
 * @returns {Equation[]}
 */
function inputEquations(scene) {
  const { n, a } = symbolsOf(scene);
  const inputs = scene.trace.inputs.map((value, i) => `${a(-1, i + 1)}=${strong(n(value))}`);
  return [{ symbols: "", numbers: [{ tex: inputs.join(",\\quad ") }] }];
}

/**
 * @param {Step} step
 * @param {Scene} scene
 * @returns {Equation[]}
 */
function neuronEquations({ layer, neuron }, scene) {
  const { z, a, w, n, f, unit, value, weight } = symbolsOf(scene);
  const { trace, frame, notation } = scene;
  const j = neuron + 1;
  const inputs = Array.from({ length: frame.sizes[layer] }, (_, input) => input);
  const terms = inputs.map((i) => `${w(layer, j, i + 1)}\\,${a(layer - 1, i + 1)}`);
  const total =
    terms.length > WRITTEN_OUT
      ? `\\sum_{i=1}^{${terms.length}}${w(layer, j, "i")}\\,${a(layer - 1, "i")}`
      : terms.join("+");
  const numbers = inputs.map((input) => `${n(weight({ layer, neuron, input }))}\\cdot ${f(value(layer - 1, input))}`);
  const bias = n(weight({ layer, neuron, input: null }));
  const reached = trace.z[unit(layer, neuron)];
  const equations = [
    {
      symbols: `${z(layer, j)}=${total}+${w(layer, j, null)}`,
      numbers: [{ tex: `=${sum([...numbers, bias])}=${strong(n(reached))}` }],
    },
  ];
  const activation = trace.activations[layer];
  if (activation === "softmax") return equations;
  const formula = notation.activations[activation].tex;
  const result = strong(n(value(layer, neuron)));
  equations.push({
    symbols: `${a(layer, j)}=${filled(formula, { Z: z(layer, j) })}`,
    numbers: [{ tex: `=${filled(formula, { Z: f(reached) })}=${result}` }],
  });
  return equations;
}

/**
 * @param {Scene} scene
 * @returns {Equation[]}
 */
function softmaxEquations(scene) {
  const { z, a, n, unit, last, value } = symbolsOf(scene);
  const { trace, frame, notation } = scene;
  const outputs = Array.from({ length: frame.sizes[last + 1] }, (_, k) => k);
  const power = (/** @type {number} */ k) => `e^{${n(trace.z[unit(last, k)])}}`;
  const total = outputs.map(power).join("+");
  return [
    {
      symbols: `p_k=${filled(notation.activations.softmax.tex, { Z: z(last, "k") })}`,
      numbers: outputs.map((k) => ({
        tex: `${a(last, k + 1)}=\\frac{${power(k)}}{${total}}=${strong(n(value(last, k)))}`,
      })),
    },
  ];
}

/**
 * @param {Scene} scene
 * @returns {Equation[]}
 */
function lossEquations(scene) {
  const { n, f, a, t, last, single, value } = symbolsOf(scene);
  const { trace, frame, experiment, notation } = scene;
  const outputs = Array.from({ length: frame.sizes[last + 1] }, (_, k) => k);
  const formula = notation.losses[experiment.loss].tex;
  const delta = String(experiment.huber_delta);
  const terms = outputs.map((k) =>
    filled(formula, { Out: n(value(last, k)), Target: f(trace.target[k]), HuberDelta: delta }),
  );
  const written = terms.length > FEW ? "" : `=${sum(terms)}`;
  const given = outputs.map((k) => `${t(k + 1)}=${n(trace.target[k])}`).join(",\\;");
  return [
    {
      symbols: `L=${single ? "" : "\\sum_k "}${filled(formula, { Out: a(last, "k"), Target: t("k"), HuberDelta: "d" })}`,
      numbers: [{ tex: given }, { tex: `L${written}=${strong(n(trace.loss))}` }],
    },
  ];
}

/**
 * @param {Step} step
 * @param {Scene} scene
 * @returns {Equation[]}
 */
function outputEquations({ neuron }, scene) {
  const { a, t, n, f, last, unit, value } = symbolsOf(scene);
  const { trace, experiment, notation } = scene;
  const formula = notation.losses[experiment.loss].derivative;
  const delta = String(experiment.huber_delta);
  const numbers = { Out: n(value(last, neuron)), Target: f(trace.target[neuron]), HuberDelta: delta };
  const symbols = { Out: a(last, neuron + 1), Target: t(neuron + 1), HuberDelta: "d" };
  return [
    {
      symbols: `${derivative(a(last, neuron + 1))}=${filled(formula, symbols)}`,
      numbers: [{ tex: `=${filled(formula, numbers)}=${strong(n(trace.a_gradients[unit(last, neuron)]))}` }],
    },
  ];
}

/**
 * @param {Step} step
 * @param {Scene} scene
 * @returns {Equation[]}
 */
function deltaEquations({ layer, neuron }, scene) {
  const { z, a, t, w, delta, n, f, unit, last, value, weight } = symbolsOf(scene);
  const { trace, frame, notation } = scene;
  const [at, j] = [unit(layer, neuron), neuron + 1];
  const activation = trace.activations[layer];
  const result = strong(n(trace.deltas[at]));
  const named = `${delta(layer, j)}=${derivative(z(layer, j))}`;
  if (activation === "softmax") {
    const numbers = `=${n(value(last, neuron))}-${f(trace.target[neuron])}=${result}`;
    return [{ symbols: `${named}=${a(last, j)}-${t(j)}`, numbers: [{ tex: numbers }] }];
  }
  const { derivative: slope } = notation.activations[activation];
  const inSymbols = grouped(filled(slope, { Z: z(layer, j), A: a(layer, j) }));
  const inNumbers = filled(slope, { Z: f(trace.z[at]), A: f(value(layer, neuron)) }).split(",\\;")[0];
  const steep = f(trace.slopes[at]);
  if (layer === last) {
    const came = n(trace.a_gradients[at]);
    return [
      {
        symbols: `${named}=${derivative(a(layer, j))}\\cdot ${inSymbols}`,
        numbers: [{ tex: `=${came}\\cdot ${grouped(inNumbers)}` }, { tex: `=${came}\\cdot ${steep}=${result}` }],
      },
    ];
  }
  const above = Array.from({ length: frame.sizes[layer + 2] }, (_, k) => k);
  const terms = above.map((k) => `${w(layer + 1, k + 1, j)}\\,${delta(layer + 1, k + 1)}`);
  const total =
    terms.length > WRITTEN_OUT
      ? `\\sum_{k=1}^{${terms.length}}${w(layer + 1, "k", j)}\\,${delta(layer + 1, "k")}`
      : terms.join("+");
  const numbers = above.map(
    (k) => `${n(weight({ layer: layer + 1, neuron: k, input: neuron }))}\\cdot ${f(trace.deltas[unit(layer + 1, k)])}`,
  );
  return [
    {
      symbols: `${named}=\\bigl(${total}\\bigr)\\cdot ${inSymbols}`,
      numbers: [
        { tex: `=\\bigl(${sum(numbers)}\\bigr)\\cdot ${grouped(inNumbers)}` },
        { tex: `=${n(trace.a_gradients[at])}\\cdot ${steep}=${result}` },
      ],
    },
  ];
}

/**
 * @param {Step} step
 * @param {Scene} scene
 * @returns {Equation[]}
 */
function gradientEquations(step, scene) {
  const { layer, neuron } = step;
  const { a, w, delta, n, f, unit, value, nameOf, indexOf } = symbolsOf(scene);
  const { trace, frame } = scene;
  const d = trace.deltas[unit(layer, neuron)];
  const j = neuron + 1;
  const lines = parametersOf(frame.sizes, step).map((parameter) => {
    const { input } = parameter;
    const product = input === null ? "" : `=${n(d)}\\cdot ${f(value(layer - 1, input))}`;
    const result = strong(n(trace.gradient[indexOf(parameter)]));
    return { parameter, tex: `${derivative(nameOf(parameter))}${product}=${result}` };
  });
  const ofWeight = `${derivative(w(layer, j, "i"))}=${delta(layer, j)}\\,${a(layer - 1, "i")}`;
  const ofBias = `${derivative(w(layer, j, null))}=${delta(layer, j)}`;
  return [{ symbols: `${ofWeight},\\qquad ${ofBias}`, numbers: lines }];
}

/**
 * @param {Scene} scene
 * @returns {Equation[]}
 */
function afterEquations(scene) {
  const { n } = symbolsOf(scene);
  const { loss, loss_after: after } = scene.trace;
  return [
    {
      symbols: "L(w)\\;\\longrightarrow\\;L(w')",
      numbers: [{ tex: `${n(loss)}\\;\\longrightarrow\\;${strong(n(after))}` }],
    },
  ];
}
