/** The losses over the epochs, by uPlot. */

import uPlot from "uplot";

const HEIGHT = 116;

/**
 * @param {HTMLElement} element
 * @param {import("../theme.js").Theme} theme
 * @param {boolean} logarithmic
 * @param {(index: number | null | undefined) => void} onRead the pointer is over this entry, or over none
 */
export function createChart(element, theme, logarithmic, onRead) {
  const width = () => Math.max(element.clientWidth, 120);
  const axis = { stroke: theme.soft, font: "11px Inter, sans-serif", ticks: { show: false } };
  const line = { width: 1.5, points: { show: false } };
  const chart = new uPlot(
    {
      width: width(),
      height: HEIGHT,
      padding: [6, 14, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 5 } },
      legend: { show: false },
      scales: {
        x: { time: false, range: (_, low, high) => [low, Math.max(high, low + 10)] },
        y: logarithmic ? { distr: 3 } : { range: (_, low, high) => [0, Math.max(high * 1.05, 0.05, low)] },
      },
      axes: [
        {
          ...axis,
          size: 22,
          gap: 4,
          space: 44,
          grid: { show: false },
          values: (_, ticks) => ticks.map((epoch) => epoch.toLocaleString(document.documentElement.lang)),
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 1e7],
        },
        { ...axis, size: 40, gap: 4, space: 28, grid: { stroke: theme.line, width: 1 } },
      ],
      series: [{}, { ...line, stroke: theme.soft }, { ...line, stroke: theme.ink }],
      hooks: { setCursor: [({ cursor }) => onRead(cursor.left !== undefined && cursor.left >= 0 ? cursor.idx : null)] },
    },
    [[], [], []],
    element,
  );
  const observer = new ResizeObserver(() => chart.setSize({ width: width(), height: HEIGHT }));
  observer.observe(element);
  return {
    /** @param {{epochs: Float64Array, train: Float64Array, test: Float64Array}} history */
    show({ epochs, train, test }) {
      // A logarithm has no place for 0.
      const drawable = (/** @type {Float64Array} */ values) =>
        logarithmic ? Array.from(values, (value) => (value > 0 ? value : null)) : values;
      chart.setData([epochs, drawable(train), drawable(test)]);
    },
    destroy() {
      observer.disconnect();
      chart.destroy();
    },
  };
}
