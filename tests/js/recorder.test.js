import assert from "node:assert/strict";
import { test } from "node:test";
import { called, recorder } from "./recorder.js";

test("the recorder refuses what a canvas context does not have", () => {
  const ctx = recorder();
  ctx.fillStyle = "red";
  ctx.fillRect(1, 2, 3, 4);
  assert.deepEqual([ctx.set.fillStyle, called(ctx, "fillRect")], [["red"], [["fillRect", 1, 2, 3, 4]]]);
  assert.throws(() => ctx.fillRectangle(1, 2, 3, 4), TypeError);
  assert.throws(() => {
    ctx.fillColour = "red";
  }, TypeError);
  assert.throws(() => called(ctx, "fillRects"), TypeError);
});
