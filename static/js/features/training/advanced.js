/** Bind and show the advanced settings that are more than a field: losses by task, activations by layer, pruning. */

import { CATALOGUE } from "../../core/catalogue.js";
import { choose, closest, partsOf, renew, setText } from "../../core/dom.js";
import { short, threeDecimals } from "../../core/formats.js";
import { _, ngettext } from "../../core/i18n.js";
import { createWatch } from "../../core/redraw.js";
import { logisticRegressionChange, taskOf } from "../../state/changes.js";

/** @typedef {import("../../state/state.js").State} State */

/**
 * @param {object} options
 * @param {Element} options.root
 */
export function createAdvanced({ root }) {
  const { part, input, all } = partsOf(root);
  const losses = /** @type {HTMLOptionElement[]} */ (all("[data-field=loss] option"));
  const outputActivations = all("[data-part=output-activation] > span");
  const layerTemplate = /** @type {HTMLTemplateElement} */ (part("layer-activation"));
  const [changed, rateChanged, prunedChanged] = [createWatch(), createWatch(), createWatch()];

  /** @param {Pick<State, "wanted" | "accepted" | "own" | "running" | "pruned">} state */
  function draw({ wanted, accepted, own, running, pruned }) {
    if (wanted && changed(wanted, accepted, own)) {
      const task = taskOf(CATALOGUE, wanted.experiment, own);
      for (const option of losses) option.disabled = !CATALOGUE.losses[option.value]?.includes(task);
      for (const name of outputActivations) name.hidden = name.dataset.key !== accepted?.output_activation;
      showLayers(wanted.experiment);
    }
    if (running && rateChanged(running.learning_rate)) part("current-rate").textContent = short(running.learning_rate);
    if (prunedChanged(pruned)) part("prune-result").textContent = pruned ? resultOf(pruned) : "";
  }

  /** @param {import("../../wire/decoder.js").Experiment} experiment */
  function showLayers({ hidden_layers, layer_activations }) {
    input("per-layer").checked = layer_activations !== null;
    input("per-layer").disabled = hidden_layers.length === 0;
    const activations = layer_activations ?? [];
    const parent = part("layer-activations");
    renew(parent, activations.length, () => {
      const made = layerTemplate.content.firstElementChild?.cloneNode(true);
      return /** @type {HTMLElement} */ (made);
    });
    activations.forEach((name, layer) => {
      const [title, menu] = parent.children[layer].children;
      setText(title, _("Layer {layer}", { layer: layer + 1 }));
      /** @type {HTMLElement} */ (menu).dataset.layer = String(layer);
      choose(/** @type {HTMLSelectElement} */ (menu), name);
    });
  }

  return { draw };
}

/**
 * @param {object} options
 * @param {Element} options.root
 * @param {import("../../state/state.js").Store} options.store
 * @param {import("../../wire/commands.js").Commands} options.commands
 */
export function bindAdvanced({ root, store, commands }) {
  const { part, input, menu } = partsOf(root);
  part("logistic").addEventListener("click", () => {
    const { wanted, own } = store.get();
    if (wanted) commands.configure(logisticRegressionChange(CATALOGUE, wanted.experiment, own));
  });
  input("per-layer").addEventListener("change", () => {
    const { hidden_layers, activation } = store.get().wanted?.experiment ?? { hidden_layers: [], activation: "" };
    commands.configure({ layer_activations: input("per-layer").checked ? hidden_layers.map(() => activation) : null });
  });
  part("layer-activations").addEventListener("change", (event) => {
    const select = /** @type {HTMLSelectElement | null} */ (closest(event, "select"));
    const activations = store.get().wanted?.experiment.layer_activations ?? [];
    const at = Number(select?.dataset.layer);
    if (select)
      commands.configure({ layer_activations: activations.map((name, layer) => (layer === at ? select.value : name)) });
  });
  part("prune").addEventListener("click", () => {
    const share = input("prune-share");
    if (share.reportValidity() && share.value !== "")
      commands.prune(Number(share.value) / 100, menu("prune-method").value);
  });
}

/** @param {import("../../wire/decoder.js").Pruned} pruned */
function resultOf({ count, before, after, predicted }) {
  return ngettext(
    "Pruned {count} weight. Training loss: {before} → {after} (predicted {predicted}).",
    "Pruned {count} weights. Training loss: {before} → {after} (predicted {predicted}).",
    count,
    {
      before: threeDecimals(before),
      after: threeDecimals(after),
      predicted: predicted === null ? "–" : threeDecimals(before + predicted),
    },
  );
}
