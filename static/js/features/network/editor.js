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
    const { running, connection } = state;
    if (!parameter || !running) return;
    const before = card.value.value;
    const wanted = wantedIn(state);
    showParameter(card, running, parameter, wanted);
    // The value follows the training until it is typed over: what is typed replaces all of it.
    if (wanted === null && card.value.value !== before && document.activeElement === card.value) card.value.select();
    card.value.setAttribute("aria-label", `${card.name.textContent} ${card.target.textContent}`);
    // An edit is for the network on the screen, so it cannot wait for the next connection, as other changes do.
    const lost = connection === "lost";
    card.value.readOnly = card.lock.disabled = card.lockNeuron.disabled = lost;
    card.hint.textContent = lost
      ? _("Not connected. Weights can be edited once the connection is back.")
      : _("Enter sets the value, arrows adjust it, Page Down goes to the next weight");
    // A tick stays as the learner set it until the server has answered.
    if (isSettled(state)) showLocks(card, running, parameter);
  }

  /**
   * Open the editor. Training continues.
   * @param {Parameter} parameter
   */
  function open(parameter) {
    if (!store.get().running) return;
    if (document.activeElement instanceof HTMLButtonElement) opener = document.activeElement;
    actions.edit(parameter);
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

  /** Send what was typed, if anything was, and return whether it is valid. One card makes one entry in the browser's history. */
  function commit() {
    const { editing } = store.get();
    const parameter = editedIn(store.get());
    if (!parameter || !editing?.edited) return true;
    if (!box.reportValidity()) return false;
    if (box.value === "") return true;
    commands.edit(parameter, Number(box.value), !editing.begun);
    actions.commitValue();
    return true;
  }

  function leave() {
    if (commit()) editor.close();
  }

  box.addEventListener("input", (event) => {
    actions.wantValue(box.value);
    // The wheel and the field's own arrows step the value, and say nothing of a type of input.
    if (!(event instanceof InputEvent && event.inputType)) commit();
  });
  box.addEventListener("change", commit);
  box.addEventListener("blur", () => {
    if (box.value === "") actions.wantValue(null);
  });
  box.addEventListener("keydown", (event) => {
    const state = store.get();
    const parameter = editedIn(state);
    const { running } = state;
    if (!parameter || !running) return;
    const { key } = event;
    if (key === "Enter") {
      event.preventDefault(); // else it would press the button that gets the focus, and open the editor again
      leave();
    } else if ((key === "ArrowUp" || key === "ArrowDown") && !box.readOnly) {
      event.preventDefault();
      const step = (event.shiftKey ? FINE_STEP : STEP) * (key === "ArrowUp" ? 1 : -1);
      box.value = typed(Number(wantedIn(state) ?? currentValue(running, parameter)) + step);
      actions.wantValue(box.value);
      commit();
    } else if (key === "PageDown" || key === "PageUp") {
      event.preventDefault();
      if (commit()) editor.open(neighbour(parameter, running.sizes[parameter.layer], key === "PageDown" ? 1 : -1));
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
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !store.get().editing) return;
    event.preventDefault();
    editor.close();
  });
  document.addEventListener("pointerdown", (event) => {
    const inside = [root, beside].some((part) => part.contains(/** @type {Node} */ (event.target)));
    if (!inside && store.get().editing && commit()) editor.close(false); // what was pressed gets the focus
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
 * Return the value that the learner wants until the network on the screen has it, or null.
 * @param {State} state
 */
function wantedIn(state) {
  const { editing } = state;
  return editing && (editing.edited || !isSettled(state)) ? editing.wanted : null;
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
