/** Keep texts in the browser. Where it stores nothing, because of its settings or a full disk, they last as long as the page. */

/**
 * @typedef {object} Shelf
 * @property {(key: string) => string | null} get
 * @property {(key: string, text: string) => boolean} put returns whether the text outlives the page
 * @property {(key: string) => void} remove
 * @property {() => string[]} keys
 */

/**
 * Return a shelf. A browser that blocks all data of sites throws at the mere mention of its storage.
 * @param {() => Storage} storage
 * @returns {Shelf}
 */
function createShelf(storage) {
  /** @type {Map<string, string>} what the browser did not take */
  const spare = new Map();
  return {
    get(key) {
      if (spare.has(key)) return spare.get(key) ?? null;
      try {
        return storage().getItem(key);
      } catch {
        return null;
      }
    },
    put(key, text) {
      try {
        storage().setItem(key, text);
        spare.delete(key);
        return true;
      } catch {
        spare.set(key, text);
        return false;
      }
    },
    remove(key) {
      spare.delete(key);
      try {
        storage().removeItem(key);
      } catch {}
    },
    keys() {
      try {
        return Object.keys(storage());
      } catch {
        return [];
      }
    },
  };
}

/** For good. */
export const browserShelf = createShelf(() => localStorage);
/** Until the tab closes. */
export const tabShelf = createShelf(() => sessionStorage);

/**
 * Return what a text in JSON says, or null: an earlier version of the page may have written something else.
 * @param {string | null} text
 */
export function parsed(text) {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}
