import assert from "node:assert/strict";
import { test } from "node:test";
import {
  datasetChange,
  firstDataset,
  layersChange,
  logisticRegressionChange,
  taskOf,
} from "../../static/js/state/changes.js";

const catalogue = {
  datasets: {
    circle: { task: "classification", fewest: 2, most: 2 },
    clouds: { task: "classification", fewest: 2, most: 6 },
    rings: { task: "classification", fewest: 3, most: 6 },
    plane: { task: "regression", fewest: 1, most: 1 },
  },
  losses: { square: ["classification", "regression"], "cross-entropy": ["classification"], huber: ["regression"] },
  activations: {},
  features: {},
};

test("a dataset keeps as many classes as it can, and its loss fits", () => {
  const change = (dataset, classes, loss) => {
    const { classes: count, loss: name } = datasetChange(catalogue, dataset, { classes, loss });
    return [count, name];
  };
  assert.deepEqual(change("clouds", 4, "cross-entropy"), [4, "cross-entropy"]);
  assert.deepEqual(change("rings", 2, "square"), [3, "cross-entropy"]);
  assert.deepEqual(change("circle", 4, "cross-entropy"), [2, "square"]);
  assert.deepEqual(change("plane", 4, "cross-entropy"), [2, "square"]);
  assert.deepEqual(change("circle", 2, "huber"), [2, "square"]);
});

test("new layers take the common activation, and the others keep their own", () => {
  assert.deepEqual(layersChange({ activation: "tanh", layer_activations: null }, [3]), {
    hidden_layers: [3],
    layer_activations: null,
  });
  assert.deepEqual(layersChange({ activation: "tanh", layer_activations: ["relu"] }, [3, 2]).layer_activations, [
    "relu",
    "tanh",
  ]);
});

test("logistic regression has no hidden layers, and leaves a regression for a classification", () => {
  const from = (dataset, classes) => logisticRegressionChange(catalogue, { dataset, classes, loss: "square" }, null);
  assert.deepEqual(from("circle", 2), { loss: "log", hidden_layers: [], layer_activations: null });
  assert.equal(from("clouds", 3).loss, "cross-entropy");
  assert.deepEqual([from("plane", 2).dataset, from("plane", 2).loss], ["circle", "log"]);
});

test("the task is the dataset's, else that of the learner's own data", () => {
  assert.equal(taskOf(catalogue, { dataset: "plane" }, null), "regression");
  assert.equal(taskOf(catalogue, { dataset: "own" }, { task: "regression" }), "regression");
  assert.equal(taskOf(catalogue, { dataset: "own" }, null), "classification");
  assert.equal(firstDataset(catalogue, "regression"), "plane");
});
