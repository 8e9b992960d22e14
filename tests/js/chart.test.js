import assert from "node:assert/strict";
import { test } from "node:test";
import { evenTicks, logarithmicTicks, roundedDown, roundedUp } from "../../static/js/draw/axes.js";
import { drawChart, drawReading, entryAt, scaleOf } from "../../static/js/draw/chart.js";
import { drawLayers } from "../../static/js/draw/layers.js";
import { called, recorder } from "./recorder.js";

const place = { x: 40, y: 6, width: 200, height: 80 };
const theme = { soft: "soft", line: "line", ink: "ink" };

function chart(change = {}) {
  return {
    epochs: [0, 10, 20],
    lines: [{ values: [1, 0.5, 0], colour: "ink", width: 1.5 }],
    low: 0,
    high: 1,
    logarithmic: false,
    ticks: [0, 1],
    write: String,
    theme,
    ...change,
  };
}

function drawn(change) {
  const ctx = recorder();
  drawChart(ctx, chart(change), place);
  return ctx;
}

/** Return the corners of all lines, in pixels: they are drawn at a scale of their own. */
function corners(ctx) {
  const [[, scale]] = called(ctx, "scale");
  const all = ctx.calls.filter(([name]) => name === "moveTo" || name === "lineTo");
  return all.map(([name, x, y]) => [name, x * scale, y * scale]);
}

test("round numbers are 1, 2 and 5 times powers of ten", () => {
  assert.deepEqual([0.011, 0.02, 3, 6, 1000].map(roundedUp), [0.02, 0.02, 5, 10, 1000]);
  for (const [value, below] of [
    [0.011, 0.01],
    [0.02, 0.02],
    [3, 2],
    [999, 500],
  ])
    assert.ok(Math.abs(roundedDown(value) - below) < 1e-9, `${value}`);
});

test("an even axis has as many round steps as fit, and whole ones where it counts", () => {
  assert.deepEqual(evenTicks(0, 0.52, 3), [0, 0.2, 0.4]);
  assert.deepEqual(evenTicks(0, 1, 10, 1), [0, 1]);
  assert.deepEqual(evenTicks(103, 141, 4), [110, 120, 130, 140]);
});

test("a logarithmic axis has fine steps where they are few, else powers of ten", () => {
  assert.deepEqual(logarithmicTicks(0.2, 1, 5), [0.2, 0.5, 1]);
  assert.deepEqual(logarithmicTicks(0.005, 1, 5), [0.01, 0.1, 1]);
  assert.deepEqual(logarithmicTicks(1e-9, 1, 5), [1e-9, 1e-6, 1e-3, 1]);
});

test("a line runs from its first epoch to its last, low values lying low", () => {
  assert.deepEqual(corners(drawn()), [
    ["moveTo", 40, 6],
    ["lineTo", 140, 46],
    ["lineTo", 240, 86],
  ]);
});

test("a run of few epochs does not fill the axis", () => {
  const [, last] = corners(drawn({ epochs: [0, 5], lines: [{ values: [1, 1], colour: "ink", width: 1 }] }));
  assert.deepEqual(last, ["lineTo", 140, 6]);
});

test("on a logarithmic axis equal factors are equal steps, and a value of 0 leaves a gap", () => {
  const lines = [{ values: [1, 0.1, 0, 0.01], colour: "ink", width: 1 }];
  const all = corners(drawn({ epochs: [0, 10, 20, 30], lines, low: 0.01, high: 1, logarithmic: true, ticks: [] }));
  assert.deepEqual(
    all.map(([name, , y]) => [name, Math.round(y)]),
    [
      ["moveTo", 6],
      ["lineTo", 46],
      ["moveTo", 86],
    ],
  );
});

test("however long a run, a line has few corners, and none of its peaks is lost", () => {
  const epochs = Float64Array.from({ length: 8000 }, (_, i) => i);
  const values = epochs.map((epoch) => (epoch === 4321 ? 1 : 0.5 + 0.001 * Math.sin(epoch)));
  const all = corners(drawn({ epochs, lines: [{ values, colour: "ink", width: 1 }], ticks: [] }));
  assert.ok(all.length < 3 * place.width, `${all.length}`);
  assert.equal(Math.min(...all.map(([, , y]) => y)), place.y);
  assert.equal(all.at(-1)[1], place.x + place.width);
});

test("values and epochs are written beside the axes", () => {
  const texts = called(drawn(), "fillText").map(([, text]) => text);
  assert.deepEqual(texts, ["0", "1", "0", "5", "10", "15", "20"]);
});

test("the entry under the pointer is the nearest, and there is none beside the lines", () => {
  const epochs = [0, 10, 20];
  const scale = scaleOf(chart(), place);
  const found = [39, 40, 89, 91, 189, 191, 240, 241].map((x) => entryAt(epochs, scale, x));
  assert.deepEqual(found, [null, 0, 0, 1, 1, 2, 2, null]);
  assert.equal(entryAt([], scaleOf(chart({ epochs: [] }), place), 100), null);
});

test("what is read out has a dot on each line that has a place there", () => {
  const lines = [
    { values: [1, 0.5, 0.5], colour: "ink", width: 1 },
    { values: [1, 0, 0.5], colour: "soft", width: 1 },
  ];
  const logarithmic = chart({ lines, low: 0.1, logarithmic: true });
  const ctx = recorder();
  drawReading(ctx, logarithmic, scaleOf(logarithmic, place), 1);
  assert.deepEqual(
    called(ctx, "arc").map(([, x]) => x),
    [140],
  );
});

test("each layer's name stands at the end of its line, unless it ends nowhere", () => {
  const layers = [
    { name: "1", colour: "a", values: [0.1, 0.01] },
    { name: "2", colour: "b", values: [0.1, null] },
    { name: "out", colour: "c", values: [0.1, 0.0101] },
  ];
  const ctx = recorder();
  drawLayers(ctx, { epochs: [0, 100], layers, theme }, place);
  const names = called(ctx, "fillText").filter(([, text]) => ["1", "2", "out"].includes(text));
  assert.deepEqual(
    names.map(([, text, x]) => [text, x]),
    [
      ["1", 245],
      ["out", 245],
    ],
  );
  assert.ok(Math.abs(names[0][3] - names[1][3]) >= 12);
});

test("the layers' axis has whole powers of ten, also where nothing is to be drawn", () => {
  const ticks = (values) => {
    const ctx = recorder();
    drawLayers(ctx, { epochs: [0, 100], layers: [{ name: "1", colour: "a", values }], theme }, place);
    return called(ctx, "fillText")
      .map(([, text]) => text)
      .filter((text) => /^10[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+$/.test(text));
  };
  assert.deepEqual(ticks([0.03, 0.4]), ["10⁻²", "10⁻¹", "10⁰"]);
  assert.deepEqual(ticks([null, null]), ["10⁻³", "10⁻²", "10⁻¹", "10⁰"]);
});
