/** Write the numbers of a trace with a chosen number of decimals, in formulas and in the network's picture. */

import { minus, raised } from "../../core/formats.js";

const LARGE = 1e5;

/**
 * Split a number for display: decimals if they show two of its digits, else a power of ten.
 * @param {number} value
 * @param {number} digits
 * @returns {{mantissa: string, exponent: number | null}}
 */
function parts(value, digits) {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return { mantissa: Number.isNaN(value) ? "?" : value < 0 ? "-∞" : "∞", exponent: null };
  if (size !== 0 && (size < 10 ** (1 - digits) || size >= LARGE)) {
    const [mantissa, exponent] = value.toExponential(Math.min(digits, 3)).split("e");
    return { mantissa: trimmed(mantissa), exponent: Number(exponent) };
  }
  const fixed = trimmed(value.toFixed(digits));
  // A value just below 1 must not look like 1: 1 - a and its logarithm depend on it.
  const short = Math.abs(1 - size);
  const places = fixed.replace("-", "") === "1" && short > 0 ? Math.min(15, Math.ceil(-Math.log10(short)) + 1) : 0;
  return { mantissa: places > digits ? trimmed(value.toFixed(places)) : fixed, exponent: null };
}

/** @param {string} text without trailing zeros and without the sign of a zero */
function trimmed(text) {
  const short = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  return short === "-0" ? "0" : short;
}

/**
 * @param {number} value
 * @param {number} digits
 */
export function plain(value, digits) {
  const { mantissa, exponent } = parts(value, digits);
  const power = exponent === null ? "" : `·10${raised(exponent)}`;
  return minus(mantissa) + power;
}

/**
 * @param {number} value
 * @param {number} digits
 */
export function tex(value, digits) {
  const { mantissa, exponent } = parts(value, digits);
  const shown = mantissa.replace("∞", "\\infty ");
  return exponent === null ? shown : `${shown}\\cdot10^{${exponent}}`;
}

/**
 * Return a number as a factor, in brackets if its sign or its power could be misread.
 * @param {number} value
 * @param {number} digits
 */
export function factor(value, digits) {
  const shown = tex(value, digits);
  return shown.startsWith("-") || shown.includes("^") ? `(${shown})` : shown;
}
