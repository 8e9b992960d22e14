/** DOM events to actions, state to DOM: bars, sliders, menus, checkboxes. */

import { threeDecimals } from "./scales.js";
import { _ } from "./texts.js";

/**
 * @typedef {import("./protocol.js").Experiment} Experiment
 * @typedef {import("./state.js").State} State
 * @typedef {{play: () => void, step: () => void, reset: (newWeights: boolean) => void, speed: (speed: string) => void,
 *   configure: (experiment: Partial<Experiment>, view?: Partial<import("./protocol.js").View>, final?: boolean) => void}} Commands
 */

/** @param {string} id */
export function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}
const input = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (byId(id));
const all = (/** @type {string} */ selector) => /** @type {HTMLElement[]} */ ([...document.querySelectorAll(selector)]);

/** Menus and sliders: element id, the experiment's field, whether the value is a number. */
const MENUS = /** @type {const} */ ([
  ["learningRate", "learning_rate", true],
  ["activation", "activation", false],
  ["regularization", "penalty", false],
  ["regularizationRate", "penalty_rate", true],
]);
const SLIDERS = /** @type {const} */ ([
  ["percTrainData", "train_percent"],
  ["noise", "noise"],
  ["batchSize", "batch_size"],
]);
const STOPS = /** @type {const} */ ([
  ["stopEpochs", "stop_epochs"],
  ["stopLoss", "stop_loss"],
  ["stopPatience", "stop_patience"],
]);

/** The limits of the page, as its own sliders and buttons declare them. */
const MAX_LAYERS = 6;
const MAX_NEURONS = 8;

export function randomSeed() {
  return (Math.floor(Math.random() * 100000) / 100000).toFixed(5);
}

/**
 * Join the controls to what they do.
 * @param {{get: () => State}} store
 * @param {import("./state.js").Actions} actions
 * @param {Commands} commands
 */
export function bindControls(store, actions, commands) {
  const { configure } = commands;
  byId("play").addEventListener("click", commands.play);
  byId("step").addEventListener("click", commands.step);
  byId("reset").addEventListener("click", () => commands.reset(false));
  byId("new-weights").addEventListener("click", () => commands.reset(true));
  byId("regenerate").addEventListener("click", () => configure({ seed: randomSeed() }));
  byId("speed").addEventListener("change", () => commands.speed(input("speed").value));
  for (const [id, field, numeric] of MENUS) {
    byId(id).addEventListener("change", () =>
      configure({ [field]: numeric ? Number(input(id).value) : input(id).value }),
    );
  }
  for (const [id, field] of SLIDERS) {
    byId(id).addEventListener("input", () => configure({ [field]: Number(input(id).value) }, {}, false));
    byId(id).addEventListener("change", actions.finishGesture);
  }
  for (const [id, field] of STOPS) {
    byId(id).addEventListener("change", () => {
      const box = input(id);
      if (box.reportValidity()) configure({ [field]: box.value === "" ? null : Number(box.value) });
    });
  }
  /** @type {Record<string, string>} */
  const lastDataset = {};
  for (const button of all("[data-dataset]")) {
    button.addEventListener("click", () => {
      lastDataset[button.dataset.task ?? ""] = button.dataset.dataset ?? "";
      configure({ dataset: button.dataset.dataset });
    });
  }
  byId("problem").addEventListener("change", () => {
    const task = input("problem").value;
    const first = all(`[data-task="${task}"]`)[0]?.dataset.dataset;
    configure({ dataset: lastDataset[task] ?? first });
  });
  for (const button of all("[data-feature]")) {
    button.addEventListener("click", () => {
      const name = button.dataset.feature ?? "";
      const features = store.get().wanted?.experiment.features ?? [];
      if (features.includes(name) && features.length === 1) return;
      configure({
        features: features.includes(name) ? features.filter((other) => other !== name) : [...features, name],
      });
    });
  }
  const layers = () => store.get().wanted?.experiment.hidden_layers ?? [];
  byId("add-layer").addEventListener("click", () => configure({ hidden_layers: [...layers(), 2] }));
  byId("remove-layer").addEventListener("click", () => configure({ hidden_layers: layers().slice(0, -1) }));
  byId("layers").addEventListener("click", (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest("button");
    if (!button) return;
    const at = Number(button.dataset.layer);
    const change = Number(button.dataset.change);
    configure({ hidden_layers: layers().map((count, layer) => (layer === at ? count + change : count)) });
  });
  byId("keep").addEventListener("change", () => actions.setKeep(input("keep").checked));
  byId("showTestData").addEventListener("change", () => configure({}, { show_test: input("showTestData").checked }));
  byId("discretize").addEventListener("change", () => configure({}, { discretize: input("discretize").checked }));
  byId("hideText").addEventListener("change", () => configure({}, { hide_text: !input("hideText").checked }));
  byId("hideable").addEventListener("change", () => {
    const known = all("[data-hideable]").map((box) => /** @type {HTMLInputElement} */ (box));
    const names = known.map((box) => box.dataset.hideable ?? "");
    const others = (store.get().wanted?.view.hide ?? []).filter((name) => !names.includes(name));
    const hide = known.filter((box) => !box.checked).map((box) => box.dataset.hideable ?? "");
    configure({}, { hide: [...others, ...hide] });
  });
  addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, select, textarea")) return;
    if (event.key === " " && target.closest("button, summary")) return;
    /** @type {Record<string, () => void>} */
    const keys = { " ": commands.play, ArrowRight: commands.step, r: () => commands.reset(false) };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
}

/**
 * Choose a value in a menu; a link may bring one that the menu lacks.
 * @param {string} id
 * @param {string | number} value
 */
function choose(id, value) {
  const select = /** @type {HTMLSelectElement} */ (/** @type {unknown} */ (byId(id)));
  const options = [...select.options];
  const same = options.find((option) =>
    typeof value === "number" ? Number(option.value) === value : option.value === value,
  );
  if (!same) select.add(new Option(String(value), String(value)));
  select.value = same ? same.value : String(value);
}

/**
 * Show the state in the controls.
 * @param {State} state
 */
export function showControls(state) {
  const { running, wanted } = state;
  const play = byId("play");
  play.setAttribute("aria-pressed", String(state.playing));
  play.setAttribute("aria-label", state.playing ? _("Pause") : _("Play"));
  if (running) {
    byId("epoch").textContent = running.epoch.toLocaleString(document.documentElement.lang);
    byId("train-loss").textContent = threeDecimals(running.train_loss);
    byId("test-loss").textContent = threeDecimals(running.test_loss);
  }
  if (!wanted) return;
  const { experiment, view } = wanted;
  for (const [id, field] of MENUS) choose(id, experiment[field]);
  choose("speed", state.speed);
  for (const [id, field] of SLIDERS) {
    const text = String(experiment[field]);
    if (input(id).value !== text) input(id).value = text;
    byId(`${id}-value`).textContent = text;
  }
  for (const [id, field] of STOPS) {
    if (document.activeElement !== byId(id))
      input(id).value = experiment[field] === null ? "" : String(experiment[field]);
  }
  const chosen = all("[data-dataset]").find((button) => button.dataset.dataset === experiment.dataset);
  choose("problem", chosen?.dataset.task ?? "classification");
  for (const button of all("[data-dataset]")) {
    button.hidden = button.dataset.task !== chosen?.dataset.task;
    button.setAttribute("aria-pressed", String(button === chosen));
  }
  for (const button of all("[data-feature]")) {
    const on = experiment.features.includes(button.dataset.feature ?? "");
    button.setAttribute("aria-pressed", String(on));
    button.setAttribute("aria-disabled", String(on && experiment.features.length === 1));
    button.title = on && experiment.features.length === 1 ? _("The network needs at least one feature") : "";
    button.hidden = view.hide.includes(button.dataset.feature ?? "");
  }
  const count = experiment.hidden_layers.length;
  byId("layer-count").textContent = count === 1 ? _("1 hidden layer") : _("{count} hidden layers", { count });
  limit("add-layer", count >= MAX_LAYERS, _("Up to {count} hidden layers", { count: MAX_LAYERS }));
  limit("remove-layer", count === 0, _("There is no hidden layer left"));
  input("keep").checked = state.keep;
  input("showTestData").checked = view.show_test;
  input("discretize").checked = view.discretize;
  input("hideText").checked = !view.hide_text;
  for (const box of all("[data-hideable]")) {
    /** @type {HTMLInputElement} */ (box).checked = !view.hide.includes(box.dataset.hideable ?? "");
  }
  for (const control of all("[data-control]")) control.hidden = view.hide.includes(control.dataset.control ?? "");
  for (const part of all("#article > section")) part.hidden = view.hide_text;
}

/**
 * @param {string} id
 * @param {boolean} reached
 * @param {string} why
 */
function limit(id, reached, why) {
  const button = /** @type {HTMLButtonElement} */ (byId(id));
  button.disabled = reached;
  button.title = reached ? why : (button.getAttribute("aria-label") ?? "");
}

/**
 * Place the buttons over the network's canvas.
 * @param {import("./layout.js").Geometry} geometry
 * @param {State} state
 * @param {number} node the side of a unit's picture
 */
export function placeButtons(geometry, state, node) {
  const { running, wanted } = state;
  if (!running || !wanted) return;
  for (const { name, x, y } of geometry.features) {
    place(all(`[data-feature="${name}"]`)[0], x - node / 2 - 2, y - node / 2 - 2, node + 4);
  }
  const units = byId("units");
  renew(units, geometry.nodes.length, () => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "unit";
    return button;
  });
  geometry.nodes.forEach((at, index) => {
    const button = /** @type {HTMLElement} */ (units.children[index]);
    place(button, at.x - node / 2 - 2, at.y - node / 2 - 2, node + 4);
    button.dataset.unit = String(at.unit);
    const isOutput = at.layer === geometry.columns.length - 1;
    button.setAttribute(
      "aria-label",
      isOutput
        ? _("Output neuron")
        : _("Layer {layer}, neuron {neuron}", { layer: at.layer + 1, neuron: at.neuron + 1 }),
    );
    button.title = _("Scale ±{scale}", { scale: Number(running.scales[at.unit].toPrecision(2)) });
  });
  const tools = byId("layers");
  const hidden = wanted.experiment.hidden_layers;
  renew(tools, hidden.length, layerTools);
  hidden.forEach((count, layer) => {
    const element = /** @type {HTMLElement} */ (tools.children[layer]);
    element.hidden = geometry.columns[layer] === undefined || layer >= geometry.columns.length - 1;
    element.style.left = `${(geometry.columns[layer] ?? 0) - 38}px`;
    element.style.top = "4px";
    const [plus, minus] = /** @type {NodeListOf<HTMLButtonElement>} */ (element.querySelectorAll("button"));
    for (const button of [plus, minus]) {
      button.dataset.layer = String(layer);
      button.hidden = state.wanted?.view.hide.includes(`numNodes${layer + 1}`) ?? false;
    }
    plus.setAttribute("aria-label", _("Add a neuron to layer {layer}", { layer: layer + 1 }));
    minus.setAttribute("aria-label", _("Remove a neuron from layer {layer}", { layer: layer + 1 }));
    plus.disabled = count >= MAX_NEURONS;
    plus.title = plus.disabled ? _("Up to {count} neurons", { count: MAX_NEURONS }) : "";
    minus.disabled = count === 1;
    minus.title = minus.disabled ? _("A layer has at least one neuron") : "";
    /** @type {HTMLElement} */ (element.querySelector("p")).textContent =
      count === 1 ? _("1 neuron") : _("{count} neurons", { count });
  });
}

function layerTools() {
  const element = document.createElement("div");
  element.className = "layer-tools";
  for (const [change, name] of [
    ["1", "plus"],
    ["-1", "minus"],
  ]) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "round";
    button.dataset.change = change;
    const icon = byId(name === "plus" ? "add-layer" : "remove-layer").querySelector("svg");
    if (icon) button.append(icon.cloneNode(true));
    element.append(button);
  }
  element.append(document.createElement("p"));
  return element;
}

/**
 * Give an element so many children: those that stay keep the focus.
 * @param {HTMLElement} parent
 * @param {number} count
 * @param {() => HTMLElement} make
 */
function renew(parent, count, make) {
  while (parent.children.length > count) parent.lastElementChild?.remove();
  while (parent.children.length < count) parent.append(make());
}

/**
 * @param {HTMLElement | undefined} element
 * @param {number} x
 * @param {number} y
 * @param {number} size
 */
function place(element, x, y, size) {
  if (!element) return;
  Object.assign(element.style, { left: `${x}px`, top: `${y}px`, width: `${size}px`, height: `${size}px` });
}
