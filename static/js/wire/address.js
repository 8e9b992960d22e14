/** Keep the run in the address bar, with one history entry per gesture. */

/**
 * @param {(fragment: string) => void} onTravel called when the learner goes to another entry or types a fragment
 */
export function createAddress(onTravel) {
  let lastGesture = 0;
  let shown = location.hash.slice(1);
  addEventListener("popstate", () => {
    if (location.hash.slice(1) !== shown) {
      shown = location.hash.slice(1);
      onTravel(shown);
    }
  });
  return {
    fragment: () => location.hash.slice(1),
    /**
     * @param {string} link
     * @param {number} gesture
     */
    record(link, gesture) {
      if (link === location.hash.slice(1)) return;
      history[gesture === lastGesture ? "replaceState" : "pushState"](null, "", `#${link}`);
      lastGesture = gesture;
      shown = location.hash.slice(1);
    },
  };
}
