/** The gradient check: both gradients, weight by weight, and what follows from them. */

import { byId } from "../../core/dom.js";
import { eightPlaces, magnitude } from "../../core/formats.js";
import { _, ngettext, uncapitalised } from "../../core/i18n.js";
import { createWatch } from "../../core/redraw.js";
import { parameterName, unitName } from "../../state/names.js";
import { parameterIndex, unitIndex } from "../../wire/decoder.js";

/** @typedef {import("../../wire/decoder.js").Checked} Checked */

export function createCheck() {
  const changed = createWatch();
  /** @param {import("../../state/state.js").State} state */
  function draw({ checked }) {
    if (!changed(checked)) return;
    byId("check-verdict").textContent = checked ? verdict(checked) : "";
    byId("check-table").hidden = !checked;
    byId("check-table").replaceChildren(...(checked ? [table(checked)] : []));
  }
  return { draw };
}

/** @param {Checked} checked */
function verdict(checked) {
  const { epoch, points, gradient, bent, worst, digits, agrees } = checked;
  const left = bent.reduce((sum, each) => sum + each, 0);
  const count = gradient.length - left;
  const values = { epoch, points, count, digits };
  const sentences = [];
  if (worst === null) sentences.push(_("Epoch {epoch}: nothing to compare.", values));
  else {
    const text = agrees
      ? ngettext(
          "Epoch {epoch}, batch of {points}: the gradients agree to {digits} digit across {count} weights and biases.",
          "Epoch {epoch}, batch of {points}: the gradients agree to {digits} digits across {count} weights and biases.",
          digits,
          values,
        )
      : ngettext(
          "Epoch {epoch}, batch of {points}: the gradients differ. Only {digits} digit matches.",
          "Epoch {epoch}, batch of {points}: the gradients differ. Only {digits} digits match.",
          digits,
          values,
        );
    sentences.push(text, _("Largest difference: {name}.", { name: nameAt(checked, worst) }));
  }
  if (left > 0)
    sentences.push(_("Skipped at a ReLU kink, where the derivative doesn’t exist: {count}.", { count: left }));
  return sentences.join(" ");
}

/**
 * Return all parameters in the order in which they stand beside the network: neuron by neuron, the bias last.
 * @param {Checked} checked
 */
function neuronsOf({ sizes }) {
  return sizes.slice(1).flatMap((count, layer) =>
    Array.from({ length: count }, (_, neuron) => ({
      unit: unitIndex(sizes, { layer, neuron }),
      parameters: [...Array.from({ length: sizes[layer] }, (_, input) => input), null].map((input) => ({
        layer,
        neuron,
        input,
        index: parameterIndex(sizes, layer, neuron, input),
      })),
    })),
  );
}

/**
 * @param {Checked} checked
 * @param {number} index in theta
 */
function nameAt(checked, index) {
  for (const { unit, parameters } of neuronsOf(checked)) {
    const found = parameters.find((parameter) => parameter.index === index);
    if (found) return [unitName(checked, unit), parameterName(checked, found)].map(uncapitalised).join(", ");
  }
  return "";
}

/** @param {Checked} checked */
function table(checked) {
  const element = document.createElement("table");
  const head = document.createElement("thead");
  const titles = [_("Weight"), _("Backpropagation"), _("Numerical derivative"), _("Relative difference")];
  head.append(row(titles.map((title) => cell("th", title))));
  element.append(head);
  for (const { unit, parameters } of neuronsOf(checked)) {
    const group = document.createElement("tbody");
    const title = cell("th", unitName(checked, unit));
    title.colSpan = titles.length;
    group.append(row([title], "neuron"));
    for (const parameter of parameters) {
      const { index } = parameter;
      const difference = checked.bent[index] ? _("kink") : magnitude(checked.difference[index]);
      const numbers = [eightPlaces(checked.gradient[index]), eightPlaces(checked.quotient[index]), difference];
      const cells = [cell("th", parameterName(checked, parameter)), ...numbers.map((text) => cell("td", text))];
      group.append(row(cells, index === checked.worst ? "worst" : ""));
    }
    element.append(group);
  }
  return element;
}

/**
 * @param {"th" | "td"} tag
 * @param {string} text
 */
function cell(tag, text) {
  return Object.assign(document.createElement(tag), { textContent: text });
}

/**
 * @param {HTMLElement[]} cells
 * @param {string} [className]
 */
function row(cells, className = "") {
  const element = document.createElement("tr");
  element.className = className;
  element.append(...cells);
  return element;
}
