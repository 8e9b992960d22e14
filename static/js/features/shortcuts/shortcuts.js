/** Keyboard shortcuts that work on the whole page, the dialog that lists them, and the link that skips to the network. */

import { closest } from "../../core/dom.js";

const TYPING = "input:not([type=checkbox]), select, textarea";

/**
 * Return the key that an event means: the letter on the key, without Caps Lock; on a keyboard with another alphabet, the
 * Latin letter in the same place.
 * @param {KeyboardEvent} event
 */
function keyOf({ key, code }) {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase();
  return code.startsWith("Key") ? code.slice(3).toLowerCase() : key;
}

/**
 * @param {object} options
 * @param {HTMLDialogElement} options.root the dialog
 * @param {HTMLElement} options.opener the button that shows it
 * @param {import("../../state/state.js").Store} options.store
 * @param {import("../../wire/commands.js").Commands} options.commands
 * @param {{move: (steps: number) => void, look: (example: null) => void}} options.trace
 */
export function bindShortcuts({ root, opener, store, commands, trace }) {
  opener.addEventListener("click", () => root.showModal());
  addEventListener("keydown", (event) => {
    // What lies in front has the keys: a dialog, or the card of a weight.
    if (event.defaultPrevented || document.querySelector("dialog[open]") || store.get().editing) return;
    if (event.key === "Escape" && store.get().wanted?.view.example) {
      trace.look(null);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || closest(event, TYPING)) return;
    if (event.key === " " && closest(event, "button, summary, input")) return;
    const key = keyOf(event);
    // A key that is held trains epoch after epoch, but does not play and pause in turns.
    const does = event.repeat && !key.startsWith("Arrow") ? null : shortcuts()[key];
    if (!does) return;
    event.preventDefault();
    does();
  });

  /** @returns {Record<string, () => void>} */
  function shortcuts() {
    const always = { " ": commands.togglePlay, r: () => commands.reset(false), "?": () => root.showModal() };
    return store.get().running?.trace
      ? { ...always, ArrowRight: () => trace.move(1), ArrowLeft: () => trace.move(-1) }
      : { ...always, ArrowRight: commands.step };
  }
}

/**
 * Have the skip link take the focus to the network: the address is the experiment's, so the link must not follow itself.
 * @param {HTMLElement} link
 * @param {HTMLElement} network
 */
export function bindSkipLink(link, network) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    network.focus();
  });
}
