/** Edit a weight or bias: type a value, step it, lock it, move to the next weight. */

import { typed } from "../../core/formats.js";
import { _ } from "../../core/i18n.js";
import { isSettled } from "../../state/state.js";
import { cardIn, currentValue, placeCard, showLocks, showParameter, subject } from "./parameter.js";

const STEP = 0.1;
const FINE_STEP = 0.01;

/**
 * @typedef {import("../../core/geometry.js").Parameter} Parameter
 * @typedef {import("../../state/state.js").State} State
 */

/**
 * @param {object} options
 * @param {HTMLElement} options.root
 * @param {import("../../state/state.js").Store} options.store
 * @param {import("../../state/state.js").Actions} options.actions
 */
export function createEditor({ root, store, actions }) {
  const card = cardIn(root, "editor");
  /** @type {HTMLElement | null} */
  let opener = null;

  /** @param {State} state */
  function draw(state) {
    const parameter = editedIn(state);
    root.hidden = !parameter;
    const { running, editing } = state;
    if (!parameter || !running) return;
    showParameter(card, running, parameter, editing?.wanted ?? null);
    card.value.setAttribute("aria-label", `${card.name.textContent} ${card.target.textContent}`);
    card.hint.textContent = _("Enter sets the value, arrows adjust it, Page Down goes to the next weight");
    // A tick stays as the learner set it until the server has answered.
    if (isSettled(state)) showLocks(card, running, parameter);
  }

  /**
   * Open the editor. Training continues.
   * @param {Parameter} parameter
   */
  function open(parameter) {
    const { running } = store.get();
    if (!running) return;
    if (document.activeElement instanceof HTMLButtonElement) opener = document.activeElement;
    actions.edit(parameter, currentValue(running, parameter));
    draw(store.get());
    card.value.focus();
    card.value.select();
  }

  /** @param {boolean} [focus] give the focus back to what opened the editor */
  function close(focus = true) {
    actions.stopEditing();
    if (focus) opener?.focus({ preventScroll: true });
    opener = null;
  }

  return {
    draw,
    open,
    close,
    /**
     * @param {number} x on the page
     * @param {number} y on the page
     */
    move: (x, y) => placeCard(root, x, y),
  };
}

/**
 * @param {object} options
 * @param {HTMLElement} options.root
 * @param {HTMLElement} options.beside the network, where a click means something else
 * @param {import("../../state/state.js").Store} options.store
 * @param {import("../../state/state.js").Actions} options.actions
 * @param {import("../../wire/commands.js").Commands} options.commands
 * @param {Pick<ReturnType<typeof createEditor>, "open" | "close">} options.editor
 */
export function bindEditor({ root, beside, store, actions, commands, editor }) {
  const { value: box, lock, lockNeuron } = cardIn(root, "editor");

  function commit() {
    const { running, editing } = store.get();
    const parameter = editedIn(store.get());
    if (!parameter || !running || !editing?.wanted || !box.reportValidity()) return;
    const value = Number(editing.wanted);
    if (value !== Number(currentValue(running, parameter))) commands.edit(parameter, value);
  }

  box.addEventListener("input", () => actions.wantValue(box.value));
  box.addEventListener("change", commit);
  box.addEventListener("focus", () => {
    if (store.get().editing?.wanted === null) actions.wantValue(box.value);
  });
  box.addEventListener("blur", () => actions.wantValue(null));
  box.addEventListener("keydown", (event) => {
    const parameter = editedIn(store.get());
    const { running, editing } = store.get();
    if (!parameter || !running) return;
    const { key } = event;
    if (key === "Enter") {
      event.preventDefault(); // else it would press the button that gets the focus, and open the editor again
      commit();
      editor.close();
    } else if (key === "ArrowUp" || key === "ArrowDown") {
      event.preventDefault();
      const step = (event.shiftKey ? FINE_STEP : STEP) * (key === "ArrowUp" ? 1 : -1);
      box.value = typed(Number(editing?.wanted) + step);
      actions.wantValue(box.value);
      commit();
    } else if (key === "PageDown" || key === "PageUp") {
      event.preventDefault();
      commit();
      editor.open(neighbour(parameter, running.sizes[parameter.layer], key === "PageDown" ? 1 : -1));
    }
  });
  for (const [tick, whole] of /** @type {[HTMLInputElement, boolean][]} */ ([
    [lock, false],
    [lockNeuron, true],
  ])) {
    tick.addEventListener("change", () => {
      const parameter = editedIn(store.get());
      if (parameter) commands.lock(parameter, whole, tick.checked);
    });
  }
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") editor.close();
  });
  document.addEventListener("pointerdown", (event) => {
    const inside = [root, beside].some((part) => part.contains(/** @type {Node} */ (event.target)));
    if (!inside && store.get().editing) editor.close(false); // what was pressed gets the focus
  });
}

/**
 * Return the weight or bias in the editor, if the network on the screen has it.
 * @param {State} state
 */
function editedIn(state) {
  return state.editing && subject(state, state.editing.parameter);
}

/**
 * Return the next or the previous parameter of a neuron: its bias, then its weights, around in a ring.
 * @param {Parameter} parameter
 * @param {number} inputs of the neuron
 * @param {number} step
 * @returns {Parameter}
 */
function neighbour(parameter, inputs, step) {
  const next = ((parameter.input ?? -1) + 1 + step + inputs + 1) % (inputs + 1);
  return { ...parameter, input: next === 0 ? null : next - 1 };
}
