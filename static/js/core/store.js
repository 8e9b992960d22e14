/** Hold one plain object that is replaced, never mutated. */

/**
 * @template T
 * @param {T} state
 */
export function createStore(state) {
  /** @type {Set<(state: T, before: T) => void>} */
  const listeners = new Set();
  return {
    get: () => state,
    /** @param {Partial<T>} change */
    set(change) {
      const before = state;
      state = { ...state, ...change };
      for (const listener of listeners) listener(state, before);
    },
    /** @param {(state: T, before: T) => void} listener */
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
