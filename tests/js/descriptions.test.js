import assert from "node:assert/strict";
import { test } from "node:test";
import {
  boundaryInWords,
  fitInWords,
  lossesInWords,
  networkInWords,
  newsOf,
} from "../../static/js/features/descriptions/sentences.js";
import { BOUNDARY, parameterIndex } from "../../static/js/wire/decoder.js";

const sizes = [2, 2, 1];
const nameOf = (unit) => ["x1", "x2", "Layer 1, neuron 1", "B", "Output"][unit];

/** A picture whose byte at a place of the plane is what `byte` says. */
function picture(byte) {
  const place = (i) => 12 * (i / (BOUNDARY - 1)) - 6;
  return Uint8Array.from({ length: BOUNDARY ** 2 }, (_, i) =>
    byte(place(i % BOUNDARY), -place(Math.floor(i / BOUNDARY))),
  );
}

/** A frame of a network with one output. */
function frame(change = {}) {
  const boundary = picture((x) => (x > 0 ? 255 : 1));
  return {
    sizes,
    boundary,
    scales: [1, 1, 1, 1, 1],
    centers: [0, 0, 0, 0, 0],
    focus: 4,
    chosen: null,
    classes: 2,
    ...change,
  };
}

test("the network is told layer by layer, with its largest weights", () => {
  const theta = new Float64Array(9).fill(0.1);
  theta[parameterIndex(sizes, 0, 1, 0)] = -2.5;
  theta[parameterIndex(sizes, 1, 0, 1)] = 1.5;
  theta[parameterIndex(sizes, 0, 0, null)] = 9; // a bias is no weight
  const words = networkInWords({ sizes, theta }, nameOf, ["Tanh"]);
  assert.match(words, /^x1, x2\. Layer 1: 2 neurons, Tanh\. /);
  assert.match(words, /Largest weights: x1 to B: −2\.50; B to Output: 1\.50; \w+ to [\w ,]+: 0\.10\.$/);
  assert.match(networkInWords({ sizes: [2, 1], theta }, nameOf, []), /No hidden layers\./);
});

test("the boundary is told by shares of the plane, the middle and the corners", () => {
  const circle = picture((x, y) => (Math.hypot(x, y) < 3 ? 255 : 1));
  assert.equal(
    boundaryInWords(frame({ boundary: circle }), nameOf, []),
    "The plane is 81% negative (orange), 19% positive (blue). Centre: positive (blue). All four corners: negative (orange).",
  );
  assert.match(boundaryInWords(frame(), nameOf, ["lily", "rose"]), /top left lily \(orange\), top right rose \(blue\)/);
});

test("a regression is told by values, a neuron in the large plot by its name", () => {
  assert.match(boundaryInWords(frame({ classes: 1 }), nameOf, []), /top left −1\.00, top right 1\.00/);
  assert.match(
    boundaryInWords(frame({ focus: 2 }), nameOf, ["lily", "rose"]),
    /^The plot shows layer 1, neuron 1\. The plane is 50% negative/,
  );
});

test("of many classes each has its share, by its own name where it has one", () => {
  const chosen = picture((x) => (x < 0 ? 0 : 2));
  const many = frame({ sizes: [2, 2, 3], focus: null, classes: 3, chosen, scales: [1, 1, 1, 1, 1, 1, 1] });
  const words = boundaryInWords(many, nameOf, []);
  assert.match(words, /^The plane is 50% Class 1, 0% Class 2, 50% Class 3\./);
  assert.match(boundaryInWords(many, nameOf, ["a", "b", "c"]), /top left a, top right c/);
});

test("losses are told with where they go", () => {
  const epochs = [0, 50, 90, 100];
  const words = lossesInWords(100, { epochs, train: [1, 0.5, 0.2, 0.1], test: [1, 0.5, 0.5, 0.505] });
  assert.equal(words, "Epoch 100. Training loss 0.100, falling; test loss 0.505, steady.");
  assert.match(lossesInWords(100, { epochs, train: [1, 1, 1, 2], test: [1, 1, 1, 1] }), /2\.000, rising/);
});

test("without anything to compare with, no trend is claimed", () => {
  const young = { epochs: [0, 5], train: [1, 0.5], test: [1, 0.5] };
  assert.equal(lossesInWords(5, young), "Epoch 5. Training loss 0.500, test loss 0.500.");
});

test("accuracy and R squared are told where they are known", () => {
  assert.equal(fitInWords(null), "");
  const of = (accuracy) => ({ accuracy, confusion: [], precision: [], recall: [] });
  assert.equal(
    fitInWords({ test: of(0.9), train: of(1) }),
    "Test data: accuracy 90.0%. Training data: accuracy 100.0%.",
  );
  assert.match(fitInWords({ test: { r_squared: null }, train: { r_squared: 0.5 } }), /R² –\. .*R² 0\.500\./);
});

test("news are few: begin, pause, a step, and now and then how far it is", () => {
  const at = (playing, epoch) => ({ playing, epoch });
  const losses = () => "Losses.";
  assert.equal(newsOf(at(false, 0), at(true, 0), false, losses), "Training started.");
  assert.equal(newsOf(at(true, 5), at(true, 9), false, losses), "");
  assert.equal(newsOf(at(true, 5), at(true, 9), true, losses), "Losses.");
  assert.equal(newsOf(at(true, 9), at(false, 9), false, losses), "Paused. Losses.");
  assert.equal(newsOf(at(false, 9), at(false, 10), false, losses), "Losses.");
  assert.equal(newsOf(at(false, 10), at(false, 10), true, losses), "");
});
