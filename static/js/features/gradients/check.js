/** Show the gradient check: a verdict, and both gradients weight by weight. */

import { make, makeRow, partsOf } from "../../core/dom.js";
import { eightPlaces, magnitude } from "../../core/formats.js";
import { _, ngettext, uncapitalised } from "../../core/i18n.js";
import { createWatch } from "../../core/redraw.js";
import { parameterName, unitName } from "../../state/names.js";
import { parameterIndex, unitIndex } from "../../wire/decoder.js";

/** @typedef {import("../../wire/decoder.js").Checked} Checked */

/**
 * @param {object} options
 * @param {Element} options.root
 */
export function createCheck({ root }) {
  const { part } = partsOf(root);
  const changed = createWatch();

  /** @param {Pick<import("../../state/state.js").State, "checked" | "running">} state */
  function draw({ checked, running }) {
    const outdated = checked !== null && (checked.outdated || running?.epoch !== checked.epoch);
    part("check-outdated").hidden = !outdated;
    part("check-table").classList.toggle("outdated", outdated);
    if (!changed(checked)) return;
    part("check-verdict").textContent = checked ? verdict(checked) : "";
    part("check-table").hidden = !checked;
    part("check-table").replaceChildren(...(checked ? [table(checked)] : []));
  }

  return { draw };
}

/**
 * @param {object} options
 * @param {Element} options.root
 * @param {import("../../wire/commands.js").Commands} options.commands
 */
export function bindCheck({ root, commands }) {
  partsOf(root).part("check-now").addEventListener("click", commands.checkGradient);
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
 * Return all parameters, neuron by neuron, each neuron's bias last.
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
  const titles = [_("Weight"), _("Backpropagation"), _("Numerical derivative"), _("Relative difference")];
  const element = make("table", "", make("thead", "", makeRow("th", titles)));
  for (const { unit, parameters } of neuronsOf(checked)) {
    const title = make("th", "", unitName(checked, unit));
    title.colSpan = titles.length;
    const rows = parameters.map((parameter) => {
      const { index } = parameter;
      const difference = checked.bent[index] ? _("kink") : magnitude(checked.difference[index]);
      const name = make("th", "", parameterName(checked, parameter));
      const numbers = [eightPlaces(checked.gradient[index]), eightPlaces(checked.quotient[index]), difference];
      return makeRow("td", [name, ...numbers], index === checked.worst ? "worst" : "");
    });
    element.append(make("tbody", "", makeRow("th", [title], "neuron"), ...rows));
  }
  return element;
}
