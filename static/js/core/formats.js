/** Numbers as the reader's language writes them, with the minus sign of mathematics. */

export const language = globalThis.document?.documentElement.lang || "en";

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
/** Fractions outside of these bounds are written with a power of ten. */
const [TINY, HUGE] = [1e-6, 1e6];

/** @type {Map<string, Intl.NumberFormat>} */
const formats = new Map();

/**
 * Write a number with options of Intl.NumberFormat.
 * @param {number} value
 * @param {Intl.NumberFormatOptions} options
 */
function written(value, options) {
  const key = JSON.stringify(options);
  const format = formats.get(key) ?? new Intl.NumberFormat(language, options);
  formats.set(key, format);
  return minus(format.format(value));
}

/**
 * Write a whole number in full, grouped by thousands, and any other to three significant digits.
 * @param {number} value
 * @param {number} [digits] that count in a fraction
 */
export function number(value, digits = 3) {
  if (Number.isSafeInteger(value)) return written(value, {});
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : minus(value < 0 ? "-∞" : "∞");
  const size = Math.abs(value);
  return size < TINY || size >= HUGE
    ? scientific(value, digits - 1, false)
    : written(value, { maximumSignificantDigits: digits });
}

/**
 * Write a number with a fixed count of decimals.
 * @param {number} value
 * @param {number} decimals
 */
export function fixed(value, decimals) {
  if (Math.abs(value) >= HUGE) return number(value);
  return written(value, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/**
 * Write a share as a percentage: "90%", in Russian "90 %".
 * @param {number} share of 1
 * @param {number} [decimals]
 */
export function percent(share, decimals = 0) {
  return written(share, { style: "percent", minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** @param {number} value as a loss is shown; one that is no number counts as infinite */
export function threeDecimals(value) {
  return Number.isFinite(value) ? fixed(value, 3) : "∞";
}

/** @param {number} value with two decimals, or with a power of ten where these would not tell it */
export function short(value) {
  const size = Math.abs(value);
  return size >= 1000 || (value !== 0 && size < 0.01) ? scientific(value, 1) : fixed(value, 2);
}

/** @param {number} value of the plane */
export function coordinate(value) {
  return fixed(Math.abs(value) < 0.005 ? 0 : value, 2);
}

/** @param {number} value to two significant digits */
export function twoDigits(value) {
  return number(Number(value.toPrecision(2)), 2);
}

/** @param {string} text with the sign of mathematics */
export function minus(text) {
  return text.replace(/-/g, "−");
}

/** @param {number} value with eight places, or seven digits and a power of ten where it is small or large */
export function eightPlaces(value) {
  const size = Math.abs(value);
  if (value === 0) return "0";
  return size >= 0.001 && size < 1000 ? fixed(value, 8) : scientific(value, 6);
}

/** @param {number} value by its first digit and its power of ten */
export function magnitude(value) {
  return value === 0 ? "0" : scientific(value, 0);
}

/**
 * Write a number with a power of ten: "1.7·10¹⁴⁷".
 * @param {number} value
 * @param {number} decimals of the factor
 * @param {boolean} [zeros] keep zeros at the end
 */
export function scientific(value, decimals, zeros = true) {
  const [factor, exponent] = value.toExponential(decimals).split("e");
  const least = zeros ? decimals : 0;
  const shown = written(Number(factor), { minimumFractionDigits: least, maximumFractionDigits: decimals });
  return `${shown}·${powerOfTen(Number(exponent))}`;
}

/** @param {number} exponent a whole number, as it stands above a ten */
export function raised(exponent) {
  return String(exponent)
    .replace(/\d/g, (digit) => RAISED[Number(digit)])
    .replace("-", "⁻");
}

/** @param {number} exponent of ten */
export function powerOfTen(exponent) {
  return `10${raised(exponent)}`;
}

/**
 * Write a number to two significant digits, with a power of ten where it would be long otherwise.
 * @param {number | null} value
 */
export function twoSignificant(value) {
  if (value === null) return "–";
  const size = Math.abs(value);
  return value === 0 || (size >= 0.001 && size < 10000) ? twoDigits(value) : scientific(value, 1);
}
