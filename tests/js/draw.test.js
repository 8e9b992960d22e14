import assert from "node:assert/strict";
import { test } from "node:test";
import { drawHeatmap, fillPixels } from "../../static/js/draw/heatmap.js";
import { drawNetwork } from "../../static/js/draw/network.js";
import { drawAxes, drawPoints } from "../../static/js/draw/points.js";
import { layOut } from "../../static/js/layout.js";
import { parameterIndex } from "../../static/js/protocol.js";
import { colourTable } from "../../static/js/scales.js";
import { called, recorder } from "./recorder.js";

const colours = colourTable("#ff0000", "#ffffff", "#0000ff");
const theme = { colours, ink: "ink", soft: "soft", line: "line", surface: "surface" };
const FEATURES = ["x", "y", "xSquared"];
const sizes = [2, 3, 1];

function network(change = {}) {
  const theta = new Float64Array(13).fill(0.5);
  theta[parameterIndex(sizes, 0, 1, 1)] = -5;
  const ctx = recorder();
  drawNetwork(ctx, {
    geometry: layOut(600, FEATURES, ["x", "y"], sizes),
    frame: { sizes, theta, epoch: 30 },
    theme,
    units: "units",
    features: "features",
    hovered: null,
    still: false,
    ...change,
  });
  return ctx;
}

test("pixels take the colours of their bytes", () => {
  const pixels = new Uint32Array(3);
  fillPixels(pixels, Uint8Array.of(1, 128, 255), colours.packed, false);
  assert.deepEqual([...pixels], [0xff0000ff, 0xffffffff, 0xffff0000]);
});

test("a discretized picture shows the sign alone, zero being positive", () => {
  const pixels = new Uint32Array(4);
  fillPixels(pixels, Uint8Array.of(1, 127, 128, 255), colours.packed, true);
  assert.deepEqual([...pixels], [0xff0000ff, 0xff0000ff, 0xffff0000, 0xffff0000]);
});

test("a picture is cut out of its raster", () => {
  const ctx = recorder();
  drawHeatmap(ctx, { raster: "raster", index: 2, side: 34 }, { x: 5, y: 6, size: 40 });
  assert.deepEqual(called(ctx, "drawImage"), [["drawImage", "raster", 0, 68, 34, 34, 5, 6, 40, 40]]);
});

test("the network has a line for each weight and a picture for each unit and each feature", () => {
  const ctx = network();
  assert.equal(called(ctx, "bezierCurveTo").length, 2 * 3 + 3);
  const pictures = called(ctx, "drawImage");
  assert.equal(pictures.length, 3 + 3 + 1);
  assert.equal(pictures.filter(([, raster]) => raster === "features").length, 1);
});

test("a line's width shows the size of its weight, its colour the sign", () => {
  const { set } = network();
  assert.ok(set.lineWidth.includes(10));
  assert.ok(set.strokeStyle.includes("rgb(255 0 0)"));
});

test("dashes flow with the epochs, and stand still for those who ask for less motion", () => {
  assert.deepEqual(network().set.lineDashOffset, [-10]);
  assert.deepEqual(network({ still: true }).set.lineDashOffset, [0]);
});

test("the line under the pointer is lit", () => {
  assert.ok(!network().set.strokeStyle.includes("ink"));
  assert.ok(network({ hovered: { layer: 0, neuron: 1, input: 1 } }).set.strokeStyle.includes("ink"));
});

test("the output's bias is drawn like any other", () => {
  const boxes = called(network(), "roundRect").filter(([, , , width]) => width === 7);
  assert.equal(boxes.length, 4);
});

test("points outside the plane are not drawn", () => {
  const ctx = recorder();
  const points = Float32Array.of(0, 0, 1, 7, 0, 1, 0, -6.5, -1, 6, 6, -1);
  drawPoints(ctx, { points, colours, rim: "white", radius: 3 }, { x: 0, y: 0, size: 120 });
  assert.deepEqual(
    called(ctx, "arc").map(([, x, y]) => [x, y]),
    [
      [60, 60],
      [120, 0],
    ],
  );
});

test("the axes count from -6 to 6", () => {
  const ctx = recorder();
  drawAxes(ctx, { ink: "grey" }, { x: 0, y: 0, size: 120 });
  const below = called(ctx, "fillText").filter(([, , , y]) => y > 120);
  assert.deepEqual(
    below.map(([, text, x]) => [text, x]),
    [
      ["−6", 0],
      ["−4", 20],
      ["−2", 40],
      ["0", 60],
      ["2", 80],
      ["4", 100],
      ["6", 120],
    ],
  );
});
