/** Draw lines over the epochs, with their axes. */

import { number } from "../core/formats.js";
import { evenTicks } from "./axes.js";

const FONT = "11px Inter, sans-serif";
const GAP = 5; // pixels between an axis and its labels
const SPACE = { least: 44, between: 12 }; // pixels from one labelled epoch to the next, and between their labels
const FEWEST = 10; // epochs that the axis spans at least
const FINE = 8; // units of a pixel, so that coordinates are whole numbers: a fraction passed to a canvas is allocated
const STEP = 4; // fine units, the smallest visible difference in height
const DASH = [3, 3];
const DOT = 3; // pixels from the middle of a dot to its rim

/**
 * @typedef {{x: number, y: number, width: number, height: number, right?: number}} Place of the lines; labels surround it,
 *   and reach `right` pixels beyond its right edge
 * @typedef {{values: ArrayLike<number | null>, colour: string, width: number}} Line with its value at each epoch; null is a gap
 * @typedef {object} Chart
 * @property {ArrayLike<number>} epochs rising
 * @property {Line[]} lines
 * @property {number} low value at the lower end of the axis
 * @property {number} high
 * @property {boolean} logarithmic values of 0 and below are gaps
 * @property {number[]} ticks labelled values
 * @property {(value: number) => string} write
 * @property {import("./colours.js").Theme} theme
 *
 * @typedef {ReturnType<typeof scaleOf>} Scale places epochs and values
 */

/**
 * @param {Pick<Chart, "epochs" | "low" | "high" | "logarithmic">} chart
 * @param {Place} place
 */
export function scaleOf({ epochs, low, high, logarithmic }, { x, y, width, height }) {
  const first = epochs[0] ?? 0;
  const last = Math.max(epochs[epochs.length - 1] ?? 0, first + FEWEST);
  const [from, to] = logarithmic ? [Math.log(low), Math.log(high)] : [low, high];
  return {
    logarithmic,
    first,
    last,
    left: x,
    perEpoch: width / (last - first),
    from,
    top: y,
    bottom: y + height,
    perUnit: height / (to - from),
  };
}

/**
 * @param {Scale} scale
 * @param {number} epoch
 */
export function acrossOf({ left, first, perEpoch }, epoch) {
  return left + (epoch - first) * perEpoch;
}

/**
 * @param {Scale} scale
 * @param {number} value
 */
export function downOf({ logarithmic, bottom, from, perUnit }, value) {
  return bottom - ((logarithmic ? Math.log(value) : value) - from) * perUnit;
}

/**
 * Return the entry whose epoch is nearest to a place of the chart, null beside its lines.
 * @param {ArrayLike<number>} epochs
 * @param {Scale} scale
 * @param {number} x
 */
export function entryAt(epochs, { first, last, left, perEpoch }, x) {
  const epoch = first + (x - left) / perEpoch;
  if (epochs.length === 0 || epoch < first || epoch > last) return null;
  let [low, high] = [0, epochs.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (epochs[middle] < epoch) low = middle + 1;
    else high = middle;
  }
  return low > 0 && epoch - epochs[low - 1] < epochs[low] - epoch ? low - 1 : low;
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Chart} chart
 * @param {Place} place
 * @returns {Scale} to draw more onto the chart
 */
export function drawChart(ctx, chart, place) {
  const { lines, ticks, write, theme } = chart;
  ctx.font = FONT;
  const { x, y, width, height, right = 0 } = besideLabels(ctx, place, ticks.map(write));
  const scale = scaleOf(chart, { x, y, width, height });
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  for (const tick of ticks) {
    const down = Math.round(downOf(scale, tick));
    ctx.fillStyle = theme.line;
    ctx.fillRect(x, down, width, 1);
    ctx.fillStyle = theme.soft;
    ctx.fillText(write(tick), x - GAP, down + 1);
  }
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  const end = x + width + right;
  for (const { at, text, half } of epochLabels(ctx, scale, width, right))
    ctx.fillText(text, Math.min(at, end - half), y + height + GAP);
  ctx.lineJoin = "round";
  ctx.scale(1 / FINE, 1 / FINE);
  for (const line of lines) {
    ctx.strokeStyle = line.colour;
    ctx.lineWidth = line.width * FINE;
    ctx.beginPath();
    trace(ctx, chart.epochs, line.values, scale);
    ctx.stroke();
  }
  ctx.scale(FINE, FINE);
  return scale;
}

/**
 * Return the labels of the epochs' axis, as many as have room.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scale} scale
 * @param {number} width of the lines
 * @param {number} right pixels beside them
 */
function epochLabels(ctx, scale, width, right) {
  const labels = (/** @type {number} */ space) =>
    evenTicks(scale.first, scale.last, width / space, 1).map((tick) => {
      const text = number(tick);
      return { at: acrossOf(scale, tick), text, half: ctx.measureText(text).width / 2 };
    });
  const fine = labels(SPACE.least);
  const widest = Math.max(...fine.map(({ half }) => half));
  const needed = 2 * widest + SPACE.between + Math.max(0, widest - right);
  return needed > SPACE.least ? labels(needed) : fine;
}

/**
 * Return a place for the lines that leaves its labels their room on the left.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Place} place
 * @param {string[]} labels
 * @returns {Place}
 */
function besideLabels(ctx, place, labels) {
  const needed = Math.max(0, ...labels.map((label) => ctx.measureText(label).width)) + GAP + 2;
  const x = Math.max(place.x, Math.ceil(needed));
  return { ...place, x, width: place.width - (x - place.x) };
}

/**
 * Mark a reading: a line at its epoch, and its values as dots.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Chart} chart
 * @param {Scale} scale
 * @param {number} entry
 */
export function drawReading(ctx, chart, scale, entry) {
  const x = acrossOf(scale, chart.epochs[entry]);
  ctx.strokeStyle = chart.theme.soft;
  ctx.lineWidth = 1;
  ctx.setLineDash(DASH);
  ctx.beginPath();
  ctx.moveTo(x, scale.top);
  ctx.lineTo(x, scale.bottom);
  ctx.stroke();
  ctx.setLineDash([]);
  for (const { values, colour } of chart.lines) {
    const value = values[entry];
    if (value === null || (chart.logarithmic && value <= 0)) continue;
    ctx.fillStyle = colour;
    ctx.beginPath();
    ctx.arc(x, downOf(scale, value), DOT, 0, 2 * Math.PI);
    ctx.fill();
  }
}

/**
 * Trace a line, in the fine unit. Within a column of pixels only points that reach farther up or down than the others
 * are drawn: the picture is the same, and costs less.
 * @param {CanvasRenderingContext2D} ctx
 * @param {ArrayLike<number>} epochs
 * @param {ArrayLike<number | null>} values
 * @param {Scale} scale
 */
function trace(ctx, epochs, values, scale) {
  let [drawing, column, top, bottom] = [false, 0, 0, 0];
  for (let i = 0; i < epochs.length; i++) {
    const value = values[i];
    if (value === null || (scale.logarithmic && value <= 0)) {
      drawing = false;
      continue;
    }
    const x = Math.round(FINE * acrossOf(scale, epochs[i]));
    const y = Math.round(FINE * downOf(scale, value));
    const enters = !drawing || Math.floor(x / FINE) !== column;
    if (!enters && y > top && y < bottom && i < epochs.length - 1) continue;
    if (drawing) ctx.lineTo(x, y);
    else ctx.moveTo(x, y);
    top = enters ? y - STEP : Math.min(top, y - STEP);
    bottom = enters ? y + STEP : Math.max(bottom, y + STEP);
    column = Math.floor(x / FINE);
    drawing = true;
  }
}
