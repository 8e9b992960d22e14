import assert from "node:assert/strict";
import { test } from "node:test";
import { contour } from "../../static/js/draw/contours.js";

/** @param {number} side @param {(x: number, y: number) => number} value */
function picture(side, value) {
  return Uint8Array.from({ length: side * side }, (_, i) => value(i % side, Math.floor(i / side)));
}
function points(pieces) {
  return Array.from({ length: pieces.length / 2 }, (_, i) => [pieces[2 * i], pieces[2 * i + 1]]);
}

test("a slope has a straight line where it crosses the level", () => {
  const pieces = contour(
    picture(11, (x) => 100 + 10 * x),
    11,
    145,
  );
  assert.equal(pieces.length, 4 * 10);
  for (const [x] of points(pieces)) assert.equal(x, 4.5);
});

test("a hill has a closed line around it", () => {
  const middle = 20;
  const pieces = contour(
    picture(41, (x, y) => Math.max(0, 255 - Math.round(12 * Math.hypot(x - middle, y - middle)))),
    41,
    127.5,
  );
  const ends = new Map();
  for (const [x, y] of points(pieces)) {
    assert.ok(Math.abs(Math.hypot(x - middle, y - middle) - 127.5 / 12) < 0.15);
    const key = `${x.toFixed(6)},${y.toFixed(6)}`;
    ends.set(key, (ends.get(key) ?? 0) + 1);
  }
  assert.ok(ends.size > 30);
  assert.ok([...ends.values()].every((count) => count === 2));
});

test("where nothing crosses the level there is no line", () => {
  assert.deepEqual(
    contour(
      picture(5, () => 200),
      5,
      127.5,
    ),
    [],
  );
});

test("all sixteen kinds of cells lie between their corners", () => {
  for (let kind = 0; kind < 16; kind++) {
    const bytes = Uint8Array.of(kind & 1 ? 200 : 50, kind & 2 ? 200 : 50, kind & 8 ? 200 : 50, kind & 4 ? 200 : 50);
    const above = [0, 1, 2, 3].filter((i) => kind & (1 << i)).length;
    const pieces = contour(bytes, 2, 125);
    const saddle = kind === 5 || kind === 10;
    assert.equal(pieces.length, above === 0 || above === 4 ? 0 : saddle ? 8 : 4, `kind ${kind}`);
    for (const [x, y] of points(pieces)) assert.ok([x, y].every((at) => at === 0 || at === 0.5 || at === 1));
  }
});
