/** Numbers as the reader's language writes them, with the minus sign of mathematics. */

export const language = globalThis.document?.documentElement.lang || "en";

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
/** Numbers outside of these bounds are written with a power of ten, counts from a bound of their own. */
const [TINY, HUGE, HUGE_COUNT] = [1e-6, 1e6, 1e12];

/** @type {Map<string, Intl.NumberFormat>} */
const formats = new Map();

/**
 * Write a number with options of Intl.NumberFormat. Every other function ends here, and what is no number does, too.
 * @param {number} value
 * @param {Intl.NumberFormatOptions} options
 */
function written(value, options) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value < 0 ? "−∞" : "∞";
  const key = JSON.stringify(options);
  const format = formats.get(key) ?? new Intl.NumberFormat(language, options);
  formats.set(key, format);
  const text = minus(format.format(value));
  return /[1-9]/.test(text) ? text : text.replace("−", ""); // no sign at a zero
}

/**
 * Write a whole number in full, grouped by thousands, and any other to three significant digits.
 * @param {number} value
 * @param {number} [digits] that count in a fraction
 */
export function number(value, digits = 3) {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < HUGE_COUNT) return written(value, {});
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
  if (Math.abs(value) >= HUGE) return scientific(value, 2, false);
  return written(value, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/**
 * Write a share as a percentage: "90%", in Russian "90 %".
 * @param {number} share of 1
 * @param {number} [decimals]
 */
export function percent(share, decimals = 0) {
  return written(Math.abs(share) >= HUGE ? Math.sign(share) * Number.POSITIVE_INFINITY : share, {
    style: "percent",
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}

/** @param {number} value as a loss is shown; one that is no number counts as infinite */
export function threeDecimals(value) {
  return Number.isNaN(value) ? "∞" : fixed(value, 3);
}

/** @param {number} value with two decimals, or with a power of ten where these would not tell it */
export function short(value) {
  const size = Math.abs(value);
  return size >= 1000 || (value !== 0 && size < 0.01) ? scientific(value, 1) : fixed(value, 2);
}

/** @param {number} value of the plane */
export function coordinate(value) {
  return fixed(value, 2);
}

/** @param {number} value to two significant digits */
export function twoDigits(value) {
  const size = Math.abs(value);
  if (value !== 0 && (size < TINY || size >= HUGE)) return scientific(value, 1, false);
  return written(value, { maximumSignificantDigits: 2 });
}

/** @param {string} text with the sign of mathematics */
export function minus(text) {
  return text.replace(/-/g, "−");
}

/** @param {number} value with eight places, or seven digits and a power of ten where it is small or large */
export function eightPlaces(value) {
  const size = Math.abs(value);
  return size >= 0.001 && size < 1000 ? fixed(value, 8) : scientific(value, 6);
}

/** @param {number} value by its first digit and its power of ten */
export function magnitude(value) {
  return scientific(value, 0);
}

/** @param {number} value to four significant digits, as a field for numbers takes it; empty for what is no number */
export function typed(value) {
  const rounded = Number(value.toPrecision(4));
  if (!Number.isFinite(rounded)) return "";
  return Math.abs(rounded) < HUGE ? String(rounded) : rounded.toExponential();
}

/**
 * Write a number with a power of ten: "1.7·10¹⁴⁷".
 * @param {number} value
 * @param {number} decimals of the factor
 * @param {boolean} [zeros] keep zeros at the end
 */
export function scientific(value, decimals, zeros = true) {
  if (value === 0 || !Number.isFinite(value)) return written(value, {});
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

/** How formulas typed in plain letters look in print. */
const TYPESETTING = /** @type {[RegExp, string | ((all: string, part: string) => string)][]} */ ([
  [/\b1e(-?\d+)/g, (_, power) => powerOfTen(Number(power))],
  [/\^(\d+)/g, (_, power) => raised(Number(power))],
  [/\b1\/2 /g, "½ "],
  [/\bsqrt\(/g, "√("],
  [/\bbeta(?=\d)/g, "β"],
  [/\brho\b/g, "ρ"],
  [/\bpi\b/g, "π"],
  [/(?<=\bx|β)(\d)/g, (_, digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]],
  [/_k\b/g, "ₖ"],
  [/ ?\* ?/g, "·"],
  [/(?<!\p{L})-|-(?!\p{L})/gu, "−"],
]);

/** @param {string} text of a formula, for example "1/2 (p - t)^2": returned as "½ (p − t)²" */
export function formula(text) {
  return TYPESETTING.reduce((made, [sign, print]) => made.replace(sign, /** @type {string} */ (print)), text);
}
