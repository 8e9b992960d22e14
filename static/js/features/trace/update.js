/** Write the update of a neuron's weights in TeX: the optimizer's rule, then the penalty. */

import { _ } from "../../core/i18n.js";
import { FREE, LOCKED } from "../../wire/decoder.js";
import { filled, grouped, parametersOf, strong, symbolsOf } from "./symbols.js";

/** Each hyperparameter's symbol, and the field of the experiment that holds its number. */
const HYPERPARAMETERS = /** @type {Record<string, [string, string]>} */ ({
  Momentum: ["\\mu", "momentum"],
  Rho: ["\\rho", "rho"],
  BetaOne: ["\\beta_1", "beta1"],
  BetaTwo: ["\\beta_2", "beta2"],
  WeightDecay: ["\\gamma", "weight_decay"],
  ElasticRatio: ["r", "elastic_ratio"],
});

/**
 * @param {import("./steps.js").Step} step
 * @param {import("./symbols.js").Scene} scene
 * @returns {import("./equations.js").Equation[]}
 */
export function updateEquations(step, scene) {
  const { frame, experiment, notation } = scene;
  const rule = Object.entries(notation.optimizers[experiment.optimizer]);
  const state = rule.slice(0, -1).map(([symbol]) => symbol);
  const penalised = experiment.penalty !== "none" && experiment.penalty_rate > 0;
  const pull = notation.penalties[experiment.penalty];
  const symbols = symbolsFor(state);
  const pulled = penalised ? `-\\eta\\,\\lambda\\,${grouped(filled(pull, symbols))}` : "";
  const general = rule.map(([symbol, formula], i) =>
    i < state.length ? `${symbol}'=${filled(formula, symbols)}` : `w\\leftarrow ${filled(formula, symbols)}${pulled}`,
  );
  const lines = parametersOf(frame.sizes, step).flatMap((parameter) =>
    linesOf(parameter, scene, rule, penalised && parameter.input !== null ? pull : null),
  );
  return general.map((symbols, i) => ({ symbols, numbers: i < state.length ? [] : lines }));
}

/** @param {string[]} state symbols of the optimizer's vectors */
function symbolsFor([first = "", second = ""]) {
  const hyperparameters = Object.fromEntries(Object.entries(HYPERPARAMETERS).map(([name, [symbol]]) => [name, symbol]));
  return {
    ...hyperparameters,
    Weight: "w",
    Gradient: "g",
    Rate: "\\eta",
    First: first,
    Second: second,
    FirstNew: `${first}'`,
    SecondNew: `${second}'`,
    DecayOne: "\\beta_1^t",
    DecayTwo: "\\beta_2^t",
  };
}

/**
 * @param {import("../../core/geometry.js").Parameter} parameter
 * @param {import("./symbols.js").Scene} scene
 * @param {[string, string][]} rule
 * @param {string | null} pull the penalty's derivative, if it applies
 * @returns {import("./equations.js").Line[]} one line per vector of the state, then the weight's
 */
function linesOf(parameter, scene, rule, pull) {
  const { n, f, weight, nameOf, indexOf } = symbolsOf(scene);
  const { trace, frame, experiment } = scene;
  const [i, size, old] = [indexOf(parameter), frame.theta.length, weight(parameter)];
  const [now, named] = [trace.updated[i], nameOf(parameter)];
  const flag = frame.flags[i];
  if (flag !== FREE) {
    const note = flag === LOCKED ? _("locked: unchanged") : _("stays 0: zeroed by regularization");
    return [{ parameter, tex: `${named}=${strong(n(now))}`, note }];
  }
  const fields = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (experiment));
  const hyperparameters = Object.fromEntries(
    Object.entries(HYPERPARAMETERS).map(([name, [, field]]) => [name, String(fields[field])]),
  );
  const rate = n(trace.learning_rate);
  const formula = rule[rule.length - 1][1];
  const numbers = {
    ...hyperparameters,
    Weight: f(old),
    Gradient: f(trace.gradient[i] * trace.shortened),
    Rate: rate,
    First: f(trace.state_before[i]),
    FirstNew: f(trace.state[i]),
    Second: f(trace.state_before[size + i]),
    SecondNew: f(trace.state[size + i]),
    DecayOne: n(trace.decays[0]),
    DecayTwo: n(trace.decays[1]),
  };
  const before = rule.slice(0, -1).map(([symbol, of], slot) => ({
    tex: `${symbol}'=${filled(of, numbers)}=${n(trace.state[slot * size + i])}`,
  }));
  // The first number of a formula needs no brackets.
  const move = formula.startsWith("\\Weight")
    ? `${n(old)}${filled(formula.slice("\\Weight".length), numbers)}`
    : filled(formula, numbers);
  const pulled =
    pull === null ? "" : `-${rate}\\cdot ${n(experiment.penalty_rate)}\\cdot ${grouped(filled(pull, numbers))}`;
  const crossed = pull !== null && now === 0 && trace.descended[i] !== 0;
  const step = `${named}\\leftarrow ${move}${pulled}`;
  if (crossed)
    return [...before, { parameter, tex: `${step}\\;\\to\\;${strong("0")}`, note: _("crossed 0: set to 0 for good") }];
  return [...before, { parameter, tex: `${step}=${strong(n(now))}` }];
}
