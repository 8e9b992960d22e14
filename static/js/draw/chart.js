/** The losses over the epochs, by uPlot. */

import uPlot from "uplot";
import { threeDecimals } from "../scales.js";

/**
 * @param {HTMLElement} element
 * @param {import("../theme.js").Theme} theme
 * @param {{epoch: string, train: string, test: string}} labels
 */
export function createChart(element, theme, labels) {
  const axis = {
    stroke: theme.soft,
    font: "11px Inter, sans-serif",
    ticks: { show: false },
    grid: { stroke: theme.line, width: 1 },
  };
  const value = (/** @type {unknown} */ _, /** @type {number | null} */ loss) =>
    loss === null ? "–" : threeDecimals(loss);
  const chart = new uPlot(
    {
      width: Math.max(element.clientWidth, 120),
      height: 112,
      padding: [6, 8, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 5 } },
      legend: { show: false },
      scales: { x: { time: false }, y: { range: (_, low, high) => [0, Math.max(high * 1.05, 0.05, low)] } },
      axes: [
        { ...axis, size: 20, gap: 3, grid: { show: false } },
        { ...axis, size: 36, gap: 3, space: 28 },
      ],
      series: [
        { label: labels.epoch },
        { label: labels.train, stroke: theme.soft, width: 1.5, points: { show: false }, value },
        { label: labels.test, stroke: theme.ink, width: 1.5, points: { show: false }, value },
      ],
    },
    [[], [], []],
    element,
  );
  new ResizeObserver(() => chart.setSize({ width: Math.max(element.clientWidth, 120), height: 112 })).observe(element);
  return chart;
}
