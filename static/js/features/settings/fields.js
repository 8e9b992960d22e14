/** Settings: each control shows and changes the one field that its `data-field` (experiment) or `data-view` names. */

import { all, choose } from "../../core/dom.js";
import { number, percent } from "../../core/formats.js";

/**
 * @typedef {HTMLInputElement | HTMLSelectElement} Control
 * @typedef {Record<string, any>} Fields
 */

const controls = () => /** @type {Control[]} */ (/** @type {unknown} */ (all("[data-field], [data-view]")));

/**
 * Return what the learner has set, or undefined where it is no value.
 * @param {Control} control `data-number`: a menu of numbers; `data-optional`: empty means none; `data-inverted`: a
 *   checkbox that is ticked when its field is false
 */
function read(control) {
  if (control instanceof HTMLSelectElement) {
    return control.dataset.number === undefined ? control.value : Number(control.value);
  }
  if (control.type === "checkbox") return control.checked !== (control.dataset.inverted !== undefined);
  if (!control.reportValidity()) return undefined;
  if (control.value === "") return control.dataset.optional === undefined ? undefined : null;
  return control.type === "text" ? control.value : Number(control.value);
}

/**
 * Show a value; a link may bring one that a menu lacks, and a field being typed in is left alone.
 * @param {Control} control
 * @param {any} value
 */
function put(control, value) {
  if (control instanceof HTMLSelectElement) choose(control, value);
  else if (control.type === "checkbox") control.checked = value !== (control.dataset.inverted !== undefined);
  else if (control.type === "range" || document.activeElement !== control) {
    const text = value === null ? "" : String(value);
    if (control.value !== text) control.value = text;
  }
}

/**
 * Join all settings to the store; a slider that is dragged is one gesture, however many values it passes.
 * @param {(experiment: Fields, view: Fields, begins: boolean) => void} configure
 * @param {() => Fields | null} current the experiment and view fields as they are wanted
 */
export function bindSettings(configure, current) {
  for (const control of controls()) {
    const { field, view } = control.dataset;
    const ask = (/** @type {boolean} */ begins) => {
      const value = read(control);
      if (value === undefined) put(control, current()?.[field ?? view ?? ""]);
      else if (field) configure({ [field]: value }, {}, begins);
      else configure({}, { [view ?? ""]: value }, begins);
    };
    let dragging = false;
    control.addEventListener("change", () => {
      if (!dragging) ask(true);
      dragging = false;
    });
    if (control.type === "range") {
      control.addEventListener("input", () => {
        ask(!dragging);
        dragging = true;
      });
    }
  }
}

/**
 * Show all settings, and of those that only matter with others (`data-when="field:value,value"`) the ones that do.
 * @param {Fields} fields
 */
export function showSettings(fields) {
  for (const control of controls()) put(control, fields[control.dataset.field ?? control.dataset.view ?? ""]);
  for (const note of all(".formula")) {
    const select = note.parentElement?.querySelector("select");
    note.textContent = select?.selectedOptions[0]?.dataset.formula ?? "";
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
