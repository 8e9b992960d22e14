/** Show the weight or bias under the pointer, with its current value. */

import { _ } from "../../core/i18n.js";
import { cardIn, placeCard, showLocks, showParameter, subject } from "./parameter.js";

/**
 * @param {object} options
 * @param {HTMLElement} options.root
 */
export function createTooltip({ root }) {
  const card = cardIn(root, "tooltip");

  /** @param {import("../../state/state.js").State} state */
  function draw(state) {
    const { hovered, running } = state;
    const parameter = hovered && "layer" in hovered ? subject(state, hovered) : null;
    root.hidden = !parameter;
    if (!parameter || !running) return;
    showParameter(card, running, parameter, null);
    showLocks(card, running, parameter);
    card.hint.textContent = _("Click to edit");
  }

  return {
    draw,
    /**
     * Follow the pointer.
     * @param {number} x on the page
     * @param {number} y on the page
     */
    move: (x, y) => placeCard(root, x, y),
  };
}
