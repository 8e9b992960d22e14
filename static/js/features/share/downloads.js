/** What a learner can take away: pictures and numbers of the run on the screen. */

import { byId, canvasById } from "../../core/dom.js";

/**
 * Offer a file to be saved.
 * @param {string} name
 * @param {Blob} blob
 */
export function save(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * Return the losses as a table of comma-separated values.
 * @param {import("../../state/state.js").State["history"]} history
 */
export function lossesAsText({ epochs, train, test }) {
  const rows = Array.from(epochs, (epoch, i) => `${epoch},${train[i]},${test[i]}`);
  return `${["epoch,training loss,test loss", ...rows].join("\n")}\n`;
}

/**
 * Draw canvases over each other on the page's ground and return the picture.
 * @param {HTMLCanvasElement[]} layers of one size
 * @param {string} ground
 * @param {(ctx: CanvasRenderingContext2D, ratio: number) => void} [finish] draws what is no canvas on the page
 * @returns {Promise<Blob>}
 */
function picture(layers, ground, finish) {
  const canvas = document.createElement("canvas");
  canvas.width = layers[0].width;
  canvas.height = layers[0].height;
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  ctx.fillStyle = ground;
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  for (const layer of layers) ctx.drawImage(layer, 0, 0);
  finish?.(ctx, canvas.width / layers[0].getBoundingClientRect().width);
  return new Promise((done) => canvas.toBlob((blob) => done(/** @type {Blob} */ (blob)), "image/png"));
}

/** @param {import("../../draw/colours.js").Theme} theme */
export function plotPicture({ surface }) {
  return picture([canvasById("plot"), canvasById("plot-marks")], surface);
}

/**
 * The network's canvas with the names that stand beside it on the page.
 * @param {import("../../draw/colours.js").Theme} theme
 */
export function networkPicture({ surface, ink, soft }) {
  const stage = byId("stage").getBoundingClientRect();
  return picture([canvasById("network")], surface, (ctx, ratio) => {
    ctx.scale(ratio, ratio);
    ctx.textBaseline = "middle";
    for (const text of /** @type {NodeListOf<HTMLElement>} */ (
      byId("stage").querySelectorAll(".feature > span, .layer-tools > p")
    )) {
      const { left, right, top, bottom, width } = text.getBoundingClientRect();
      if (width === 0) continue;
      const isName = text.closest(".feature") !== null;
      ctx.font = `${isName ? 13 : 12}px Inter, sans-serif`;
      ctx.fillStyle = text.closest("[aria-pressed=true]") ? ink : soft;
      ctx.textAlign = isName ? "right" : "center";
      const name = isName ? (text.closest(".feature")?.getAttribute("aria-label") ?? "") : text.textContent;
      ctx.fillText(name ?? "", (isName ? right : (left + right) / 2) - stage.left, (top + bottom) / 2 - stage.top);
    }
  });
}
