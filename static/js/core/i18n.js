/** Texts in the reader's language: the server puts the translations into the page. */

/** @type {Record<string, string>} */
const table = JSON.parse(globalThis.document?.getElementById("texts")?.textContent || "{}");

/**
 * Return the translation of an English text, with `{name}` replaced by values.
 * @param {string} text
 * @param {Record<string, string | number>} [values]
 */
export function _(text, values) {
  const found = table[text] || text;
  if (!values) return found;
  return found.replace(/\{(\w+)\}/g, (all, name) => String(values[name] ?? all));
}

const counts = new Intl.NumberFormat(globalThis.document?.documentElement.lang);

/**
 * Write a whole number in groups of three digits, as the reader's language does.
 * @param {number} count
 */
export function grouped(count) {
  return counts.format(count);
}
