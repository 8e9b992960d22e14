/** Features that the learner types: each is an input after those of the registry, named "=" and its formula. */

import { byId, inputById, makeButton, renew } from "../../core/dom.js";
import { _ } from "../../core/i18n.js";
import { FORMULA_MARK } from "../../state/names.js";

/**
 * @param {Pick<ReturnType<typeof import("../../core/store.js").createStore<import("../../state/state.js").State>>, "get" | "subscribe">} store
 * @param {(experiment: Partial<import("../../wire/decoder.js").Experiment>) => void} configure
 */
export function bindFormulas(store, configure) {
  const formulas = () => store.get().wanted?.experiment.formulas ?? [];
  byId("formula-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const box = inputById("formula");
    if (box.value.trim() === "") return;
    configure({ formulas: [...formulas(), box.value.trim()] });
  });
  // A formula leaves its box when it is accepted: a wrong one stays there to be mended.
  store.subscribe(({ accepted }, before) => {
    const [count, earlier] = [accepted, before.accepted].map((each) => each?.experiment.formulas.length ?? 0);
    if (accepted !== before.accepted && count > earlier) inputById("formula").value = "";
  });
  byId("formulas").addEventListener("click", (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest("button");
    const name = button?.dataset.feature?.slice(FORMULA_MARK.length);
    const { features } = store.get().wanted?.experiment ?? { features: [] };
    if (name && (features.length > 0 || formulas().length > 1))
      configure({ formulas: formulas().filter((formula) => formula !== name) });
  });
}

/**
 * Have a button for each formula that the network uses.
 * @param {string[]} names with their mark
 */
export function showFormulas(names) {
  const parent = byId("formulas");
  renew(parent, names.length, () => {
    const button = makeButton("feature", "");
    button.append(document.createElement("span"));
    button.setAttribute("aria-pressed", "true");
    return button;
  });
  names.forEach((name, index) => {
    const button = /** @type {HTMLElement} */ (parent.children[index]);
    const formula = name.slice(FORMULA_MARK.length);
    button.dataset.feature = name;
    button.setAttribute("aria-label", formula);
    button.title = _("Remove {formula}", { formula });
    /** @type {HTMLElement} */ (button.querySelector("span")).textContent = formula;
  });
}
