/** Name the parts of the network. */

import { CATALOGUE } from "../core/catalogue.js";
import { _ } from "../core/i18n.js";

/** @typedef {Pick<import("../wire/decoder.js").Frame, "features" | "sizes">} Network */

/** The prefix of a learner's own feature; its formula follows. */
export const FORMULA_MARK = "=";

/**
 * Return a feature's formula as text.
 * @param {string} feature
 */
export function formulaOf(feature) {
  if (feature.startsWith(FORMULA_MARK)) return feature.slice(FORMULA_MARK.length);
  return CATALOGUE.features[feature] ?? feature;
}

/**
 * @param {Network} network
 * @param {number} unit inputs first
 */
export function unitName({ features, sizes }, unit) {
  if (unit < sizes[0]) return _("Feature {formula}", { formula: formulaOf(features[unit]) });
  let neuron = unit - sizes[0];
  let layer = 1;
  while (layer < sizes.length - 1 && neuron >= sizes[layer]) neuron -= sizes[layer++];
  if (layer === sizes.length - 1)
    return sizes[layer] === 1 ? _("Output neuron") : _("Output neuron {neuron}", { neuron: neuron + 1 });
  return _("Layer {layer}, neuron {neuron}", { layer, neuron: neuron + 1 });
}

/**
 * @param {Network} network
 * @param {import("../core/geometry.js").Parameter} parameter
 */
export function parameterName({ features, sizes }, { layer, input }) {
  if (input === null) return _("Bias");
  if (layer === 0) return _("Weight from {input}", { input: formulaOf(features[input]) });
  return sizes[layer] === 1 ? _("Weight") : _("Weight from neuron {neuron}", { neuron: input + 1 });
}
