import assert from "node:assert/strict";
import { test } from "node:test";
import { createPatience, createWatch } from "../../static/js/core/redraw.js";

test("words change once in a while, and the last ones at once", () => {
  let now = 0;
  const due = createPatience(1000, () => now);
  assert.equal(due("3 000 times slower", false), true);
  now = 500;
  assert.equal(due("4 000 times slower", false), false);
  assert.equal(due("3 000 times slower", true), false);
  now = 999;
  assert.equal(due("4 000 times slower", false), false);
  now = 1000;
  assert.equal(due("4 000 times slower", false), true);
  assert.equal(due("healthy", true), true);
});

test("a watch sees the first arguments and every change", () => {
  const changed = createWatch();
  const calls = [
    ["a", 1],
    ["a", 1],
    ["a", 2],
    ["b", 2],
  ].map((values) => changed(...values));
  assert.deepEqual(calls, [true, false, true, true]);
});
