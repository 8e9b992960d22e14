/** Whoever works by keyboard keeps the place: skip link, dialog of keys, and a focus that is never lost. */

import { byId } from "./dom.js";

const FOCUSABLE =
  "a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), summary, [tabindex='0']";

/**
 * Return the first element of a list that can have the focus.
 * @param {Iterable<Element>} elements
 */
function firstVisible(elements) {
  for (const element of elements) {
    if (element instanceof HTMLElement && element.isConnected && element.checkVisibility()) return element;
  }
  return null;
}

/** @param {Element | null} element */
function ancestorsOf(element) {
  const ancestors = [];
  for (let each = element?.parentElement; each && each !== document.body; each = each.parentElement)
    ancestors.push(each);
  return ancestors;
}

/**
 * Return a function to be called after each drawing: where the element with the focus is gone, hidden or disabled, the
 * focus goes to what opened its part of the page (`data-returns`), else to what is left beside it.
 */
export function createFocusKeeper() {
  /** @type {Element | null} */
  let held = null;
  /** @type {HTMLElement[]} */
  let around = [];
  /** @type {Map<Element, Element>} */
  const openers = new Map();

  addEventListener("focusin", ({ target }) => {
    const part = /** @type {Element} */ (target).closest("[data-returns]");
    if (part && held && !part.contains(held)) openers.set(part, held);
    held = /** @type {Element} */ (target);
    around = ancestorsOf(held);
  });

  function keep() {
    if (!held || document.activeElement !== document.body) return;
    if (held.isConnected && held.checkVisibility() && !held.matches(":disabled")) return;
    const part = around.find((each) => each.dataset.returns && !each.checkVisibility());
    const opener = part && firstVisible([openers.get(part) ?? part, byId(part.dataset.returns ?? "")]);
    if (opener) opener.focus();
    else {
      for (const each of around) {
        const next = each.isConnected && firstVisible(each.querySelectorAll(FOCUSABLE));
        if (next) return next.focus();
        if (each.dataset.returns) return byId(each.dataset.returns).focus();
      }
    }
  }

  // What no drawing follows, such as a dialog that closes, changes the page within a click.
  addEventListener("click", () => requestAnimationFrame(keep));
  return keep;
}

/** Join the skip link and the dialog of keys. */
export function bindKeysDialog() {
  // The fragment of the address is the experiment, so the link must not follow itself.
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId("network-part").focus();
  });
  const dialog = /** @type {HTMLDialogElement} */ (byId("keys-dialog"));
  byId("keys").addEventListener("click", () => dialog.showModal());
  addEventListener("keydown", (event) => {
    const typing = /** @type {HTMLElement} */ (event.target).closest("input:not([type=checkbox]), select, textarea");
    if (event.key === "?" && !typing && !dialog.open) dialog.showModal();
  });
}
