import assert from "node:assert/strict";
import { test } from "node:test";
import { drawnTarget } from "../../static/js/features/own_data/drawing.js";
import { added, edited, erased, moved, nearest, redone, sheetOf, undone } from "../../static/js/state/sheet.js";
import { decodeRows, encodeRows } from "../../static/js/wire/own_data.js";

/** @type {[number, number, number][]} */
const ROWS = [
  [0, 0, 0],
  [1, 0, 1],
  [-5.5, 3.25, 1],
];

test("rows come back from their text as they were", () => {
  assert.deepEqual(decodeRows(encodeRows(ROWS, false), false), ROWS);
  const values = /** @type {[number, number, number][]} */ ([[6, -6, -0.5]]);
  assert.deepEqual(decodeRows(encodeRows(values, true), true), values);
});

test("the text has eight characters a row", () => {
  assert.equal(encodeRows(ROWS, false).length, 24);
  assert.match(encodeRows(ROWS, false), /^[\w-]+$/);
});

test("a point comes where the pointer is, and stays on the plane", () => {
  assert.deepEqual(added([], { x: 9, y: -2 }, 1), [[6, -2, 1]]);
});

test("the nearest point within reach is the one that moves", () => {
  const index = nearest(ROWS, { x: 0.9, y: 0.1 }, 0.5);
  assert.equal(index, 1);
  assert.deepEqual(moved(ROWS, index, { x: 2, y: 2 })[1], [2, 2, 1]);
  assert.equal(nearest(ROWS, { x: 4, y: 4 }, 0.5), -1);
});

test("erasing takes what is within reach and leaves the rest", () => {
  assert.deepEqual(erased(ROWS, { x: 0.5, y: 0 }, 0.6), [ROWS[2]]);
});

test("what is undone can be done again, until something new is drawn", () => {
  let sheet = edited(edited(sheetOf([]), [ROWS[0]]), ROWS.slice(0, 2));
  sheet = undone(sheet);
  assert.deepEqual(sheet.rows, [ROWS[0]]);
  assert.deepEqual(redone(sheet).rows, ROWS.slice(0, 2));
  sheet = edited(sheet, []);
  assert.deepEqual(redone(sheet).rows, []);
  assert.deepEqual(undone(undone(undone(undone(sheet)))).rows, []);
});

test("a copy of the points on the screen keeps each class, and values within the range", () => {
  assert.deepEqual(
    [0, 1, 2, 5].map((target) => drawnTarget(target, 6)),
    [0, 1, 2, 5],
  );
  assert.deepEqual(
    [-1, 1].map((target) => drawnTarget(target, 2)),
    [0, 1],
  );
  assert.deepEqual(
    [-1.5, 0.25].map((target) => drawnTarget(target, 1)),
    [-1, 0.25],
  );
});
