/** Judge the goals of lessons. server/lessons/goals.py reads them and has the same quantities. */

import { parameterCount } from "../../wire/decoder.js";

/**
 * @typedef {{quantity: string, comparison: string, value: string}} Condition as a lesson's page has it
 * @typedef {Record<string, any>} Facts numbers and names
 */

/** @type {Record<string, (a: any, b: any) => boolean>} */
const COMPARISONS = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "=": (a, b) => a === b,
  "!=": (a, b) => a !== b,
};

/**
 * Return the facts that conditions compare, for each epoch with a loss reading. A list stands for its length.
 * @param {import("../../wire/decoder.js").Experiment} experiment
 * @param {Pick<import("../../wire/decoder.js").Frame, "curve" | "sizes">} frame
 * @returns {Facts[]}
 */
export function factsOf(experiment, { curve, sizes }) {
  /** @type {Facts} */
  const settings = {};
  for (const [name, value] of Object.entries(experiment)) {
    settings[name] = Array.isArray(value) ? value.length : value;
  }
  settings.hidden_neurons = experiment.hidden_layers.reduce((sum, count) => sum + count, 0);
  settings.parameters = parameterCount(sizes);
  const facts = [];
  for (let i = 0; i < curve.length; i += 3) {
    facts.push({ ...settings, epoch: curve[i], train_loss: curve[i + 1], test_loss: curve[i + 2] });
  }
  return facts;
}

/**
 * @param {Condition} condition
 * @param {Facts} facts
 */
export function holds({ quantity, comparison, value }, facts) {
  const fact = facts[quantity];
  return COMPARISONS[comparison](fact, typeof fact === "number" ? Number(value) : value);
}

/**
 * Return whether all conditions hold in one of the epochs.
 * @param {Condition[]} goal
 * @param {Facts[]} facts
 */
export function isReached(goal, facts) {
  return facts.some((each) => goal.every((condition) => holds(condition, each)));
}
