/** Draw the network: a line for each weight, a picture for each unit, a square for each bias. */

import { biasOf } from "../core/geometry.js";
import { FREE, PICTURE } from "../wire/decoder.js";
import { colourOf } from "./colours.js";
import { drawHeatmap } from "./heatmap.js";

const DASH = [8, 2];
/** @type {number[]} */
const SOLID = [];
const DIMMED = 0.3;
const FAINT = 0.15;
const BIAS = 7; // pixels, the side of a bias
const ROUND = 6; // pixels, the radius of a picture's corners
const NAME_GAP = 8; // pixels between a feature and its name
const COUNT_TOP = 44; // pixels from the top to the middle of the counts of neurons

/**
 * @typedef {{units: Set<number>, edges: (edge: {layer: number, neuron: number, input: number}) => boolean}} Lit
 * @typedef {object} Scene
 * @property {import("../core/geometry.js").Geometry} geometry
 * @property {{theta: Float64Array, flags: Uint8Array, epoch: number}} frame
 * @property {import("./colours.js").Theme} theme
 * @property {CanvasImageSource} units a raster of the frame's pictures, one a unit
 * @property {CanvasImageSource} features a raster of all features, used or not
 * @property {import("../state/state.js").Target} marked
 * @property {boolean} still nothing moves
 * @property {Lit | null} lit what a step of the trace is about; the rest is dimmed
 */

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scene} scene
 */
export function drawNetwork(ctx, scene) {
  const { geometry, theme, units, features, lit } = scene;
  const { node: side, nodes } = geometry;
  const half = side >> 1;
  drawEdges(ctx, scene);
  for (let row = 0; row < geometry.features.length; row++) {
    const { x, y, unit } = geometry.features[row];
    ctx.globalAlpha = unit < 0 || isDimmed(lit, unit) ? DIMMED : 1;
    if (unit >= 0) drawHeatmap(ctx, units, unit, PICTURE, x - half, y - half, side);
    else drawHeatmap(ctx, features, row, PICTURE, x - half, y - half, side);
  }
  for (const { x, y, unit } of nodes) {
    ctx.globalAlpha = isDimmed(lit, unit) ? DIMMED : 1;
    drawHeatmap(ctx, units, unit, PICTURE, x - half, y - half, side);
  }
  ctx.globalAlpha = 1;
  cutCorners(ctx, geometry);
  ctx.lineWidth = 1.5;
  ctx.strokeStyle = theme.soft;
  for (const { x, y, unit } of geometry.features)
    drawFrame(ctx, x - half, y - half, side, unit < 0 || isDimmed(lit, unit));
  for (const { x, y, unit } of nodes) drawFrame(ctx, x - half, y - half, side, isDimmed(lit, unit));
  ctx.translate(-BIAS / 2, -BIAS / 2);
  for (const node of nodes) drawBias(ctx, scene, node);
  ctx.translate(BIAS / 2, BIAS / 2);
  ctx.globalAlpha = 1;
}

/**
 * @param {Scene["lit"]} lit
 * @param {number} unit
 */
function isDimmed(lit, unit) {
  return lit !== null && !lit.units.has(unit);
}

/**
 * @param {import("../state/state.js").Target} marked
 * @param {number} layer
 * @param {number} neuron
 * @param {number | null} input
 */
function isMarked(marked, layer, neuron, input) {
  return (
    marked !== null && "layer" in marked && marked.layer === layer && marked.neuron === neuron && marked.input === input
  );
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scene} scene
 */
function drawEdges(ctx, { geometry, frame, theme, marked, still, lit: traced }) {
  let dash = SOLID;
  ctx.lineDashOffset = still ? 0 : -frame.epoch / 3;
  for (const edge of geometry.edges) {
    const { layer, neuron, input, index, from, middle, to } = edge;
    const weight = frame.theta[index];
    const lit = isMarked(marked, layer, neuron, input);
    const flow = frame.flags[index] === FREE ? DASH : SOLID;
    if (flow !== dash) ctx.setLineDash(flow);
    dash = flow;
    if (traced) ctx.globalAlpha = traced.edges(edge) ? 1 : FAINT;
    ctx.beginPath();
    ctx.moveTo(from[0], from[1]);
    ctx.bezierCurveTo(middle, from[1], middle, to[1], to[0], to[1]);
    ctx.lineWidth = lineWidth(weight) + (lit ? 3 : 0);
    ctx.strokeStyle = lit ? theme.ink : colourOf(theme.colours, weight);
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
  ctx.setLineDash(SOLID);
}

/**
 * Clear the corners of all pictures at once. Clipping each one to its rounded square costs several times as much.
 * @param {CanvasRenderingContext2D} ctx
 * @param {import("../core/geometry.js").Geometry} geometry
 */
function cutCorners(ctx, { node: side, features, nodes }) {
  const half = side >> 1;
  ctx.globalCompositeOperation = "destination-out";
  ctx.beginPath();
  for (const units of [features, nodes]) {
    for (const { x, y } of units) {
      ctx.rect(x - half, y - half, side, side);
      ctx.roundRect(x - half, y - half, side, side, ROUND);
    }
  }
  ctx.fill("evenodd");
  ctx.globalCompositeOperation = "source-over";
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} x
 * @param {number} y
 * @param {number} side
 * @param {boolean} dimmed
 */
function drawFrame(ctx, x, y, side, dimmed) {
  ctx.globalAlpha = dimmed ? DIMMED : 1;
  ctx.beginPath();
  ctx.roundRect(x, y, side, side, ROUND);
  ctx.stroke();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scene} scene
 * @param {import("../core/geometry.js").Node} node
 */
function drawBias(ctx, { geometry, frame, theme, marked, lit: traced }, node) {
  const { x, y } = biasOf(geometry, node);
  const lit = isMarked(marked, node.layer, node.neuron, null);
  ctx.globalAlpha = isDimmed(traced, node.unit) ? DIMMED : 1;
  ctx.fillStyle = colourOf(theme.colours, frame.theta[node.bias]);
  ctx.strokeStyle = lit ? theme.ink : theme.soft;
  ctx.lineWidth = lit ? 2.5 : 1;
  ctx.beginPath();
  ctx.roundRect(x, y, BIAS, BIAS, 1.5);
  ctx.fill();
  ctx.stroke();
}

/** @param {number} weight TFP's width: 1 to 10 pixels for sizes from 0 to 5 */
export function lineWidth(weight) {
  return 1 + (9 * Math.min(Math.abs(weight) || 0, 5)) / 5;
}

/**
 * Draw the texts around the network: the features' names and the counts of neurons.
 * @param {CanvasRenderingContext2D} ctx
 * @param {import("../core/geometry.js").Geometry} geometry
 * @param {{features: string[], layers: string[]}} names
 * @param {import("./colours.js").Theme} theme
 */
export function drawNames(ctx, { node, features, columns }, names, { ink, soft }) {
  ctx.textBaseline = "middle";
  ctx.font = "13px Inter, sans-serif";
  ctx.textAlign = "right";
  features.forEach(({ x, y, unit }, i) => {
    ctx.fillStyle = unit >= 0 ? ink : soft;
    ctx.fillText(names.features[i], x - node / 2 - NAME_GAP, y);
  });
  ctx.font = "12px Inter, sans-serif";
  ctx.textAlign = "center";
  ctx.fillStyle = soft;
  names.layers.forEach((name, layer) => {
    if (layer < columns.length - 1) ctx.fillText(name, columns[layer], COUNT_TOP);
  });
}
