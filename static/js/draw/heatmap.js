/** A picture of bytes as pixels. */

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {{bytes: Uint8Array, side: number, table: Uint32Array, discretize?: boolean, scratch: HTMLCanvasElement}} scene
 * @param {{x: number, y: number, size: number}} place
 */
export function drawHeatmap(ctx, { bytes, side, table, discretize = false, scratch }, { x, y, size }) {
  if (scratch.width !== side) scratch.width = scratch.height = side;
  const inner = /** @type {CanvasRenderingContext2D} */ (scratch.getContext("2d", { willReadFrequently: true }));
  const image = inner.createImageData(side, side);
  fillPixels(new Uint32Array(image.data.buffer), bytes, table, discretize);
  inner.putImageData(image, 0, 0);
  ctx.imageSmoothingEnabled = true;
  ctx.drawImage(scratch, x, y, size, size);
}

/**
 * @param {Uint32Array} pixels
 * @param {Uint8Array} bytes
 * @param {Uint32Array} table
 * @param {boolean} discretize
 */
export function fillPixels(pixels, bytes, table, discretize) {
  for (let i = 0; i < pixels.length; i++) pixels[i] = table[discretize ? (bytes[i] >= 128 ? 255 : 1) : bytes[i]];
}
