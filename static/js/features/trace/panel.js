/** The microscope's panel: the step where the walk stands, in words and formulas, and the paths to a weight. */

import { all, byId, inputById, makeButton, menuById, renew } from "../../core/dom.js";
import { _, ngettext } from "../../core/i18n.js";
import { createWatch } from "../../core/redraw.js";
import { parameterName } from "../../state/names.js";
import { plain } from "./decimals.js";
import { equationsOf } from "./equations.js";
import { fieldsOf, walkOf } from "./example.js";
import { pathEquations } from "./paths.js";
import { passName, sentenceOf, titleOf } from "./sentences.js";
import { passOf } from "./steps.js";
import { typeset } from "./typeset.js";

/**
 * @typedef {import("../../state/state.js").State} State
 * @typedef {import("../../wire/decoder.js").Frame} Frame
 */

/** Digits after the point that the fields of an example show. */
const FIELD_DIGITS = 4;

/** @returns {import("./symbols.js").Notation} */
export function readNotation() {
  return JSON.parse(byId("notation").textContent ?? "{}");
}

/** @param {import("./symbols.js").Notation} notation */
export function createMicroscope(notation) {
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
      byId("microscope").hidden = example === null;
      byId("look-inside").setAttribute("aria-pressed", String(example !== null));
    }
    if (example === null || !accepted) return;
    if (fieldsChanged(String(example), wanted?.view.digits, frame.sizes, accepted.experiment, accepted.class_names))
      showFields(state, frame, example);
    const walk = walkOf(state);
    byId("walk-waits").hidden = walk !== null;
    byId("walk").hidden = walk === null;
    if (!walk) return;
    const { explanation } = walk;
    const digits = wanted?.view.digits ?? 3;
    const scene = {
      explanation,
      frame,
      experiment: accepted.experiment,
      inputs: inputsOf(frame, notation),
      notation,
      digits,
    };
    if (stepChanged(explanation, walk.at, digits, state.walk.goes)) showStep(state, frame, scene, walk);
    if (pathsChanged(explanation.paths, digits)) showPaths(frame, scene);
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
 * @param {State} state
 * @param {Frame} frame
 * @param {number[]} example
 */
function showFields({ accepted, wanted }, { classes }, example) {
  const targets = example.slice(2);
  const names = classes > 1 && targets.length === 1 ? labelsOf(classes, accepted?.class_names ?? []) : null;
  const titles = ["x₁", "x₂", ...(targets.length === 1 ? [_("Target")] : targets.map((_, k) => `t${"₁₂₃₄₅₆"[k]}`))];
  const parent = byId("example-fields");
  const kind = `${titles.length} ${JSON.stringify(names)}`;
  if (parent.dataset.kind !== kind) {
    parent.dataset.kind = kind;
    parent.replaceChildren(...titles.map((title, i) => field(title, i === 2 ? names : null)));
  }
  fieldsOf().forEach((box, i) => {
    if (document.activeElement === box && box.value !== box.dataset.shown) return;
    box.value = box.dataset.shown = String(Number(example[i].toFixed(FIELD_DIGITS)));
  });
  menuById("walk-digits").value = String(wanted?.view.digits ?? 3);
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
 * @param {[number, string][] | null} options
 */
function field(title, options) {
  const label = document.createElement("label");
  label.append(title);
  if (options) {
    const menu = document.createElement("select");
    for (const [value, text] of options) menu.append(new Option(text, String(value)));
    label.append(menu);
  } else {
    label.append(
      Object.assign(document.createElement("input"), { type: "number", step: "any", min: "-1000", max: "1000" }),
    );
  }
  return label;
}

/**
 * @param {State} state
 * @param {Frame} frame
 * @param {import("./symbols.js").Scene} scene
 * @param {NonNullable<ReturnType<typeof walkOf>>} walk
 */
function showStep({ walk: { goes } }, frame, scene, { steps, at, step }) {
  const pass = passOf(step.kind);
  for (const button of all("#walk-passes button"))
    button.setAttribute("aria-pressed", String(button.dataset.pass === pass));
  const slider = inputById("walk-step");
  slider.max = String(steps.length - 1);
  slider.value = String(at);
  slider.setAttribute("aria-valuetext", `${passName(pass)}: ${titleOf(step, frame)}`);
  byId("walk-count").textContent = _("Step {number} of {count}", { number: at + 1, count: steps.length });
  /** @type {HTMLButtonElement} */ (byId("walk-back")).disabled = at === 0;
  /** @type {HTMLButtonElement} */ (byId("walk-on")).disabled = at === steps.length - 1;
  const slowly = byId("walk-slowly");
  slowly.setAttribute("aria-pressed", String(goes));
  slowly.setAttribute("aria-label", goes ? _("Pause trace") : _("Play trace"));
  byId("walk-title").textContent = titleOf(step, frame);
  byId("walk-text").textContent = sentenceOf(step, frame, scene.experiment);
  const equations = equationsOf(step, scene);
  byId("walk-equations").replaceChildren(...equations.flatMap((equation) => blocks(equation, scene, frame)));
}

/**
 * @param {import("./equations.js").Equation} equation
 * @param {import("./symbols.js").Scene} scene
 * @param {Frame} frame
 */
function blocks({ symbols, numbers }, { explanation }, frame) {
  const made = numbers.map(({ tex, parameter, note }) => {
    const line = parameter ? makeButton("", "") : document.createElement("div");
    line.classList.add("numbers");
    if (parameter) {
      const { paths } = explanation;
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
      const [formula, word] = [document.createElement("span"), document.createElement("span")];
      word.className = "note";
      word.textContent = note;
      line.append(formula, word);
      typeset(formula, tex);
    } else typeset(line, tex);
    return line;
  });
  if (!symbols) return made;
  const head = Object.assign(document.createElement("div"), { className: "symbols" });
  typeset(head, symbols);
  return [head, ...made];
}

/**
 * @param {Frame} frame
 * @param {import("./symbols.js").Scene} scene
 */
function showPaths(frame, scene) {
  const box = byId("walk-unfolded");
  const found = pathEquations(scene);
  box.hidden = found === null;
  if (!found || !scene.explanation.paths) return;
  const { count, lines } = found;
  byId("paths-title").textContent = _("The chain rule, path by path: {weight}", {
    weight: parameterName(frame, scene.explanation.paths),
  });
  byId("paths-text").textContent = ngettext(
    "{count} path leads from the loss to this parameter. The chain rule multiplies the factors along it.",
    "{count} paths lead from the loss to this parameter. The chain rule multiplies the factors along each path and adds up the paths.",
    count,
  );
  typeset(byId("paths-total"), found.total);
  const parent = byId("walk-paths");
  renew(parent, lines.length, () => {
    const item = document.createElement("li");
    item.tabIndex = 0;
    item.append(
      ...["symbols", "numbers"].map((className) => Object.assign(document.createElement("div"), { className })),
    );
    return item;
  });
  lines.forEach((line, i) => {
    const item = /** @type {HTMLElement} */ (parent.children[i]);
    item.dataset.path = String(i);
    typeset(/** @type {HTMLElement} */ (item.children[0]), line.symbols);
    typeset(/** @type {HTMLElement} */ (item.children[1]), `=${line.numbers}`);
  });
  const more = byId("paths-rest");
  more.hidden = count <= lines.length;
  more.textContent = ngettext(
    "and {count} smaller path, which adds {rest}",
    "and {count} smaller paths, which add up to {rest}",
    count - lines.length,
    {
      rest: plain(scene.explanation.paths.remainder, scene.digits),
    },
  );
}
