/** Draw the numbers of a trace into the network's picture: below each unit, and on the lines of the current step. */

import { along } from "../core/geometry.js";

const FONT = "600 11px Inter, sans-serif";
const FAINT = 0.6;
/** Pixels between two layers that make room for a neuron's sum beside its activation. */
const ROOM = 125;

/**
 * @typedef {{text: string, long: string, tone: "value" | "delta", lit: boolean}} Label `long` where there is room for it
 * @typedef {{units: Map<number, Label>, edges: {layer: number, neuron: number, input: number, text: string}[], loss: string | null}} Labels
 */

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {{geometry: import("../core/geometry.js").Geometry, theme: import("./colours.js").Theme, labels: Labels}} scene
 */
export function drawAnnotations(ctx, { geometry, theme, labels }) {
  const { width, node, features, nodes, edges, columns } = geometry;
  const roomy = columns.every((x, i) => i === 0 || x - columns[i - 1] > ROOM);
  ctx.font = FONT;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.lineJoin = "round";
  /**
   * Write a text with a rim in the ground's colour, and keep it within the picture.
   * @param {string} text
   * @param {number} x
   * @param {number} y
   * @param {string} ink
   */
  function write(text, x, y, ink) {
    const at = Math.min(x, width - ctx.measureText(text).width / 2 - 3);
    ctx.lineWidth = 4;
    ctx.strokeStyle = theme.ground;
    ctx.strokeText(text, at, y);
    ctx.fillStyle = ink;
    ctx.fillText(text, at, y);
  }
  // Lines that meet at one neuron are apart at their sources, all others at their targets.
  const converge = labels.edges.every(
    ({ layer, neuron }) => layer === labels.edges[0].layer && neuron === labels.edges[0].neuron,
  );
  for (const { layer, neuron, input, text } of labels.edges) {
    const edge = edges.find((each) => each.layer === layer && each.neuron === neuron && each.input === input);
    if (edge) writeOnLine(ctx, theme, text, along(edge, converge ? 0.3 : 0.7));
  }
  for (const { x, y, unit } of [...features, ...nodes]) {
    const label = labels.units.get(unit);
    if (!label) continue;
    ctx.globalAlpha = label.lit ? 1 : FAINT;
    write(roomy ? label.long : label.text, x, y + node / 2 + 8, label.tone === "delta" ? theme.accent : theme.ink);
  }
  ctx.globalAlpha = 1;
  const [output] = nodes.filter(({ layer }) => layer === nodes[nodes.length - 1].layer);
  if (labels.loss) write(labels.loss, output.x, output.y - node / 2 - 11, theme.ink);
}

/**
 * Write a number in a box on a line.
 * @param {CanvasRenderingContext2D} ctx
 * @param {import("./colours.js").Theme} theme
 * @param {string} text
 * @param {[number, number]} place
 */
function writeOnLine(ctx, theme, text, [x, y]) {
  const width = ctx.measureText(text).width + 10;
  ctx.fillStyle = theme.surface;
  ctx.strokeStyle = theme.line;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.roundRect(x - width / 2, y - 9, width, 18, 9);
  ctx.fill();
  ctx.stroke();
  ctx.fillStyle = theme.ink;
  ctx.fillText(text, x, y);
}
