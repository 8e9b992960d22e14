/** Draw what lies over the large plot: examples as dots, the axes, the place under the pointer. */

import { onPlane, PLANE } from "../core/plane.js";
import { planeTicks } from "./axes.js";

/** @typedef {{point: {x: number, y: number}, ink: string, surface: string}} Mark */
/** @typedef {import("../wire/decoder.js").Axis} Axis */

/** Corners of the shapes after the circle, in units of its radius: square, triangle and so on, of about its area. */
const CORNERS = [
  [-0.9, -0.9, 0.9, -0.9, 0.9, 0.9, -0.9, 0.9],
  [0, -1.25, 1.25, 0.95, -1.25, 0.95],
  [0, -1.35, 1.35, 0, 0, 1.35, -1.35, 0],
  [-0.5, -1.3, 0.5, -1.3, 0.5, -0.5, 1.3, -0.5, 1.3, 0.5, 0.5, 0.5].concat([
    0.5, 1.3, -0.5, 1.3, -0.5, 0.5, -1.3, 0.5, -1.3, -0.5, -0.5, -0.5,
  ]),
  [0, 1.25, 1.25, -0.95, -1.25, -0.95],
];
/** Pixels between an axis and its numbers, and between two numbers. */
const GAP = 6;
/** Pixels across a dot's rim, and across the edge around it. */
const [RIM, EDGE] = [1.25, 0.6];
/** How much larger shapes are than dots, so that a reader can tell them apart. */
const SHAPE_SIZE = 1.4;

/**
 * Begin a path around a point: shape 0 is a circle.
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} shape
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 */
function outline(ctx, shape, x, y, radius) {
  ctx.beginPath();
  if (shape === 0) {
    ctx.arc(x, y, radius, 0, 2 * Math.PI);
    return;
  }
  const corners = CORNERS[shape - 1];
  ctx.moveTo(x + corners[0] * radius, y + corners[1] * radius);
  for (let i = 2; i < corners.length; i += 2) ctx.lineTo(x + corners[i] * radius, y + corners[i + 1] * radius);
  ctx.closePath();
}

/**
 * Draw the examples; those outside the plane are trained on but not drawn. A rim stands between a dot and the ground, and
 * an edge between the rim and the ground: no ground looks like both.
 * @param {CanvasRenderingContext2D} ctx
 * @param {{points: Float32Array, colour: (target: number) => string, shape?: ((target: number) => number) | null,
 *   rim: string | null, edge?: string, radius: number}} scene `shape` gives each class a shape of its own, beside its colour
 * @param {{x: number, y: number, size: number}} place
 */
export function drawPoints(ctx, { points, colour, shape = null, rim, edge, radius }, { x, y, size }) {
  const side = shape ? radius * SHAPE_SIZE : radius;
  for (let i = 0; i < points.length; i += 3) {
    const [x1, x2, target] = [points[i], points[i + 1], points[i + 2]];
    if (Math.abs(x1) > PLANE || Math.abs(x2) > PLANE) continue;
    outline(ctx, shape?.(target) ?? 0, x + onPlane(x1, size), y + onPlane(-x2, size), side);
    ctx.fillStyle = colour(target);
    if (rim && edge) {
      ctx.lineWidth = RIM + 2 * EDGE;
      ctx.strokeStyle = edge;
      ctx.stroke();
    }
    ctx.fill();
    if (!rim) continue;
    ctx.lineWidth = RIM;
    ctx.strokeStyle = rim;
    ctx.stroke();
  }
}

/**
 * Put a cross through the examples that a mask names.
 * @param {CanvasRenderingContext2D} ctx
 * @param {{points: Float32Array, mask: Uint8Array, ink: string, radius: number}} scene
 * @param {{x: number, y: number, size: number}} place
 */
export function drawCrosses(ctx, { points, mask, ink, radius }, { x, y, size }) {
  ctx.strokeStyle = ink;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  for (let i = 0; i < mask.length; i++) {
    const [x1, x2] = [points[3 * i], points[3 * i + 1]];
    if (!mask[i] || Math.abs(x1) > PLANE || Math.abs(x2) > PLANE) continue;
    const [px, py] = [x + onPlane(x1, size), y + onPlane(-x2, size)];
    ctx.moveTo(px - radius, py - radius);
    ctx.lineTo(px + radius, py + radius);
    ctx.moveTo(px - radius, py + radius);
    ctx.lineTo(px + radius, py - radius);
  }
  ctx.stroke();
}

/**
 * Draw the plane's axes with ticks below and to the right. A number too wide for the space on the right stands inside the
 * plane; of numbers below that would touch, every other one is left out.
 * @param {CanvasRenderingContext2D} ctx
 * @param {{ink: string, surface: string, axes?: {x: Axis, y: Axis} | null}} scene
 * @param {{x: number, y: number, size: number, right?: number}} place `right` pixels beside the plane,
 *   if the canvas ends there
 */
export function drawAxes(ctx, { ink, surface, axes = null }, { x, y, size, right = Infinity }) {
  ctx.font = "11px Inter, sans-serif";
  ctx.fillStyle = ink;
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  let free = -Infinity;
  for (const { at, text } of planeTicks(axes?.x)) {
    const half = ctx.measureText(text).width / 2;
    const middle = Math.min(Math.max(x + onPlane(at, size), right < Infinity ? half : 0), x + size + right - half);
    if (middle - half < free) continue;
    ctx.fillText(text, middle, y + size + GAP);
    free = middle + half + GAP;
  }
  const ticks = planeTicks(axes?.y);
  const outside = ticks.every(({ text }) => ctx.measureText(text).width <= right - GAP);
  ctx.textAlign = outside ? "left" : "right";
  ctx.textBaseline = "middle";
  ctx.strokeStyle = surface;
  ctx.lineWidth = 3;
  ctx.lineJoin = "round";
  for (const { at, text } of ticks) {
    const [left, down] = [x + size + (outside ? GAP : -GAP), y + onPlane(-at, size)];
    if (!outside) ctx.strokeText(text, left, down);
    ctx.fillText(text, left, down);
  }
}

/**
 * Mark a place of the plane.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Mark} scene
 * @param {{x: number, y: number, size: number}} place
 */
export function drawPointer(ctx, scene, place) {
  drawMark(ctx, scene, place, [4, 1.5], (px, py) => ctx.arc(px, py, 5, 0, 2 * Math.PI));
}

/**
 * Mark the traced example: a ring with four ticks.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Mark} scene
 * @param {{x: number, y: number, size: number}} place
 */
export function drawExample(ctx, scene, place) {
  drawMark(ctx, scene, place, [5, 2], (px, py) => {
    ctx.arc(px, py, 8, 0, 2 * Math.PI);
    for (const [across, down] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]) {
      ctx.moveTo(px + 8 * across, py + 8 * down);
      ctx.lineTo(px + 13 * across, py + 13 * down);
    }
  });
}

/**
 * Stroke a shape around a place of the plane, with a rim in the ground's colour so that it stands out everywhere.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Mark} scene
 * @param {{x: number, y: number, size: number}} place
 * @param {[number, number]} widths of the ground and of the ink
 * @param {(px: number, py: number) => void} shape
 */
function drawMark(ctx, { point, ink, surface }, { x, y, size }, [wide, narrow], shape) {
  const [px, py] = [x + onPlane(point.x, size), y + onPlane(-point.y, size)];
  for (const [colour, width] of /** @type {[string, number][]} */ ([
    [surface, wide],
    [ink, narrow],
  ])) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.beginPath();
    shape(px, py);
    ctx.stroke();
  }
}
