/** Show the equation of a network whose hidden layers are all linear, with its current numbers. */

import { make, partsOf, setText } from "../../core/dom.js";
import { formula, threeDecimals } from "../../core/formats.js";
import { _ } from "../../core/i18n.js";
import { createWatch } from "../../core/redraw.js";
import { FORMULA_MARK, formulaOf } from "../../state/names.js";

const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";

/**
 * @param {object} options
 * @param {HTMLElement} options.root
 * @param {(feature: string) => Node | null} options.nameOf a copy of the label of a built-in feature
 */
export function createEquation({ root, nameOf }) {
  const { part } = partsOf(root);
  const changed = createWatch();

  /**
   * @param {Pick<import("../../state/state.js").State, "accepted">} state
   * @param {Pick<import("../../wire/decoder.js").Frame, "linear" | "sizes" | "features">} frame
   */
  function draw({ accepted }, { linear, sizes, features }) {
    root.hidden = linear === null;
    if (!linear) return;
    const outputs = sizes[sizes.length - 1];
    if (changed(sizes, features, accepted?.output_activation)) {
      part("equation-words").textContent = wordsFor(sizes.length > 2, outputs > 1);
      const { dataset } = part("equation-output");
      part("equation-output").textContent = formula(dataset[accepted?.output_activation ?? ""] ?? "");
      part("equation-lines").replaceChildren(
        ...Array.from({ length: outputs }, (_, output) =>
          line(outputs > 1 ? `z${SUBSCRIPTS[output + 1]}` : "z", features, inputName),
        ),
      );
    }
    const terms = /** @type {NodeListOf<HTMLElement>} */ (part("equation-lines").querySelectorAll(".term"));
    terms.forEach((term, index) => {
      show(term, linear[index], index % (features.length + 1) === 0);
    });
  }

  /** @param {string} feature */
  function inputName(feature) {
    if (feature.startsWith(FORMULA_MARK)) return `(${formula(formulaOf(feature))})`;
    return nameOf(feature) ?? feature;
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
 * Make a line with a term for each input and one for the bias, without their numbers.
 * @param {string} left
 * @param {string[]} features
 * @param {(feature: string) => Node | string} inputName
 */
function line(left, features, inputName) {
  const element = make("p", "", `${left} =`);
  for (const feature of [...features, null]) {
    const term = make("span", "term");
    const [sign, value] = [make("span", "sign"), make("span", "value")];
    if (feature === features[0]) term.append(sign, value);
    else term.append(sign, " ", value);
    if (feature !== null) term.append(" ", inputName(feature));
    element.append(" ", term); // a line breaks between its terms
  }
  return element;
}

/**
 * @param {HTMLElement} term
 * @param {number} value
 * @param {boolean} first its plus sign is left out
 */
function show(term, value, first) {
  const [sign, number] = /** @type {HTMLCollectionOf<HTMLElement>} */ (term.children);
  setText(sign, value < 0 ? "−" : first ? "" : "+");
  setText(number, threeDecimals(Math.abs(value)));
}
