import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyHistory, extended, MAX_HISTORY } from "../../static/js/state/history.js";

const readings = (...rows) => ({ curve: Float64Array.from(rows.flat()) });
const at = (epoch) => readings([epoch, 1 / (epoch + 1), 2 / (epoch + 1)]);

test("history is keyed by epoch: drawing or receiving the same epoch again adds nothing", () => {
  let history = emptyHistory();
  history = extended(history, at(1));
  history = extended(history, at(2));
  assert.equal(extended(history, at(2)), history);
  assert.deepEqual([...history.epochs], [1, 2]);
});

test("going back to epoch 0 forgets what came after", () => {
  let history = emptyHistory();
  for (const epoch of [0, 1, 2, 3]) history = extended(history, at(epoch));
  assert.deepEqual([...extended(history, at(0)).epochs], [0]);
});

test("an edited weight replaces the loss of its epoch", () => {
  let history = extended(emptyHistory(), at(5));
  history = extended(history, readings([5, 1, 9]));
  assert.deepEqual([[...history.epochs], [...history.test]], [[5], [9]]);
});

test("the losses between two frames are part of the history", () => {
  const history = extended(extended(emptyHistory(), at(0)), readings([40, 3, 4], [80, 2, 3], [120, 1, 2]));
  assert.deepEqual([...history.epochs], [0, 40, 80, 120]);
  assert.deepEqual([...history.train], [1, 3, 2, 1]);
  assert.deepEqual([...history.test], [2, 4, 3, 2]);
});

test("a loss that is no number leaves no trace", () => {
  const history = extended(emptyHistory(), readings([1, Number.POSITIVE_INFINITY, 1], [2, 1, 2]));
  assert.deepEqual([...history.epochs], [2]);
});

test("a long history is thinned and keeps its end", () => {
  let history = emptyHistory();
  for (let epoch = 0; epoch <= 3 * MAX_HISTORY; epoch++) history = extended(history, at(epoch));
  assert.ok(history.epochs.length <= MAX_HISTORY);
  assert.equal(history.epochs.at(-1), 3 * MAX_HISTORY);
  assert.equal(history.epochs[0], 0);
  assert.deepEqual(history.epochs.toSorted(), history.epochs);
});

test("a history never changes, whatever goes on from it", () => {
  const common = extended(extended(emptyHistory(), at(1)), at(2));
  const one = extended(common, readings([3, 30, 31]));
  const other = extended(common, readings([3, 40, 41], [4, 50, 51]));
  const back = extended(one, readings([1, 60, 61]));
  assert.deepEqual([...common.epochs], [1, 2]);
  assert.deepEqual([...one.train], [1 / 2, 1 / 3, 30]);
  assert.deepEqual([...other.train], [1 / 2, 1 / 3, 40, 50]);
  assert.deepEqual([...back.train], [60]);
});

test("going on at the end copies nothing", () => {
  const before = extended(emptyHistory(), at(1));
  assert.equal(extended(before, at(2)).train.buffer, before.train.buffer);
});

test("more readings at once than there is room for are all there, or thinned evenly", () => {
  const rows = Array.from({ length: 3 * MAX_HISTORY }, (_, epoch) => [epoch, 1, 2]);
  const history = extended(emptyHistory(), readings(...rows));
  assert.equal(history.epochs.at(-1), 3 * MAX_HISTORY - 1);
  assert.equal(history.epochs[1], 2);
});
