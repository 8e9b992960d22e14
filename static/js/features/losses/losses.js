/** Show the losses: a chart, its reading under the pointer, and the two current numbers. */

import { fitted } from "../../core/canvas.js";
import { partsOf, setText } from "../../core/dom.js";
import { threeDecimals, twoDigits } from "../../core/formats.js";
import { chartPlace } from "../../core/geometry.js";
import { _ } from "../../core/i18n.js";
import { createWatch } from "../../core/redraw.js";
import { evenTicks, logarithmicTicks, roundedDown, roundedUp } from "../../draw/axes.js";
import { drawChart, drawReading, entryAt } from "../../draw/chart.js";
import { createSmoother } from "./smoothing.js";

const WIDTH = 1.5; // of a line, in pixels
const TICKS = { even: 3, logarithmic: 5 };
const LEAST = 0.05; // the lowest end of an even axis

/** @typedef {import("../../state/history.js").History} History */

/**
 * @param {object} options
 * @param {Element} options.root
 * @param {{get: () => import("../../draw/colours.js").Theme}} options.theme
 */
export function createLosses({ root, theme }) {
  const { part, canvas } = partsOf(root);
  const [chartChanged, textChanged] = [createWatch(), createWatch()];
  const smooth = { train: createSmoother(), test: createSmoother() };

  /**
   * @param {Pick<import("../../state/state.js").State, "history" | "wanted" | "reading">} state
   * @param {Pick<import("../../wire/decoder.js").Frame, "train_loss" | "test_loss" | "validation_loss">} frame
   */
  function draw({ history, wanted, reading }, frame) {
    const chart = canvas("chart");
    const width = chart.parentElement?.clientWidth ?? 0;
    const logarithmic = wanted?.view.log_scale ?? false;
    const weight = wanted?.view.smoothing ?? 0;
    if (chartChanged(history, logarithmic, weight, reading, theme.get(), width, devicePixelRatio)) {
      const { ink, soft } = theme.get();
      const lines = [
        { values: smooth.train(history.epochs, history.train, weight), colour: soft, width: WIDTH },
        { values: smooth.test(history.epochs, history.test, weight), colour: ink, width: WIDTH },
      ];
      const axis = logarithmic ? logarithmicAxis(lines) : evenAxis(lines);
      const scene = { epochs: history.epochs, lines, logarithmic, ...axis, write: twoDigits, theme: theme.get() };
      const ctx = fitted(chart, width, chart.parentElement?.clientHeight ?? 0);
      const scale = drawChart(ctx, scene, chartPlace(width));
      const entry = reading === null ? null : entryAt(history.epochs, scale, reading * width);
      if (entry !== null) drawReading(ctx, scene, scale, entry);
      setText(part("chart-value"), entry === null ? "" : inWords(history, entry));
    }
    if (!textChanged(frame)) return;
    setText(part("train-loss"), threeDecimals(frame.train_loss));
    setText(part("test-loss"), threeDecimals(frame.test_loss));
    part("validation").hidden = frame.validation_loss === null;
    if (frame.validation_loss !== null) setText(part("validation-loss"), threeDecimals(frame.validation_loss));
  }

  return { draw };
}

/**
 * @param {object} options
 * @param {Element} options.root
 * @param {{read: (reading: number | null) => void}} options.actions
 */
export function bindLosses({ root, actions }) {
  const chart = partsOf(root).canvas("chart");
  chart.addEventListener("pointermove", (event) => {
    const { left, width } = chart.getBoundingClientRect();
    actions.read((event.clientX - left) / width);
  });
  chart.addEventListener("pointerleave", () => actions.read(null));
}

/**
 * @param {History} history
 * @param {number} entry
 */
function inWords({ epochs, train, test }, entry) {
  return _("Epoch {epoch}: test {test}, training {train}", {
    epoch: epochs[entry],
    test: threeDecimals(test[entry]),
    train: threeDecimals(train[entry]),
  });
}

/**
 * Return the smallest and the largest value above 0. Loop by index: iterating over a typed array allocates.
 * @param {{values: Float64Array}[]} lines
 */
function extent(lines) {
  let [low, high] = [Infinity, 0];
  for (const { values } of lines) {
    for (let i = 0; i < values.length; i++) {
      if (values[i] > high) high = values[i];
      if (values[i] < low && values[i] > 0) low = values[i];
    }
  }
  return [low, high];
}

/** @param {{values: Float64Array}[]} lines */
export function evenAxis(lines) {
  const [, most] = extent(lines);
  const high = Math.min(Math.max(most * 1.05, LEAST), Number.MAX_VALUE);
  return { low: 0, high, ticks: evenTicks(0, high, TICKS.even) };
}

/** @param {{values: Float64Array}[]} lines */
export function logarithmicAxis(lines) {
  const [least, most] = extent(lines);
  const [low, top] = most === 0 ? [0.1, 1] : [roundedDown(least), roundedUp(Math.min(most * 1.0001, Number.MAX_VALUE))];
  const high = Math.max(top, 10 * low);
  return { low, high, ticks: logarithmicTicks(low, high, TICKS.logarithmic) };
}
