/** Show how good the predictions are: accuracy, confusion matrix, precision and recall, or R squared. */

import { make, makeRow } from "../../core/dom.js";
import { fixed, number, percent } from "../../core/formats.js";
import { _ } from "../../core/i18n.js";
import { createWatch } from "../../core/redraw.js";

/**
 * @param {object} options
 * @param {HTMLElement} options.root
 */
export function createMeasures({ root }) {
  const changed = createWatch();

  /**
   * @param {Pick<import("../../state/state.js").State, "accepted">} state
   * @param {Pick<import("../../wire/decoder.js").Frame, "metrics" | "classes">} frame
   */
  function draw({ accepted }, { metrics, classes }) {
    root.hidden = metrics === null || !accepted?.view.measures;
    if (root.hidden || !metrics || !changed(metrics, accepted?.class_names)) return;
    const names = accepted?.class_names.length
      ? accepted.class_names
      : Array.from({ length: classes }, (_, index) => (classes === 2 ? ["−1", "+1"][index] : String(index + 1)));
    root.replaceChildren(table(_("Test data"), metrics.test, names), table(_("Training data"), metrics.train, names));
  }

  return { draw };
}

/**
 * @param {number | null} share
 * @param {number} [decimals]
 */
function shareOf(share, decimals) {
  return share === null ? "–" : percent(share, decimals);
}

/**
 * Make a cell with its text as a tooltip, since a long text is cut off.
 * @param {"th" | "td"} tag
 * @param {string} text
 * @param {string} [className]
 */
function cell(tag, text, className = "") {
  const made = make(tag, className, text);
  made.title = text;
  return made;
}

/**
 * @param {string} name of the set of data
 * @param {import("../../wire/decoder.js").Metrics} metrics
 * @param {string[]} classNames
 */
function table(name, metrics, classNames) {
  const element = make("table");
  const caption = element.createCaption();
  if ("r_squared" in metrics) {
    const value = metrics.r_squared === null ? "–" : fixed(metrics.r_squared, 3);
    caption.textContent = caption.title = _("{set}: R² {value}", { set: name, value });
    return element;
  }
  const { accuracy, confusion, precision, recall } = metrics;
  caption.textContent = caption.title = _("{set}: accuracy {value}", { set: name, value: shareOf(accuracy, 1) });
  const titles = [_("Actual \\ Predicted"), ...classNames, _("Recall")];
  element.append(
    makeRow(
      "th",
      titles.map((title) => cell("th", title)),
    ),
    ...confusion.map((counts, row) =>
      makeRow("td", [
        cell("th", classNames[row]),
        ...counts.map((count, column) => cell("td", number(count), row === column ? "right" : "")),
        cell("td", shareOf(recall[row])),
      ]),
    ),
    makeRow("td", [cell("th", _("Precision")), ...precision.map((share) => cell("td", shareOf(share))), ""]),
  );
  return element;
}
