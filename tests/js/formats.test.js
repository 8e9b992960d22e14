import assert from "node:assert/strict";
import { test } from "node:test";
import { coordinate, eightPlaces, magnitude, short, threeDecimals, twoDigits } from "../../static/js/core/formats.js";
import { onPlane } from "../../static/js/core/plane.js";
import { planeTicks } from "../../static/js/draw/axes.js";
import { colourOf, colourTable, ramp } from "../../static/js/draw/colours.js";
import { lineWidth } from "../../static/js/draw/network.js";

const colours = colourTable("#f59322", "#e8eaeb", "#0877bd");

test("orange is negative, grey is zero, blue is positive, and beyond 1 nothing changes", () => {
  assert.equal(colourOf(colours, -1), "rgb(245 147 34)");
  assert.equal(colourOf(colours, 0), "rgb(232 234 235)");
  assert.equal(colourOf(colours, 1), "rgb(8 119 189)");
  assert.equal(colourOf(colours, 50), colourOf(colours, 1));
  assert.equal(colourOf(colours, -50), colourOf(colours, -1));
});

test("packed colours are the same as those of lines, opaque", () => {
  const [red, green, blue, alpha] = new Uint8Array(colours.packed.buffer, 255 * 4, 4);
  assert.equal(`rgb(${red} ${green} ${blue})`, colours.css[255]);
  assert.equal(alpha, 255);
});

test("lines are 1 to 10 pixels wide for weights of size 0 to 5, as in TFP", () => {
  assert.deepEqual([0, 2.5, 5, -5, 80].map(lineWidth), [1, 5.5, 10, 10, 10]);
});

test("the plane's ends are the ends of its edge", () => {
  assert.deepEqual(
    [-6, 0, 6].map((value) => onPlane(value, 300)),
    [0, 150, 300],
  );
});

test("ticks are every second unit of the plane", () => {
  assert.deepEqual(
    planeTicks().map(({ at, text }) => [at, text]),
    [-6, -4, -2, 0, 2, 4, 6].map((at) => [at, String(at).replace("-", "−")]),
  );
});

test("ticks of true units are round and stand where they belong", () => {
  const found = planeTicks({ low: 4.3, high: 7.9 });
  assert.deepEqual(
    found.map(({ text }) => text),
    ["4", "5", "6", "7", "8"],
  );
  for (const { at, text } of found) assert.ok(Math.abs(4.3 + ((at + 5) / 10) * 3.6 - Number(text)) < 1e-9);
});

test("numbers are short and have the sign of mathematics", () => {
  assert.equal(threeDecimals(0.5), "0.500");
  assert.equal(threeDecimals(Number.POSITIVE_INFINITY), "∞");
  assert.equal(threeDecimals(Number.NaN), "∞");
  assert.equal(short(-1.234), "−1.23");
  assert.equal(short(0.00012), "1.2·10⁻⁴");
  assert.equal(coordinate(-0.001), "0.00");
  assert.equal(coordinate(-1.5), "−1.50");
  assert.equal(twoDigits(-36.4), "−36");
});

test("eight places, or seven digits and a power of ten where a number is small or large", () => {
  assert.equal(eightPlaces(-0.0159304249), "−0.01593042");
  assert.equal(eightPlaces(12.5), "12.50000000");
  assert.equal(eightPlaces(-9.487553e-4), "−9.487553·10⁻⁴");
  assert.equal(eightPlaces(2.5e10), "2.500000·10¹⁰");
  assert.equal(eightPlaces(0), "0");
});

test("an order of magnitude is one digit and a power of ten", () => {
  assert.equal(magnitude(3.4e-11), "3·10⁻¹¹");
  assert.equal(magnitude(0.21), "2·10⁻¹");
  assert.equal(magnitude(0), "0");
});

test("layers have colours in even steps from the first to the last", () => {
  const stops = ["#000000", "#800000", "#ff0000"];
  assert.deepEqual(ramp(stops, 3), ["rgb(0 0 0)", "rgb(128 0 0)", "rgb(255 0 0)"]);
  assert.deepEqual(ramp(stops, 1), ["rgb(0 0 0)"]);
  assert.equal(new Set(ramp(stops, 11)).size, 11);
});
