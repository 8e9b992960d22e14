/** Choose a dataset or a problem type, and draw new data. */

import { CATALOGUE } from "../../core/catalogue.js";
import { choose, partsOf, setText } from "../../core/dom.js";
import { _, ngettext } from "../../core/i18n.js";
import { createWatch } from "../../core/redraw.js";
import { datasetChange, firstDataset, taskOf } from "../../state/changes.js";
import { rowCount } from "../../wire/own_data.js";

/**
 * @param {object} options
 * @param {Element} options.root
 * @param {HTMLSelectElement} options.menu of problem types
 */
export function createDatasets({ root, menu }) {
  const { part, all } = partsOf(root);
  const choiceChanged = createWatch();
  const buttons = all("[data-dataset]");
  const noise = /** @type {HTMLInputElement} */ (root.querySelector("[data-field=noise]"));
  let opened = ""; // the dataset for which the others were unfolded last: the learner may fold them again

  /** @param {Pick<import("../../state/state.js").State, "wanted" | "own">} state */
  function draw({ wanted, own }) {
    if (wanted && choiceChanged(wanted, own)) showChoice(wanted.experiment, own);
  }

  /**
   * @param {import("../../wire/decoder.js").Experiment} experiment
   * @param {import("../../wire/own_data.js").OwnData | null} own
   */
  function showChoice(experiment, own) {
    const task = taskOf(CATALOGUE, experiment, own);
    choose(menu, task);
    noise.disabled = experiment.dataset === "own";
    noise.title = noise.disabled ? _("Noise doesn’t apply to your own data") : "";
    const more = /** @type {HTMLDetailsElement} */ (part("more-data"));
    for (const button of buttons) {
      const chosen = button.dataset.dataset === experiment.dataset;
      if (chosen && more.contains(button) && opened !== experiment.dataset) more.open = true;
      button.hidden = button.dataset.task !== task;
      button.setAttribute("aria-pressed", String(chosen));
    }
    opened = experiment.dataset;
    showOwn(experiment.dataset === "own" ? own : null);
  }

  /**
   * Mark the table that is in use, and say how many points the learner's own data have.
   * @param {import("../../wire/own_data.js").OwnData | null} own
   */
  function showOwn(own) {
    const count = own ? rowCount(own) : 0;
    setText(part("own-count"), own ? ngettext("{count} point", "{count} points", count) : "");
    for (const button of all("[data-example]")) {
      const { columns, rows } = button.dataset;
      const chosen =
        own !== null && String(own.columns) === String(JSON.parse(columns ?? "[]")) && count === Number(rows);
      button.setAttribute("aria-pressed", String(chosen));
    }
  }

  return { draw };
}

/**
 * @param {object} options
 * @param {Element} options.root
 * @param {HTMLSelectElement} options.menu of problem types
 * @param {import("../../state/state.js").Store} options.store
 * @param {import("../../wire/commands.js").Commands} options.commands
 */
export function bindDatasets({ root, menu, store, commands }) {
  const { part, all } = partsOf(root);
  /** @type {Record<string, string>} the dataset that was chosen last, by task */
  const last = {};

  /** @param {string} dataset */
  function take(dataset) {
    last[CATALOGUE.datasets[dataset].task] = dataset;
    commands.configure(datasetChange(CATALOGUE, dataset, store.get().wanted?.experiment));
  }

  for (const button of all("[data-dataset]"))
    button.addEventListener("click", () => take(button.dataset.dataset ?? ""));
  menu.addEventListener("change", () => take(last[menu.value] ?? firstDataset(CATALOGUE, menu.value)));
  part("regenerate").addEventListener("click", () => commands.configure({ seed: randomSeed() }));
}

/** Return a seed such as TFP writes into its links: five decimals. */
function randomSeed() {
  return (Math.floor(Math.random() * 100000) / 100000).toFixed(5);
}
