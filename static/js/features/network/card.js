/** The card of a weight or bias: it shows the value, follows the training, and lets it be edited. */

import { byId, inputById } from "../../core/dom.js";
import { _ } from "../../core/i18n.js";
import { parameterName } from "../../state/names.js";
import { isSettled } from "../../state/state.js";
import { LOCKED, parameterIndex } from "../../wire/decoder.js";

const STEP = 0.1;
const FINE_STEP = 0.01;

/**
 * @typedef {import("../../core/geometry.js").Parameter} Parameter
 * @typedef {import("../../state/state.js").State} State
 */

/**
 * Return the weight or bias that the card is about, if the network on the screen has it.
 * @param {State} state
 */
function subject({ hovered, running }) {
  const at = hovered && "layer" in hovered && running ? hovered : null;
  if (!at || !running || at.layer + 1 >= running.sizes.length || at.neuron >= running.sizes[at.layer + 1]) return null;
  return at.input === null || at.input < running.sizes[at.layer] ? at : null;
}

/**
 * @param {State} state
 * @param {Parameter} at
 */
function currentValue({ running }, { layer, neuron, input }) {
  return running ? running.theta[parameterIndex(running.sizes, layer, neuron, input)] : 0;
}

/**
 * Whether training leaves a parameter alone because the learner said so.
 * @param {State} state
 * @param {Parameter} at
 */
function isLocked({ running }, { layer, neuron, input }) {
  return running !== null && running.flags[parameterIndex(running.sizes, layer, neuron, input)] === LOCKED;
}

/**
 * Return all parameters of a neuron.
 * @param {State} state
 * @param {Parameter} at
 * @returns {Parameter[]}
 */
function neuronOf({ running }, at) {
  const inputs = Array.from({ length: running?.sizes[at.layer] ?? 0 }, (_, input) => ({ ...at, input }));
  return [{ ...at, input: null }, ...inputs];
}

/**
 * @param {{get: () => State}} store
 * @param {import("../../state/state.js").Actions} actions
 * @param {(parameter: Parameter, value: number) => void} edit
 * @param {(parameter: Parameter, whole: boolean, locked: boolean) => void} lock
 */
export function createCard(store, actions, edit, lock) {
  const card = byId("card");
  const box = inputById("card-value");

  function commit() {
    const at = subject(store.get());
    if (!at || box.value === "" || !box.reportValidity()) return;
    const value = Number(box.value);
    if (value !== Number(shown(currentValue(store.get(), at)))) edit(at, value);
  }
  box.addEventListener("change", commit);
  box.addEventListener("keydown", (event) => {
    const state = store.get();
    const at = subject(state);
    if (!at || !state.running) return;
    const { key } = event;
    if (key === "Enter") {
      commit();
      close();
    } else if (key === "ArrowUp" || key === "ArrowDown") {
      event.preventDefault();
      const step = (event.shiftKey ? FINE_STEP : STEP) * (key === "ArrowUp" ? 1 : -1);
      box.value = shown(Number(box.value) + step);
      commit();
    } else if (key === "PageDown" || key === "PageUp") {
      event.preventDefault();
      commit();
      const inputs = state.running.sizes[at.layer];
      const next = ((at.input ?? -1) + (key === "PageDown" ? 1 : -1) + 1 + inputs + 1) % (inputs + 1);
      open({ ...at, input: next === 0 ? null : next - 1 });
    }
  });
  for (const [id, whole] of /** @type {[string, boolean][]} */ ([
    ["card-lock", false],
    ["card-lock-neuron", true],
  ])) {
    inputById(id).addEventListener("change", () => {
      const at = subject(store.get());
      if (at) lock(at, whole, inputById(id).checked);
    });
  }
  card.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  document.addEventListener("pointerdown", (event) => {
    const inside = /** @type {HTMLElement} */ (event.target).closest("#card, #stage");
    if (!inside && store.get().editing) close();
  });

  /** @type {HTMLElement | null} */
  let opener = null;
  function close() {
    actions.hover(null);
    opener?.focus();
    opener = null;
  }

  /**
   * Open the card for writing; training goes on meanwhile.
   * @param {Parameter} at
   */
  function open(at) {
    if (document.activeElement instanceof HTMLButtonElement) opener = document.activeElement;
    actions.edit(at);
    show(store.get());
    box.value = shown(currentValue(store.get(), at));
    box.focus();
    box.select();
  }

  /**
   * Put the card beside a place of the page.
   * @param {number} x
   * @param {number} y
   */
  function move(x, y) {
    card.style.left = `${Math.max(8, Math.min(x + 14, document.documentElement.clientWidth - 268))}px`;
    card.style.top = `${y + 14}px`;
  }

  /** @param {State} state */
  function show(state) {
    const at = subject(state);
    card.hidden = !at;
    if (!at || !state.running) return;
    const name = parameterName(state.running, at);
    byId("card-name").textContent = name;
    byId("card-hint").textContent = state.editing
      ? _("Enter sets the value, arrows adjust it, Page Down goes to the next weight")
      : _("Click to edit");
    box.setAttribute("aria-label", name);
    box.readOnly = !state.editing;
    inputById("card-lock").disabled = inputById("card-lock-neuron").disabled = !state.editing;
    byId("card-neuron").hidden = at.input !== null;
    // A tick that the server has not answered yet stays as the learner set it.
    if (isSettled(state)) {
      inputById("card-lock").checked = isLocked(state, at);
      inputById("card-lock-neuron").checked = neuronOf(state, at).every((each) => isLocked(state, each));
    }
    if (document.activeElement !== box) box.value = shown(currentValue(state, at));
  }

  return { open, move, show };
}

/** @param {number} value */
function shown(value) {
  return String(Number(value.toPrecision(4)));
}
