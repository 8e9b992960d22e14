/** Every number that training can produce, from the smallest to the largest, is written short and drawn in its place. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  coordinate,
  eightPlaces,
  fixed,
  magnitude,
  number,
  percent,
  short,
  threeDecimals,
  twoDigits,
  twoSignificant,
  typed,
} from "../../static/js/core/formats.js";
import { plotPlace } from "../../static/js/core/geometry.js";
import { evenTicks, logarithmicTicks, planeTicks } from "../../static/js/draw/axes.js";
import { drawChart } from "../../static/js/draw/chart.js";
import { drawLayers } from "../../static/js/draw/layers.js";
import { straightLine } from "../../static/js/draw/lines.js";
import { lineWidth } from "../../static/js/draw/network.js";
import { drawAxes } from "../../static/js/draw/points.js";
import { evenAxis, logarithmicAxis } from "../../static/js/features/losses/losses.js";
import { plain } from "../../static/js/features/trace/decimals.js";
import { called, recorder } from "./recorder.js";

const FACTORS = ["1", "1.5", "2.345678", "9.9949", "9.99999999"];
const SIZES = Array.from({ length: 629 }, (_, i) => i - 320)
  .flatMap((exponent) => FACTORS.map((factor) => Number(`${factor}e${exponent}`)))
  .concat(Number.MIN_VALUE, Number.MAX_VALUE, 0)
  .filter(Number.isFinite);
const VALUES = [...SIZES, ...SIZES.map((value) => -value)];
const STRANGE = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** The formats for values, with the greatest length and, if all sizes keep it, the relative error. */
const FORMATS = {
  number: [number, 16, 0.005],
  short: [short, 11, 0.34],
  twoDigits: [twoDigits, 11, 0.06],
  twoSignificant: [twoSignificant, 11, 0.06],
  threeDecimals: [threeDecimals, 14],
  coordinate: [coordinate, 13],
  fixed: [(value) => fixed(value, 3), 14],
  eightPlaces: [eightPlaces, 16, 1e-6],
  magnitude: [magnitude, 9, 0.51],
  percent: [(value) => percent(value, 1), 15],
  plain: [(value) => plain(value, 3), 13, 0.06],
};

/** Read a text as people do: grouped digits, a real minus sign, a raised power of ten. */
function read(text) {
  const [, factor, power] = text.match(/^(−?[\d,]+(?:\.\d+)?)(?:·10(⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+))?%?$/) ?? [];
  assert.ok(factor !== undefined, `“${text}” is a number`);
  const exponent = power ? [...power].map((each) => "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(each)).map((d) => (d < 0 ? "-" : d)) : ["0"];
  return Number(`${factor.replace("−", "-").replaceAll(",", "")}e${exponent.join("")}`);
}

for (const [name, [format, longest, error]] of Object.entries(FORMATS)) {
  test(`${name}: short and readable at every magnitude`, () => {
    for (const value of VALUES) {
      const text = format(value);
      assert.ok(text.length <= longest, `${value}: “${text}”`);
      assert.ok(!(text.startsWith("−") && value >= 0), `${value}: “${text}”`);
      assert.ok(!/^−0(\.0+)?%?$/.test(text), `${value}: “${text}” is no signed zero`);
      if (name === "percent" && text.includes("∞")) continue;
      const seen = read(text);
      if (error !== undefined && value !== 0 && Number.isFinite(seen) && Math.abs(value) > 1e-307)
        assert.ok(Math.abs(seen / value - 1) <= error, `${value}: “${text}”`);
    }
    for (const value of STRANGE) assert.match(format(value), /^(–|\?|−?∞%?)$/, `${value}`);
  });
}

test("what stands in a field for a number can be read back by it", () => {
  for (const value of VALUES.filter((each) => Math.abs(each) < 1e308)) {
    assert.ok(typed(value).length <= 12, typed(value));
    assert.ok(Math.abs(Number(typed(value)) - value) <= Math.abs(value) * 1e-3, `${value}`);
  }
  for (const value of STRANGE) assert.equal(typed(value), "");
});

const theme = { soft: "soft", line: "line", ink: "ink" };
const place = { x: 40, y: 6, width: 276, height: 88 };
const CANVAS = 330;

/** Every number given to the canvas is one, and every text stays within it. */
function assertDrawn(ctx, about) {
  for (const [name, ...args] of ctx.calls) {
    for (const each of args.filter((arg) => typeof arg === "number"))
      assert.ok(Number.isFinite(each) && Math.abs(each) < 1e5, `${about}: ${name}(${args})`);
  }
}

test("axes and curves of losses of every magnitude have finite places", () => {
  for (const size of SIZES.filter((_, i) => i % 7 === 0).concat(Number.MAX_VALUE, Number.MIN_VALUE, 0)) {
    const values = Float64Array.from([size, size / 2, size / 1e12, size]);
    for (const [axis, logarithmic] of [
      [evenAxis, false],
      [logarithmicAxis, true],
    ]) {
      const { low, high, ticks } = axis([{ values }]);
      assert.ok(ticks.length <= 8, `${size}: ${ticks}`);
      for (const tick of ticks) assert.ok(tick >= low * 0.999 && tick <= high * 1.001, `${size}: ${tick}`);
      const ctx = recorder();
      const lines = [{ values, colour: "ink", width: 1.5 }];
      drawChart(
        ctx,
        { epochs: [0, 1, 2, 3], lines, low, high, ticks, logarithmic, write: twoSignificant, theme },
        place,
      );
      assertDrawn(ctx, `${size} ${logarithmic}`);
      assert.ok(called(ctx, "lineTo").length > 0 || size === 0 || logarithmic, `${size}`);
    }
  }
});

test("gradients of every magnitude have their lines, too", () => {
  for (const size of SIZES.filter((_, i) => i % 7 === 0).concat(Number.MAX_VALUE, Number.MIN_VALUE)) {
    const ctx = recorder();
    drawLayers(ctx, { epochs: [0, 9], layers: [{ name: "1", colour: "a", values: [size, 1] }], theme }, place);
    assertDrawn(ctx, `${size}`);
  }
});

test("ticks end, whatever the ends of an axis", () => {
  for (const size of SIZES.filter((value) => value > 1e-322)) {
    assert.ok(evenTicks(0, size, 3).length <= 5, `${size}`);
    assert.ok(logarithmicTicks(size / 10, size, 5).length <= 6, `${size}`);
    if (size > 1e100 || size < 1e-300) continue; // beyond what own data can have
    for (const { at, text } of planeTicks({ low: -size, high: size })) {
      assert.ok(Math.abs(at) <= 6 + 1e-6, `${size}: ${at}`);
      assert.ok(text.length <= 10, `${size}: ${text}`);
    }
  }
});

test("a neuron’s line is where its weights say, however large or small they all are", () => {
  const [x1, y1, x2, y2] = straightLine(1, -2, 0.5);
  for (const size of [1e-300, 1e-200, 1e200, 1.5e307]) {
    const line = straightLine(size, -2 * size, size / 2);
    [x1, y1, x2, y2].forEach((expected, i) => {
      assert.ok(Math.abs(line[i] - expected) < 1e-9, `${size}: ${line}`);
    });
  }
  for (const size of STRANGE) assert.equal(straightLine(size, 1, 0), null);
});

test("a weight’s line has a width, whatever the weight", () => {
  for (const value of [...VALUES, ...STRANGE]) {
    assert.ok(lineWidth(value) >= 1 && lineWidth(value) <= 10, `${value}`);
  }
});

test("labels stay on the canvas and apart from each other", () => {
  for (const last of [10, 100, 1000, 10000, 123456, 1e6, 1e9, 1e12]) {
    for (const high of [1, 1e-5, 1e113]) {
      const ctx = recorder();
      const lines = [{ values: [high, 0], colour: "ink", width: 1.5 }];
      const { ticks } = evenAxis([{ values: Float64Array.of(high, 0) }]);
      drawChart(
        ctx,
        { epochs: [0, last], lines, low: 0, high, ticks, logarithmic: false, write: twoSignificant, theme },
        { x: 40, y: 6, width: CANVAS - 40 - 14, height: 88, right: 14 },
      );
      const aligned = ctx.calls.filter(([name]) => name === "fillText");
      const boxes = aligned.map(([, text, x, y]) => {
        const width = 6 * text.length; // as the recorder measures
        const isEpoch = y > 98;
        return { text, isEpoch, left: isEpoch ? x - width / 2 : x - width, right: isEpoch ? x + width / 2 : x };
      });
      for (const { text, left, right } of boxes)
        assert.ok(left >= 0 && right <= CANVAS, `${last}, ${high}: “${text}” from ${left} to ${right}`);
      const epochs = boxes.filter(({ isEpoch }) => isEpoch).sort((a, b) => a.left - b.left);
      assert.ok(epochs.length >= 2, `${last}`);
      epochs.slice(1).forEach(({ left, text }, i) => {
        assert.ok(left >= epochs[i].right + 4, `${last}: “${text}” touches “${epochs[i].text}”`);
      });
    }
  }
});

test("the numbers of own data’s axes stay on the plot and apart, too", () => {
  const plane = plotPlace(CANVAS);
  for (const [low, high] of [
    [-5, 5],
    [4.3, 7.9],
    [0, 1],
    [100000, 900000],
    [-2e9, 3e9],
    [1e-7, 3e-7],
    [123456.1, 123456.9],
  ]) {
    const ctx = recorder();
    const axis = { name: "a", low, high };
    drawAxes(ctx, { ink: "ink", surface: "surface", axes: { x: axis, y: axis } }, plane);
    const shown = called(ctx, "fillText");
    const below = shown.filter(([, , , down]) => down > plane.y + plane.size + 1);
    const beside = shown.filter((each) => !below.includes(each));
    assert.ok(below.length >= 2 && beside.length >= 4, `${low} to ${high}: ${shown}`);
    const ends = below.map(([, text, x]) => [x - 3 * text.length, x + 3 * text.length]);
    for (const [left, right] of ends) assert.ok(left >= 0 && right <= CANVAS, `${low} to ${high}: ${left}, ${right}`);
    ends.slice(1).forEach(([left], i) => {
      assert.ok(left >= ends[i][1] + 4, `${low} to ${high}`);
    });
    const aligned = ctx.set.textAlign.at(-1);
    for (const [, text, x] of beside)
      assert.ok(aligned === "left" ? x + 6 * text.length <= CANVAS : x <= plane.x + plane.size, `${text}`);
  }
});
