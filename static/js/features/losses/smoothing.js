/** Smooth curves. */

/**
 * Return a function that smooths values by an exponential moving average, corrected for its start. Its result is
 * overwritten by the next call.
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
