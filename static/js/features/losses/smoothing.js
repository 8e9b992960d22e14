/** Calmer curves. */

/**
 * Return a function that smooths values: an exponential moving average, corrected at the beginning, where there is no
 * past to weigh. What it returns holds until it is called again, since it is written in place.
 */
export function createSmoother() {
  let room = new Float64Array();
  /**
   * @param {Float64Array} values
   * @param {number} weight of what came before, from 0 to below 1
   */
  return (values, weight) => {
    if (weight === 0) return values;
    if (room.length < values.length) room = new Float64Array(2 * values.length);
    let [sum, past] = [0, 1];
    for (let i = 0; i < values.length; i++) {
      sum = weight * sum + (1 - weight) * values[i];
      past *= weight;
      room[i] = sum / (1 - past);
    }
    return room.subarray(0, values.length);
  };
}
