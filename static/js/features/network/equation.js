/** The equation to which a network of linear layers comes down, live. */

import { byId, setText } from "../../core/dom.js";
import { minus, scientific, threeDecimals } from "../../core/formats.js";
import { _ } from "../../core/i18n.js";
import { createWatch } from "../../core/redraw.js";
import { FORMULA_MARK } from "../../state/names.js";

const LARGE = 100_000; // from here on three decimals would be many digits
const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";

export function createEquation() {
  const changed = createWatch();

  /**
   * @param {import("../../state/state.js").State} state
   * @param {import("../../wire/decoder.js").Frame} frame
   */
  function draw({ accepted }, { linear, sizes, features }) {
    byId("equation").hidden = linear === null;
    if (!linear) return;
    const outputs = sizes[sizes.length - 1];
    if (changed(sizes, features, accepted?.output_activation)) {
      byId("equation-words").textContent = wordsFor(sizes.length > 2, outputs > 1);
      const { dataset } = byId("equation-output");
      byId("equation-output").textContent = minus(dataset[accepted?.output_activation ?? ""] ?? "");
      byId("equation-lines").replaceChildren(
        ...Array.from({ length: outputs }, (_, output) =>
          line(outputs > 1 ? `z${SUBSCRIPTS[output + 1]}` : "z", features),
        ),
      );
    }
    const terms = /** @type {NodeListOf<HTMLElement>} */ (byId("equation-lines").querySelectorAll(".term"));
    terms.forEach((term, index) => {
      show(term, linear[index], index % (features.length + 1) === 0);
    });
  }

  return { draw };
}

/**
 * @param {boolean} hidden there are hidden layers
 * @param {boolean} several outputs
 */
function wordsFor(hidden, several) {
  if (hidden && several) return _("All hidden layers are linear, so the whole network is one equation per class:");
  if (hidden) return _("All hidden layers are linear, so the whole network is one equation:");
  if (several) return _("Without hidden layers, the network is one neuron per class:");
  return _("Without hidden layers, the network is a single neuron with this equation:");
}

/**
 * Return a line with a term for each input and one for the bias, their numbers still to come.
 * @param {string} left
 * @param {string[]} features
 */
function line(left, features) {
  const element = document.createElement("p");
  element.append(`${left} =`);
  for (const feature of [...features, null]) {
    const term = document.createElement("span");
    term.className = "term";
    const [sign, value] = ["sign", "value"].map((className) =>
      Object.assign(document.createElement("span"), { className }),
    );
    if (feature === features[0]) term.append(" ", sign, value);
    else term.append(" ", sign, " ", value);
    if (feature !== null) term.append(" ", nameOf(feature));
    element.append(term);
  }
  return element;
}

/**
 * Return an input's name as it stands beside the network.
 * @param {string} feature
 * @returns {Node | string}
 */
function nameOf(feature) {
  if (feature.startsWith(FORMULA_MARK)) return `(${minus(feature.slice(FORMULA_MARK.length))})`;
  const name = document.querySelector(`[data-feature="${feature}"] span`)?.cloneNode(true);
  if (!(name instanceof Element)) return feature;
  name.removeAttribute("aria-hidden");
  return name;
}

/**
 * @param {HTMLElement} term
 * @param {number} value
 * @param {boolean} first a sign before it is part of the number
 */
function show(term, value, first) {
  const [sign, number] = /** @type {HTMLCollectionOf<HTMLElement>} */ (term.children);
  const size =
    Math.abs(value) < LARGE || !Number.isFinite(value)
      ? threeDecimals(Math.abs(value))
      : scientific(Math.abs(value), 2);
  const before = value < 0 ? "−" : first ? "" : "+";
  setText(sign, before);
  setText(number, size);
}
