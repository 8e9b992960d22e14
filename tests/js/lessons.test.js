import assert from "node:assert/strict";
import test from "node:test";
import { factsOf, holds, isReached } from "../../static/js/features/lessons/goals.js";
import { advanced, revealed } from "../../static/js/features/lessons/lessons.js";

const experiment = /** @type {any} */ ({
  activation: "relu",
  hidden_layers: [3, 2],
  features: ["x", "y"],
  learning_rate: 0.03,
});
const frame = { curve: new Float64Array([10, 0.3, 0.04, 20, 0.2, 0.06]), sizes: [2, 3, 2, 1] };
const facts = factsOf(experiment, frame);
const nothing = { chosen: null, played: false, reached: false, helped: false };

/** @param {string} text */
const goalOf = (text) =>
  text.split(", ").map((part) => {
    const [quantity, comparison, value] = part.split(" ");
    return { quantity, comparison, value };
  });

test("facts have an entry for each epoch that was read, and count what is in lists", () => {
  assert.deepEqual(
    facts.map(({ epoch, train_loss, test_loss }) => [epoch, train_loss, test_loss]),
    [
      [10, 0.3, 0.04],
      [20, 0.2, 0.06],
    ],
  );
  const { hidden_layers, hidden_neurons, features, parameters, activation } = facts[0];
  assert.deepEqual([hidden_layers, hidden_neurons, features, parameters, activation], [2, 5, 2, 20, "relu"]);
});

test("numbers are compared as numbers and names as names", () => {
  for (const [text, expected] of /** @type {[string, boolean][]} */ ([
    ["epoch <= 9", false],
    ["epoch <= 10", true],
    ["epoch >= 9", true],
    ["epoch < 10", false],
    ["epoch > 9.5", true],
    ["epoch = 10.0", true],
    ["epoch != 10", false],
    ["activation = relu", true],
    ["activation != relu", false],
  ])) {
    assert.equal(holds(goalOf(text)[0], facts[0]), expected, text);
  }
});

test("a goal is reached when all conditions hold in one and the same epoch", () => {
  assert.equal(isReached(goalOf("test_loss < 0.05, hidden_neurons <= 5"), facts), true);
  assert.equal(isReached(goalOf("test_loss < 0.05, epoch >= 20"), facts), false);
  assert.equal(isReached(goalOf("test_loss < 0.05, hidden_neurons <= 4"), facts), false);
});

test("a goal that fast training has passed by between two pictures counts", () => {
  assert.equal(advanced(nothing, goalOf("test_loss < 0.05, epoch <= 15"), facts, 1000).reached, true);
});

test("a lesson is played after so many epochs or at its goal, and what is reached stays reached", () => {
  const goal = goalOf("test_loss < 0.01");
  assert.equal(advanced(nothing, goal, facts, 21).played, false);
  assert.equal(advanced(nothing, goal, facts, 20).played, true);
  const done = { ...nothing, reached: true };
  assert.equal(advanced(done, goal, facts, 21).reached, true);
  assert.equal(advanced(nothing, goalOf("test_loss < 0.05"), facts, 1000).played, true);
});

test("the answer comes after choosing and playing, the explanation at the goal or with help", () => {
  const shown = (/** @type {Partial<typeof nothing> | {chosen: number}} */ progress) =>
    revealed({ ...nothing, ...progress });
  assert.deepEqual(shown({}), { answer: false, explanation: false, help: false });
  assert.equal(shown({ chosen: 1 }).answer, false);
  assert.equal(shown({ played: true, reached: true }).answer, false);
  assert.deepEqual(shown({ chosen: 0, played: true }), { answer: true, explanation: false, help: true });
  assert.equal(shown({ chosen: 0, played: true, helped: true }).explanation, true);
  assert.deepEqual(shown({ chosen: 0, played: true, reached: true }), { answer: true, explanation: true, help: false });
});
