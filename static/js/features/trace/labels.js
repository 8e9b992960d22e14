/** Choose what the network's picture shows of a trace: the lit parts, and the numbers computed so far. */

import { parameterIndex, unitIndex } from "../../wire/decoder.js";
import { plain } from "./decimals.js";
import { litBy, litByPath, passOf, traceOf } from "./steps.js";

/**
 * @typedef {import("../../draw/annotations.js").Label} Label
 * @typedef {import("../../draw/annotations.js").Labels} Labels
 */

/** The number of decimals that fit in the picture. */
const MOST = 4;

/**
 * Return what the network's picture shows of the trace; null if there is none. The path under the pointer is lit instead
 * of the step.
 * @param {import("../../state/state.js").State} state
 */
export function traceOverlay(state) {
  const { running, wanted } = state;
  const shown = traceOf(state);
  if (!shown || !running) return null;
  const { paths } = shown.trace;
  const neurons = state.trace.path === null ? undefined : paths?.shown[state.trace.path]?.neurons;
  const lit = paths && neurons ? litByPath(running.sizes, paths, neurons) : litBy(running.sizes, shown.step);
  return { lit, labels: labelsOf(shown, running, wanted?.view.digits ?? 3) };
}

/**
 * @param {{steps: import("./steps.js").Step[], at: number, trace: import("../../wire/decoder.js").Trace}} shown
 * @param {{sizes: number[], theta: Float64Array}} frame
 * @param {number} digits
 * @returns {Labels}
 */
export function labelsOf({ steps, at, trace }, { sizes, theta }, digits) {
  const show = (/** @type {number} */ value) => plain(value, Math.min(digits, MOST));
  const step = steps[at];
  const lit = litBy(sizes, step);
  /** @type {Labels["units"]} */
  const units = new Map();
  const put = (
    /** @type {number} */ unit,
    /** @type {string} */ text,
    /** @type {Label["tone"]} */ tone,
    long = text,
  ) => units.set(unit, { text, long, tone, lit: lit.units.has(unit) });
  trace.inputs.forEach((value, unit) => void put(unit, show(value), "value"));
  const after = step.kind === "after";
  for (const { kind, layer, neuron } of steps.slice(0, at + 1)) {
    const unit = unitIndex(sizes, { layer, neuron });
    const index = unit - sizes[0];
    const [z, a] = [trace.z[index], trace.a[index]];
    if (kind === "neuron" && !after) put(unit, show(a), "value", `${show(z)} → ${show(a)}`);
    if (kind === "delta" && !after) put(unit, `δ ${show(trace.deltas[index])}`, "delta");
  }
  const numbers = { gradient: trace.gradient, update: trace.updated }[/** @type {string} */ (step.kind)] ?? theta;
  const edges = [];
  for (const layer of after ? [] : [step.layer, step.layer + 1]) {
    for (let neuron = 0; neuron < (sizes[layer + 1] ?? 0); neuron++) {
      for (let input = 0; input < sizes[layer]; input++) {
        const edge = { layer, neuron, input };
        if (lit.edges(edge)) edges.push({ ...edge, text: show(numbers[parameterIndex(sizes, layer, neuron, input)]) });
      }
    }
  }
  const known = steps.slice(0, at + 1).some(({ kind }) => kind === "loss");
  const loss = after ? trace.loss_after : trace.loss;
  return { units, edges, loss: known && (passOf(step.kind) !== "update" || after) ? `L ${show(loss)}` : null };
}
