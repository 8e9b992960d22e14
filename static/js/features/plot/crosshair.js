/** Bind the large plot: pointer and arrow keys move the crosshair, a click or Enter picks the example under it. */

import { partsOf } from "../../core/dom.js";
import { plotPlace, pointUnder } from "../../core/geometry.js";
import { ngettext } from "../../core/i18n.js";
import { PLANE, withinPlane } from "../../core/plane.js";
import { examplesOf } from "../../state/examples.js";
import { captionOf } from "./caption.js";

/** In units of the plane; with Shift the larger one. */
const STEP = { small: 0.2, large: 1 };

/** Milliseconds without a key before the place is announced. */
const QUIET = 200;

/** Pixels around an example within which it is picked. */
const REACH = 8;

/** @type {Record<string, [number, number]>} */
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** @typedef {{x: number, y: number}} Place on the plane */

/**
 * Return the example at a place. If there is none, return the place itself with the target of the previous example, or
 * the highest class.
 * @param {Pick<import("../../state/state.js").State, "points" | "wanted" | "running">} state
 * @param {Place} place
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
 * @param {object} options
 * @param {Element} options.root
 * @param {import("../../state/state.js").Store} options.store
 * @param {import("../../state/state.js").Actions} options.actions
 * @param {{look: (example: number[], from: "plot" | "keyboard") => void}} options.trace
 * @param {{press: (at: Place) => void, follow: (at: Place) => void, release: () => void}} options.pen draws the
 *   learner's own points
 * @param {(text: string) => void} options.announce
 */
export function bindPlot({ root, store, actions, trace, pen, announce }) {
  const plot = partsOf(root).part("plot-marks");
  /** @type {Place} */
  let at = { x: 0, y: 0 };
  let timer = 0;

  plot.addEventListener("pointermove", (event) => actions.point(pointUnder(plot, event)));
  plot.addEventListener("pointerleave", () => actions.point(null));
  plot.addEventListener("click", (event) => {
    const point = pointUnder(plot, event);
    if (point && !store.get().drawing) trace.look(exampleAt(store.get(), point, plot.clientWidth), "plot");
  });

  function announcePlace() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const { running } = store.get();
      if (running) announce(captionOf(store.get(), running));
    }, QUIET);
  }

  /** @param {Place} place */
  function go({ x, y }) {
    const rounded = (/** @type {number} */ value) => withinPlane(Number(value.toFixed(4)));
    at = { x: rounded(x), y: rounded(y) };
    actions.point(at);
    pen.follow(at);
    announcePlace();
  }

  /** @param {number} step to the next example, or the previous one */
  function goToExample(step) {
    const examples = examplesOf(store.get()).filter(([x, y]) => Math.abs(x) <= PLANE && Math.abs(y) <= PLANE);
    if (examples.length === 0) return;
    const here = examples.findIndex(([x, y]) => Math.hypot(x - at.x, y - at.y) < 1e-3);
    const next = here < 0 ? 0 : (here + step + examples.length) % examples.length;
    go({ x: examples[next][0], y: examples[next][1] });
  }

  function press() {
    if (!store.get().drawing) return trace.look(exampleAt(store.get(), at, plot.clientWidth), "keyboard");
    clearTimeout(timer);
    pen.press(at);
    const count = store.get().drawing?.sheet.rows.length ?? 0;
    announce(ngettext("{count} point", "{count} points", count));
  }

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
    // Elsewhere on the page these keys train, trace and scroll.
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
