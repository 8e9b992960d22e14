/** Calmer curves. */

/**
 * Return an exponential moving average, corrected at the beginning, where there is no past to weigh.
 * @param {Float64Array} values
 * @param {number} weight of what came before, from 0 to below 1
 */
export function smoothed(values, weight) {
  if (weight === 0) return values;
  let sum = 0;
  return values.map((value, i) => {
    sum = weight * sum + (1 - weight) * value;
    return sum / (1 - weight ** (i + 1));
  });
}
