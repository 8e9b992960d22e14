/** Build changes of the experiment that require further changes. */

/**
 * @typedef {import("../core/catalogue.js").Catalogue} Catalogue
 * @typedef {import("../wire/decoder.js").Experiment} Experiment
 */

/**
 * Return the task of the dataset; the learner's own data specify their own task.
 * @param {Catalogue} catalogue
 * @param {Pick<Experiment, "dataset">} experiment
 * @param {Pick<import("../wire/own_data.js").OwnData, "task"> | null} own
 */
export function taskOf({ datasets }, { dataset }, own) {
  return datasets[dataset]?.task ?? own?.task ?? "classification";
}

/**
 * Return a change to a dataset, a class count that it supports, and a loss for its task. Squared error is replaced by
 * cross-entropy for more than two classes, and restored for two.
 * @param {Catalogue} catalogue
 * @param {string} dataset
 * @param {Pick<Experiment, "classes" | "loss"> | undefined} experiment
 * @returns {Partial<Experiment>}
 */
export function datasetChange({ datasets, losses }, dataset, experiment) {
  const { task, fewest, most } = datasets[dataset];
  const classes = most === 1 ? 2 : Math.min(Math.max(experiment?.classes ?? 2, fewest), most);
  let loss = experiment?.loss ?? "square";
  if (classes > 2 && loss === "square") loss = "cross-entropy";
  if (classes === 2 && loss === "cross-entropy") loss = "square";
  if (!losses[loss]?.includes(task)) loss = Object.keys(losses).find((name) => losses[name].includes(task)) ?? loss;
  return { dataset, classes, loss };
}

/**
 * Return a change of the hidden layers, and of the layers' activations if they are set per layer.
 * @param {Pick<Experiment, "activation" | "layer_activations">} experiment
 * @param {number[]} hidden
 * @returns {Partial<Experiment>}
 */
export function layersChange({ activation, layer_activations }, hidden) {
  const own = layer_activations && hidden.map((_, layer) => layer_activations[layer] ?? activation);
  return { hidden_layers: hidden, layer_activations: own };
}

/**
 * Return a change to logistic regression: no hidden layers, a suitable loss and, after a regression, the first
 * classification dataset.
 * @param {Catalogue} catalogue
 * @param {Pick<Experiment, "dataset" | "classes" | "loss">} experiment
 * @param {Pick<import("../wire/own_data.js").OwnData, "task"> | null} own
 * @returns {Partial<Experiment>}
 */
export function logisticRegressionChange(catalogue, experiment, own) {
  const regression = taskOf(catalogue, experiment, own) === "regression";
  return {
    ...(regression ? datasetChange(catalogue, firstDataset(catalogue, "classification"), experiment) : {}),
    loss: experiment.classes === 2 || regression ? "log" : "cross-entropy",
    hidden_layers: [],
    layer_activations: null,
  };
}

/**
 * Return the first dataset for a task.
 * @param {Catalogue} catalogue
 * @param {string} task
 */
export function firstDataset({ datasets }, task) {
  return Object.keys(datasets).find((name) => datasets[name].task === task) ?? "";
}
