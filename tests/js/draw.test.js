import assert from "node:assert/strict";
import { test } from "node:test";
import { layOut } from "../../static/js/core/geometry.js";
import { classTable, colourTable } from "../../static/js/draw/colours.js";
import { drawHeatmap, fillClasses, fillPixels } from "../../static/js/draw/heatmap.js";
import { drawHistogram } from "../../static/js/draw/histogram.js";
import { drawNetwork } from "../../static/js/draw/network.js";
import { drawAxes, drawCrosses, drawPoints } from "../../static/js/draw/points.js";
import { parameterIndex } from "../../static/js/wire/decoder.js";
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
    frame: { theta, flags: new Uint8Array(13).fill(1), epoch: 30 },
    theme,
    units: "units",
    features: "features",
    marked: null,
    still: false,
    lit: null,
    ...change,
  });
  return ctx;
}

/** Return for each line of the network how many numbers the pattern has in which it is drawn: none where it is solid. */
function dashesOf({ calls }) {
  let dash = [];
  return calls.flatMap(([name, pattern]) => {
    if (name === "setLineDash") dash = pattern;
    return name === "bezierCurveTo" ? [dash.length] : [];
  });
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

test("each class has its colour, the stronger the surer", () => {
  const classes = ["#ff0000", "#00ff00"].map((colour) => classTable("#ffffff", colour));
  const pixels = new Uint32Array(3);
  fillClasses(pixels, Uint8Array.of(255, 255, 128), Uint8Array.of(0, 1, 1), classes, false);
  assert.deepEqual([...pixels], [0xff0000ff, 0xff00ff00, 0xffffffff]);
  fillClasses(pixels, Uint8Array.of(140, 140, 140), Uint8Array.of(0, 1, 1), classes, true);
  assert.deepEqual([...pixels], [0xff0000ff, 0xff00ff00, 0xff00ff00]);
});

test("a picture is cut out of its raster", () => {
  const ctx = recorder();
  drawHeatmap(ctx, "raster", 2, 34, 5, 6, 40);
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

test("what training leaves alone does not flow: its line is solid", () => {
  assert.deepEqual([...new Set(dashesOf(network()))], [2]);
  const flags = new Uint8Array(13).fill(1);
  flags[2] = 2;
  const theta = new Float64Array(13).fill(0.5);
  assert.deepEqual(dashesOf(network({ frame: { theta, flags, epoch: 30 } })), [2, 2, 0, 2, 2, 2, 2, 2, 2]);
});

test("the line under the pointer is lit", () => {
  assert.ok(!network().set.strokeStyle.includes("ink"));
  assert.ok(network({ marked: { layer: 0, neuron: 1, input: 1 } }).set.strokeStyle.includes("ink"));
});

test("a picture is drawn whole, and all are rounded before their frames are drawn", () => {
  const names = network().calls.map(([name]) => name);
  assert.ok(names.lastIndexOf("drawImage") < names.indexOf("rect"));
  assert.equal(called(network(), "rect").length, 7);
  assert.deepEqual(network().set.globalCompositeOperation, ["destination-out", "source-over"]);
});

test("the output's bias is drawn like any other", () => {
  const boxes = called(network(), "roundRect").filter(([, , , width]) => width === 7);
  assert.equal(boxes.length, 4);
});

test("points outside the plane are not drawn", () => {
  const ctx = recorder();
  const points = Float32Array.of(0, 0, 1, 7, 0, 1, 0, -6.5, -1, 6, 6, -1);
  drawPoints(ctx, { points, colour: () => "blue", rim: "white", radius: 3 }, { x: 0, y: 0, size: 120 });
  assert.deepEqual(
    called(ctx, "arc").map(([, x, y]) => [x, y]),
    [
      [60, 60],
      [120, 0],
    ],
  );
});

test("misclassified points are crossed out", () => {
  const ctx = recorder();
  const points = Float32Array.of(0, 0, 1, 3, 0, 1, 0, 9, -1);
  drawCrosses(ctx, { points, mask: Uint8Array.of(0, 1, 1), ink: "black", radius: 4 }, { x: 0, y: 0, size: 120 });
  assert.deepEqual(called(ctx, "moveTo")[0], ["moveTo", 86, 56]);
  assert.equal(called(ctx, "moveTo").length, 2);
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

test("a histogram has a bar for each bin that is not empty, the fullest on top, and its ends are written", () => {
  const ctx = recorder();
  const histogram = { low: -2, high: 2, counts: [1, 0, 4, 2] };
  drawHistogram(ctx, histogram, { width: 80, height: 56, theme, write: (value) => `<${value}>` });
  const bars = called(ctx, "fillRect").slice(0, 3);
  assert.deepEqual(
    bars.map(([, x]) => Math.floor(x / 20)),
    [0, 2, 3],
  );
  assert.deepEqual(
    bars.map(([, , , , height]) => height),
    [9.5, 38, 19],
  );
  assert.deepEqual(ctx.set.fillStyle, [colours.css[1], colours.css[255], colours.css[255], "soft"]);
  assert.deepEqual(
    called(ctx, "fillText").map(([, text, x]) => [text, x]),
    [
      ["<-2>", 0],
      ["<2>", 80],
      ["0", 40],
    ],
  );
});

test("classes have shapes where they are asked for: a circle, then corners, each another", () => {
  const points = Float32Array.from([0, 1, 2, 3, 4, 5].flatMap((target) => [0, 0, target]));
  const place = { x: 0, y: 0, size: 120 };
  const scene = { points, colour: () => "ink", rim: null, radius: 3 };
  const [dots, shapes] = [recorder(), recorder()];
  drawPoints(dots, scene, place);
  drawPoints(shapes, { ...scene, shape: (target) => target }, place);
  assert.equal(called(dots, "arc").length, 6);
  assert.equal(called(shapes, "arc").length, 1);
  assert.equal(called(shapes, "closePath").length, 5);
  assert.equal(new Set(called(shapes, "moveTo").map(String)).size, 5);
});
