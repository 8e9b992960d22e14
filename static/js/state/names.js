/** What the parts of the network are called. */

import { _ } from "../core/i18n.js";

/** What the name of a learner's own feature begins with; its formula follows. */
export const FORMULA_MARK = "=";

/** @param {string} feature its formula, as the server wrote it into the page */
function formula(feature) {
  if (feature.startsWith(FORMULA_MARK)) return feature.slice(FORMULA_MARK.length);
  return document.querySelector(`[data-feature="${feature}"] .visually-hidden`)?.textContent ?? feature;
}

/**
 * @param {Pick<import("../wire/decoder.js").Frame, "features" | "sizes">} frame
 * @param {number} unit inputs first
 */
export function unitName({ features, sizes }, unit) {
  if (unit < sizes[0]) return _("Feature {formula}", { formula: formula(features[unit]) });
  let neuron = unit - sizes[0];
  let layer = 1;
  while (layer < sizes.length - 1 && neuron >= sizes[layer]) neuron -= sizes[layer++];
  if (layer === sizes.length - 1)
    return sizes[layer] === 1 ? _("Output neuron") : _("Output neuron {neuron}", { neuron: neuron + 1 });
  return _("Layer {layer}, neuron {neuron}", { layer, neuron: neuron + 1 });
}

/**
 * @param {Pick<import("../wire/decoder.js").Frame, "features" | "sizes">} frame
 * @param {import("../core/geometry.js").Parameter} parameter
 */
export function parameterName({ features, sizes }, { layer, input }) {
  if (input === null) return _("Bias");
  if (layer === 0) return _("Weight from {input}", { input: formula(features[input]) });
  return sizes[layer] === 1 ? _("Weight") : _("Weight from neuron {neuron}", { neuron: input + 1 });
}
