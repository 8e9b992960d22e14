/** What lies over the large plot: examples as dots, the axes, the place under the pointer. */

import { onPlane, PLANE, ticks } from "../scales.js";

/** @typedef {import("../protocol.js").Axis} Axis */

/**
 * Draw the examples; those outside the plane are trained on but not drawn.
 * @param {CanvasRenderingContext2D} ctx
 * @param {{points: Float32Array, colour: (target: number) => string, rim: string | null, radius: number}} scene
 * @param {{x: number, y: number, size: number}} place
 */
export function drawPoints(ctx, { points, colour, rim, radius }, { x, y, size }) {
  ctx.lineWidth = 1;
  if (rim) ctx.strokeStyle = rim;
  for (let i = 0; i < points.length; i += 3) {
    const [x1, x2, target] = [points[i], points[i + 1], points[i + 2]];
    if (Math.abs(x1) > PLANE || Math.abs(x2) > PLANE) continue;
    ctx.beginPath();
    ctx.arc(x + onPlane(x1, size), y + onPlane(-x2, size), radius, 0, 2 * Math.PI);
    ctx.fillStyle = colour(target);
    ctx.fill();
    if (rim) ctx.stroke();
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
 * Draw the plane's axes with ticks below and to the right.
 * @param {CanvasRenderingContext2D} ctx
 * @param {{ink: string, axes?: {x: Axis, y: Axis} | null}} scene
 * @param {{x: number, y: number, size: number}} place
 */
export function drawAxes(ctx, { ink, axes = null }, { x, y, size }) {
  ctx.fillStyle = ink;
  ctx.font = "11px Inter, sans-serif";
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  for (const { at, text } of ticks(axes?.x)) ctx.fillText(text, x + onPlane(at, size), y + size + 6);
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  for (const { at, text } of ticks(axes?.y)) ctx.fillText(text, x + size + 6, y + onPlane(-at, size));
}

/**
 * Mark a place of the plane.
 * @param {CanvasRenderingContext2D} ctx
 * @param {{point: {x: number, y: number}, ink: string, surface: string}} scene
 * @param {{x: number, y: number, size: number}} place
 */
export function drawPointer(ctx, { point, ink, surface }, { x, y, size }) {
  const [px, py] = [x + onPlane(point.x, size), y + onPlane(-point.y, size)];
  for (const [colour, width] of /** @type {[string, number][]} */ ([
    [surface, 4],
    [ink, 1.5],
  ])) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.beginPath();
    ctx.arc(px, py, 5, 0, 2 * Math.PI);
    ctx.stroke();
  }
}

/**
 * Mark the example that is taken through the network: a ring with four ticks.
 * @param {CanvasRenderingContext2D} ctx
 * @param {{point: {x: number, y: number}, ink: string, surface: string}} scene
 * @param {{x: number, y: number, size: number}} place
 */
export function drawExample(ctx, { point, ink, surface }, { x, y, size }) {
  const [px, py] = [x + onPlane(point.x, size), y + onPlane(-point.y, size)];
  for (const [colour, width] of /** @type {[string, number][]} */ ([
    [surface, 5],
    [ink, 2],
  ])) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.beginPath();
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
    ctx.stroke();
  }
}
