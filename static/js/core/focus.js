/** Keep the keyboard focus when its element goes away. */

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
 * Return a function to call after each drawing. Where the element with the focus is gone, hidden or disabled, the focus
 * goes to what opened its region (`data-returns` names that part of the page), else to what is left beside it.
 * @param {HTMLElement} root of the page
 */
export function createFocusKeeper(root) {
  /** @type {Element | null} */
  let held = null;
  /** @type {HTMLElement[]} */
  let around = [];
  /** @type {Map<Element, Element>} */
  const openers = new Map();
  let pressed = false; // by a pointer, whose owner looks elsewhere: then nothing may scroll
  const returnOf = (/** @type {HTMLElement} */ region) =>
    /** @type {HTMLElement} */ (root.querySelector(`[data-part="${region.dataset.returns}"]`));

  addEventListener("focusin", ({ target }) => {
    const region = /** @type {Element} */ (target).closest("[data-returns]");
    if (region && held && !region.contains(held)) openers.set(region, held);
    held = /** @type {Element} */ (target);
    around = ancestorsOf(held);
  });

  function keep() {
    if (!held || document.activeElement !== document.body) return;
    if (held.isConnected && held.checkVisibility() && !held.matches(":disabled")) return;
    const region = around.find((each) => each.dataset.returns && !each.checkVisibility());
    const opener = region && firstVisible([openers.get(region) ?? region, returnOf(region)]);
    const options = { preventScroll: pressed };
    if (opener) opener.focus(options);
    else {
      for (const each of around) {
        const next = each.isConnected && firstVisible(each.querySelectorAll(FOCUSABLE));
        if (next) return next.focus(options);
        if (each.dataset.returns) return returnOf(each).focus(options);
      }
    }
  }

  for (const name of ["pointerdown", "keydown"]) {
    addEventListener(name, ({ type }) => (pressed = type === "pointerdown"), true);
  }
  // A closing dialog, for example, changes the page within a click that no drawing follows.
  addEventListener("click", () => requestAnimationFrame(keep));
  return keep;
}
