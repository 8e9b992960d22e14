/** Show a trace: the example, the step in words and formulas, and the paths to a weight. */

import { make, makeButton, partsOf, renew } from "../../core/dom.js";
import { _, ngettext } from "../../core/i18n.js";
import { createWatch } from "../../core/redraw.js";
import { parameterName } from "../../state/names.js";
import { plain } from "./decimals.js";
import { equationsOf } from "./equations.js";
import { pathEquations } from "./paths.js";
import { passName, sentenceOf, titleOf } from "./sentences.js";
import { passOf, traceOf } from "./steps.js";
import { typeset } from "./typeset.js";

/**
 * @typedef {import("../../state/state.js").State} State
 * @typedef {import("../../wire/decoder.js").Frame} Frame
 * @typedef {import("../../core/dom.js").Parts} Parts
 */

/** Decimals in the fields of an example. */
const FIELD_DIGITS = 4;

/**
 * Return the fields of an example: its point and its target.
 * @param {HTMLElement} parent
 * @returns {HTMLInputElement[]} or menus, which are used the same way
 */
export function fieldsIn(parent) {
  return /** @type {any[]} */ ([...parent.querySelectorAll("input, select")]);
}

/**
 * @param {object} options
 * @param {HTMLElement} options.root
 * @param {HTMLElement} options.opener the button that opens the trace
 * @param {import("./symbols.js").Notation} options.notation
 */
export function createTrace({ root, opener, notation }) {
  const parts = partsOf(root);
  const { part } = parts;
  const [fieldsChanged, stepChanged, pathsChanged, lookChanged] = [
    createWatch(),
    createWatch(),
    createWatch(),
    createWatch(),
  ];

  /**
   * @param {State} state
   * @param {Frame} frame
   */
  function draw(state, frame) {
    const { wanted, accepted } = state;
    const example = wanted?.view.example ?? null;
    if (lookChanged(example === null)) {
      root.hidden = example === null;
      opener.setAttribute("aria-pressed", String(example !== null));
    }
    if (example === null || !accepted) return;
    if (fieldsChanged(String(example), wanted?.view.digits, frame.sizes, accepted.experiment, accepted.class_names))
      showFields(parts, state, frame, example);
    const shown = traceOf(state);
    part("trace-waits").hidden = shown !== null;
    part("trace-steps").hidden = shown === null;
    if (!shown) return;
    const { trace } = shown;
    const digits = wanted?.view.digits ?? 3;
    const scene = {
      trace,
      frame,
      experiment: accepted.experiment,
      inputs: inputsOf(frame, notation),
      notation,
      digits,
    };
    if (stepChanged(trace, shown.at, digits, state.trace.playing)) showStep(parts, state, frame, scene, shown);
    if (pathsChanged(trace.paths, digits)) showPaths(parts, frame, scene);
  }
  return { draw };
}

/**
 * @param {Frame} frame
 * @param {import("./symbols.js").Notation} notation
 */
function inputsOf({ features }, { features: known }) {
  return features.map((name, i) => known[name] ?? `x_{${i + 1}}`);
}

/**
 * Show the example's point and its target, or a target for each output.
 * @param {Parts} parts
 * @param {State} state
 * @param {Frame} frame
 * @param {number[]} example
 */
function showFields({ part, menu }, { accepted, wanted }, { classes }, example) {
  const targets = example.slice(2);
  const names = classes > 1 && targets.length === 1 ? labelsOf(classes, accepted?.class_names ?? []) : null;
  const titles = ["x₁", "x₂", ...(targets.length === 1 ? [_("Target")] : targets.map((_, k) => `t${"₁₂₃₄₅₆"[k]}`))];
  const parent = part("example-fields");
  const kind = `${titles.length} ${JSON.stringify(names)}`;
  if (parent.dataset.kind !== kind) {
    parent.dataset.kind = kind;
    parent.replaceChildren(...titles.map((title, i) => field(title, i === 2 ? names : null)));
  }
  fieldsIn(parent).forEach((box, i) => {
    if (document.activeElement === box && box.value !== box.dataset.shown) return;
    box.value = box.dataset.shown = String(Number(example[i].toFixed(FIELD_DIGITS)));
  });
  menu("trace-digits").value = String(wanted?.view.digits ?? 3);
}

/**
 * @param {number} classes
 * @param {string[]} given
 * @returns {[number, string][]} each label and its name
 */
function labelsOf(classes, given) {
  if (classes === 2)
    return [
      [-1, given[0] ?? "−1"],
      [1, given[1] ?? "+1"],
    ];
  return Array.from({ length: classes }, (_none, i) => [i, given[i] ?? _("Class {number}", { number: i + 1 })]);
}

/**
 * @param {string} title
 * @param {[number, string][] | null} options of a menu; null makes a field for a number
 */
function field(title, options) {
  if (options) return make("label", "", title, menuOf(options));
  const box = Object.assign(make("input"), { type: "number", step: "any", min: "-1000", max: "1000" });
  return make("label", "", title, box);
}

/** @param {[number, string][]} options */
function menuOf(options) {
  return make("select", "", ...options.map(([value, text]) => new Option(text, String(value))));
}

/**
 * @param {Parts} parts
 * @param {Pick<State, "trace">} state
 * @param {Frame} frame
 * @param {import("./symbols.js").Scene} scene
 * @param {import("./steps.js").ShownTrace} shown
 */
function showStep({ part, button: buttonOf, input, all }, { trace: { playing } }, frame, scene, { steps, at, step }) {
  const pass = passOf(step.kind);
  for (const button of all("[data-pass]")) button.setAttribute("aria-pressed", String(button.dataset.pass === pass));
  const slider = input("trace-step");
  slider.max = String(steps.length - 1);
  slider.value = String(at);
  slider.setAttribute("aria-valuetext", `${passName(pass)}: ${titleOf(step, frame)}`);
  part("step-count").textContent = _("Step {number} of {count}", { number: at + 1, count: steps.length });
  buttonOf("previous-step").disabled = at === 0;
  buttonOf("next-step").disabled = at === steps.length - 1;
  const play = part("play-trace");
  play.setAttribute("aria-pressed", String(playing));
  play.setAttribute("aria-label", playing ? _("Pause trace") : _("Play trace"));
  part("step-title").textContent = titleOf(step, frame);
  part("step-text").textContent = sentenceOf(step, frame, scene.experiment);
  const equations = equationsOf(step, scene);
  part("step-equations").replaceChildren(...equations.flatMap((equation) => blocks(equation, scene, frame)));
}

/**
 * @param {import("./equations.js").Equation} equation
 * @param {import("./symbols.js").Scene} scene
 * @param {Frame} frame
 */
function blocks({ symbols, numbers }, { trace }, frame) {
  const made = numbers.map(({ tex, parameter, note }) => {
    const line = parameter ? makeButton("numbers", "") : make("div", "numbers");
    if (parameter) {
      const { paths } = trace;
      const open =
        paths &&
        paths.layer === parameter.layer &&
        paths.neuron === parameter.neuron &&
        paths.input === parameter.input;
      line.dataset.parameter = JSON.stringify(parameter);
      line.setAttribute("aria-pressed", String(Boolean(open)));
      line.title = _("Unfold the chain rule: {weight}", { weight: parameterName(frame, parameter) });
    }
    if (note) {
      const formula = make("span");
      line.append(formula, make("span", "note", note));
      typeset(formula, tex);
    } else typeset(line, tex);
    return line;
  });
  if (!symbols) return made;
  const head = make("div", "symbols");
  typeset(head, symbols);
  return [head, ...made];
}

/**
 * @param {Parts} parts
 * @param {Frame} frame
 * @param {import("./symbols.js").Scene} scene
 */
function showPaths({ part }, frame, scene) {
  const box = part("chain-rule");
  const found = pathEquations(scene);
  box.hidden = found === null;
  if (!found || !scene.trace.paths) return;
  const { count, lines } = found;
  part("paths-title").textContent = _("The chain rule, path by path: {weight}", {
    weight: parameterName(frame, scene.trace.paths),
  });
  part("paths-text").textContent = ngettext(
    "{count} path leads from the loss to this parameter. The chain rule multiplies the factors along it.",
    "{count} paths lead from the loss to this parameter. The chain rule multiplies the factors along each path and adds up the paths.",
    count,
  );
  typeset(part("paths-total"), found.total);
  const parent = part("paths");
  renew(parent, lines.length, () => {
    const item = make("li", "", make("div", "symbols"), make("div", "numbers"));
    item.tabIndex = 0;
    return item;
  });
  lines.forEach((line, i) => {
    const item = /** @type {HTMLElement} */ (parent.children[i]);
    item.dataset.path = String(i);
    typeset(/** @type {HTMLElement} */ (item.children[0]), line.symbols);
    typeset(/** @type {HTMLElement} */ (item.children[1]), `=${line.numbers}`);
  });
  const more = part("paths-rest");
  more.hidden = count <= lines.length;
  more.textContent = ngettext(
    "and {count} smaller path, which adds {rest}",
    "and {count} smaller paths, which add up to {rest}",
    count - lines.length,
    { rest: plain(scene.trace.paths.remainder, scene.digits) },
  );
}
