/** How numbers are written: decimals, powers of ten, the minus sign of mathematics. */

/** @param {number} value */
export function threeDecimals(value) {
  return Number.isFinite(value) ? minus(value.toFixed(3)) : "∞";
}

/** @param {number} value */
export function short(value) {
  const size = Math.abs(value);
  return minus(size >= 1000 || (value !== 0 && size < 0.01) ? value.toExponential(1) : value.toFixed(2));
}

/** @param {number} value of the plane */
export function coordinate(value) {
  return minus(value.toFixed(2)).replace(/^−(0\.00)$/, "$1");
}

/** @param {number} value rounded to two digits */
export function twoDigits(value) {
  return minus(String(Number(value.toPrecision(2))));
}

/** @param {string} text with the sign of mathematics */
export function minus(text) {
  return text.replace(/-/g, "−");
}

/** @param {number} value with eight places, or seven digits and a power of ten where it is small or large */
export function eightPlaces(value) {
  const size = Math.abs(value);
  if (value === 0) return "0";
  return size >= 0.001 && size < 1000 ? minus(value.toFixed(8)) : scientific(value, 6);
}

/** @param {number} value by its first digit and its power of ten */
export function magnitude(value) {
  return value === 0 ? "0" : scientific(value, 0);
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/**
 * @param {number} value
 * @param {number} places
 */
export function scientific(value, places) {
  const [digits, exponent] = value.toExponential(places).split("e");
  return `${minus(digits)} · 10${raised(Number(exponent))}`;
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
 * Write a number with two digits that count, as a product with a power of ten where it is long otherwise.
 * @param {number | null} value
 */
export function twoSignificant(value) {
  if (value === null) return "–";
  const size = Math.abs(value);
  if (value === 0 || (size >= 0.001 && size < 10000)) return twoDigits(value);
  const [digits, exponent] = value.toExponential(1).split("e");
  return `${minus(digits)}·${powerOfTen(Number(exponent))}`;
}
