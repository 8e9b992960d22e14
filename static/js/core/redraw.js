/** Many changes, one drawing: at most one call for each animation frame, and only what has changed. */

/** @param {() => void} draw */
export function createLoop(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
}

/**
 * Return a function that says whether words are to be shown: where they have changed, and are no more than one change
 * in so many milliseconds, so that a reader, or a screen reader, can follow. What is last is shown at once.
 * @param {number} quiet
 * @param {() => number} [clock] milliseconds
 */
export function createPatience(quiet, clock = () => performance.now()) {
  let [shown, since] = ["", Number.NEGATIVE_INFINITY];
  return (/** @type {string} */ words, /** @type {boolean} */ last) => {
    if (words === shown || (!last && clock() < since + quiet)) return false;
    [shown, since] = [words, clock()];
    return true;
  };
}

/** Return a function that says whether its arguments differ from those of the call before. */
export function createWatch() {
  /** @type {unknown[] | null} */
  let before = null;
  return (/** @type {unknown[]} */ ...now) => {
    let changed = before === null;
    for (let i = 0; i < now.length && before !== null; i++) changed ||= now[i] !== before[i];
    before = now;
    return changed;
  };
}
