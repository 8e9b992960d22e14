/** The large plot: the boundary, and over it the examples, the axes and the value under the pointer. */

import { fitted } from "../canvas.js";
import { byId, canvasById } from "../dom.js";
import { drawContours } from "../draw/contours.js";
import { createRaster, drawHeatmap } from "../draw/heatmap.js";
import { drawAxes, drawPointer, drawPoints } from "../draw/points.js";
import { plotPlace } from "../layout.js";
import { createWatch } from "../loop.js";
import { unitName } from "../names.js";
import { BOUNDARY, outputAt } from "../protocol.js";
import { coordinate, short, twoDigits } from "../scales.js";
import { _ } from "../texts.js";

/**
 * @typedef {import("../state.js").State} State
 * @typedef {import("../protocol.js").Frame} Frame
 */

/** TFP's rims: white for training points, black for test points, in both themes. */
const RIM = { train: "#ffffff", test: "#111111" };

/** @param {{get: () => import("../theme.js").Theme}} theme */
export function createPlot(theme) {
  const raster = createRaster(document.createElement("canvas"));
  const [marksChanged, scaleChanged] = [createWatch(), createWatch()];

  /**
   * @param {State} state
   * @param {Frame} frame
   */
  function draw(state, frame) {
    const { colours, ink } = theme.get();
    const width = byId("plot").parentElement?.clientWidth ?? 300;
    const place = plotPlace(width);
    const discretize = state.wanted?.view.discretize ?? false;
    const showTest = state.wanted?.view.show_test ?? false;
    raster.paint(frame.boundary, BOUNDARY, colours, discretize);
    const ctx = fitted(canvasById("plot"), width, place.height);
    drawHeatmap(ctx, { raster: raster.canvas, side: BOUNDARY }, place);
    if (state.wanted?.view.contours) drawContours(ctx, { bytes: frame.boundary, side: BOUNDARY, ink }, place);
    if (marksChanged(width, devicePixelRatio, theme.get(), state.points, showTest, state.pointer)) {
      drawMarks(state, place, width, showTest);
    }
    const scale = frame.scales[frame.focus];
    if (scaleChanged(scale, theme.get(), discretize)) showScale(scale, discretize);
    const caption = captionOf(state, frame, discretize);
    if (byId("plot-value").textContent !== caption) byId("plot-value").textContent = caption;
  }

  /**
   * @param {State} state
   * @param {ReturnType<typeof plotPlace>} place
   * @param {number} width
   * @param {boolean} showTest
   */
  function drawMarks({ points, pointer }, place, width, showTest) {
    const { colours, ink, soft, surface } = theme.get();
    const ctx = fitted(canvasById("plot-marks"), width, place.height);
    const radius = width > 250 ? 3 : 2.4;
    if (points && showTest) drawPoints(ctx, { points: points.test, colours, rim: RIM.test, radius }, place);
    if (points) drawPoints(ctx, { points: points.train, colours, rim: RIM.train, radius }, place);
    drawAxes(ctx, { ink: soft }, place);
    if (pointer) drawPointer(ctx, { point: pointer, ink, surface }, place);
  }

  /**
   * @param {number} scale
   * @param {boolean} discretize
   */
  function showScale(scale, discretize) {
    const { css } = theme.get().colours;
    const bar = canvasById("scale");
    bar.width = 255;
    bar.height = 1;
    const ctx = /** @type {CanvasRenderingContext2D} */ (bar.getContext("2d"));
    for (let byte = 1; byte < 256; byte++) {
      ctx.fillStyle = css[discretize ? (byte < 128 ? 1 : 255) : byte];
      ctx.fillRect(byte - 1, 0, 1, 1);
    }
    byId("scale-low").textContent = twoDigits(-scale);
    byId("scale-high").textContent = twoDigits(scale);
  }

  return { draw };
}

/**
 * Say what the plot shows: the value under the pointer, else whose outputs these are.
 * @param {State} state
 * @param {Frame} frame
 * @param {boolean} discretize
 */
function captionOf({ pointer }, frame, discretize) {
  if (pointer) {
    const value = outputAt(frame, pointer);
    const shown = discretize ? (value >= 0 ? "+1" : "−1") : short(value);
    return _("x₁ {x}, x₂ {y}: output {value}", { x: coordinate(pointer.x), y: coordinate(pointer.y), value: shown });
  }
  if (frame.focus === frame.scales.length - 1) return _("The network’s output");
  return _("{unit}, on the scale ±{scale}", {
    unit: unitName(frame, frame.focus),
    scale: twoDigits(frame.scales[frame.focus]),
  });
}
