/** Show and hide controls and texts: a teacher chooses, and the link stores the choice. */

import { partsOf } from "../../core/dom.js";
import { createWatch } from "../../core/redraw.js";

/** @param {Element} root */
const boxesIn = (root) => /** @type {HTMLInputElement[]} */ (partsOf(root).all("[data-hideable]"));

/**
 * @param {object} options
 * @param {Element} options.root of the page
 */
export function createVisibility({ root }) {
  const { all } = partsOf(root);
  const changed = createWatch();

  /** @param {Pick<import("../../state/state.js").State, "wanted">} state */
  function draw({ wanted }) {
    if (!wanted || !changed(wanted)) return;
    const { hide, hide_text } = wanted.view;
    for (const box of boxesIn(root)) box.checked = !hide.includes(box.dataset.hideable ?? "");
    for (const control of all("[data-control]")) control.hidden = hide.includes(control.dataset.control ?? "");
    for (const button of all("[data-feature]")) button.hidden = hide.includes(button.dataset.feature ?? "");
    for (const section of all("[data-root=article] > section")) section.hidden = hide_text;
  }

  return { draw };
}

/**
 * @param {object} options
 * @param {Element} options.root of the page
 * @param {import("../../state/state.js").Store} options.store
 * @param {import("../../wire/commands.js").Commands} options.commands
 */
export function bindVisibility({ root, store, commands }) {
  partsOf(root)
    .part("hideable")
    .addEventListener("change", () => {
      const boxes = boxesIn(root);
      const known = boxes.map((box) => box.dataset.hideable ?? "");
      const others = (store.get().wanted?.view.hide ?? []).filter((name) => !known.includes(name));
      const hide = boxes.filter((box) => !box.checked).map((box) => box.dataset.hideable ?? "");
      commands.configure({}, { hide: [...others, ...hide] });
    });
}
