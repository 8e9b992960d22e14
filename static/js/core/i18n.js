/** Texts in the reader's language: the server puts the translations into the page. */

import { language, number } from "./formats.js";

/**
 * Translations by English text; of a text with a number its forms, by the number's plural category.
 * @type {Record<string, string | Record<string, string>>}
 */
const table = JSON.parse(globalThis.document?.getElementById("texts")?.textContent || "{}");

const plurals = new Intl.PluralRules(language);

/**
 * Return the translation of an English text, with `{name}` replaced by values; numbers are written as the language does.
 * @param {string} text
 * @param {Record<string, string | number>} [values]
 */
export function _(text, values = {}) {
  return filled(/** @type {string} */ (table[text]) || text, values);
}

/**
 * Return the translation of an English text in the form that `count` takes.
 * @param {string} singular
 * @param {string} plural
 * @param {number} count
 * @param {Record<string, string | number>} [values] in addition to `{count}`
 */
export function ngettext(singular, plural, count, values = {}) {
  const forms = /** @type {Record<string, string> | undefined} */ (table[singular]);
  const english = count === 1 ? singular : plural;
  return filled(forms?.[plurals.select(count)] || english, { count, ...values });
}

/** @param {string} name that stands within a sentence */
export function uncapitalised(name) {
  return name.charAt(0).toLocaleLowerCase(language) + name.slice(1);
}

/**
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (all, name) => {
    const value = values[name] ?? all;
    return typeof value === "number" ? number(value) : value;
  });
}
