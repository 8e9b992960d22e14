/** The losses: the chart, its read-out and the two numbers. */

import { fitted } from "../../core/canvas.js";
import { byId, canvasById, setText } from "../../core/dom.js";
import { number, threeDecimals, twoSignificant } from "../../core/formats.js";
import { chartPlace } from "../../core/geometry.js";
import { _ } from "../../core/i18n.js";
import { createWatch } from "../../core/redraw.js";
import { evenTicks, logarithmicTicks, roundedDown, roundedUp } from "../../draw/axes.js";
import { drawChart, drawReading, entryAt } from "../../draw/chart.js";
import { createSmoother } from "./smoothing.js";

const WIDTH = 1.5; // of a line, pixels
const TICKS = { even: 3, logarithmic: 5 };
const LEAST = 0.05; // where an even axis ends at the earliest

/**
 * @typedef {import("../../state/state.js").State} State
 * @typedef {import("../../state/history.js").History} History
 */

/** @param {{get: () => import("../../draw/colours.js").Theme}} theme */
export function createLosses(theme) {
  const [chartChanged, textChanged] = [createWatch(), createWatch()];
  const smooth = { train: createSmoother(), test: createSmoother() };

  /**
   * @param {State} state
   * @param {import("../../wire/decoder.js").Frame} frame
   */
  function draw({ history, wanted, reading }, frame) {
    const canvas = canvasById("chart");
    const width = canvas.parentElement?.clientWidth ?? 0;
    const logarithmic = wanted?.view.log_scale ?? false;
    const weight = wanted?.view.smoothing ?? 0;
    if (chartChanged(history, logarithmic, weight, reading, theme.get(), width, devicePixelRatio)) {
      const { ink, soft } = theme.get();
      const lines = [
        { values: smooth.train(history.train, weight), colour: soft, width: WIDTH },
        { values: smooth.test(history.test, weight), colour: ink, width: WIDTH },
      ];
      const axis = logarithmic ? logarithmicAxis(lines) : evenAxis(lines);
      const chart = { epochs: history.epochs, lines, logarithmic, ...axis, write: twoSignificant, theme: theme.get() };
      const ctx = fitted(canvas, width, canvas.parentElement?.clientHeight ?? 0);
      const scale = drawChart(ctx, chart, chartPlace(width));
      const entry = reading === null ? null : entryAt(history.epochs, scale, reading);
      if (entry !== null) drawReading(ctx, chart, scale, entry);
      setText(byId("chart-value"), entry === null ? "" : inWords(history, entry));
    }
    if (!textChanged(frame)) return;
    setText(byId("epoch"), number(frame.epoch));
    setText(byId("train-loss"), threeDecimals(frame.train_loss));
    setText(byId("test-loss"), threeDecimals(frame.test_loss));
  }

  return { draw };
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
 * Return the smallest and the largest of the values above 0. By index: to iterate over an array makes a number an object.
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
function evenAxis(lines) {
  const [, most] = extent(lines);
  const high = Math.max(most * 1.05, LEAST);
  return { low: 0, high, ticks: evenTicks(0, high, TICKS.even) };
}

/** @param {{values: Float64Array}[]} lines */
function logarithmicAxis(lines) {
  const [least, most] = extent(lines);
  const [low, high] = most === 0 ? [0.1, 1] : [roundedDown(least), roundedUp(most * 1.0001)];
  return { low, high, ticks: logarithmicTicks(low, high, TICKS.logarithmic) };
}
