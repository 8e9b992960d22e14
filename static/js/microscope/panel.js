/** The microscope: one example taken through the network and back, step by step, beside the network's picture. */

import { all, byId, inputById, makeButton, menuById, renew } from "../dom.js";
import { createWatch } from "../loop.js";
import { parameterName } from "../names.js";
import { _ } from "../texts.js";
import { equationsOf } from "./equations.js";
import { plain } from "./numbers.js";
import { pathEquations } from "./paths.js";
import { typeset } from "./typeset.js";
import { PASSES, passOf, stepAt, stepsOf } from "./walk.js";
import { passName, sentenceOf, titleOf } from "./words.js";

/**
 * @typedef {import("../state.js").State} State
 * @typedef {import("../protocol.js").Frame} Frame
 * @typedef {object} Commands
 * @property {(example: number[] | null) => void} look take this example through the network, or none
 * @property {(digits: number) => void} digits
 * @property {(parameter: import("../layout.js").Parameter | null) => void} unfold
 */

/** Milliseconds that the slow walk stays at a step. */
const SLOW = 1600;

/** Digits after the point that the fields of an example show. */
const FIELD_DIGITS = 4;

/** @returns {HTMLInputElement[]} or menus */
function fieldsOf() {
  return /** @type {any[]} */ (all("#example-fields input, #example-fields select"));
}

/** @returns {import("./symbols.js").Notation} */
export function readNotation() {
  return JSON.parse(byId("notation").textContent ?? "{}");
}

/**
 * Return the walk through the frame's network, and the step where it stands; null where no example is explained.
 * @param {Pick<State, "running" | "walk">} state
 */
export function walkOf({ running, walk }) {
  const explanation = running?.explanation;
  if (!running || !explanation) return null;
  const steps = stepsOf(running.sizes, explanation.activations.at(-1) === "softmax");
  const at = Math.min(walk.step, steps.length - 1);
  return { steps, at, step: steps[at], explanation };
}

/**
 * Return the examples that are on the plot: x1, x2, label.
 * @param {State} state
 * @returns {number[][]}
 */
export function examplesOf({ points, wanted }) {
  const sets = points ? [points.train, ...(wanted?.view.show_test ? [points.test] : [])] : [];
  return sets.flatMap((set) => Array.from({ length: set.length / 3 }, (_, i) => [...set.subarray(3 * i, 3 * i + 3)]));
}

/**
 * Join the panel's controls to what they do.
 * @param {{get: () => State, subscribe: (listener: (state: State) => void) => void}} store
 * @param {import("../state.js").Actions} actions
 * @param {Commands} commands
 */
export function bindMicroscope(store, actions, commands) {
  let asked = false;
  const look = (/** @type {number[] | null} */ example) => {
    asked = example !== null;
    commands.look(example);
  };
  // Who asks for an example gets to see its panel, as soon as it has its height.
  store.subscribe((state) => {
    if (!asked || !walkOf(state)) return;
    asked = false;
    requestAnimationFrame(() => requestAnimationFrame(() => byId("microscope").scrollIntoView({ block: "nearest" })));
  });
  const move = (/** @type {number} */ steps) => {
    const walk = walkOf(store.get());
    if (walk) actions.walk(Math.max(0, Math.min(walk.at + steps, walk.steps.length - 1)));
  };
  const another = () => {
    const examples = examplesOf(store.get());
    const now = store.get().wanted?.view.example;
    const at = examples.findIndex(([x, y]) => now && Math.abs(x - now[0]) + Math.abs(y - now[1]) < 1e-6);
    if (examples.length > 0) look(examples[(at + 1) % examples.length]);
  };
  byId("look-inside").addEventListener("click", () => {
    if (store.get().wanted?.view.example) look(null);
    else another();
  });
  byId("another-example").addEventListener("click", another);
  byId("close-microscope").addEventListener("click", () => look(null));
  byId("walk-back").addEventListener("click", () => move(-1));
  byId("walk-on").addEventListener("click", () => move(1));
  byId("walk-slowly").addEventListener("click", () => actions.walkBySelf(!store.get().walk.goes));
  inputById("walk-step").addEventListener("input", () => actions.walk(Number(inputById("walk-step").value)));
  byId("walk-passes").addEventListener("click", (event) => {
    const pass = /** @type {HTMLElement} */ (event.target).closest("button")?.dataset.pass;
    const first = PASSES.find(({ name }) => name === pass)?.first;
    const walk = walkOf(store.get());
    if (walk) actions.walk(walk.steps.findIndex(({ kind }) => kind === first));
  });
  menuById("walk-digits").addEventListener("change", () => commands.digits(Number(menuById("walk-digits").value)));
  byId("example-fields").addEventListener("change", () => {
    const { wanted } = store.get();
    const boxes = fieldsOf();
    if (!boxes.every((box) => box.value !== "" && box.reportValidity())) return;
    // A field shows fewer digits than the example has: one that was left alone stands for all of them.
    look(
      boxes.map((box, i) => (box.value === box.dataset.shown ? (wanted?.view.example?.[i] ?? 0) : Number(box.value))),
    );
  });
  const choose = (/** @type {Event} */ event) => {
    const line = /** @type {HTMLElement} */ (event.target).closest("[data-parameter]");
    if (!(line instanceof HTMLElement)) return;
    const parameter = JSON.parse(line.dataset.parameter ?? "null");
    commands.unfold(line.getAttribute("aria-pressed") === "true" ? null : parameter);
  };
  byId("walk-equations").addEventListener("click", choose);
  byId("fold-paths").addEventListener("click", () => commands.unfold(null));
  for (const [name, leaves] of /** @type {[string, boolean][]} */ ([
    ["pointerover", false],
    ["focusin", false],
    ["pointerleave", true],
    ["focusout", true],
  ])) {
    byId("walk-paths").addEventListener(name, (event) => {
      const line = /** @type {HTMLElement} */ (event.target).closest("[data-path]");
      actions.followPath(leaves || !(line instanceof HTMLElement) ? null : Number(line.dataset.path));
    });
  }
  setInterval(() => {
    const { walk } = store.get();
    const now = walk.goes ? walkOf(store.get()) : null;
    if (!now) return;
    if (now.at + 1 < now.steps.length) actions.walkOn(now.at + 1);
    else actions.walkBySelf(false);
  }, SLOW);
  return {
    move,
    look,
    /**
     * Go to the step of this pass that is about a neuron; say whether there is a walk.
     * @param {{layer: number, neuron: number}} at
     */
    goTo(at) {
      const walk = walkOf(store.get());
      if (walk) actions.walk(Math.max(0, stepAt(walk.steps, walk.at, at)));
      return walk !== null;
    },
  };
}

/** @typedef {ReturnType<typeof bindMicroscope>} Walk */

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
  slowly.setAttribute("aria-label", goes ? _("Stop walking") : _("Walk slowly"));
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
  const made = numbers.map(({ tex, parameter }) => {
    const line = parameter ? makeButton("numbers choice", "") : document.createElement("div");
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
    typeset(line, tex);
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
  byId("paths-title").textContent = _("The chain rule unfolded: {weight}", {
    weight: parameterName(frame, scene.explanation.paths),
  });
  byId("paths-text").textContent =
    count === 1
      ? _("Only one path leads from the loss down to it. Along the path everything is multiplied.")
      : _("{count} paths lead from the loss down to it. Along a path everything is multiplied; the paths add up.", {
          count: count.toLocaleString(document.documentElement.lang),
        });
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
  more.textContent = _("and {count} smaller ones, which add up to {rest}", {
    count: (count - lines.length).toLocaleString(document.documentElement.lang),
    rest: plain(scene.explanation.paths.rest, scene.digits),
  });
}
