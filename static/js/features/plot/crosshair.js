/** The large plot by keyboard: arrows move the crosshair, Enter does what a click there does. */

import { byId } from "../../core/dom.js";
import { ngettext } from "../../core/i18n.js";
import { PLANE } from "../../core/plane.js";
import { examplesOf } from "../../state/examples.js";
import { tell } from "../descriptions/descriptions.js";

/** In units of the plane; with Shift the larger one. */
const STEP = { small: 0.2, large: 1 };

/** Milliseconds that a key must be quiet before the place is said aloud. */
const QUIET = 200;

/** @type {Record<string, [number, number]>} */
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * @typedef {{x: number, y: number}} Place on the plane
 * @typedef {{press: (at: Place) => void, follow: (at: Place) => void, release: () => void}} Pen
 */

/**
 * @param {{get: () => import("../../state/state.js").State}} store
 * @param {import("../../state/state.js").Actions} actions
 * @param {(at: Place) => void} look take what is there through the network
 * @param {Pen} pen draws the learner's own points
 */
export function bindPlotKeys(store, actions, look, pen) {
  const plot = byId("plot-marks");
  /** @type {Place} */
  let at = { x: 0, y: 0 };
  let timer = 0;

  const sayPlace = () => {
    clearTimeout(timer);
    timer = setTimeout(() => tell(byId("plot-value").textContent ?? ""), QUIET);
  };
  const go = (/** @type {Place} */ place) => {
    const inside = (/** @type {number} */ value) => Math.max(-PLANE, Math.min(PLANE, Number(value.toFixed(4))));
    at = { x: inside(place.x), y: inside(place.y) };
    actions.point(at);
    pen.follow(at);
    sayPlace();
  };
  const goToExample = (/** @type {number} */ step) => {
    const examples = examplesOf(store.get()).filter(([x, y]) => Math.abs(x) <= PLANE && Math.abs(y) <= PLANE);
    if (examples.length === 0) return;
    const here = examples.findIndex(([x, y]) => Math.hypot(x - at.x, y - at.y) < 1e-3);
    const next = here < 0 ? 0 : (here + step + examples.length) % examples.length;
    go({ x: examples[next][0], y: examples[next][1] });
  };
  const press = () => {
    if (!store.get().drawing) return look(at);
    clearTimeout(timer);
    pen.press(at);
    const count = store.get().drawing?.sheet.rows.length ?? 0;
    tell(ngettext("{count} point", "{count} points", count));
  };

  plot.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = MOVES[event.key];
    const step = event.shiftKey ? STEP.large : STEP.small;
    if (move) go({ x: at.x + step * move[0], y: at.y + step * move[1] });
    else if (event.key === "PageDown") goToExample(1);
    else if (event.key === "PageUp") goToExample(-1);
    else if (event.key === "Home") go({ x: 0, y: 0 });
    else if (event.key === "Enter") press();
    else return;
    // Elsewhere these keys step, walk and scroll.
    event.preventDefault();
    event.stopPropagation();
  });
  plot.addEventListener("focus", () => {
    if (plot.matches(":focus-visible")) go(at);
  });
  plot.addEventListener("blur", () => {
    clearTimeout(timer);
    pen.release();
    actions.point(null);
  });
}
