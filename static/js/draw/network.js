/** The network: lines by weight, each unit's picture, biases. */

import { biasOf, NODE } from "../layout.js";
import { PICTURE, parameterIndex } from "../protocol.js";
import { colourOf, lineWidth } from "../scales.js";
import { drawHeatmap } from "./heatmap.js";

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {{geometry: import("../layout.js").Geometry, frame: import("../protocol.js").Frame, theme: import("../theme.js").Theme,
 *   featurePictures: Record<string, Uint8Array>, discretize: boolean, hovered: import("../state.js").Target,
 *   scratch: HTMLCanvasElement}} scene
 */
export function drawNetwork(ctx, { geometry, frame, theme, featurePictures, discretize, hovered, scratch }) {
  const { sizes, theta } = frame;
  const isHovered = (/** @type {number} */ layer, /** @type {number} */ neuron, /** @type {number | null} */ input) =>
    hovered !== null &&
    "layer" in hovered &&
    hovered.layer === layer &&
    hovered.neuron === neuron &&
    hovered.input === input;
  ctx.lineDashOffset = -frame.epoch / 3;
  ctx.setLineDash([8, 2]);
  for (const { layer, neuron, input, from, to } of geometry.edges) {
    const weight = theta[parameterIndex(sizes, layer, neuron, input)];
    const middle = (from[0] + to[0]) / 2;
    ctx.beginPath();
    ctx.moveTo(from[0], from[1]);
    ctx.bezierCurveTo(middle, from[1], middle, to[1], to[0], to[1]);
    ctx.lineWidth = lineWidth(weight) + (isHovered(layer, neuron, input) ? 3 : 0);
    ctx.strokeStyle = isHovered(layer, neuron, input) ? theme.ink : colourOf(theme.table, weight);
    ctx.stroke();
  }
  ctx.setLineDash([]);
  const box = (/** @type {number} */ x, /** @type {number} */ y, /** @type {Uint8Array} */ bytes) => {
    const place = { x: x - NODE / 2, y: y - NODE / 2, size: NODE };
    ctx.save();
    ctx.beginPath();
    ctx.roundRect(place.x, place.y, NODE, NODE, 6);
    ctx.clip();
    drawHeatmap(ctx, { bytes, side: PICTURE, table: theme.table, discretize, scratch }, place);
    ctx.restore();
    ctx.lineWidth = 1.5;
    ctx.strokeStyle = theme.soft;
    ctx.beginPath();
    ctx.roundRect(place.x, place.y, NODE, NODE, 6);
    ctx.stroke();
  };
  const pictureOf = (/** @type {number} */ unit) =>
    frame.pictures.subarray(unit * PICTURE ** 2, (unit + 1) * PICTURE ** 2);
  for (const { name, x, y, unit } of geometry.features) {
    const bytes = unit >= 0 ? pictureOf(unit) : featurePictures[name];
    ctx.globalAlpha = unit >= 0 ? 1 : 0.3;
    if (bytes) box(x, y, bytes);
  }
  ctx.globalAlpha = 1;
  for (const node of geometry.nodes) {
    box(node.x, node.y, pictureOf(node.unit));
    const { x, y } = biasOf(node);
    ctx.fillStyle = colourOf(theme.table, theta[parameterIndex(sizes, node.layer, node.neuron, null)]);
    ctx.strokeStyle = isHovered(node.layer, node.neuron, null) ? theme.ink : theme.soft;
    ctx.lineWidth = isHovered(node.layer, node.neuron, null) ? 2.5 : 1;
    ctx.beginPath();
    ctx.roundRect(x - 3.5, y - 3.5, 7, 7, 1.5);
    ctx.fill();
    ctx.stroke();
  }
}
