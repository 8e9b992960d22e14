import assert from "node:assert/strict";
import { test } from "node:test";
import { createSmoother } from "../../static/js/features/losses/smoothing.js";
import { lossesAsText } from "../../static/js/features/share/downloads.js";

/** Smooth values that were read at every epoch. */
function smoothed(values, weight, smooth = createSmoother()) {
  return smooth(
    values.map((_, epoch) => epoch),
    Float64Array.from(values),
    weight,
  );
}

test("no weight of the past changes nothing", () => {
  assert.deepEqual(smoothed([3, 1, 2], 0), new Float64Array([3, 1, 2]));
  assert.equal(smoothed([], 0.9).length, 0);
});

test("a constant stays what it is, from the first value on", () => {
  for (const value of smoothed([2, 2, 2, 2], 0.9)) assert.ok(Math.abs(value - 2) < 1e-12);
});

test("the second value weighs past and present", () => {
  const [, second] = smoothed([0, 1], 0.6);
  assert.ok(Math.abs(second - 0.4 / 0.64) < 1e-12);
});

test("a longer run is smoothed as a whole, and a shorter one after it, too", () => {
  const smooth = createSmoother();
  assert.equal(smoothed([1], 0.9, smooth).length, 1);
  assert.equal(smoothed([1, 2, 3, 4], 0.9, smooth).length, 4);
  assert.deepEqual([...smoothed([2, 2], 0.5, smooth)], [2, 2]);
});

/** A loss that falls, with a plateau and waves, as a function of the epoch. */
const loss = (epoch) =>
  0.5 * Math.exp(-epoch / 40) + 0.2 / (1 + Math.exp((epoch - 150) / 12)) + 0.01 * Math.sin(epoch / 5);

/** Read a curve at every epoch, and at the wider intervals of a higher speed. */
function compare(end, weight, speed) {
  const at = (epochs) => {
    const values = createSmoother()(epochs, Float64Array.from(epochs, loss), weight);
    return new Map(epochs.map((epoch, i) => [epoch, values[i]]));
  };
  const every = Array.from({ length: end + 1 }, (_, epoch) => epoch);
  const some = every.filter((epoch) => epoch % speed === 0 || (epoch % (3 * speed + 1) === 2 && speed > 3));
  const [fine, coarse] = [at(every), at(some)];
  const span = Math.max(...fine.values()) - Math.min(...fine.values());
  return Math.max(...some.map((epoch) => Math.abs(fine.get(epoch) - coarse.get(epoch)) / span));
}

test("the same run has the same smoothed curve at every speed", () => {
  for (const weight of [0.6, 0.9]) {
    for (const end of [300, 3000]) {
      for (const speed of [2, 5, 10]) {
        const apart = compare(end, weight, speed);
        assert.ok(apart < 0.02, `weight ${weight}, ${end} epochs, each ${speed}th: ${(100 * apart).toFixed(1)} %`);
      }
    }
  }
});

test("a long run is smoothed as much as a short one of the same shape", () => {
  const noise = (length) => Float64Array.from({ length }, (_, i) => (i % 2 === 0 ? 1 : -1));
  const wide = createSmoother()(
    Array.from({ length: 1001 }, (_, i) => 100 * i),
    noise(1001),
    0.9,
  );
  assert.ok(Math.max(...wide.slice(500).map(Math.abs)) < 0.1);
});

test("losses are written as a table with a head", () => {
  const text = lossesAsText({
    epochs: new Float64Array([0, 10]),
    train: new Float64Array([0.5, 0.25]),
    test: new Float64Array([0.6, 0.3]),
  });
  assert.equal(text, "epoch,training loss,test loss\n0,0.5,0.6\n10,0.25,0.3\n");
});
