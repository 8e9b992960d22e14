/** The microscope's buttons and fields, and what they do. */

import { byId, inputById, menuById } from "../../core/dom.js";
import { examplesOf } from "../../state/examples.js";
import { fieldsOf, walkOf } from "./example.js";
import { PASSES, stepAt } from "./steps.js";

/**
 * @typedef {import("../../state/state.js").State} State
 * @typedef {object} Commands
 * @property {(example: number[] | null) => void} look take this example through the network, or none
 * @property {(digits: number) => void} digits
 * @property {(parameter: import("../../core/geometry.js").Parameter | null) => void} unfold
 * @typedef {ReturnType<typeof bindMicroscope>} Walk
 */

/** Milliseconds that the slow walk stays at a step. */
const SLOW = 1600;

/**
 * Join the panel's controls to what they do.
 * @param {{get: () => State, subscribe: (listener: (state: State) => void) => void}} store
 * @param {import("../../state/state.js").Actions} actions
 * @param {Commands} commands
 */
export function bindMicroscope(store, actions, commands) {
  let [asked, entered] = [false, false];
  const look = (/** @type {number[] | null} */ example, byKeyboard = false) => {
    [asked, entered] = [example !== null, byKeyboard];
    commands.look(example);
  };
  // Who asks for an example gets to see its panel, as soon as it has its height.
  store.subscribe((state) => {
    if (!asked || !walkOf(state)) return;
    asked = false;
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        byId("microscope").scrollIntoView({ block: "nearest" });
        if (entered) byId("walk-on").focus();
      }),
    );
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
    for (const box of boxes) if (box.value === "") box.value = box.dataset.shown ?? "0";
    if (!boxes.every((box) => box.reportValidity())) return;
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
