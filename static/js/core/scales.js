/** From numbers to pixels, colours and words. */

import { number } from "./numbers.js";

export const PLANE = 6;

/** @typedef {{packed: Uint32Array, css: string[]}} Colours of the bytes 0..255: 1 is negative, 128 zero, 255 positive */

/** @param {string} hex */
function channels(hex) {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
}

/**
 * @param {string} negative
 * @param {string} zero
 * @param {string} positive
 * @returns {Colours}
 */
export function colourTable(negative, zero, positive) {
  const packed = new Uint32Array(256);
  const css = [];
  const [low, mid, high] = [negative, zero, positive].map(channels);
  for (let byte = 0; byte < 256; byte++) {
    const share = Math.max(-1, (byte - 128) / 127);
    const end = share < 0 ? low : high;
    const [r, g, b] = mid.map((from, i) => Math.round(from + (end[i] - from) * Math.abs(share)));
    packed[byte] = (255 << 24) | (b << 16) | (g << 8) | r;
    css.push(`rgb(${r} ${g} ${b})`);
  }
  return { packed, css };
}

/**
 * Return the colours of a class: byte 128 and below is zero, 255 is the class itself.
 * @param {string} zero
 * @param {string} colour
 */
export function classTable(zero, colour) {
  return colourTable(zero, zero, colour);
}

/**
 * Return so many colours in even steps from the first over the middle to the last.
 * @param {string[]} stops three
 * @param {number} count
 */
export function ramp(stops, count) {
  const { css } = colourTable(stops[0], stops[1], stops[2]);
  return Array.from({ length: count }, (_, i) => css[1 + Math.round((254 * i) / Math.max(1, count - 1))]);
}

/**
 * Return the colour of a value in [-1, 1]; what lies beyond is clamped.
 * @param {Colours} colours
 * @param {number} value
 */
export function colourOf({ css }, value) {
  return css[128 + Math.round(Math.max(-1, Math.min(1, value)) * 127)];
}

/** @param {number} weight TFP's width: 1 to 10 pixels for sizes from 0 to 5 */
export function lineWidth(weight) {
  return 1 + (9 * Math.min(Math.abs(weight), 5)) / 5;
}

/**
 * Return a coordinate of the plane as a place on an edge of this length.
 * @param {number} value from -6 to 6
 * @param {number} size
 */
export function onPlane(value, size) {
  return ((value + PLANE) / (2 * PLANE)) * size;
}

/**
 * Return an axis's ticks: every second unit of the plane, or round numbers of the true units.
 * @param {{low: number, high: number}} [axis] what -5 and 5 of the plane stand for
 * @returns {{at: number, text: string}[]} the place on the plane, and what to write there
 */
export function ticks(axis = { low: -5, high: 5 }) {
  const unit = (axis.high - axis.low) / 10;
  const size = 10 ** Math.floor(Math.log10(2 * unit));
  const step = [1, 2, 5, 10].map((factor) => factor * size).find((each) => each >= 2 * unit) ?? 10 * size;
  const first = Math.ceil((axis.low - unit) / step - 1e-9);
  const last = Math.floor((axis.high + unit) / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const value = (first + i) * step;
    return { at: (value - axis.low) / unit - 5, text: number(value, 6) };
  });
}
