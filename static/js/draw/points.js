/** What lies over the large plot: examples as dots, the axes, the place under the pointer. */

import { colourOf, minus, onPlane, PLANE } from "../scales.js";

/**
 * Draw the examples; those outside the plane are trained on but not drawn.
 * @param {CanvasRenderingContext2D} ctx
 * @param {{points: Float32Array, colours: import("../scales.js").Colours, rim: string | null, radius: number}} scene
 * @param {{x: number, y: number, size: number}} place
 */
export function drawPoints(ctx, { points, colours, rim, radius }, { x, y, size }) {
  ctx.lineWidth = 1;
  if (rim) ctx.strokeStyle = rim;
  for (let i = 0; i < points.length; i += 3) {
    const [x1, x2, target] = [points[i], points[i + 1], points[i + 2]];
    if (Math.abs(x1) > PLANE || Math.abs(x2) > PLANE) continue;
    ctx.beginPath();
    ctx.arc(x + onPlane(x1, size), y + onPlane(-x2, size), radius, 0, 2 * Math.PI);
    ctx.fillStyle = colourOf(colours, target);
    ctx.fill();
    if (rim) ctx.stroke();
  }
}

/**
 * Draw the plane's axes with ticks below and to the right.
 * @param {CanvasRenderingContext2D} ctx
 * @param {{ink: string}} scene
 * @param {{x: number, y: number, size: number}} place
 */
export function drawAxes(ctx, { ink }, { x, y, size }) {
  ctx.fillStyle = ink;
  ctx.font = "11px Inter, sans-serif";
  for (let tick = -PLANE; tick <= PLANE; tick += 2) {
    ctx.textAlign = "center";
    ctx.textBaseline = "top";
    ctx.fillText(minus(String(tick)), x + onPlane(tick, size), y + size + 6);
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    ctx.fillText(minus(String(tick)), x + size + 6, y + onPlane(-tick, size));
  }
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
