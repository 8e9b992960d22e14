/** Choose the values to write beside an axis. */

import { number, scientific } from "../core/formats.js";

/**
 * Return the smallest number at or above a bound that is 1, 2 or 5 times a power of ten.
 * @param {number} least above 0
 */
export function roundedUp(least) {
  const power = Math.floor(Math.log10(least));
  const found = [1, 2, 5, 10].map((factor) => Number(`${factor}e${power}`)).find((each) => each >= least * (1 - 1e-9));
  return Math.min(found ?? least, Number.MAX_VALUE);
}

/**
 * Return the largest number at or below a bound that is 1, 2 or 5 times a power of ten.
 * @param {number} most above 0
 */
export function roundedDown(most) {
  const power = Math.floor(Math.log10(most));
  const found = [10, 5, 2, 1].map((factor) => Number(`${factor}e${power}`)).find((each) => each <= most * (1 + 1e-9));
  return Math.max(found ?? most, Number.MIN_VALUE);
}

/**
 * Return the multiples of a round step from one end of an axis to the other.
 * @param {number} low
 * @param {number} high
 * @param {number} most steps that fit in
 * @param {number} [least] the step is not below this
 */
export function evenTicks(low, high, most, least = 0) {
  const step = roundedUp(Math.max((high - low) / most, least, Number.MIN_VALUE));
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/**
 * Return the ticks of a logarithmic axis: 1, 2 and 5 times powers of ten if these have room, else every power, every
 * second one and so on.
 * @param {number} low above 0
 * @param {number} high
 * @param {number} most ticks that have room
 */
export function logarithmicTicks(low, high, most) {
  const [from, to] = [Math.floor(Math.log10(low) + 1e-9), Math.ceil(Math.log10(high) - 1e-9)];
  const powers = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const within = (/** @type {number} */ value) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9);
  const fine = powers.flatMap((power) => [1, 2, 5].map((factor) => Number(`${factor}e${power}`))).filter(within);
  if (fine.length <= most) return fine;
  const step = Math.ceil((to - from) / (most - 1));
  return powers
    .filter((power) => (power - from) % step === 0)
    .map((power) => Number(`1e${power}`))
    .filter(within);
}

/**
 * Return an axis's ticks: every second unit of the plane, or round numbers of the true units.
 * @param {{low: number, high: number}} [axis] what -5 and 5 of the plane stand for
 * @returns {{at: number, text: string}[]} the place on the plane, and what to write there
 */
export function planeTicks(axis = { low: -5, high: 5 }) {
  const unit = (axis.high - axis.low) / 10;
  return evenTicks(axis.low - unit, axis.high + unit, 6).map((value) => ({
    at: (value - axis.low) / unit - 5,
    text: tickText(value),
  }));
}

/** @param {number} value */
function tickText(value) {
  const size = Math.abs(value);
  return value === 0 || (size >= 0.001 && size < 100_000) ? number(value, 6) : scientific(value, 3, false);
}
