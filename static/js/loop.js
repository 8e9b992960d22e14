/** Many changes, one drawing: at most one call for each animation frame. */

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
