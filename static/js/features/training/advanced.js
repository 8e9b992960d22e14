/** The panel of what a beginner does not need: losses, layers' activations, pruning. */

import { all, byId, choose, inputById, menuById as menu, renew } from "../../core/dom.js";
import { short, threeDecimals } from "../../core/formats.js";
import { _, ngettext } from "../../core/i18n.js";
import { createWatch } from "../../core/redraw.js";

/**
 * @typedef {import("../../wire/decoder.js").Experiment} Experiment
 * @typedef {import("../../state/state.js").State} State
 */

/** @returns {{name: string, tasks: string[], option: HTMLOptionElement}[]} the losses and what each is for */
function losses() {
  return [...menu("loss").options].map((option) => ({
    name: option.value,
    tasks: (option.dataset.tasks ?? "").split(","),
    option,
  }));
}

/**
 * Return a dataset with what must change along with it: as many classes as it can have, and a loss for its task. With
 * more than two classes the squared error gives way to cross-entropy, and comes back with two.
 * @param {HTMLElement} button the dataset's
 * @param {Experiment | undefined} experiment
 * @returns {Partial<Experiment>}
 */
export function fitting(button, experiment) {
  const [fewest, most] = (button.dataset.classes ?? "").split(",").map(Number);
  const classes = most === 1 ? 2 : Math.min(Math.max(experiment?.classes ?? 2, fewest), most);
  const task = button.dataset.task ?? "";
  const known = losses().filter(({ tasks }) => tasks.includes(task));
  let loss = experiment?.loss ?? "square";
  if (classes > 2 && loss === "square") loss = "cross-entropy";
  if (classes === 2 && loss === "cross-entropy") loss = "square";
  if (!known.some(({ name }) => name === loss)) loss = known[0].name;
  return { dataset: button.dataset.dataset, classes, loss };
}

/**
 * Return other hidden layers, with activations of their own where layers have them.
 * @param {Experiment} experiment
 * @param {number[]} hidden
 * @returns {Partial<Experiment>}
 */
export function withLayers({ activation, layer_activations }, hidden) {
  const own = layer_activations && hidden.map((_, layer) => layer_activations[layer] ?? activation);
  return { hidden_layers: hidden, layer_activations: own };
}

/**
 * @param {{get: () => State}} store
 * @param {(experiment: Partial<Experiment>) => void} configure
 * @param {(share: number, method: string) => void} prune
 */
export function bindTraining(store, configure, prune) {
  const wanted = () => store.get().wanted?.experiment;
  byId("logistic").addEventListener("click", () => {
    const regression = menu("problem").value === "regression";
    const button = all('[data-task="classification"]')[0];
    configure({
      ...(regression ? fitting(button, wanted()) : {}),
      ...(wanted()?.classes === 2 || regression ? { loss: "log" } : { loss: "cross-entropy" }),
      hidden_layers: [],
      layer_activations: null,
    });
  });
  byId("per-layer").addEventListener("change", () => {
    const { hidden_layers, activation } = wanted() ?? { hidden_layers: [], activation: "" };
    const own = inputById("per-layer").checked ? hidden_layers.map(() => activation) : null;
    configure({ layer_activations: own });
  });
  byId("layer-activations").addEventListener("change", () => {
    const own = [...byId("layer-activations").querySelectorAll("select")].map((select) => select.value);
    configure({ layer_activations: own });
  });
  byId("prune").addEventListener("click", () => {
    const share = inputById("prune-share");
    if (share.reportValidity() && share.value !== "") prune(Number(share.value) / 100, menu("prune-method").value);
  });
}

/** @returns {(state: State) => void} a function that shows the state in the panel */
export function createTraining() {
  const [changed, ratesChanged, prunedChanged] = [createWatch(), createWatch(), createWatch()];
  return ({ wanted, accepted, running, pruned }) => {
    if (wanted && changed(wanted, accepted)) {
      showLosses();
      for (const name of all("#output-activation span")) {
        name.hidden = name.dataset.key !== accepted?.output_activation;
      }
      showLayers(wanted.experiment);
    }
    if (running && ratesChanged(running.learning_rate)) {
      byId("current-rate").textContent = short(running.learning_rate);
    }
    if (prunedChanged(pruned) && !pruned) byId("prune-result").textContent = "";
    else if (pruned) {
      byId("prune-result").textContent = ngettext(
        "Pruned {count} weight. Training loss: {before} → {after} (predicted {predicted}).",
        "Pruned {count} weights. Training loss: {before} → {after} (predicted {predicted}).",
        pruned.count,
        {
          before: threeDecimals(pruned.before),
          after: threeDecimals(pruned.after),
          predicted: pruned.predicted === null ? "–" : threeDecimals(pruned.before + pruned.predicted),
        },
      );
    }
  };
}

function showLosses() {
  const task = menu("problem").value;
  for (const { tasks, option } of losses()) option.disabled = !tasks.includes(task);
}

/** @param {Experiment} experiment */
function showLayers({ hidden_layers, layer_activations }) {
  inputById("per-layer").checked = layer_activations !== null;
  inputById("per-layer").disabled = hidden_layers.length === 0;
  const own = layer_activations ?? [];
  const parent = byId("layer-activations");
  renew(parent, own.length, () => {
    const label = document.createElement("label");
    label.className = "number";
    const select = /** @type {HTMLSelectElement} */ (menu("activation").cloneNode(true));
    for (const attribute of ["id", "data-field"]) select.removeAttribute(attribute);
    label.append(document.createElement("span"), select);
    return label;
  });
  own.forEach((name, layer) => {
    const label = parent.children[layer];
    /** @type {HTMLElement} */ (label.querySelector("span")).textContent = _("Layer {layer}", { layer: layer + 1 });
    const select = label.querySelector("select");
    if (select) choose(select, name);
  });
}
