/** The pointer and the focus on the canvases, and the card of a weight. */

import { byId } from "./controls.js";
import { weightAt } from "./layout.js";
import { parameterIndex } from "./protocol.js";
import { _ } from "./texts.js";

const MARGIN = { left: 10, top: 4, right: 26, bottom: 22 };

/** @param {number} width of the large plot's canvas */
export function plane(width) {
  return { x: MARGIN.left, y: MARGIN.top, size: width - MARGIN.left - MARGIN.right };
}
export const PLOT_EXTRA = MARGIN.top + MARGIN.bottom - MARGIN.left - MARGIN.right;

/**
 * @param {{get: () => import("./state.js").State}} store
 * @param {import("./state.js").Actions} actions
 * @param {() => import("./layout.js").Geometry | null} geometry
 * @param {(target: {layer: number, neuron: number, input: number | null}, value: number) => void} edit
 */
export function bindGestures(store, actions, geometry, edit) {
  const stage = byId("stage");
  const card = byId("card");
  const box = /** @type {HTMLInputElement} */ (byId("card-value"));
  const weightUnder = (/** @type {PointerEvent | MouseEvent} */ event) => {
    const now = geometry();
    const { left, top } = stage.getBoundingClientRect();
    return now && !(/** @type {HTMLElement} */ (event.target).closest("button"))
      ? weightAt(now, event.clientX - left, event.clientY - top)
      : null;
  };
  /** @param {Event} event */
  const unitOf = (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest?.("[data-unit], [data-feature]");
    if (!(button instanceof HTMLElement)) return null;
    if (button.dataset.unit) return { unit: Number(button.dataset.unit) };
    const unit = store.get().running?.features.indexOf(button.dataset.feature ?? "") ?? -1;
    return unit >= 0 ? { unit } : null;
  };
  stage.addEventListener("pointermove", (event) => {
    if (store.get().editing) return;
    const target = unitOf(event) ?? weightUnder(event);
    if (JSON.stringify(target) === JSON.stringify(store.get().hovered)) return;
    actions.hover(target);
    moveCard(event.pageX, event.pageY);
    stage.style.cursor = target && "layer" in target ? "pointer" : "";
  });
  stage.addEventListener("pointerleave", () => {
    if (!store.get().editing) actions.hover(null);
  });
  stage.addEventListener("focusin", (event) => actions.hover(unitOf(event)));
  stage.addEventListener("focusout", () => {
    if (!store.get().editing) actions.hover(null);
  });
  stage.addEventListener("click", (event) => {
    const target = weightUnder(event);
    if (target) open(target, event.pageX, event.pageY);
    else if (store.get().editing) actions.hover(null);
  });
  // From the keyboard: Enter on a neuron opens its bias; arrows go on to its weights.
  byId("units").addEventListener("click", (event) => {
    const found = unitOf(event);
    const node = found && geometry()?.nodes.find((each) => each.unit === found.unit);
    if (!node) return;
    const { left, bottom } = /** @type {HTMLElement} */ (event.target).getBoundingClientRect();
    open({ layer: node.layer, neuron: node.neuron, input: null }, left + scrollX, bottom + scrollY);
  });

  /**
   * @param {{layer: number, neuron: number, input: number | null}} target
   * @param {number} x
   * @param {number} y
   */
  function open(target, x, y) {
    actions.edit(target);
    moveCard(x, y);
    showCard(store.get(), true);
    box.focus();
    box.select();
  }
  function moveCard(/** @type {number} */ x, /** @type {number} */ y) {
    card.style.left = `${Math.max(8, Math.min(x + 14, document.documentElement.clientWidth - 250))}px`;
    card.style.top = `${y + 14}px`;
  }
  function commit() {
    const { hovered } = store.get();
    if (hovered && "layer" in hovered && box.value !== "" && box.reportValidity()) edit(hovered, Number(box.value));
  }
  box.addEventListener("change", commit);
  box.addEventListener("keydown", (event) => {
    const { hovered, running } = store.get();
    if (event.key === "Escape" || event.key === "Enter") {
      if (event.key === "Enter") box.blur();
      actions.hover(null);
    }
    if ((event.key === "PageDown" || event.key === "PageUp") && hovered && "layer" in hovered && running) {
      event.preventDefault();
      const inputs = running.sizes[hovered.layer];
      const at = (hovered.input ?? -1) + (event.key === "PageDown" ? 1 : -1);
      actions.edit({ ...hovered, input: at < 0 || at >= inputs ? null : at });
      showCard(store.get(), true);
      box.select();
    }
  });
  document.addEventListener("pointerdown", (event) => {
    const inside = /** @type {HTMLElement} */ (event.target).closest("#card, #stage");
    if (!inside && store.get().editing) actions.hover(null);
  });

  const plot = byId("plot");
  plot.addEventListener("pointermove", (event) => {
    const { left, top, width } = plot.getBoundingClientRect();
    const { x, y, size } = plane(width);
    const [px, py] = [(event.clientX - left - x) / size, (event.clientY - top - y) / size];
    actions.point(px >= 0 && px <= 1 && py >= 0 && py <= 1 ? { x: px * 12 - 6, y: 6 - py * 12 } : null);
  });
  plot.addEventListener("pointerleave", () => actions.point(null));
}

/**
 * Show the card of the weight under the pointer; its number follows the training unless it is being edited.
 * @param {import("./state.js").State} state
 * @param {boolean} [fresh] the card has just been opened
 */
export function showCard(state, fresh = false) {
  const { hovered, running, editing } = state;
  const card = byId("card");
  const box = /** @type {HTMLInputElement} */ (byId("card-value"));
  card.hidden = !running || !hovered || !("layer" in hovered) || hovered.layer + 1 >= running.sizes.length;
  if (card.hidden || !running || !hovered || !("layer" in hovered)) return;
  byId("card-name").textContent =
    hovered.input === null ? _("Bias") : _("Weight from input {input}", { input: hovered.input + 1 });
  box.setAttribute("aria-label", byId("card-name").textContent ?? "");
  box.readOnly = !editing;
  const value = running.theta[parameterIndex(running.sizes, hovered.layer, hovered.neuron, hovered.input)];
  if (fresh || document.activeElement !== box) box.value = String(Number(value.toPrecision(4)));
}
