/** Pictures of one byte a point as pixels: a raster holds them until the next frame. */

/**
 * @param {Uint32Array} pixels
 * @param {Uint8Array} bytes
 * @param {Uint32Array} packed colours of the bytes
 * @param {boolean} discretize show only the sign: 128 and above is positive or zero
 */
export function fillPixels(pixels, bytes, packed, discretize) {
  for (let i = 0; i < pixels.length; i++) pixels[i] = packed[discretize ? (bytes[i] >= 128 ? 255 : 1) : bytes[i]];
}

/**
 * Return a raster: `paint` fills it with pictures of one side length, one below the other; `canvas` holds them.
 * @param {HTMLCanvasElement} canvas
 */
export function createRaster(canvas) {
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  /** @type {ImageData | null} */
  let image = null;
  return {
    canvas,
    /**
     * @param {Uint8Array} bytes
     * @param {number} side
     * @param {import("../scales.js").Colours} colours
     * @param {boolean} [discretize]
     */
    paint(bytes, side, { packed }, discretize = false) {
      const height = bytes.length / side;
      if (image?.width !== side || image.height !== height) {
        canvas.width = side;
        canvas.height = height;
        image = ctx.createImageData(side, height);
      }
      fillPixels(new Uint32Array(image.data.buffer), bytes, packed, discretize);
      ctx.putImageData(image, 0, 0);
    },
  };
}

/**
 * Draw one picture of a raster.
 * @param {CanvasRenderingContext2D} ctx
 * @param {{raster: CanvasImageSource, index?: number, side: number}} scene
 * @param {{x: number, y: number, size: number}} place
 */
export function drawHeatmap(ctx, { raster, index = 0, side }, { x, y, size }) {
  ctx.imageSmoothingEnabled = true;
  ctx.drawImage(raster, 0, index * side, side, side, x, y, size, size);
}
