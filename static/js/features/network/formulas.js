/** Add and remove features that the learner types: each is an input named "=" and its formula. */

import { closest, make, makeButton, partsOf, renew, setText } from "../../core/dom.js";
import { _ } from "../../core/i18n.js";
import { FORMULA_MARK, formulaOf } from "../../state/names.js";

/**
 * @param {object} options
 * @param {Element} options.root
 * @param {import("../../state/state.js").Store} options.store
 * @param {import("../../wire/commands.js").Commands} options.commands
 */
export function bindFormulas({ root, store, commands }) {
  const { part, input } = partsOf(root);
  const formulas = () => store.get().wanted?.experiment.formulas ?? [];
  part("formula-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const formula = input("formula").value.trim();
    if (formula !== "") commands.configure({ formulas: [...formulas(), formula] });
  });
  // A formula leaves its box when it is accepted. One that is refused stays, to be corrected.
  store.subscribe(({ accepted }, before) => {
    const [count, earlier] = [accepted, before.accepted].map((each) => each?.experiment.formulas.length ?? 0);
    if (accepted !== before.accepted && count > earlier) input("formula").value = "";
  });
  part("formulas").addEventListener("click", (event) => {
    const name = closest(event, "button")?.dataset.feature;
    const { features } = store.get().wanted?.experiment ?? { features: [] };
    if (name && (features.length > 0 || formulas().length > 1))
      commands.configure({ formulas: formulas().filter((formula) => formula !== formulaOf(name)) });
  });
}

/**
 * Show a button for each formula that the network uses.
 * @param {HTMLElement} parent
 * @param {string[]} features
 */
export function showFormulas(parent, features) {
  const names = features.filter((name) => name.startsWith(FORMULA_MARK));
  renew(parent, names.length, () => {
    const button = makeButton("feature", "");
    button.append(make("span"));
    button.setAttribute("aria-pressed", "true");
    return button;
  });
  names.forEach((name, index) => {
    const button = /** @type {HTMLElement} */ (parent.children[index]);
    const formula = formulaOf(name);
    button.dataset.feature = name;
    button.setAttribute("aria-label", formula);
    button.title = _("Remove {formula}", { formula });
    setText(button.children[0], formula);
  });
}
