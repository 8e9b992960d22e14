/** Bind the pointer, the focus and the buttons of the network. */

import { closest, partsOf } from "../../core/dom.js";
import { parameterAt } from "../../core/geometry.js";
import { layersChange } from "../../state/changes.js";

/** A new layer has two neurons, as in TFP. */
const NEW_LAYER = 2;

/**
 * @typedef {import("../../state/state.js").Store} Store
 * @typedef {import("../../state/state.js").Actions} Actions
 * @typedef {import("../../wire/commands.js").Commands} Commands
 */

/**
 * Bind the canvas: hovering over a unit or weight, or focusing it, shows it; a click opens the editor.
 * @param {object} options
 * @param {Element} options.root
 * @param {Store} options.store
 * @param {Actions} options.actions
 * @param {() => import("../../core/geometry.js").Geometry | null} options.geometry
 * @param {Pick<ReturnType<typeof import("./tooltip.js").createTooltip>, "move">} options.tooltip
 * @param {Pick<ReturnType<typeof import("./editor.js").createEditor>, "move" | "open" | "close">} options.editor
 * @param {{goTo: (neuron: {layer: number, neuron: number}) => boolean}} options.trace goes to a neuron's step if an
 *   example is traced
 */
export function bindNetwork({ root, store, actions, geometry, tooltip, editor, trace }) {
  const { part } = partsOf(root);
  const stage = part("stage");

  /** @param {MouseEvent} event */
  function parameterUnder(event) {
    const now = geometry();
    const { left, top } = stage.getBoundingClientRect();
    return now && !closest(event, "button") ? parameterAt(now, event.clientX - left, event.clientY - top) : null;
  }

  /** @param {Event} event */
  function unitUnder(event) {
    const button = closest(event, "[data-unit], [data-feature]");
    if (!button) return null;
    if (button.dataset.unit) return { unit: Number(button.dataset.unit) };
    const { feature = "" } = button.dataset;
    const unit = store.get().running?.features.indexOf(feature) ?? -1;
    return unit >= 0 ? { unit } : { feature };
  }

  /** @param {import("../../state/state.js").Target} target */
  function hover(target) {
    const { editing, hovered } = store.get();
    if (!editing && JSON.stringify(target) !== JSON.stringify(hovered)) actions.hover(target);
  }

  stage.addEventListener("pointermove", (event) => {
    const target = unitUnder(event) ?? parameterUnder(event);
    stage.style.cursor = target && "layer" in target ? "pointer" : "";
    if (target && "layer" in target) tooltip.move(event.pageX, event.pageY);
    hover(target);
  });
  stage.addEventListener("pointerleave", () => hover(null));
  stage.addEventListener("focusin", (event) => hover(unitUnder(event)));
  stage.addEventListener("focusout", () => hover(null));
  stage.addEventListener("click", (event) => {
    const parameter = parameterUnder(event);
    if (parameter) {
      editor.move(event.pageX, event.pageY);
      editor.open(parameter);
    } else if (store.get().editing && !closest(event, "button")) {
      editor.close();
    }
  });
  // A click on a neuron, or Enter, opens its bias; from there the keyboard reaches every weight.
  part("units").addEventListener("click", (event) => {
    const found = unitUnder(event);
    const node = found && "unit" in found && geometry()?.nodes.find(({ unit }) => unit === found.unit);
    if (!node || trace.goTo(node)) return;
    const { left, bottom } = /** @type {HTMLElement} */ (event.target).getBoundingClientRect();
    editor.move(left + scrollX, bottom + scrollY);
    editor.open({ layer: node.layer, neuron: node.neuron, input: null });
  });
}

/**
 * Bind the buttons that change the network: features, layers, neurons.
 * @param {object} options
 * @param {Element} options.root
 * @param {Store} options.store
 * @param {Actions} options.actions
 * @param {Commands} options.commands
 */
export function bindShape({ root, store, actions, commands }) {
  const { part, input } = partsOf(root);
  part("features").addEventListener("click", (event) => {
    const name = closest(event, "[data-feature]")?.dataset.feature;
    const experiment = store.get().wanted?.experiment;
    if (!name || !experiment) return;
    const { features, formulas } = experiment;
    if (features.includes(name) && features.length + formulas.length === 1) return;
    const others = features.filter((other) => other !== name);
    commands.configure({ features: features.includes(name) ? others : [...features, name] });
  });

  /** @param {(hidden: number[]) => number[]} change of the hidden layers */
  function reshape(change) {
    const experiment = store.get().wanted?.experiment;
    if (experiment) commands.configure(layersChange(experiment, change(experiment.hidden_layers)));
  }
  part("add-layer").addEventListener("click", () => reshape((hidden) => [...hidden, NEW_LAYER]));
  part("remove-layer").addEventListener("click", () => reshape((hidden) => hidden.slice(0, -1)));
  part("layers").addEventListener("click", (event) => {
    const button = closest(event, "button");
    if (!button) return;
    const [at, change] = [Number(button.dataset.layer), Number(button.dataset.change)];
    reshape((hidden) => hidden.map((count, layer) => (layer === at ? count + change : count)));
  });
  part("more-features").addEventListener("click", actions.toggleMoreFeatures);
  input("keep").addEventListener("change", () => actions.setKeep(input("keep").checked));
}
