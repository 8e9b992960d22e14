/** Examples as dots on the plane. */

import { colourOf, PLANE } from "../scales.js";

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {{points: Float32Array, table: Uint32Array, rim: string, radius: number}} scene
 * @param {{x: number, y: number, size: number}} place
 */
export function drawPoints(ctx, { points, table, rim, radius }, { x, y, size }) {
  ctx.lineWidth = radius > 2 ? 1 : 0.5;
  ctx.strokeStyle = rim;
  for (let i = 0; i < points.length; i += 3) {
    const [a, b, target] = [points[i], points[i + 1], points[i + 2]];
    if (Math.abs(a) > PLANE || Math.abs(b) > PLANE) continue;
    ctx.beginPath();
    ctx.arc(x + ((a + PLANE) / (2 * PLANE)) * size, y + ((PLANE - b) / (2 * PLANE)) * size, radius, 0, 2 * Math.PI);
    ctx.fillStyle = colourOf(table, target);
    ctx.fill();
    ctx.stroke();
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
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  for (let tick = -PLANE; tick <= PLANE; tick += 2) {
    ctx.fillText(String(tick).replace("-", "−"), x + ((tick + PLANE) / (2 * PLANE)) * size, y + size + 5);
  }
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  for (let tick = -PLANE; tick <= PLANE; tick += 2) {
    ctx.fillText(String(tick).replace("-", "−"), x + size + 5, y + ((PLANE - tick) / (2 * PLANE)) * size);
  }
}
