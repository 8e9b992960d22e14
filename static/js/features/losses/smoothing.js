/** Smooth curves. */

/** A curve of more epochs than this is smoothed over more epochs, so that it looks as smooth at any length. */
const FINEST = 1000;

/**
 * Return a function that smooths values by an exponential moving average over the epochs, corrected for its start. The
 * curve counts as straight from one reading to the next, so it hardly matters at which epochs it was read. The result is
 * overwritten by the next call.
 */
export function createSmoother() {
  let room = new Float64Array();
  /**
   * @param {ArrayLike<number>} epochs rising
   * @param {Float64Array} values
   * @param {number} weight of what came an epoch before, from 0 to below 1
   */
  return (epochs, values, weight) => {
    if (weight === 0 || values.length === 0) return values;
    if (room.length < values.length) room = new Float64Array(2 * values.length);
    const unit = Math.max(1, (epochs[values.length - 1] - epochs[0]) / FINEST);
    let [sum, past] = [(1 - weight) * values[0], weight];
    room[0] = values[0];
    for (let i = 1; i < values.length; i++) {
      const steps = (epochs[i] - epochs[i - 1]) / unit;
      const kept = weight ** steps;
      // Of the units passed, each a little farther from the last value to this one and weighing more than the one before.
      const share = steps <= 1 ? 1 - kept : 1 - (weight * (1 - kept)) / ((1 - weight) * steps);
      sum = kept * sum + (1 - kept - share) * values[i - 1] + share * values[i];
      past *= kept;
      room[i] = sum / (1 - past);
    }
    return room.subarray(0, values.length);
  };
}
