/** Keep the run in the address bar, with one history entry per gesture. */

/**
 * @param {object} options
 * @param {(key: string) => void} options.onLeave called before another entry takes the place of this one
 * @param {(fragment: string, key: string) => void} options.onTravel called when the learner goes to another entry or
 *   types a fragment
 */
export function createAddress({ onLeave, onTravel }) {
  let lastGesture = 0;
  let shown = location.hash.slice(1);
  let key = keyOfEntry();

  /** Return the name of the current entry, which outlives the page; a new entry gets one. */
  function keyOfEntry() {
    const known = history.state?.run;
    if (typeof known === "string") return known;
    const made = newKey();
    history.replaceState({ run: made }, "");
    return made;
  }

  addEventListener("popstate", () => {
    const known = history.state?.run ?? key;
    if (location.hash.slice(1) === shown && known === key) {
      history.replaceState({ run: key }, "");
      return;
    }
    onLeave(key);
    shown = location.hash.slice(1);
    key = keyOfEntry();
    onTravel(shown, key);
  });
  return {
    fragment: () => location.hash.slice(1),
    key: () => key,
    /**
     * @param {string} link
     * @param {number} gesture
     */
    record(link, gesture) {
      if (link === location.hash.slice(1)) return;
      if (gesture === lastGesture) history.replaceState({ run: key }, "", `#${link}`);
      else {
        onLeave(key);
        key = newKey();
        history.pushState({ run: key }, "", `#${link}`);
      }
      lastGesture = gesture;
      shown = location.hash.slice(1);
    },
  };
}

function newKey() {
  return Date.now().toString(36) + Math.random().toString(36).slice(2);
}
