import assert from "node:assert/strict";
import { test } from "node:test";
import { bentLine, drawLines, neuronLines, straightLine } from "../../static/js/draw/lines.js";
import { LINES } from "../../static/js/wire/decoder.js";
import { called, recorder } from "./recorder.js";

const PLACE = { x: 10, y: 8, size: 240 };
const near = (actual, wanted, error = 1e-9) =>
  assert.ok(Math.abs(actual - wanted) <= error, `${actual}, not ${wanted}`);

/** The point a little to the left of a piece's middle. */
function leftOf([x1, y1, x2, y2], distance = 0.05) {
  const length = Math.hypot(x2 - x1, y2 - y1);
  return [(x1 + x2) / 2 - (distance * (y2 - y1)) / length, (y1 + y2) / 2 + (distance * (x2 - x1)) / length];
}

/** @param {(x: number, y: number) => number} z */
function picture(z) {
  return Uint8Array.from({ length: LINES * LINES }, (_, i) => {
    const [x, y] = [-6 + (12 * (i % LINES)) / (LINES - 1), 6 - (12 * Math.floor(i / LINES)) / (LINES - 1)];
    return Math.floor(Math.max(-1, Math.min(1, z(x, y))) * 127) + 128;
  });
}

test("a straight line goes from edge to edge, fulfils its equation and has z > 0 on its left", () => {
  for (const [w1, w2, b] of [
    [1, 0, 2],
    [0, -3, 1],
    [0.5, 0.7, -0.4],
    [-2, 1, 9],
    [1e-9, 2e-9, 1e-9],
    [1e90, -1e90, 3e90],
  ]) {
    const line = straightLine(w1, w2, b);
    const size = Math.hypot(w1, w2);
    const z = (x, y) => (w1 / size) * x + (w2 / size) * y + b / size;
    for (const at of [0, 2]) {
      near(z(line[at], line[at + 1]), 0);
      near(Math.max(Math.abs(line[at]), Math.abs(line[at + 1])), 6);
    }
    assert.ok(z(...leftOf(line)) > 0);
  }
});

test("a line that misses the plane, and one without a direction, is none", () => {
  assert.equal(straightLine(1, 0, 6.5), null);
  assert.equal(straightLine(0, 1, -7), null);
  assert.equal(straightLine(1, 1, -12.5), null);
  assert.equal(straightLine(0, 0, 1), null);
  assert.equal(straightLine(0, 0, 0), null);
});

test("a bent line lies where z is 0, and has z > 0 on the left of every piece", () => {
  for (const z of [
    (x, y) => (x * x + y * y - 9) / 20,
    (x, y) => (9 - x * x - y * y) / 20,
    (x, y) => (y - Math.sin(x)) / 4,
    (x, y) => (x * y) / 10 + 0.1,
  ]) {
    const pieces = bentLine(picture(z), LINES);
    assert.ok(pieces.length > 80);
    for (let i = 0; i < pieces.length; i += 4) {
      const piece = pieces.slice(i, i + 4);
      near(z(piece[0], piece[1]), 0, 0.02);
      if (Math.hypot(piece[2] - piece[0], piece[3] - piece[1]) > 0.05) assert.ok(z(...leftOf(piece)) > 0);
    }
  }
});

// Two neurons: x1 - 1 and 2 x2 + 4
const theta = Float64Array.of(1, 0, 0, 2, -1, 4);

test("the lines of a layer follow from its weights, in whatever order the inputs are", () => {
  const frame = { features: ["x", "y"], sizes: [2, 2], theta, line_pictures: null };
  const [first, second] = neuronLines(frame);
  assert.deepEqual([first.pieces[0], first.pieces[2]], [1, 1]);
  assert.deepEqual([second.pieces[1], second.pieces[3]], [-2, -2]);
  const [swapped] = neuronLines({ ...frame, features: ["y", "x"] });
  assert.deepEqual([swapped.pieces[1], swapped.pieces[3]], [1, 1]);
  const [alone] = neuronLines({ features: ["y"], sizes: [1, 1], theta: Float64Array.of(2, 4), line_pictures: null });
  assert.deepEqual([alone.pieces[1], alone.pieces[3]], [-2, -2]);
});

test("with other inputs the lines come from the server's pictures, and until they have come there are none", () => {
  const frame = { features: ["x", "xSquared"], sizes: [2, 1, 1], theta: new Float64Array(5), line_pictures: null };
  assert.deepEqual(neuronLines(frame), []);
  const [line] = neuronLines({ ...frame, line_pictures: picture((x) => (x * x - 4) / 10) });
  for (let i = 0; i < line.pieces.length; i += 2) near(Math.abs(line.pieces[i]), 2, 0.05);
  near(Math.abs(line.head[1]), 6, 0.2);
});

function drawn(scene) {
  const ctx = recorder();
  const lines = neuronLines({ features: ["x", "y"], sizes: [2, 2], theta, line_pictures: null });
  drawLines(ctx, { lines, lit: null, numbered: true, ink: "ink", surface: "surface", ...scene }, PLACE);
  return ctx;
}

test("a line is drawn at its place, light beneath dark, with ticks towards z > 0", () => {
  const ctx = drawn();
  const [line, tick] = called(ctx, "moveTo");
  assert.deepEqual(line, ["moveTo", 10 + (7 / 12) * 240, 8]);
  const [, end] = called(ctx, "lineTo");
  assert.ok(end[1] > tick[1], "x1 - 1 is above 0 to the right");
  assert.equal(end[2], tick[2]);
  assert.deepEqual(ctx.set.strokeStyle.slice(0, 2), ["surface", "ink"]);
});

test("every line has the number of its neuron inside the plane", () => {
  const ctx = drawn();
  const numbers = called(ctx, "fillText");
  assert.deepEqual(
    numbers.map(([, text]) => text),
    ["1", "2"],
  );
  for (const [, , x, y] of numbers) assert.ok(x > 18 && x < 242 && y > 16 && y < 240);
  assert.equal(called(drawn({ numbered: false }), "fillText").length, 0);
});

test("numbers of lines that end at one place stand side by side", () => {
  const ctx = recorder();
  const lines = [0, 1, 2].map((neuron) => {
    const pieces = straightLine(1, 0.02 * neuron, 0);
    return { neuron, pieces, head: [pieces[2], pieces[3]] };
  });
  drawLines(ctx, { lines, lit: null, numbered: true, ink: "ink", surface: "surface" }, PLACE);
  const places = called(ctx, "fillText").map(([, , x, y]) => [x, y]);
  for (const [i, j] of [
    [0, 1],
    [0, 2],
    [1, 2],
  ]) {
    assert.ok(Math.hypot(places[i][0] - places[j][0], places[i][1] - places[j][1]) > 16);
  }
});

test("the line under the pointer is bold and last, the others fade, and no number moves", () => {
  const [plain, lit] = [drawn(), drawn({ lit: 0 })];
  assert.deepEqual(plain.set.globalAlpha, [1, 1, 1, 1]);
  assert.deepEqual(lit.set.globalAlpha, [0.4, 1, 0.4, 1]);
  assert.ok(Math.max(...lit.set.lineWidth) > Math.max(...plain.set.lineWidth));
  const places = (ctx) => Object.fromEntries(called(ctx, "fillText").map(([, text, x, y]) => [text, [x, y]]));
  assert.deepEqual(places(lit), places(plain));
});

test("a neuron without a line on the plane has no number either", () => {
  const ctx = recorder();
  const lines = [{ neuron: 0, pieces: [], head: [0, 0] }];
  drawLines(ctx, { lines, lit: null, numbered: true, ink: "ink", surface: "surface" }, PLACE);
  assert.equal(called(ctx, "fillText").length + called(ctx, "moveTo").length, 0);
});
