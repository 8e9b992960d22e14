import assert from "node:assert/strict";
import { test } from "node:test";
import { powerOfTen, twoSignificant } from "../../static/js/core/formats.js";
import { spread } from "../../static/js/draw/layers.js";
import { extendedFlow, MAX_FLOW, NO_FLOW } from "../../static/js/state/flow.js";

const layer = (gradient, update = gradient / 100) => ({ gradient, update });
const frame = (epoch, ...norms) => ({
  epoch,
  sizes: [2, ...norms.map(() => 3)],
  gradients: { layers: norms.map((norm) => layer(norm)), findings: [] },
});
const silent = (epoch, depth = 2) => ({ epoch, sizes: [2, ...Array(depth).fill(3)], gradients: null });
const after = (...frames) => frames.reduce(extendedFlow, NO_FLOW);

test("each layer has a line over the epochs", () => {
  const flow = after(frame(0, 1, 2), frame(3, 4, 5));
  assert.deepEqual(flow.epochs, [0, 3]);
  assert.deepEqual(flow.gradient, [
    [1, 4],
    [2, 5],
  ]);
  assert.deepEqual(flow.update, [
    [0.01, 0.04],
    [0.02, 0.05],
  ]);
  assert.equal(flow.newest.layers[1].gradient, 5);
});

test("a frame without numbers leaves them as they are", () => {
  const flow = after(frame(0, 1, 2));
  assert.equal(extendedFlow(flow, silent(0)), flow);
  assert.equal(extendedFlow(flow, silent(7)), flow);
});

test("the same epoch again replaces what was there", () => {
  assert.deepEqual(after(frame(0, 1, 2), frame(5, 3, 4), frame(5, 8, 9)).gradient, [
    [1, 8],
    [2, 9],
  ]);
});

test("going back in time forgets what came after, even while the panel is closed", () => {
  const flow = after(frame(0, 1, 2), frame(5, 3, 4), frame(9, 5, 6));
  assert.deepEqual(extendedFlow(flow, frame(5, 8, 9)).epochs, [0, 5]);
  assert.deepEqual(extendedFlow(flow, silent(0)).epochs, [0]);
});

test("a network of another depth starts anew", () => {
  const flow = after(frame(0, 1, 2), frame(5, 3, 4));
  assert.deepEqual(extendedFlow(flow, frame(5, 1, 2, 3)).epochs, [5]);
  assert.equal(extendedFlow(flow, silent(6, 3)), NO_FLOW);
});

test("what is kept does not grow without end, and keeps its newest", () => {
  let flow = NO_FLOW;
  for (let epoch = 0; epoch <= 2 * MAX_FLOW; epoch++) flow = extendedFlow(flow, frame(epoch, epoch + 1, 1));
  assert.ok(flow.epochs.length <= MAX_FLOW);
  assert.equal(flow.epochs.at(-1), 2 * MAX_FLOW);
  assert.equal(flow.gradient[0].at(-1), 2 * MAX_FLOW + 1);
  assert.equal(flow.update[1].length, flow.epochs.length);
});

test("powers of ten are written as on paper", () => {
  assert.deepEqual([-12, 0, 3].map(powerOfTen), ["10⁻¹²", "10⁰", "10³"]);
});

test("a number has two digits that count", () => {
  const written = { 0.0064123: "0.0064", 1.96: "2", 123: "120", 0.0000065: "6.5·10⁻⁶", 45678: "4.6·10⁴", 0: "0" };
  for (const [value, text] of Object.entries(written)) assert.equal(twoSignificant(Number(value)), text);
  assert.equal(twoSignificant(-0.5), "−0.5");
  assert.equal(twoSignificant(-0.00001), "−1.0·10⁻⁵");
  assert.equal(twoSignificant(null), "–");
});

test("labels that would lie on each other move apart and stay inside", () => {
  assert.deepEqual(spread([10, 50], 12, 100), [10, 50]);
  assert.deepEqual(spread([10, 12, 60], 12, 100), [10, 22, 60]);
  assert.deepEqual(spread([98, 99, 20], 12, 100), [88, 100, 20]);
});
