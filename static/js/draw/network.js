/** The network: lines by weight, each unit's picture, biases. */

import { biasOf } from "../layout.js";
import { FREE, PICTURE, parameterIndex } from "../protocol.js";
import { colourOf, lineWidth } from "../scales.js";
import { drawHeatmap } from "./heatmap.js";

const [DASH, SOLID] = [[8, 2], []];
const DIMMED = 0.3;
const FAINT = 0.15;

/**
 * @typedef {object} Scene
 * @property {import("../layout.js").Geometry} geometry
 * @property {{sizes: number[], theta: Float64Array, flags: Uint8Array, epoch: number}} frame
 * @property {import("../theme.js").Theme} theme
 * @property {CanvasImageSource} units a raster of the frame's pictures, one a unit
 * @property {CanvasImageSource} features a raster of all features, used or not
 * @property {import("../state.js").Target} hovered
 * @property {boolean} still nothing moves
 * @property {import("../microscope/walk.js").Lit | null} lit what a step of the walk is about; the rest is dimmed
 */

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scene} scene
 */
export function drawNetwork(ctx, scene) {
  drawEdges(ctx, scene);
  const { geometry, theme, units, features } = scene;
  const { lit } = scene;
  const dimmed = (/** @type {number} */ unit) => (lit && !lit.units.has(unit) ? DIMMED : 1);
  geometry.features.forEach(({ x, y, unit }, row) => {
    ctx.globalAlpha = unit >= 0 ? dimmed(unit) : DIMMED;
    const picture = unit >= 0 ? { raster: units, index: unit } : { raster: features, index: row };
    drawUnit(ctx, { ...picture, theme }, [x, y, geometry.node]);
  });
  ctx.globalAlpha = 1;
  for (const node of geometry.nodes) {
    ctx.globalAlpha = dimmed(node.unit);
    drawUnit(ctx, { raster: units, index: node.unit, theme }, [node.x, node.y, geometry.node]);
    drawBias(ctx, scene, node);
  }
  ctx.globalAlpha = 1;
}

/**
 * @param {import("../state.js").Target} hovered
 * @param {import("../layout.js").Parameter} parameter
 */
function isHovered(hovered, { layer, neuron, input }) {
  return (
    hovered !== null &&
    "layer" in hovered &&
    hovered.layer === layer &&
    hovered.neuron === neuron &&
    hovered.input === input
  );
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scene} scene
 */
function drawEdges(ctx, { geometry, frame, theme, hovered, still, lit: walked }) {
  ctx.lineDashOffset = still ? 0 : -frame.epoch / 3;
  for (const edge of geometry.edges) {
    const { layer, neuron, input, from, to } = edge;
    const index = parameterIndex(frame.sizes, layer, neuron, input);
    const weight = frame.theta[index];
    const middle = (from[0] + to[0]) / 2;
    const lit = isHovered(hovered, edge);
    ctx.globalAlpha = walked && !walked.edges(edge) ? FAINT : 1;
    ctx.setLineDash(frame.flags[index] === FREE ? DASH : SOLID);
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
 * @param {CanvasRenderingContext2D} ctx
 * @param {{raster: CanvasImageSource, index: number, theme: import("../theme.js").Theme}} scene
 * @param {[number, number, number]} place centre and side
 */
function drawUnit(ctx, { raster, index, theme }, [x, y, side]) {
  const place = { x: x - side / 2, y: y - side / 2, size: side };
  ctx.save();
  ctx.beginPath();
  ctx.roundRect(place.x, place.y, side, side, 6);
  ctx.clip();
  drawHeatmap(ctx, { raster, index, side: PICTURE }, place);
  ctx.restore();
  ctx.lineWidth = 1.5;
  ctx.strokeStyle = theme.soft;
  ctx.beginPath();
  ctx.roundRect(place.x, place.y, side, side, 6);
  ctx.stroke();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scene} scene
 * @param {import("../layout.js").Node} node
 */
function drawBias(ctx, { geometry, frame, theme, hovered }, node) {
  const { x, y } = biasOf(geometry, node);
  const lit = isHovered(hovered, { ...node, input: null });
  ctx.fillStyle = colourOf(theme.colours, frame.theta[parameterIndex(frame.sizes, node.layer, node.neuron, null)]);
  ctx.strokeStyle = lit ? theme.ink : theme.soft;
  ctx.lineWidth = lit ? 2.5 : 1;
  ctx.beginPath();
  ctx.roundRect(x - 3.5, y - 3.5, 7, 7, 1.5);
  ctx.fill();
  ctx.stroke();
}
