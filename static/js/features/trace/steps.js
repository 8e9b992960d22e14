/** List the steps of a trace: the forward pass, the backward pass and the update of one example. */

import { unitIndex } from "../../wire/decoder.js";

/**
 * @typedef {"input" | "neuron" | "softmax" | "loss" | "output" | "delta" | "gradient" | "update" | "after"} Kind
 * @typedef {{kind: Kind, layer: number, neuron: number}} Step layer 0 is the first hidden one
 * @typedef {import("../../draw/network.js").Lit} Lit
 */

/** The passes, each with the kind of its first step. */
export const PASSES = /** @type {{name: "forward" | "backward" | "update", first: Kind}[]} */ ([
  { name: "forward", first: "input" },
  { name: "backward", first: "output" },
  { name: "update", first: "update" },
]);

/** @type {Record<"forward" | "backward" | "update", Kind>} the kind of a pass's step for one neuron */
const KIND_OF_NEURON = { forward: "neuron", backward: "delta", update: "update" };

/**
 * Return all steps: forward, neuron by neuron, to the loss; backward from the output, with each neuron's delta and the
 * derivatives of its weights; then every neuron's update and the new loss.
 * @param {number[]} sizes units of each layer, inputs first
 * @param {boolean} softmax at the output
 * @returns {Step[]}
 */
export function stepsOf(sizes, softmax) {
  const layers = sizes.slice(1);
  const all = (/** @type {Kind} */ kind, /** @type {number} */ layer) =>
    Array.from({ length: layers[layer] }, (_, neuron) => ({ kind, layer, neuron }));
  const last = layers.length - 1;
  const at = (/** @type {Kind} */ kind) => ({ kind, layer: last, neuron: 0 });
  const upwards = layers.map((_, layer) => layer);
  const downwards = upwards.toReversed();
  return [
    at("input"),
    ...upwards.flatMap((layer) => all("neuron", layer)),
    ...(softmax ? [at("softmax")] : []),
    at("loss"),
    ...all("output", last),
    ...downwards.flatMap((layer) =>
      all("delta", layer).flatMap((step) => [step, { ...step, kind: /** @type {Kind} */ ("gradient") }]),
    ),
    ...downwards.flatMap((layer) => all("update", layer)),
    at("after"),
  ];
}

/**
 * Return the pass that a step belongs to.
 * @param {Kind} kind
 */
export function passOf(kind) {
  if (kind === "update" || kind === "after") return "update";
  return kind === "output" || kind === "delta" || kind === "gradient" ? "backward" : "forward";
}

/**
 * Return the index of the same pass's step for a neuron. In the backward pass this is the step of its delta.
 * @param {Step[]} steps
 * @param {number} current
 * @param {{layer: number, neuron: number}} at
 */
export function stepAt(steps, current, at) {
  const kind = KIND_OF_NEURON[passOf(steps[current].kind)];
  return steps.findIndex((step) => step.kind === kind && step.layer === at.layer && step.neuron === at.neuron);
}

/**
 * Return the units and the weights to light at a step.
 * @param {number[]} sizes
 * @param {Step} step
 * @returns {Lit}
 */
export function litBy(sizes, { kind, layer, neuron }) {
  // The first column holds the inputs, so a layer's column is its index plus 1.
  const whole = (/** @type {number} */ at) =>
    Array.from({ length: sizes[at] }, (_, i) => unitIndex(sizes, { layer: at - 1, neuron: i }));
  const self = unitIndex(sizes, { layer, neuron });
  const none = () => false;
  const incoming = (/** @type {{layer: number, neuron: number}} */ edge) =>
    edge.layer === layer && edge.neuron === neuron;
  if (kind === "input") return { units: new Set(whole(0)), edges: none };
  if (kind === "softmax" || kind === "loss") return { units: new Set(whole(sizes.length - 1)), edges: none };
  if (kind === "output") return { units: new Set([self]), edges: none };
  if (kind === "after") return { units: new Set(whole(sizes.length - 1)), edges: () => true };
  if (kind === "delta") {
    const above = layer + 2 < sizes.length ? whole(layer + 2) : [];
    return { units: new Set([self, ...above]), edges: (edge) => edge.layer === layer + 1 && edge.input === neuron };
  }
  return { units: new Set([self, ...whole(layer)]), edges: incoming };
}

/**
 * Return the units and the weights on a path from the loss to a weight.
 * @param {number[]} sizes
 * @param {{layer: number, neuron: number, input: number | null}} weight
 * @param {number[]} neurons of the path, the output first
 * @returns {Lit}
 */
export function litByPath(sizes, weight, neurons) {
  const last = sizes.length - 2;
  const units = neurons.map((neuron, i) => unitIndex(sizes, { layer: last - i, neuron }));
  if (weight.input !== null) units.push(unitIndex(sizes, { layer: weight.layer - 1, neuron: weight.input }));
  return {
    units: new Set(units),
    edges: ({ layer, neuron, input }) => {
      const at = last - layer;
      if (neurons[at] !== neuron) return false;
      return layer === weight.layer ? input === weight.input : neurons[at + 1] === input;
    },
  };
}

/**
 * Return the frame's trace with its steps and the current one; null if there is none.
 * @param {Pick<import("../../state/state.js").State, "running" | "trace">} state
 */
export function traceOf({ running, trace: { step } }) {
  const trace = running?.trace;
  if (!running || !trace) return null;
  const steps = stepsOf(running.sizes, trace.activations.at(-1) === "softmax");
  const at = Math.min(step, steps.length - 1);
  return { steps, at, step: steps[at], trace };
}

/** @typedef {NonNullable<ReturnType<typeof traceOf>>} ShownTrace */
