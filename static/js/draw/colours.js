/** Colours of values, classes and layers, read from static/css/tokens.css, and the theme that all drawing uses. */

/** @typedef {{packed: Uint32Array, css: string[]}} Colours of the bytes 0..255: 1 is negative, 128 zero, 255 positive */

/**
 * @typedef {object} Theme
 * @property {Colours} colours of values from negative to positive
 * @property {Colours[]} classes
 * @property {string} ink
 * @property {string} soft
 * @property {string} line
 * @property {string} surface
 * @property {string} ground
 * @property {string} accent
 * @property {string[]} depths colours of the first, the middle and the last layer
 * @property {boolean} shapes whether classes differ by shape, too
 */

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
 * Return colours in even steps from a first one through a middle one to a last one.
 * @param {string[]} stops three
 * @param {number} count
 */
export function ramp(stops, count) {
  const { css } = colourTable(stops[0], stops[1], stops[2]);
  return Array.from({ length: count }, (_, i) => css[1 + Math.round((254 * i) / Math.max(1, count - 1))]);
}

/**
 * Return the colour of a value, clamped to [-1, 1].
 * @param {Colours} colours
 * @param {number} value
 */
export function colourOf({ css }, value) {
  return css[128 + Math.round(Math.max(-1, Math.min(1, value || 0)) * 127)];
}

/**
 * Return the function from an example's target to its colour: one of many classes, else on the scale of values.
 * @param {Theme} theme
 * @param {boolean} many
 * @returns {(target: number) => string}
 */
export function pointColour({ colours, classes }, many) {
  return many ? (target) => classes[target].css[255] : (target) => colourOf(colours, target);
}

/**
 * Return the function from an example's target to the shape of its class, or null if all examples are dots.
 * @param {Theme} theme
 * @param {number} classes 1 is regression
 * @returns {((target: number) => number) | null}
 */
export function pointShape({ shapes }, classes) {
  if (!shapes || classes === 1) return null;
  return classes > 2 ? (target) => target : (target) => Number(target > 0);
}
