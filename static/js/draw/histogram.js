/** Draw a histogram: bars in two colours, for negative and other values, over an axis with labelled ends. */

const AXIS = 16; // pixels below the bars, for the numbers

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {{low: number, high: number, counts: number[]}} histogram
 * @param {{width: number, height: number, theme: import("./colours.js").Theme, write: (value: number) => string}} options
 */
export function drawHistogram(ctx, { low, high, counts }, { width, height, theme, write }) {
  const [ground, most] = [height - AXIS, Math.max(1, ...counts)];
  const bar = width / counts.length;
  const css = theme.colours.css;
  counts.forEach((count, i) => {
    if (count === 0) return;
    const size = Math.max(1, (count / most) * (ground - 2));
    const middle = low + ((i + 0.5) / counts.length) * (high - low);
    ctx.fillStyle = css[middle < 0 ? 1 : 255];
    ctx.fillRect(i * bar + 0.5, ground - size, Math.max(1, bar - 1), size);
  });
  ctx.fillStyle = theme.soft;
  ctx.fillRect(0, ground, width, 1);
  ctx.font = "11px Inter, sans-serif";
  ctx.textBaseline = "bottom";
  ctx.textAlign = "left";
  ctx.fillText(write(low), 0, height);
  ctx.textAlign = "right";
  ctx.fillText(write(high), width, height);
  if (low >= 0) return;
  ctx.textAlign = "center";
  ctx.fillText("0", width / 2, height);
}
