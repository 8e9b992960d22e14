/** List the examples on the plot. */

/**
 * Return the examples on the plot, each as x1, x2 and label.
 * @param {Pick<import("./state.js").State, "points" | "wanted">} state
 * @returns {number[][]}
 */
export function examplesOf({ points, wanted }) {
  const sets = points ? [points.train, ...(wanted?.view.show_test ? [points.test] : [])] : [];
  return sets.flatMap((set) => Array.from({ length: set.length / 3 }, (_, i) => [...set.subarray(3 * i, 3 * i + 3)]));
}
