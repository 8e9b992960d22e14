/** Find and draw the lines of the first layer's neurons, where the weighted sum z is 0, with ticks towards z > 0. */

import { onPlane, PLANE } from "../core/plane.js";
import { LINES, parameterIndex } from "../wire/decoder.js";
import { contour } from "./contours.js";

const ZERO = 127.5; // between the bytes of z < 0 and of z >= 0
const TICK = { every: 40, apart: 28, length: 6 };
const FADED = 0.4;
const LABEL = { radius: 8, apart: 20, step: 6 };

/**
 * @typedef {object} NeuronLine pieces x1, y1, x2, y2 on the plane, each with z > 0 on its left; none where it is not on the plane
 * @property {number} neuron
 * @property {number[]} pieces
 * @property {[number, number]} head where its number is best
 */

/**
 * Return the straight line w1 x1 + w2 x2 + b = 0 from edge to edge of the plane, with z > 0 on its left.
 * @param {number} w1
 * @param {number} w2
 * @param {number} b
 * @returns {[number, number, number, number] | null} null where it does not cross the plane
 */
export function straightLine(w1, w2, b) {
  const largest = Math.max(Math.abs(w1), Math.abs(w2), Math.abs(b));
  if (!(largest > 0 && largest < Infinity)) return null;
  [w1, w2, b] = [w1 / largest, w2 / largest, b / largest]; // squares of the largest weights would be infinite
  const length = Math.hypot(w1, w2);
  if (length === 0) return null;
  const [dx, dy] = [w2 / length, -w1 / length];
  const [px, py] = [(b / length) * dy, -(b / length) * dx]; // its point nearest to the middle
  let [from, to] = [-Infinity, Infinity];
  for (const [p, d] of [
    [px, dx],
    [py, dy],
  ]) {
    if (d === 0 && Math.abs(p) > PLANE) return null;
    if (d === 0) continue;
    from = Math.max(from, (-Math.sign(d) * PLANE - p) / d);
    to = Math.min(to, (Math.sign(d) * PLANE - p) / d);
  }
  return from < to ? [px + from * dx, py + from * dy, px + to * dx, py + to * dy] : null;
}

/**
 * Return the line of a picture of z, each piece turned so that z > 0 on its left.
 * @param {Uint8Array} bytes side x side, rows from the top
 * @param {number} side
 */
export function bentLine(bytes, side) {
  const pieces = contour(bytes, side, ZERO);
  const cell = (2 * PLANE) / (side - 1);
  for (let i = 0; i < pieces.length; i += 4) {
    const [x1, y1, x2, y2] = [pieces[i], pieces[i + 1], pieces[i + 2], pieces[i + 3]];
    const column = Math.min(Math.floor((x1 + x2) / 2), side - 2);
    const at = Math.min(Math.floor((y1 + y2) / 2), side - 2) * side + column;
    const rightwards = bytes[at + 1] + bytes[at + side + 1] - bytes[at] - bytes[at + side];
    const downwards = bytes[at + side] + bytes[at + side + 1] - bytes[at] - bytes[at + 1];
    const turned = (x2 - x1) * downwards > (y2 - y1) * rightwards; // rows go down, x2 goes up
    pieces[i] = (turned ? x2 : x1) * cell - PLANE;
    pieces[i + 1] = PLANE - (turned ? y2 : y1) * cell;
    pieces[i + 2] = (turned ? x1 : x2) * cell - PLANE;
    pieces[i + 3] = PLANE - (turned ? y1 : y2) * cell;
  }
  return pieces;
}

/**
 * Return the lines of the first layer's neurons, which are the outputs if there is no hidden layer.
 * @param {Pick<import("../wire/decoder.js").Frame, "features" | "sizes" | "theta" | "line_pictures">} frame
 * @returns {NeuronLine[]}
 */
export function neuronLines({ features, sizes, theta, line_pictures }) {
  const straight = features.every((name) => name === "x" || name === "y");
  if (!straight && !line_pictures) return []; // the server does not know yet that they are wanted
  return Array.from({ length: sizes[1] }, (_, neuron) => {
    if (line_pictures) {
      const pieces = bentLine(line_pictures.subarray(neuron * LINES ** 2, (neuron + 1) * LINES ** 2), LINES);
      return { neuron, pieces, head: outermost(pieces) };
    }
    const [w1, w2] = ["x", "y"].map((name) => {
      const input = features.indexOf(name);
      return input < 0 ? 0 : theta[parameterIndex(sizes, 0, neuron, input)];
    });
    const line = straightLine(w1, w2, theta[parameterIndex(sizes, 0, neuron, null)]);
    return { neuron, pieces: line ?? [], head: line ? [line[2], line[3]] : [0, 0] };
  });
}

/**
 * Return the point of a line that is nearest to the plane's edge.
 * @param {number[]} pieces
 * @returns {[number, number]}
 */
function outermost(pieces) {
  let [best, at] = [-1, -1];
  for (let i = 0; i < pieces.length; i += 2) {
    const out = Math.max(Math.abs(pieces[i]), Math.abs(pieces[i + 1]));
    if (out > best) [best, at] = [out, i];
  }
  return at < 0 ? [0, 0] : [pieces[at], pieces[at + 1]];
}

/**
 * Draw lines with ticks towards z > 0 and their numbers. A lit line is bold, and the others fade.
 * @param {CanvasRenderingContext2D} ctx
 * @param {{lines: NeuronLine[], lit: number | null, numbered: boolean, ink: string, surface: string}} scene
 * @param {{x: number, y: number, size: number}} place
 */
export function drawLines(ctx, { lines, lit, numbered, ink, surface }, place) {
  /** @type {number[]} */
  const taken = [];
  const across = (/** @type {number} */ value) => place.x + onPlane(value, place.size);
  const down = (/** @type {number} */ value) => place.y + onPlane(-value, place.size);
  const shown = lines
    .filter(({ pieces }) => pieces.length > 0)
    .map(({ neuron, pieces, head: [x, y] }) => {
      const points = pieces.map((value, i) => (i % 2 === 0 ? across(value) : down(value)));
      const label = labelPlace(points, { x: across(x), y: down(y) }, place, taken);
      taken.push(...label); // in the order of neurons, whichever is lit: no number moves under the pointer
      return { text: String(neuron + 1), points, label, bold: neuron === lit };
    })
    .sort((a, b) => Number(a.bold) - Number(b.bold));
  const alpha = (/** @type {boolean} */ bold) => (lit === null || bold ? 1 : FADED);
  ctx.save();
  ctx.beginPath();
  ctx.rect(place.x, place.y, place.size, place.size);
  ctx.clip();
  for (const { points, bold } of shown) {
    ctx.globalAlpha = alpha(bold);
    trace(ctx, points);
    for (const [colour, width] of /** @type {[string, number][]} */ ([
      [surface, bold ? 6 : 4],
      [ink, bold ? 3 : 1.5],
    ])) {
      ctx.strokeStyle = colour;
      ctx.lineWidth = width;
      ctx.stroke();
    }
  }
  for (const { text, label, bold } of numbered ? shown : []) {
    ctx.globalAlpha = alpha(bold);
    drawLabel(ctx, text, label, bold ? [surface, ink] : [ink, surface], ink);
  }
  ctx.restore();
}

/**
 * Put a line and its ticks into the context's path.
 * @param {CanvasRenderingContext2D} ctx
 * @param {number[]} points x1, y1, x2, y2 of each piece
 */
function trace(ctx, points) {
  /** @type {number[]} */
  const ticks = [];
  ctx.beginPath();
  for (let i = 0; i < points.length; i += 4) {
    const [x1, y1, x2, y2] = [points[i], points[i + 1], points[i + 2], points[i + 3]];
    ctx.moveTo(x1, y1);
    ctx.lineTo(x2, y2);
    const length = lengthOf(x2 - x1, y2 - y1);
    const count = Math.max(1, Math.floor(length / TICK.every));
    for (let k = 0; k < count && length > 0; k++) {
      const share = (k + 0.5) / count;
      const [x, y] = [x1 + share * (x2 - x1), y1 + share * (y2 - y1)];
      if (isNear(ticks, x, y, TICK.apart)) continue;
      ticks.push(x, y);
      ctx.moveTo(x, y);
      ctx.lineTo(x + (TICK.length * (y2 - y1)) / length, y - (TICK.length * (x2 - x1)) / length);
    }
  }
}

/**
 * Return what Math.hypot does, for pixels, in a tenth of the time.
 * @param {number} across
 * @param {number} down
 */
function lengthOf(across, down) {
  return Math.sqrt(across * across + down * down);
}

/**
 * Return whether any place is within reach.
 * @param {number[]} places x and y of each
 * @param {number} x
 * @param {number} y
 * @param {number} reach
 */
function isNear(places, x, y, reach) {
  for (let i = 0; i < places.length; i += 2) {
    if ((x - places[i]) ** 2 + (y - places[i + 1]) ** 2 < reach * reach) return true;
  }
  return false;
}

/**
 * Return the place on a line for its number: near its head, inside the plane, away from numbers already placed.
 * @param {number[]} points
 * @param {{x: number, y: number}} head
 * @param {{x: number, y: number, size: number}} plane
 * @param {number[]} taken x, y of each number
 * @returns {[number, number]}
 */
function labelPlace(points, head, plane, taken) {
  const margin = LABEL.radius + 2;
  const [left, top, side] = [plane.x + margin, plane.y + margin, plane.size - 2 * margin];
  let best = Infinity;
  /** @type {[number, number]} */
  let found = [Math.max(left, Math.min(head.x, left + side)), Math.max(top, Math.min(head.y, top + side))];
  for (let i = 0; i < points.length; i += 4) {
    const [x1, y1, x2, y2] = [points[i], points[i + 1], points[i + 2], points[i + 3]];
    const steps = Math.max(1, Math.floor(lengthOf(x2 - x1, y2 - y1) / LABEL.step));
    for (let k = 0; k < steps; k++) {
      const share = (k + 0.5) / steps;
      const [x, y] = [x1 + share * (x2 - x1), y1 + share * (y2 - y1)];
      const distance = (x - head.x) ** 2 + (y - head.y) ** 2;
      if (distance >= best || x < left || x > left + side || y < top || y > top + side) continue;
      if (isNear(taken, x, y, LABEL.apart)) continue;
      best = distance;
      found = [x, y];
    }
  }
  return found;
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} text
 * @param {[number, number]} centre
 * @param {[string, string]} colours of the text and of its ground
 * @param {string} rim
 */
function drawLabel(ctx, text, [x, y], [colour, ground], rim) {
  ctx.beginPath();
  ctx.arc(x, y, LABEL.radius, 0, 2 * Math.PI);
  ctx.fillStyle = ground;
  ctx.fill();
  ctx.strokeStyle = rim;
  ctx.lineWidth = 1.5;
  ctx.stroke();
  ctx.fillStyle = colour;
  ctx.font = "600 10px Inter, sans-serif";
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText(text, x, y + 0.5);
}
