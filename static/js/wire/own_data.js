/** Encode and decode a learner's own data in the format of engine/data/own_data.py. */

/** Steps per unit of the plane, and per unit of a target. */
const STEPS = { place: 5000, value: 25000 };

/**
 * @typedef {[number, number, number]} Row x1, x2 and the class or target
 * @typedef {object} OwnData
 * @property {"classification" | "regression"} task
 * @property {string[]} classes
 * @property {[string, string, string]} columns
 * @property {[[number, number], [number, number]]} ranges
 * @property {[number, number]} target_range
 * @property {string} rows encoded
 */

/**
 * Write rows as base64url of little-endian int16, three per row.
 * @param {Row[]} rows
 * @param {boolean} regression
 */
export function encodeRows(rows, regression) {
  const view = new DataView(new ArrayBuffer(6 * rows.length));
  rows.forEach(([x, y, target], i) => {
    view.setInt16(6 * i, Math.round(x * STEPS.place), true);
    view.setInt16(6 * i + 2, Math.round(y * STEPS.place), true);
    view.setInt16(6 * i + 4, Math.round(target * (regression ? STEPS.value : 1)), true);
  });
  let binary = "";
  for (const byte of new Uint8Array(view.buffer)) binary += String.fromCharCode(byte);
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/**
 * @param {string} text
 * @param {boolean} regression
 * @returns {Row[]}
 */
export function decodeRows(text, regression) {
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  const view = new DataView(Uint8Array.from(binary, (character) => character.charCodeAt(0)).buffer);
  return Array.from({ length: view.byteLength / 6 }, (_, i) => [
    view.getInt16(6 * i, true) / STEPS.place,
    view.getInt16(6 * i + 2, true) / STEPS.place,
    view.getInt16(6 * i + 4, true) / (regression ? STEPS.value : 1),
  ]);
}

/**
 * Count the rows without decoding them: each is six bytes, which are eight letters.
 * @param {Pick<OwnData, "rows">} own
 */
export function rowCount({ rows }) {
  return rows.length / 8;
}
