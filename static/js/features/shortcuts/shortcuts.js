/** Keyboard shortcuts that work on the whole page, the dialog that lists them, and the link that skips to the network. */

import { closest } from "../../core/dom.js";

const TYPING = "input:not([type=checkbox]), select, textarea";

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
    if (event.key === "?" && !closest(event, TYPING) && !root.open) root.showModal();
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && store.get().wanted?.view.example && !closest(event, "[role=dialog], dialog")) {
      trace.look(null);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || closest(event, TYPING)) return;
    if (event.key === " " && closest(event, "button, summary, input")) return;
    const does = shortcuts()[event.key];
    if (!does) return;
    event.preventDefault();
    does();
  });

  /** @returns {Record<string, () => void>} */
  function shortcuts() {
    const always = { " ": commands.togglePlay, r: () => commands.reset(false) };
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
