import assert from "node:assert/strict";
import { test } from "node:test";
import { createSmoother } from "../../static/js/features/losses/smoothing.js";
import { lossesAsText } from "../../static/js/features/share/downloads.js";

test("no weight of the past changes nothing", () => {
  assert.deepEqual(createSmoother()(new Float64Array([3, 1, 2]), 0), new Float64Array([3, 1, 2]));
});

test("a constant stays what it is, from the first value on", () => {
  for (const value of createSmoother()(new Float64Array([2, 2, 2, 2]), 0.9)) assert.ok(Math.abs(value - 2) < 1e-12);
});

test("the second value weighs past and present", () => {
  const [, second] = createSmoother()(new Float64Array([0, 1]), 0.6);
  assert.ok(Math.abs(second - 0.4 / 0.64) < 1e-12);
});

test("a longer run is smoothed as a whole, and a shorter one after it, too", () => {
  const smooth = createSmoother();
  assert.equal(smooth(new Float64Array([1]), 0.9).length, 1);
  assert.equal(smooth(new Float64Array([1, 2, 3, 4]), 0.9).length, 4);
  assert.deepEqual([...smooth(new Float64Array([2, 2]), 0.5)], [2, 2]);
});

test("losses are written as a table with a head", () => {
  const text = lossesAsText({
    epochs: new Float64Array([0, 10]),
    train: new Float64Array([0.5, 0.25]),
    test: new Float64Array([0.6, 0.3]),
  });
  assert.equal(text, "epoch,training loss,test loss\n0,0.5,0.6\n10,0.25,0.3\n");
});
