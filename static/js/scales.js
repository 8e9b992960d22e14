/** From numbers to pixels and colours. */

export const PLANE = 6;

/** @param {string} hex */
function channels(hex) {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
}

/**
 * Return 256 packed colours: byte 1 is negative, 128 zero, 255 positive.
 * @param {string} negative
 * @param {string} zero
 * @param {string} positive
 */
export function colourTable(negative, zero, positive) {
  const table = new Uint32Array(256);
  const [low, mid, high] = [negative, zero, positive].map(channels);
  for (let byte = 0; byte < 256; byte++) {
    const share = Math.max(-1, (byte - 128) / 127);
    const end = share < 0 ? low : high;
    const [r, g, b] = mid.map((from, i) => Math.round(from + (end[i] - from) * Math.abs(share)));
    table[byte] = (255 << 24) | (b << 16) | (g << 8) | r;
  }
  return table;
}

/**
 * Return the colour of a value in [-1, 1]; what lies beyond is clamped.
 * @param {Uint32Array} table
 * @param {number} value
 */
export function colourOf(table, value) {
  const packed = table[128 + Math.round(Math.max(-1, Math.min(1, value)) * 127)];
  return `rgb(${packed & 255} ${(packed >> 8) & 255} ${(packed >> 16) & 255})`;
}

/** @param {number} weight TFP's width: 1 to 10 pixels for sizes from 0 to 5 */
export function lineWidth(weight) {
  return 1 + (9 * Math.min(Math.abs(weight), 5)) / 5;
}

/** @param {number} value */
export function threeDecimals(value) {
  return Number.isFinite(value) ? value.toFixed(3).replace("-", "−") : "∞";
}

/** @param {number} value */
export function short(value) {
  const text =
    Math.abs(value) >= 1000 || (value !== 0 && Math.abs(value) < 0.01) ? value.toExponential(1) : value.toFixed(2);
  return text.replace(/-/g, "−");
}
