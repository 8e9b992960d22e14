/** Contain a view that fails: it says so in its place and logs once, and all others go on. */

import { make } from "./dom.js";
import { _ } from "./i18n.js";

/**
 * Return a view that never throws. It is tried again with every drawing, and its message goes once it succeeds.
 * @template {any[]} Arguments
 * @template {{draw: (...values: Arguments) => void}} View
 * @param {HTMLElement} root of the view
 * @param {View} view
 * @returns {View}
 */
export function guarded(root, view) {
  /** @type {HTMLElement | null} */
  let message = null;
  let logged = false;
  return {
    ...view,
    draw(/** @type {Arguments} */ ...values) {
      try {
        view.draw(...values);
        message?.remove();
        message = null;
      } catch (error) {
        if (!logged) console.error(error);
        logged = true;
        if (message) return;
        message = make(
          "p",
          "failed",
          _("This part of the page has stopped working. Training goes on. Reload the page to repair it."),
        );
        message.setAttribute("role", "alert");
        root.prepend(message);
      }
    },
  };
}
