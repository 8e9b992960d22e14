/** Say in words what a refused value should have been, and stand beside the field that it is about. */

import { _ } from "../../core/i18n.js";
import { isRefusal } from "../../state/reducer.js";

/** @typedef {import("../../wire/decoder.js").Problem} Problem */

/**
 * Say what a value should have been, and what it was.
 * @param {string} field its label
 * @param {string} value
 * @param {string} allowed
 */
export function problemText(field, value, allowed) {
  const values = { field, value, allowed };
  return value === "" ? _("{field} {allowed}.", values) : _("{field} {allowed}. Your value: “{value}”.", values);
}

/** Names for fields, and for keys of links, that have no control with a label. */
const unlabelled = () => ({
  check: _("Gradient check"),
  checkpoint: _("The saved state"),
  dataset: _("Dataset"),
  digits: _("Decimals"),
  example: _("The traced example"),
  experiment: _("The network and its data"),
  features: _("Features"),
  file: _("The model file"),
  formulas: _("Formula"),
  fraction: _("Percentage of weights"),
  gradients: _("Gradients"),
  hidden_layers: _("Hidden layers"),
  hide: _("Hidden controls"),
  input: _("Input"),
  layer_activations: _("Activation per layer"),
  layerActivations: _("Activation per layer"),
  layer: _("Layer"),
  layers: _("The layers in the file"),
  link: _("The link"),
  message: _("The message"),
  method: _("Which weights"),
  mode: _("Training"),
  net: _("The network’s version"),
  networkShape: _("Hidden layers"),
  neuron: _("Neuron"),
  own: _("Your data"),
  problem: _("Problem type"),
  regDataset: _("Dataset"),
  seed: _("Random seed"),
  share: _("Percentage of weights"),
  start: _("The saved state"),
  text: _("The model file"),
  value: _("Value"),
  version: _("The page’s version"),
  weights_seed: _("Random seed of the weights"),
  weightsSeed: _("Random seed of the weights"),
});

const GAP = 4; // pixels between a refusal and its field

/** @param {string} field with dots, as the server names it */
const baseOf = (field) => field.replace(/^(experiment|view)\./, "").split(".")[0];

/**
 * Return all controls of a field, or of a link's key.
 * @param {ParentNode} page
 * @param {string} name
 */
function controlsOf(page, name) {
  const exact = ["data-field", "data-view", "id", "data-part"].map(
    (attribute) => `[${attribute}="${CSS.escape(name)}"]`,
  );
  return /** @type {HTMLElement[]} */ ([
    ...page.querySelectorAll([`[data-beside~="${CSS.escape(name)}"]`, ...exact].join()),
  ]);
}

/**
 * Return what a field is called on the page. A link's key that has no name is what the reader knows it by; a part of a
 * message is nothing that a reader knows.
 * @param {ParentNode | null} page
 * @param {string} field
 * @param {boolean} refused
 */
export function labelOf(page, field, refused) {
  const name = baseOf(field);
  const known = /** @type {Record<string, string>} */ (unlabelled())[name];
  if (known) return known;
  for (const control of page ? controlsOf(page, name) : []) {
    const label = /** @type {HTMLInputElement} */ (control).labels?.[0];
    const text = (label?.querySelector("span") ?? label ?? control.querySelector("summary"))?.textContent?.trim();
    if (text) return text.replace(/:.*$/s, "");
  }
  return refused ? _("The request") : name;
}

/**
 * Return the control that a refusal is about: the one in use if it has several. Null if none is in sight; then the
 * refusal is a notice.
 * @param {ParentNode} page
 * @param {Problem} problem
 */
export function anchorOf(page, problem) {
  if (!isRefusal(problem)) return null;
  for (const name of [baseOf(problem.field), ...(problem.about ?? [])]) {
    const seen = controlsOf(page, name).filter(isInSight);
    const used = seen.find((control) => control.contains(document.activeElement)) ?? seen[0];
    if (used) return /** @type {HTMLElement} */ (used.closest("label") ?? used);
  }
  return null;
}

/** @param {HTMLElement} element */
function isInSight(element) {
  const { top, bottom, left, right } = element.getBoundingClientRect();
  return element.checkVisibility() && bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;
}

/**
 * Put refusals below their fields, or above at the window's edge, over the page: nothing moves away under the learner's hand.
 * @param {Element[]} elements
 * @param {HTMLElement[]} anchors of the same length
 */
export function placeBeside(elements, anchors) {
  elements.forEach((each, i) => {
    const element = /** @type {HTMLElement} */ (each);
    element.hidden = !anchors[i].checkVisibility();
    const { left, top, bottom } = anchors[i].getBoundingClientRect();
    const above = bottom + GAP + element.offsetHeight > innerHeight;
    const widest = document.documentElement.clientWidth - 8 - element.offsetWidth;
    element.style.left = `${Math.max(8, Math.min(left, widest)) + scrollX}px`;
    element.style.top = `${scrollY + (above ? top - GAP - element.offsetHeight : bottom + GAP)}px`;
  });
}
