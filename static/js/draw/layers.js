/** Draw a line for each layer over the epochs, on a logarithmic scale, with the layer's name at its end. */

import { powerOfTen } from "../core/formats.js";
import { acrossOf, downOf, drawChart } from "./chart.js";

const GAP = 12; // pixels between two names
const TICKS = 7;
const [SMALLEST, LARGEST] = [-323, 308]; // exponents of ten that a number can have

/**
 * @typedef {{name: string, colour: string, values: (number | null)[]}} Layer
 * @param {CanvasRenderingContext2D} ctx
 * @param {{epochs: number[], layers: Layer[], theme: import("./colours.js").Theme}} scene a logarithm has no place for 0
 * @param {import("./chart.js").Place} place
 */
export function drawLayers(ctx, { epochs, layers, theme }, place) {
  const [from, to] = decades(layers);
  const lines = layers.map(({ values, colour }) => ({ values, colour, width: 1.75 }));
  const step = Math.ceil((to - from) / (TICKS - 1));
  const ticks = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => 10 ** (from + i * step));
  const write = (/** @type {number} */ tick) => powerOfTen(Math.round(Math.log10(tick)));
  const chart = { epochs, lines, low: 10 ** from, high: 10 ** to, logarithmic: true, ticks, write, theme };
  const scale = drawChart(ctx, chart, place);
  const drawn = layers.filter(({ values }) => Number(values.at(-1)) > 0);
  const places = drawn.map(({ values }) => downOf(scale, Number(values.at(-1))));
  const left = acrossOf(scale, epochs.at(-1) ?? 0) + 5;
  ctx.font = "600 11px Inter, sans-serif";
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  spread(places, GAP, place.y + place.height).forEach((y, rank) => {
    ctx.fillStyle = drawn[rank].colour;
    ctx.fillText(drawn[rank].name, left, y);
  });
}

/**
 * Return the exponents of the powers of ten around all values; -3 to 0 if there are none.
 * @param {Layer[]} layers
 */
function decades(layers) {
  let [low, high] = [Infinity, 0];
  for (const { values } of layers) {
    for (const value of values) {
      if (!value) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (high === 0) return [-3, 0];
  const to = Math.min(Math.max(Math.ceil(Math.log10(high)), Math.floor(Math.log10(low)) + 1), LARGEST);
  return [Math.max(Math.min(Math.floor(Math.log10(low)), to - 1), SMALLEST), to];
}

/**
 * Move labels that would overlap apart, as little as possible.
 * @param {number[]} places in any order
 * @param {number} gap between two neighbours at least
 * @param {number} end the largest place allowed
 * @returns {number[]} in the order of `places`
 */
export function spread(places, gap, end) {
  const order = places.map((_, i) => i).sort((a, b) => places[a] - places[b]);
  const result = [...places];
  order.forEach((at, rank) => {
    if (rank > 0) result[at] = Math.max(result[at], result[order[rank - 1]] + gap);
  });
  order.reverse().forEach((at, rank) => {
    const below = rank > 0 ? result[order[rank - 1]] - gap : end;
    result[at] = Math.min(result[at], below);
  });
  return result;
}
