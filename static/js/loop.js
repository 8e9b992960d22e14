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

/** Return a function that says whether its arguments differ from those of the call before. */
export function createWatch() {
  /** @type {unknown[] | null} */
  let before = null;
  return (/** @type {unknown[]} */ ...now) => {
    const changed = before === null || now.some((value, i) => value !== before?.[i]);
    before = now;
    return changed;
  };
}
