/** A line for each layer over the epochs on a logarithmic scale, by uPlot, each with its name at its end. */

import uPlot from "uplot";
import { powerOfTen, spread } from "../flow.js";

const HEIGHT = 190;
const LABELS = 30; // pixels on the right, for the names
const GAP = 12; // pixels between two names

/**
 * @param {HTMLElement} element
 * @param {import("../theme.js").Theme} theme
 * @param {string[]} names of the layers
 * @param {string[]} colours of the layers
 */
export function createLayersChart(element, theme, names, colours) {
  const width = () => Math.max(element.clientWidth, 160);
  const axis = { stroke: theme.soft, font: "11px Inter, sans-serif", ticks: { show: false } };
  const chart = new uPlot(
    {
      width: width(),
      height: HEIGHT,
      padding: [8, LABELS, 0, 0],
      cursor: { show: false },
      legend: { show: false },
      scales: {
        x: { time: false, range: (_, low, high) => [low, Math.max(high, low + 10)] },
        y: { distr: 3, range: (_, low, high) => decades(low, high) },
      },
      axes: [
        { ...axis, size: 22, gap: 4, space: 44, grid: { show: false }, incrs: whole() },
        {
          ...axis,
          size: 38,
          gap: 4,
          grid: { stroke: theme.line, width: 1 },
          splits: (_, __, low, high) => powers(low, high),
          filter: (_, splits) => splits,
          values: (_, splits) => splits.map((value) => powerOfTen(Math.round(Math.log10(value)))),
        },
      ],
      series: [{}, ...colours.map((stroke) => ({ stroke, width: 1.75, points: { show: false } }))],
      hooks: { draw: [(drawn) => name(drawn, names, colours)] },
    },
    [[], ...names.map(() => [])],
    element,
  );
  const observer = new ResizeObserver(() => chart.setSize({ width: width(), height: HEIGHT }));
  observer.observe(element);
  return {
    /**
     * @param {number[]} epochs
     * @param {(number | null)[][]} lines a logarithm has no place for 0
     */
    show(epochs, lines) {
      chart.setData([epochs, ...lines.map((line) => line.map((value) => (value ? value : null)))]);
    },
    destroy() {
      observer.disconnect();
      chart.destroy();
    },
  };
}

/**
 * Return the range of whole powers of ten around two values; one where there are none.
 * @param {number | null} low
 * @param {number | null} high
 * @returns {[number, number]}
 */
function decades(low, high) {
  if (low === null || high === null || !(low > 0)) return [0.001, 1];
  const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  return [10 ** from, 10 ** Math.max(to, from + 1)];
}

/**
 * Return the powers of ten between two, few enough to be written.
 * @param {number} low
 * @param {number} high
 */
function powers(low, high) {
  const [from, to] = [low, high].map((value) => Math.round(Math.log10(value)));
  const step = Math.ceil((to - from) / 6);
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => 10 ** (from + i * step));
}

/** Return the steps of an axis of epochs. */
function whole() {
  return Array.from({ length: 8 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();
}

/**
 * Write the name of each line at its end, where it has a value now.
 * @param {uPlot} chart
 * @param {string[]} names
 * @param {string[]} colours
 */
function name(chart, names, colours) {
  const { ctx, bbox } = chart;
  const ratio = uPlot.pxRatio;
  const lines = /** @type {(number | null)[][]} */ (chart.data.slice(1));
  const ends = lines.map((line) => line[line.length - 1] ?? null);
  const drawn = ends.flatMap((value, i) => (value === null ? [] : [i]));
  const places = drawn.map((i) => chart.valToPos(/** @type {number} */ (ends[i]), "y", true));
  const last = chart.data[0][chart.data[0].length - 1] ?? 0;
  const left = chart.valToPos(last, "x", true) + 5 * ratio;
  ctx.save();
  Object.assign(ctx, { font: `600 ${11 * ratio}px Inter, sans-serif`, textAlign: "left", textBaseline: "middle" });
  spread(places, GAP * ratio, bbox.top + bbox.height).forEach((y, rank) => {
    ctx.fillStyle = colours[drawn[rank]];
    ctx.fillText(names[drawn[rank]], left, y);
  });
  ctx.restore();
}
