/** Show the large plot: the boundary, and over it the examples, the axes and the crosshair. */

import { fitted } from "../../core/canvas.js";
import { make, partsOf, setText } from "../../core/dom.js";
import { twoDigits } from "../../core/formats.js";
import { plotPlace } from "../../core/geometry.js";
import { _ } from "../../core/i18n.js";
import { createWatch } from "../../core/redraw.js";
import { pointColour, pointShape } from "../../draw/colours.js";
import { drawContours } from "../../draw/contours.js";
import { createRaster, drawHeatmap, fillClasses, fillPixels } from "../../draw/heatmap.js";
import { drawLines, neuronLines } from "../../draw/lines.js";
import { drawAxes, drawCrosses, drawExample, drawPointer, drawPoints } from "../../draw/points.js";
import { BOUNDARY, PICTURE } from "../../wire/decoder.js";
import { captionOf, className } from "./caption.js";

/**
 * @typedef {import("../../state/state.js").State} State
 * @typedef {import("../../wire/decoder.js").Frame} Frame
 */

/** How opaque the ground is, as in TFP: examples of the network's own colour stand out from it. */
const GROUND = 160 / 255;

/** TFP's rims: white for training points, black for test points, in both themes. */
const RIM = { train: "#ffffff", test: "#111111" };
/** Around the rims: dark around white, light around black. */
const EDGE = { train: "#1f2a34b8", test: "#ffffffb8" };

/**
 * @param {object} options
 * @param {Element} options.root
 * @param {{get: () => import("../../draw/colours.js").Theme}} options.theme
 */
export function createPlot({ root, theme }) {
  const { part, canvas } = partsOf(root);
  const raster = createRaster(document.createElement("canvas"));
  const [marksChanged, scaleChanged] = [createWatch(), createWatch()];

  /** @type {{state: State, frame: Frame, lines: import("../../draw/lines.js").NeuronLine[] | null} | null} drawn last */
  let shown = null;

  /**
   * @param {State} state
   * @param {Frame} frame
   */
  function draw(state, frame) {
    const width = canvas("plot").parentElement?.clientWidth ?? 300;
    const place = plotPlace(width);
    const discretize = state.wanted?.view.discretize ?? false;
    const lines = state.wanted?.view.neuron_lines ? neuronLines(frame) : null;
    shown = { state, frame, lines };
    drawGround(fitted(canvas("plot"), width, place.height), place);
    const words = describe(frame, lines);
    if (canvas("plot-marks").ariaLabel !== words) canvas("plot-marks").ariaLabel = words;
    if (
      marksChanged(
        width,
        devicePixelRatio,
        theme.get(),
        state.points,
        state.wanted?.view.show_test,
        state.pointer,
        frame.wrong,
        state.drawing,
        state.accepted?.axes,
        state.wanted?.view.example,
      )
    ) {
      drawMarks(fitted(canvas("plot-marks"), width, place.height), place, state.pointer);
    }
    if (
      scaleChanged(
        frame.focus,
        frame.focus && frame.scales[frame.focus],
        theme.get(),
        discretize,
        frame.classes,
        state.accepted,
      )
    ) {
      showScale(state, frame, discretize);
    }
    setText(part("plot-value"), captionOf(state, frame));
  }

  /**
   * Draw the boundary, or the picture of a feature that is pointed at and not in use, and the lines on it.
   * @param {CanvasRenderingContext2D} ctx
   * @param {ReturnType<typeof plotPlace>} place
   */
  function drawGround(ctx, place) {
    if (!shown) return;
    const { state, frame, lines } = shown;
    const { classes, colours, ink, surface } = theme.get();
    const { discretize = false, contours = false } = state.wanted?.view ?? {};
    const { boundary, chosen } = frame;
    const preview = previewOf(state);
    const side = preview ? PICTURE : BOUNDARY;
    raster.paint(side, side, (pixels) => {
      if (preview) fillPixels(pixels, preview, colours.packed, discretize);
      else if (chosen) fillClasses(pixels, boundary, chosen, classes, discretize);
      else fillPixels(pixels, boundary, tableOf(frame, theme.get()).packed, discretize);
    });
    ctx.fillStyle = surface;
    ctx.fillRect(place.x, place.y, place.size, place.size);
    ctx.globalAlpha = GROUND;
    drawHeatmap(ctx, raster.canvas, 0, side, place.x, place.y, place.size);
    ctx.globalAlpha = 1;
    if (preview) return;
    if (contours) drawContours(ctx, { bytes: boundary, chosen, side: BOUNDARY, ink }, place);
    if (!lines) return;
    const numbered = frame.sizes.length > 2 || frame.sizes[1] > 1;
    const lit = firstNeuronOf(state.editing?.parameter ?? state.hovered, frame);
    drawLines(ctx, { lines, lit, numbered, ink, surface }, place);
  }

  /**
   * Draw the examples, the axes and what is marked.
   * @param {CanvasRenderingContext2D} ctx
   * @param {ReturnType<typeof plotPlace>} place
   * @param {State["pointer"]} pointer
   */
  function drawMarks(ctx, place, pointer) {
    if (!shown) return;
    const { points, drawing, accepted, wanted } = shown.state;
    const { classes, wrong } = shown.frame;
    const showTest = wanted?.view.show_test ?? false;
    const { ink, soft, surface } = theme.get();
    const radius = place.size > 214 ? 3 : 2.4;
    const colour = pointColour(theme.get(), classes > 2);
    const shape = pointShape(theme.get(), classes);
    if (drawing) {
      const regression = drawing.own.task === "regression";
      const own = Float32Array.from(drawing.sheet.rows.flat());
      const colour = pointColour(theme.get(), !regression);
      // A sheet counts even two classes from 0, so their shapes are those of many classes.
      const shape = pointShape(theme.get(), regression ? 1 : 3);
      drawPoints(ctx, { points: own, colour, shape, rim: RIM.train, edge: EDGE.train, radius }, place);
    }
    for (const set of /** @type {("test" | "train")[]} */ (showTest ? ["test", "train"] : ["train"])) {
      if (!points || drawing) continue;
      drawPoints(ctx, { points: points[set], colour, shape, rim: RIM[set], edge: EDGE[set], radius }, place);
      if (wrong) drawCrosses(ctx, { points: points[set], mask: wrong[set], ink, radius: radius + 2 }, place);
    }
    drawAxes(ctx, { ink: soft, surface, axes: accepted?.axes ?? null }, place);
    const example = wanted?.view.example;
    if (example && !drawing) drawExample(ctx, { point: { x: example[0], y: example[1] }, ink, surface }, place);
    if (pointer) drawPointer(ctx, { point: pointer, ink, surface }, place);
  }

  /**
   * @param {State} state
   * @param {Frame} frame
   * @param {boolean} discretize
   */
  function showScale(state, frame, discretize) {
    const { focus, scales, centers, classes } = frame;
    const legend = part("class-legend");
    legend.hidden = focus !== null;
    part("scale-bar").hidden = focus === null;
    if (focus === null) {
      legend.replaceChildren(
        ...Array.from({ length: classes }, (_, index) =>
          swatch(theme.get().classes[index].css[255], className(state, index)),
        ),
      );
      return;
    }
    const { css } = tableOf(frame, theme.get());
    const bar = canvas("scale");
    bar.width = 255;
    bar.height = 1;
    const ctx = /** @type {CanvasRenderingContext2D} */ (bar.getContext("2d"));
    ctx.fillStyle = theme.get().surface;
    ctx.fillRect(0, 0, 255, 1);
    ctx.globalAlpha = GROUND;
    for (let byte = 1; byte < 256; byte++) {
      ctx.fillStyle = css[discretize ? (byte < 128 ? 1 : 255) : byte];
      ctx.fillRect(byte - 1, 0, 1, 1);
    }
    const [scale, center] = [scales[focus], centers[focus]];
    part("scale-low").textContent = twoDigits(center - scale);
    part("scale-middle").textContent = twoDigits(center);
    part("scale-high").textContent = twoDigits(center + scale);
  }

  return {
    draw,
    /**
     * Draw the plot once more, without the pointer: for a picture of any size.
     * @returns {{width: number, height: number, layers: ((ctx: CanvasRenderingContext2D) => void)[]}} in CSS pixels
     */
    picture() {
      const width = canvas("plot").clientWidth;
      const place = plotPlace(width);
      return {
        width,
        height: place.height,
        layers: [(ctx) => drawGround(ctx, place), (ctx) => drawMarks(ctx, place, null)],
      };
    },
  };
}

/**
 * Return the picture of the feature that is pointed at, where the network does not use it.
 * @param {State} state
 */
function previewOf({ hovered, welcome }) {
  return hovered && "feature" in hovered ? (welcome?.features[hovered.feature] ?? null) : null;
}

/**
 * Return the neuron of the first layer that is pointed at, or whose weight or bias is.
 * @param {import("../../state/state.js").Target} target
 * @param {Frame} frame
 */
function firstNeuronOf(target, { sizes }) {
  if (!target || "feature" in target) return null;
  if ("layer" in target) return target.layer === 0 ? target.neuron : null;
  const neuron = target.unit - sizes[0];
  return neuron >= 0 && neuron < sizes[1] ? neuron : null;
}

/**
 * Describe the plot and the lines on it.
 * @param {Frame} frame
 * @param {import("../../draw/lines.js").NeuronLine[] | null} lines null if they are off
 */
function describe({ sizes }, lines) {
  const picture = _("Network output over the plane, with the examples as dots");
  if (!lines) return picture;
  const neurons = lines.filter(({ pieces }) => pieces.length > 0).map(({ neuron }) => neuron + 1);
  let words = _("Lines of first-layer neurons: {neurons}", { neurons: neurons.join(", ") });
  if (neurons.length === 0) words = _("No neuron’s line crosses the plane");
  else if (sizes.length === 2 && sizes[1] === 1) words = _("The line of the output neuron");
  return `${picture}. ${words}`;
}

/**
 * Return the colours of the unit in the large plot: those of its class for one of several outputs.
 * @param {Frame} frame
 * @param {import("../../draw/colours.js").Theme} theme
 */
function tableOf({ focus, scales, sizes }, { colours, classes }) {
  const outputs = sizes[sizes.length - 1];
  const index = (focus ?? 0) - (scales.length - outputs);
  return outputs > 1 && index >= 0 ? classes[index] : colours;
}

/**
 * @param {string} colour
 * @param {string} name
 */
function swatch(colour, name) {
  const dot = make("i");
  dot.style.background = colour;
  return make("li", "", dot, name);
}
