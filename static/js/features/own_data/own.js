/** A learner's own points: how they are drawn, moved, erased, undone, and written as the engine reads them. */

const PLANE = 6;
const STEPS = { place: 5000, value: 25000 };
const MAX_UNDO = 200;

/**
 * @typedef {[number, number, number]} Row x1, x2 and the class or target
 * @typedef {object} OwnData as in engine/data/own_data.py
 * @property {"classification" | "regression"} task
 * @property {string[]} classes
 * @property {[string, string, string]} columns
 * @property {[[number, number], [number, number]]} ranges
 * @property {[number, number]} target_range
 * @property {string} rows
 * @typedef {{past: Row[][], rows: Row[], future: Row[][]}} Sheet what is drawn, and what it was before and after
 */

/** @param {Row[]} rows @returns {Sheet} */
export function sheetOf(rows) {
  return { past: [], rows, future: [] };
}

/**
 * @param {Sheet} sheet
 * @param {Row[]} rows
 * @returns {Sheet}
 */
export function edited({ past, rows: before }, rows) {
  return { past: [...past, before].slice(-MAX_UNDO), rows, future: [] };
}

/** @param {Sheet} sheet @returns {Sheet} */
export function undone(sheet) {
  const { past, rows, future } = sheet;
  const before = past.at(-1);
  return before ? { past: past.slice(0, -1), rows: before, future: [rows, ...future] } : sheet;
}

/** @param {Sheet} sheet @returns {Sheet} */
export function redone(sheet) {
  const { past, rows, future } = sheet;
  return future.length > 0 ? { past: [...past, rows], rows: future[0], future: future.slice(1) } : sheet;
}

/** @param {number} value */
function inside(value) {
  return Math.max(-PLANE, Math.min(PLANE, value));
}

/**
 * Return the index of the point nearest to a place, within a reach, or -1.
 * @param {Row[]} rows
 * @param {{x: number, y: number}} at
 * @param {number} reach
 */
export function nearest(rows, { x, y }, reach) {
  let [found, best] = [-1, reach * reach];
  rows.forEach(([x1, x2], i) => {
    const distance = (x1 - x) ** 2 + (x2 - y) ** 2;
    if (distance <= best) [found, best] = [i, distance];
  });
  return found;
}

/**
 * @param {Row[]} rows
 * @param {{x: number, y: number}} at
 * @param {number} reach
 */
export function erased(rows, { x, y }, reach) {
  return rows.filter(([x1, x2]) => (x1 - x) ** 2 + (x2 - y) ** 2 > reach * reach);
}

/**
 * @param {Row[]} rows
 * @param {number} index
 * @param {{x: number, y: number}} to
 * @returns {Row[]}
 */
export function moved(rows, index, { x, y }) {
  return rows.map((row, i) => (i === index ? [inside(x), inside(y), row[2]] : row));
}

/**
 * @param {Row[]} rows
 * @param {{x: number, y: number}} at
 * @param {number} target
 * @returns {Row[]}
 */
export function added(rows, { x, y }, target) {
  return [...rows, [inside(x), inside(y), target]];
}

/**
 * Write rows as base64url of little-endian int16, three a row.
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
