/** How good the predictions are: accuracy, confusion, precision and recall, or R squared. */

import { byId } from "../../core/dom.js";
import { fixed, number, percent } from "../../core/formats.js";
import { _ } from "../../core/i18n.js";
import { createWatch } from "../../core/redraw.js";

/**
 * @param {number | null} share
 * @param {number} [decimals]
 */
function shareOf(share, decimals) {
  return share === null ? "–" : percent(share, decimals);
}

/**
 * @param {string} tag
 * @param {string} text
 * @param {string} [className]
 */
function cell(tag, text, className = "") {
  return Object.assign(document.createElement(tag), { textContent: text, className, title: text });
}

/** @param {HTMLElement[]} cells */
function line(cells) {
  const row = document.createElement("tr");
  row.append(...cells);
  return row;
}

/**
 * @param {string} name
 * @param {import("../../wire/decoder.js").Metrics} metrics
 * @param {string[]} names of the classes
 */
function table(name, metrics, names) {
  const element = document.createElement("table");
  if ("r_squared" in metrics) {
    const value = metrics.r_squared === null ? "–" : fixed(metrics.r_squared, 3);
    element.append(cell("caption", _("{set}: R² {value}", { set: name, value })));
    return element;
  }
  const { accuracy, confusion, precision, recall } = metrics;
  element.append(
    cell("caption", _("{set}: accuracy {value}", { set: name, value: shareOf(accuracy, 1) })),
    line([cell("th", _("Actual \\ Predicted")), ...names.map((each) => cell("th", each)), cell("th", _("Recall"))]),
    ...confusion.map((counts, row) =>
      line([
        cell("th", names[row]),
        ...counts.map((count, column) => cell("td", number(count), row === column ? "right" : "")),
        cell("td", shareOf(recall[row])),
      ]),
    ),
    line([cell("th", _("Precision")), ...precision.map((share) => cell("td", shareOf(share))), cell("td", "")]),
  );
  return element;
}

export function createMeasures() {
  const changed = createWatch();
  /**
   * @param {import("../../state/state.js").State} state
   * @param {import("../../wire/decoder.js").Frame} frame
   */
  function draw({ accepted }, { metrics, classes }) {
    const box = byId("measures-table");
    box.hidden = metrics === null || !accepted?.view.measures;
    if (box.hidden || !metrics || !changed(metrics, accepted?.class_names)) return;
    const names = accepted?.class_names.length
      ? accepted.class_names
      : Array.from({ length: classes }, (_, index) => (classes === 2 ? ["−1", "+1"][index] : String(index + 1)));
    box.replaceChildren(table(_("Test data"), metrics.test, names), table(_("Training data"), metrics.train, names));
  }
  return { draw };
}
