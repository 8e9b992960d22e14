/** DOM events to actions, state to DOM: bars, sliders, menus, checkboxes. */

import { all, byId, choose, inputById as input, limit, menuById as menu } from "../../core/dom.js";
import { _, ngettext } from "../../core/i18n.js";
import { createWatch } from "../../core/redraw.js";
import { bindSettings, showSettings } from "../settings/fields.js";
import { fitting, withLayers } from "./advanced.js";

/**
 * @typedef {import("../../wire/decoder.js").Experiment} Experiment
 * @typedef {import("../../state/state.js").State} State
 * @typedef {import("../../wire/commands.js").Commands} Commands
 */

/** A new layer has two neurons, as in TFP. */
const NEW_LAYER = 2;

function randomSeed() {
  return (Math.floor(Math.random() * 100000) / 100000).toFixed(5);
}

/**
 * Join the controls to what they do.
 * @param {{get: () => State}} store
 * @param {import("../../state/state.js").Actions} actions
 * @param {Commands} commands
 * @param {import("../trace/controls.js").Walk} walk
 */
export function bindControls(store, actions, commands, walk) {
  const { configure } = commands;
  byId("play").addEventListener("click", commands.togglePlay);
  byId("step").addEventListener("click", commands.step);
  byId("reset").addEventListener("click", () => commands.reset(false));
  byId("new-weights").addEventListener("click", () => commands.reset(true));
  byId("regenerate").addEventListener("click", () => configure({ seed: randomSeed() }));
  byId("speed").addEventListener("change", () => commands.speed(input("speed").value));
  bindSettings(configure, () => {
    const { wanted } = store.get();
    return wanted && { ...wanted.experiment, ...wanted.view };
  });
  /** @type {Record<string, HTMLElement>} */
  const last = {};
  const take = (/** @type {HTMLElement} */ button) => {
    last[button.dataset.task ?? ""] = button;
    configure(fitting(button, store.get().wanted?.experiment));
  };
  for (const button of all("[data-dataset]")) button.addEventListener("click", () => take(button));
  byId("problem").addEventListener("change", () => {
    const task = input("problem").value;
    take(last[task] ?? all(`[data-task="${task}"]`)[0]);
  });
  for (const button of all("[data-feature]")) {
    button.addEventListener("click", () => {
      const name = button.dataset.feature ?? "";
      const features = store.get().wanted?.experiment.features ?? [];
      const formulas = store.get().wanted?.experiment.formulas ?? [];
      if (features.includes(name) && features.length + formulas.length === 1) return;
      configure({
        features: features.includes(name) ? features.filter((other) => other !== name) : [...features, name],
      });
    });
  }
  const reshape = (/** @type {(hidden: number[]) => number[]} */ change) => {
    const experiment = store.get().wanted?.experiment;
    if (experiment) configure(withLayers(experiment, change(experiment.hidden_layers)));
  };
  byId("add-layer").addEventListener("click", () => reshape((hidden) => [...hidden, NEW_LAYER]));
  byId("remove-layer").addEventListener("click", () => reshape((hidden) => hidden.slice(0, -1)));
  byId("layers").addEventListener("click", (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest("button");
    if (!button) return;
    const at = Number(button.dataset.layer);
    const change = Number(button.dataset.change);
    reshape((hidden) => hidden.map((count, layer) => (layer === at ? count + change : count)));
  });
  byId("more-features").addEventListener("click", actions.showMoreFeatures);
  byId("keep").addEventListener("change", () => actions.setKeep(input("keep").checked));
  byId("hideable").addEventListener("change", () => {
    const known = all("[data-hideable]").map((box) => /** @type {HTMLInputElement} */ (box));
    const names = known.map((box) => box.dataset.hideable ?? "");
    const others = (store.get().wanted?.view.hide ?? []).filter((name) => !names.includes(name));
    const hide = known.filter((box) => !box.checked).map((box) => box.dataset.hideable ?? "");
    configure({}, { hide: [...others, ...hide] });
  });
  addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.key === "Escape" && store.get().wanted?.view.example && !target.closest("[role=dialog], dialog")) {
      walk.look(null);
      return;
    }
    if (
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      target.closest("input:not([type=checkbox]), select, textarea")
    )
      return;
    if (event.key === " " && target.closest("button, summary, input")) return;
    /** @type {Record<string, () => void>} */
    const keys = { " ": commands.togglePlay, ArrowRight: commands.step, r: () => commands.reset(false) };
    if (store.get().running?.trace) {
      Object.assign(keys, {
        ArrowRight: () => walk.move(1),
        ArrowLeft: () => walk.move(-1),
      });
    }
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
}

/**
 * Return a function that shows the state in the controls.
 * @returns {(state: State) => void}
 */
export function createControls() {
  const changed = createWatch();
  return (state) => {
    const { wanted, playing, speed, keep, moreFeatures, own } = state;
    if (!changed(wanted, playing, speed, keep, moreFeatures, own)) return;
    const more = byId("more-features");
    byId("formula-form").hidden = !moreFeatures;
    more.setAttribute("aria-expanded", String(moreFeatures));
    /** @type {HTMLElement} */ (more.querySelector("span")).textContent = moreFeatures
      ? _("Fewer features")
      : _("More features");
    const play = byId("play");
    play.setAttribute("aria-pressed", String(playing));
    play.setAttribute("aria-label", playing ? _("Pause") : _("Play"));
    choose(menu("speed"), speed);
    input("keep").checked = keep;
    if (!wanted) return;
    showSettings({ ...wanted.experiment, ...wanted.view });
    showExperiment(wanted.experiment, own);
    showView(wanted.view);
  };
}

/**
 * @param {Experiment} experiment
 * @param {State["own"]} own
 */
function showExperiment(experiment, own) {
  const chosen = all("[data-dataset]").find((button) => button.dataset.dataset === experiment.dataset);
  const task = chosen?.dataset.task ?? own?.task ?? "classification";
  choose(menu("problem"), task);
  input("noise").disabled = experiment.dataset === "own";
  input("noise").title = input("noise").disabled ? _("Noise doesn’t apply to your own data") : "";
  const more = /** @type {HTMLDetailsElement} */ (byId("more-data"));
  if (chosen && more.contains(chosen)) more.open = true;
  for (const button of all("[data-dataset]")) {
    button.hidden = button.dataset.task !== task;
    button.setAttribute("aria-pressed", String(button === chosen));
  }
  for (const button of all("[data-feature]")) {
    const on = experiment.features.includes(button.dataset.feature ?? "");
    const last = on && experiment.features.length + experiment.formulas.length === 1;
    button.setAttribute("aria-pressed", String(on));
    button.setAttribute("aria-disabled", String(last));
    button.title = last ? _("The network needs at least one feature") : "";
  }
  const count = experiment.hidden_layers.length;
  const most = Number(byId("stage").dataset.maxLayers);
  byId("layer-count").textContent = ngettext("{count} hidden layer", "{count} hidden layers", count);
  limit(byId("add-layer"), count >= most ? _("Up to {count} hidden layers", { count: most }) : "");
  limit(byId("remove-layer"), count === 0 ? _("No hidden layers left") : "");
}

/** @param {import("../../wire/decoder.js").View} view */
function showView({ hide, hide_text }) {
  for (const box of all("[data-hideable]")) {
    /** @type {HTMLInputElement} */ (box).checked = !hide.includes(box.dataset.hideable ?? "");
  }
  for (const control of all("[data-control]")) control.hidden = hide.includes(control.dataset.control ?? "");
  for (const button of all("[data-feature]")) button.hidden = hide.includes(button.dataset.feature ?? "");
  for (const part of all("#article > section")) part.hidden = hide_text;
}
