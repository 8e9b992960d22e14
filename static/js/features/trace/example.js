/** The example that is taken through the network: where its walk stands, and which examples there are. */

import { all } from "../../core/dom.js";
import { stepsOf } from "./steps.js";

/** @typedef {import("../../state/state.js").State} State */

/**
 * Return the walk through the frame's network, and the step where it stands; null where no example is explained.
 * @param {Pick<State, "running" | "walk">} state
 */
export function walkOf({ running, walk }) {
  const explanation = running?.trace;
  if (!running || !explanation) return null;
  const steps = stepsOf(running.sizes, explanation.activations.at(-1) === "softmax");
  const at = Math.min(walk.step, steps.length - 1);
  return { steps, at, step: steps[at], explanation };
}

/** @returns {HTMLInputElement[]} or menus: the fields of its point and its target */
export function fieldsOf() {
  return /** @type {any[]} */ (all("#example-fields input, #example-fields select"));
}
