/** Fit canvases to device pixels. No other file deals with them. */

/** @type {WeakMap<HTMLCanvasElement, number>} device pixels per CSS pixel when each was fitted */
const ratios = new WeakMap();

/**
 * Fit a canvas to a size in CSS pixels, clear it and return its context, scaled to CSS pixels.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
export function fitted(canvas, width, height) {
  const ratio = globalThis.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h || ratios.get(canvas) !== ratio) {
    ratios.set(canvas, ratio);
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  return ctx;
}
