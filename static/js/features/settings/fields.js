/** Settings: each control shows and changes the field that its `data-field` (experiment) or `data-view` (view) names. */

import { CATALOGUE } from "../../core/catalogue.js";
import { choose, partsOf } from "../../core/dom.js";
import { formula, number, percent } from "../../core/formats.js";
import { createWatch } from "../../core/redraw.js";
import { taskOf } from "../../state/changes.js";

/**
 * @typedef {HTMLInputElement | HTMLSelectElement} Control
 * @typedef {Record<string, any>} Fields
 */

/**
 * @param {Element} root
 * @returns {Control[]}
 */
const controlsIn = (root) =>
  [...root.querySelectorAll("[data-field], [data-view]")].map((each) => /** @type {any} */ (each));

/** @type {WeakSet<Control>} the fields that the learner is typing into */
const typing = new WeakSet();

/**
 * Return the value that the learner has set, or undefined if there is none. The server judges it, and says what is wrong.
 * @param {Control} control `data-number`: a menu of numbers; `data-optional`: empty means none; `data-inverted`: a
 *   checkbox that is ticked when its field is false
 */
function read(control) {
  if (control instanceof HTMLSelectElement) {
    return control.dataset.number === undefined ? control.value : Number(control.value);
  }
  if (control.type === "checkbox") return control.checked !== (control.dataset.inverted !== undefined);
  if (control.validity.badInput) return undefined;
  if (control.value === "") return control.dataset.optional === undefined ? undefined : null;
  return control.type === "text" ? control.value : Number(control.value);
}

/**
 * Show a value. A menu gets an option for a value that it lacks; a field that is being typed into is left alone.
 * @param {Control} control
 * @param {any} value
 */
function put(control, value) {
  if (control instanceof HTMLSelectElement) choose(control, value);
  else if (control.type === "checkbox") control.checked = value !== (control.dataset.inverted !== undefined);
  else if (!typing.has(control)) {
    const text = value === null ? "" : String(value);
    if (control.value !== text) control.value = text;
  }
}

/**
 * Bind all settings. Dragging a slider is one gesture, however many values it passes, and so is stepping a number with
 * the wheel or its field's arrows. A number that is typed counts once the field is left, or Enter pressed.
 * @param {object} options
 * @param {Element} options.root
 * @param {import("../../state/state.js").Store} options.store
 * @param {import("../../wire/commands.js").Commands} options.commands
 */
export function bindSettings({ root, store, commands: { configure } }) {
  for (const control of controlsIn(root)) {
    const { field, view } = control.dataset;
    const ask = (/** @type {boolean} */ begins) => {
      const value = read(control);
      if (value === undefined) put(control, fieldsOf(store.get())[field ?? view ?? ""]);
      else if (field) configure({ [field]: value }, {}, begins);
      else configure({}, { [view ?? ""]: value }, begins);
    };
    let dragging = false;
    control.addEventListener("change", () => {
      typing.delete(control);
      if (!dragging) ask(true);
      dragging = false;
    });
    if (control.type === "checkbox" || control instanceof HTMLSelectElement) continue;
    control.addEventListener("input", (event) => {
      if (event instanceof InputEvent && event.inputType) {
        typing.add(control);
        dragging = false;
      } else {
        ask(!dragging);
        dragging = true;
      }
    });
  }
}

/**
 * Return the fields of the experiment and the view in one, and the task that the data set.
 * @param {Pick<import("../../state/state.js").State, "wanted" | "own">} state
 * @returns {Fields}
 */
function fieldsOf({ wanted, own }) {
  const task = wanted && taskOf(CATALOGUE, wanted.experiment, own);
  return { ...wanted?.experiment, ...wanted?.view, task };
}

/**
 * Show all settings, and hide those that need another one (`data-when="field:value,value"`) while it is off.
 * @param {object} options
 * @param {Element} options.root
 */
export function createSettings({ root }) {
  const { all } = partsOf(root);
  const changed = createWatch();

  /** @param {Pick<import("../../state/state.js").State, "wanted" | "own">} state */
  function draw({ wanted, own }) {
    if (!wanted || !changed(wanted, own)) return;
    const fields = fieldsOf({ wanted, own });
    for (const control of controlsIn(root)) put(control, fields[control.dataset.field ?? control.dataset.view ?? ""]);
    for (const note of all(".formula")) {
      const select = note.parentElement?.querySelector("select");
      note.textContent = formula(select?.selectedOptions[0]?.dataset.formula ?? "");
    }
    for (const output of all("[data-shows]")) {
      const value = fields[output.dataset.shows ?? ""];
      output.textContent = output.dataset.unit === "percent" ? percent(value / 100) : number(value);
    }
    for (const element of all("[data-when]")) {
      const [name, values] = (element.dataset.when ?? "").split(":");
      element.hidden = !values.split(",").includes(String(fields[name]));
    }
  }

  return { draw };
}
