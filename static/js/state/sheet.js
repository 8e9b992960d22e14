/** Edit the sheet of points that a learner draws: add, move, erase, undo, redo. */

import { withinPlane } from "../core/plane.js";

const MAX_UNDO = 200;

/**
 * @typedef {import("../wire/own_data.js").Row} Row
 * @typedef {{past: Row[][], rows: Row[], future: Row[][]}} Sheet the current rows, and those to undo and redo
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

/**
 * Return the index of the nearest point within reach, or -1.
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
  return rows.map((row, i) => (i === index ? [withinPlane(x), withinPlane(y), row[2]] : row));
}

/**
 * @param {Row[]} rows
 * @param {{x: number, y: number}} at
 * @param {number} target
 * @returns {Row[]}
 */
export function added(rows, { x, y }, target) {
  return [...rows, [withinPlane(x), withinPlane(y), target]];
}
