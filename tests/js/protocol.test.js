import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  checkpointText,
  decodeMessage,
  outputAt,
  PICTURE,
  parameterCount,
  parameterIndex,
  unitIndex,
} from "../../static/js/wire/decoder.js";

const fixture = (name) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
const decoded = (name, before = null) => {
  const { buffer, byteOffset, byteLength } = fixture(name);
  return /** @type {any} */ (decodeMessage(buffer.slice(byteOffset, byteOffset + byteLength), before));
};
const golden = () => decoded("frame.msgpack");
const expected = JSON.parse(fixture("frame.json").toString());
const near = (actual, wanted) => assert.ok(Math.abs(actual - wanted) <= 1e-6 * Math.max(1, Math.abs(wanted)));

test("the golden frame's plain fields are as the engine says", () => {
  const frame = golden();
  for (const name of ["type", "frame", "rev", "run", "net", "data", "mode", "epoch", "sizes", "features", "classes"]) {
    assert.deepEqual(frame[name], expected[name], name);
  }
  for (const name of ["focus", "diverged", "finished"]) assert.equal(frame[name], expected[name], name);
  near(frame.train_loss, expected.train_loss);
  near(frame.test_loss, expected.test_loss);
  assert.deepEqual([...frame.curve], expected.curve);
});

test("its parameters are the engine's, bit for bit, and go back as the same text", () => {
  const frame = golden();
  assert.deepEqual([...frame.theta], expected.theta);
  assert.equal(checkpointText(frame), expected.checkpoint_text);
});

test("its pictures are rows from the top, a byte a point, a picture a unit", () => {
  const frame = golden();
  const units = expected.sizes.reduce((sum, count) => sum + count, 0);
  assert.equal(frame.boundary.length, 100 * 100);
  assert.equal(frame.pictures.length, units * PICTURE * PICTURE);
  for (const [row, column, byte] of expected.boundary) assert.equal(frame.boundary[row * 100 + column], byte);
  for (const [unit, row, column, byte] of expected.pictures) {
    assert.equal(frame.pictures[(unit * PICTURE + row) * PICTURE + column], byte);
  }
  expected.scales.forEach((scale, unit) => {
    near(frame.scales[unit], scale);
  });
});

test("of the same network the inputs and the sizes are the same objects from frame to frame, of another they are its own", () => {
  const first = golden();
  const next = decoded("next_frame.msgpack", first);
  assert.equal(next.sizes, first.sizes);
  assert.equal(next.features, first.features);
  const other = decoded("next_frame.msgpack", { ...golden(), net: first.net + 1, sizes: [1, 1], features: ["y"] });
  assert.deepEqual([other.sizes, other.features], [expected.sizes, expected.features]);
});

test("the next frame's pictures are its differences added to those before", () => {
  const first = golden();
  const before = first.pictures.slice();
  const next = decoded("next_frame.msgpack", first);
  assert.deepEqual([next.frame, next.base], [2, null]);
  for (const [row, column, byte] of expected.next.boundary) assert.equal(next.boundary[row * 100 + column], byte);
  for (const [unit, row, column, byte] of expected.next.pictures) {
    assert.equal(next.pictures[(unit * PICTURE + row) * PICTURE + column], byte);
  }
  assert.deepEqual(first.pictures, before);
});

test("differences from a frame that is not there are an error, not a wrong picture", () => {
  assert.throws(() => decoded("next_frame.msgpack"), /needs frame 1/);
});

test("its points are x1, x2, target", () => {
  const { points } = golden();
  assert.equal(points.train.length, 3 * expected.train_count);
  assert.equal(points.test.length, 3 * expected.test_count);
  expected.first_train_point.forEach((value, i) => {
    near(points.train[i], value);
  });
  expected.last_test_point.forEach((value, i) => {
    near(points.test.at(i - 3), value);
  });
});

test("weights stand neuron by neuron, then the biases, layer by layer", () => {
  const sizes = [2, 3, 1];
  assert.equal(parameterCount(sizes), 13);
  assert.equal(parameterIndex(sizes, 0, 0, 0), 0);
  assert.equal(parameterIndex(sizes, 0, 2, 1), 5);
  assert.equal(parameterIndex(sizes, 0, 1, null), 7);
  assert.equal(parameterIndex(sizes, 1, 0, 2), 11);
  assert.equal(parameterIndex(sizes, 1, 0, null), 12);
});

test("units are counted inputs first", () => {
  assert.equal(unitIndex([2, 3, 1], { layer: 0, neuron: 0 }), 2);
  assert.equal(unitIndex([2, 3, 1], { layer: 1, neuron: 0 }), 5);
});

test("the value at a point is the one of its place in the picture", () => {
  const boundary = new Uint8Array(100 * 100).fill(128);
  boundary[0] = 255;
  boundary[99 * 100 + 99] = 1;
  const frame = { boundary, scales: [1, 36], centers: [0, 0], focus: 1, chosen: null };
  assert.equal(outputAt(frame, { x: -6, y: 6 }).value, 36);
  assert.equal(outputAt(frame, { x: 6, y: -6 }).value, -36);
  assert.equal(outputAt(frame, { x: 0, y: 0 }).value, 0);
  const sigmoid = { ...frame, scales: [0.5], centers: [0.5], focus: 0 };
  assert.deepEqual(outputAt(sigmoid, { x: -6, y: 6 }), { value: 1, chosen: null });
});

test("a decision names a class and how sure it is", () => {
  const boundary = new Uint8Array(100 * 100).fill(128);
  const chosen = new Uint8Array(100 * 100);
  [boundary[0], chosen[0]] = [255, 2];
  const frame = { boundary, chosen, scales: [1], centers: [0], focus: null };
  assert.deepEqual(outputAt(frame, { x: -6, y: 6 }), { value: 1, chosen: 2 });
});
