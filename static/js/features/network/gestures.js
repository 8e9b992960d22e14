/** The pointer and the focus on the network and on the large plot. */

import { byId } from "../../core/dom.js";
import { onPlaneAt, parameterAt, plotPlace } from "../../core/geometry.js";
import { PLANE } from "../../core/plane.js";
import { examplesOf } from "../../state/examples.js";

/** Pixels around an example that are it, too. */
const REACH = 8;

/**
 * Return the point of the plane under the pointer, or null beside it.
 * @param {HTMLElement} plot the large plot's canvas
 * @param {MouseEvent} event
 */
export function pointUnder(plot, event) {
  const { left, top, width } = plot.getBoundingClientRect();
  return onPlaneAt(plotPlace(width), event.clientX - left, event.clientY - top);
}

/**
 * Return the example under the pointer; where there is none, the place with the target of the example before, or the
 * highest class.
 * @param {import("../../state/state.js").State} state
 * @param {{x: number, y: number}} point
 * @param {number} width of the plot
 * @returns {number[]}
 */
export function exampleAt(state, { x, y }, width) {
  const reach = (REACH / plotPlace(width).size) * 2 * PLANE;
  const near = examplesOf(state)
    .map((example) => ({ example, distance: Math.hypot(example[0] - x, example[1] - y) }))
    .reduce((best, each) => (each.distance < best.distance ? each : best), { example: [0], distance: reach });
  if (near.distance < reach) return near.example;
  const classes = state.running?.classes ?? 2;
  const targets = state.wanted?.view.example?.slice(2) ?? [classes > 2 ? classes - 1 : 1];
  return [x, y].map((value) => Number(value.toFixed(2))).concat(targets);
}

/**
 * @param {{get: () => import("../../state/state.js").State}} store
 * @param {import("../../state/state.js").Actions} actions
 * @param {() => import("../../core/geometry.js").Geometry | null} geometry
 * @param {{open: (at: import("../../core/geometry.js").Parameter) => void, move: (x: number, y: number) => void}} card
 * @param {import("../trace/controls.js").Walk} walk
 */
export function bindGestures(store, actions, geometry, card, walk) {
  const stage = byId("stage");

  /** @param {MouseEvent} event */
  function parameterUnder(event) {
    const now = geometry();
    const { left, top } = stage.getBoundingClientRect();
    const overButton = /** @type {HTMLElement} */ (event.target).closest("button");
    return now && !overButton ? parameterAt(now, event.clientX - left, event.clientY - top) : null;
  }
  /** @param {Event} event */
  function unitUnder(event) {
    const button = /** @type {HTMLElement} */ (event.target).closest?.("[data-unit], [data-feature]");
    if (!(button instanceof HTMLElement)) return null;
    if (button.dataset.unit) return { unit: Number(button.dataset.unit) };
    const unit = store.get().running?.features.indexOf(button.dataset.feature ?? "") ?? -1;
    return unit >= 0 ? { unit } : null;
  }
  /** @param {import("../../state/state.js").Target} target */
  function hover(target) {
    if (!store.get().editing && JSON.stringify(target) !== JSON.stringify(store.get().hovered)) actions.hover(target);
  }

  stage.addEventListener("pointermove", (event) => {
    const target = unitUnder(event) ?? parameterUnder(event);
    stage.style.cursor = target && "layer" in target ? "pointer" : "";
    if (!store.get().editing && target && "layer" in target) card.move(event.pageX, event.pageY);
    hover(target);
  });
  stage.addEventListener("pointerleave", () => hover(null));
  stage.addEventListener("focusin", (event) => hover(unitUnder(event)));
  stage.addEventListener("focusout", () => hover(null));
  stage.addEventListener("click", (event) => {
    const target = parameterUnder(event);
    if (target) {
      card.move(event.pageX, event.pageY);
      card.open(target);
    } else if (store.get().editing && !(/** @type {HTMLElement} */ (event.target).closest("button"))) {
      actions.hover(null);
    }
  });
  // A neuron's own button opens its bias: so does Enter, and from there every weight is in reach of the keyboard.
  byId("units").addEventListener("click", (event) => {
    const found = unitUnder(event);
    const node = found && geometry()?.nodes.find(({ unit }) => unit === found.unit);
    if (!node || walk.goTo(node)) return;
    const { left, bottom } = /** @type {HTMLElement} */ (event.target).getBoundingClientRect();
    card.move(left + scrollX, bottom + scrollY);
    card.open({ layer: node.layer, neuron: node.neuron, input: null });
  });

  const plot = byId("plot-marks");
  plot.addEventListener("pointermove", (event) => {
    actions.point(pointUnder(plot, event));
  });
  plot.addEventListener("pointerleave", () => actions.point(null));
  plot.addEventListener("click", (event) => {
    const point = pointUnder(plot, event);
    if (point && !store.get().drawing) walk.look(exampleAt(store.get(), point, plot.clientWidth));
  });

  const chart = byId("chart");
  chart.addEventListener("pointermove", (event) => actions.read(event.clientX - chart.getBoundingClientRect().left));
  chart.addEventListener("pointerleave", () => actions.read(null));
}
