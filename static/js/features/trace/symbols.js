/** Build formulas in TeX: the names of a network's parts, its numbers, and the registries' formulas filled in. */

import { parameterIndex, unitIndex } from "../../wire/decoder.js";
import { factor, tex } from "./decimals.js";

/**
 * @typedef {import("../../core/geometry.js").Parameter} Parameter
 * @typedef {object} Notation the formulas of the engine's registries in TeX
 * @property {Record<string, {tex: string, derivative: string}>} activations
 * @property {Record<string, {tex: string, derivative: string}>} losses
 * @property {Record<string, Record<string, string>>} optimizers the rules of each vector of the state and, last, of the weight
 * @property {Record<string, string>} penalties their derivatives
 * @property {Record<string, string>} features without the learner's own formulas
 * @typedef {object} Scene
 * @property {import("../../wire/decoder.js").Trace} trace
 * @property {{sizes: number[], theta: Float64Array, flags: Uint8Array}} frame
 * @property {import("../../wire/decoder.js").Experiment} experiment
 * @property {string[]} inputs the features in TeX
 * @property {Notation} notation
 * @property {number} digits
 */

/** Up to this number of terms, a sum is written out in symbols; beyond it, a sum sign is used. */
export const WRITTEN_OUT = 3;

/** @param {string} result */
export const strong = (result) => `\\boldsymbol{${result}}`;

/**
 * Join terms with plus signs, except before a term with a minus sign.
 * @param {string[]} terms
 */
export function sum(terms) {
  return terms.map((term, i) => (i === 0 || term.startsWith("-") ? term : `+${term}`)).join("");
}

/**
 * Replace names such as \Weight in a registry's formula with values. A value loses its brackets if the formula has its
 * own.
 * @param {string} formula
 * @param {Record<string, string>} values by name
 */
export function filled(formula, values) {
  if (formula === "\\Z") return values.Z.replace(/^\((.*)\)$/, "$1");
  return formula
    .replace(/\\([A-Z][A-Za-z]*)(\^?)/g, (whole, name, power) => {
      if (!(name in values)) return whole;
      return `${power && values[name].includes("^{(") ? `\\bigl(${values[name]}\\bigr)` : `{${values[name]}}`}${power}`;
    })
    .replace(/(\(|\\,)\{\(([^()]*)\)\}\)/g, "$1{$2})");
}

/**
 * Return a formula as a factor: put a sum in brackets, but not a condition after the comma.
 * @param {string} formula
 */
export function grouped(formula) {
  const [body, ...where] = formula.split(",\\;");
  const flat = body.replace(/\{[^{}]*\}|\([^()]*\)/g, "");
  const isSum = /[+-]/.test(flat) && !body.startsWith("\\begin") && !body.startsWith("\\frac");
  return [isSum ? `\\bigl(${body}\\bigr)` : body, ...where].join(",\\;");
}

/**
 * Return functions that name the parts of a scene's network and return its numbers. Layers count from 0; layer -1 holds
 * the inputs.
 * @param {Scene} scene
 */
export function symbolsOf({ trace, frame, inputs, digits }) {
  const { sizes, theta } = frame;
  const last = sizes.length - 2;
  const single = sizes[last + 1] === 1;
  const index = (/** @type {number} */ layer, /** @type {number | string} */ neuron) =>
    layer === last && single ? "" : `_{${neuron}}`;
  const unit = (/** @type {number} */ layer, /** @type {number} */ neuron) =>
    unitIndex(sizes, { layer, neuron }) - sizes[0];

  /**
   * @param {number} layer
   * @param {number | string} neuron counted from 1, or a letter
   */
  const z = (layer, neuron) => `z^{(${layer + 1})}${index(layer, neuron)}`;
  /**
   * @param {number} layer
   * @param {number | string} neuron
   */
  const a = (layer, neuron) => {
    if (layer < 0) return typeof neuron === "string" ? `x_{${neuron}}` : inputs[neuron - 1];
    return layer === last ? `p${index(layer, neuron)}` : `a^{(${layer + 1})}${index(layer, neuron)}`;
  };
  /**
   * @param {number} layer
   * @param {number | string} neuron
   * @param {number | string | null} input null is the bias
   */
  const w = (layer, neuron, input) => {
    if (input === null) return `b^{(${layer + 1})}${index(layer, neuron)}`;
    const comma = sizes[layer] > 9 || sizes[layer + 1] > 9 ? "," : "";
    const to = layer === last && single ? "" : `${neuron}${comma}`;
    return `w^{(${layer + 1})}_{${to}${input}}`;
  };
  return {
    last,
    single,
    unit,
    z,
    a,
    w,
    t: (/** @type {number | string} */ neuron) => `t${index(last, neuron)}`,
    delta: (/** @type {number} */ layer, /** @type {number | string} */ neuron) =>
      `\\delta^{(${layer + 1})}${index(layer, neuron)}`,
    /** @param {Parameter} parameter */
    nameOf: ({ layer, neuron, input }) => w(layer, neuron + 1, input === null ? null : input + 1),
    /** @param {Parameter} parameter */
    indexOf: ({ layer, neuron, input }) => parameterIndex(sizes, layer, neuron, input),
    /** @param {Parameter} parameter */
    weight: ({ layer, neuron, input }) => theta[parameterIndex(sizes, layer, neuron, input)],
    value: (/** @type {number} */ layer, /** @type {number} */ neuron) =>
      layer < 0 ? trace.inputs[neuron] : trace.a[unit(layer, neuron)],
    n: (/** @type {number} */ value) => tex(value, digits),
    f: (/** @type {number} */ value) => factor(value, digits),
  };
}

/**
 * Return the parameters of a neuron: its weights, then its bias.
 * @param {number[]} sizes
 * @param {{layer: number, neuron: number}} at
 * @returns {Parameter[]}
 */
export function parametersOf(sizes, { layer, neuron }) {
  const weights = Array.from({ length: sizes[layer] }, (_, input) => ({ layer, neuron, input }));
  return [...weights, { layer, neuron, input: null }];
}

/** @param {string} symbol */
export const derivative = (symbol) => `\\frac{\\partial L}{\\partial ${symbol}}`;
