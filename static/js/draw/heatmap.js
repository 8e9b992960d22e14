/** Paint pictures of one byte per point into a raster, and draw them from there. */

/**
 * @param {Uint32Array} pixels
 * @param {Uint8Array} bytes
 * @param {Uint32Array} packed colours of the bytes
 * @param {boolean} discretize show only the sign: 128 and above is positive or zero
 * @param {number} [from] the first pixel to fill
 * @param {number} [to] the first after them
 */
export function fillPixels(pixels, bytes, packed, discretize, from = 0, to = pixels.length) {
  for (let i = from; i < to; i++) pixels[i] = packed[discretize ? (bytes[i] >= 128 ? 255 : 1) : bytes[i]];
}

/**
 * Colour each point by its class, more strongly where the decision is more certain.
 * @param {Uint32Array} pixels
 * @param {Uint8Array} bytes certainty, from 128 to 255
 * @param {Uint8Array} chosen the class of each point
 * @param {import("./colours.js").Colours[]} classes
 * @param {boolean} discretize every class in its full colour
 */
export function fillClasses(pixels, bytes, chosen, classes, discretize) {
  for (let i = 0; i < pixels.length; i++) pixels[i] = classes[chosen[i]].packed[discretize ? 255 : bytes[i]];
}

/**
 * Return a raster. `paint` fills it with square pictures, one below the other; `canvas` holds them.
 * @param {HTMLCanvasElement} canvas
 */
export function createRaster(canvas) {
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  /** @type {ImageData | null} */
  let image = null;
  let pixels = new Uint32Array();
  return {
    canvas,
    /**
     * @param {number} side
     * @param {number} height
     * @param {(pixels: Uint32Array) => void} fill
     */
    paint(side, height, fill) {
      if (image?.width !== side || image.height !== height) {
        canvas.width = side;
        canvas.height = height;
        image = ctx.createImageData(side, height);
        pixels = new Uint32Array(image.data.buffer);
      }
      fill(pixels);
      ctx.putImageData(image, 0, 0);
    },
  };
}

/**
 * Draw one picture of a raster.
 * @param {CanvasRenderingContext2D} ctx
 * @param {CanvasImageSource} raster
 * @param {number} index
 * @param {number} side of the picture
 * @param {number} x
 * @param {number} y
 * @param {number} size on the canvas
 */
export function drawHeatmap(ctx, raster, index, side, x, y, size) {
  ctx.drawImage(raster, 0, index * side, side, side, x, y, size, size);
}
