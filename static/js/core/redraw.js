/** Draw at most once per animation frame, and only what has changed. */

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
 * Return a function that says whether to show a text now: when it has changed, and no sooner than a pause after the text
 * before, so that a reader or a screen reader can follow. The last text is shown at once.
 * @param {number} quiet milliseconds of the pause
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
