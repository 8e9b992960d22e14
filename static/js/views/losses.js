/** The losses: the chart, its read-out and the two numbers. */

import { byId } from "../dom.js";
import { createChart } from "../draw/chart.js";
import { createWatch } from "../loop.js";
import { threeDecimals } from "../scales.js";
import { smoothed } from "../smoothing.js";
import { _ } from "../texts.js";

/** @param {{get: () => import("../theme.js").Theme}} theme */
export function createLosses(theme) {
  const [themeChanged, historyChanged] = [createWatch(), createWatch()];
  /** @type {ReturnType<typeof createChart> | null} */
  let chart = null;
  /** @type {import("../state.js").State["history"] | null} */
  let shown = null;

  /** @param {number | null | undefined} index */
  function read(index) {
    const at = shown && index !== null && index !== undefined && index < shown.epochs.length ? index : null;
    byId("chart-value").textContent =
      at === null || !shown
        ? ""
        : _("Epoch {epoch}: test {test}, training {train}", {
            epoch: shown.epochs[at].toLocaleString(document.documentElement.lang),
            test: threeDecimals(shown.test[at]),
            train: threeDecimals(shown.train[at]),
          });
  }

  /**
   * @param {import("../state.js").State} state
   * @param {import("../protocol.js").Frame} frame
   */
  function draw({ history, wanted }, frame) {
    const logarithmic = wanted?.view.log_scale ?? false;
    const weight = wanted?.view.smoothing ?? 0;
    const redone = themeChanged(theme.get(), logarithmic);
    if (redone) {
      chart?.destroy();
      chart = createChart(byId("chart"), theme.get(), logarithmic, read);
    }
    if (historyChanged(history, weight) || redone) {
      shown = history;
      const { epochs, train, test } = history;
      chart?.show({ epochs, train: smoothed(train, weight), test: smoothed(test, weight) });
    }
    byId("epoch").textContent = frame.epoch.toLocaleString(document.documentElement.lang);
    byId("train-loss").textContent = threeDecimals(frame.train_loss);
    byId("test-loss").textContent = threeDecimals(frame.test_loss);
  }

  return { draw };
}
