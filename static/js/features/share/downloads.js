/** Download pictures, numbers and files of the run, and open a model file. */

import { partsOf } from "../../core/dom.js";

/** Pixels of a downloaded picture from left to right, at least. */
const LEAST_WIDTH = 1600;

/**
 * @typedef {{width: number, height: number, layers: ((ctx: CanvasRenderingContext2D) => void)[]}} Picture its size in CSS
 *   pixels, and what draws its layers, the lowest first
 */

/**
 * @param {object} options
 * @param {Element} options.root
 * @param {import("../../state/state.js").Store} options.store
 * @param {import("../../wire/commands.js").Commands} options.commands
 * @param {{get: () => import("../../draw/colours.js").Theme}} options.theme
 * @param {Record<"plot" | "network", () => Picture>} options.pictures
 */
export function bindDownloads({ root, store, commands, theme, pictures }) {
  const { part, input, all } = partsOf(root);
  for (const name of /** @type {const} */ (["plot", "network"])) {
    part(`save-${name}`).addEventListener("click", async () => {
      save(`${name}.png`, await drawn(pictures[name](), theme.get().surface));
    });
  }
  part("save-losses").addEventListener("click", () => {
    save("losses.csv", new Blob([lossesAsText(store.get().history)], { type: "text/csv" }));
  });
  for (const button of all("[data-save]")) {
    button.addEventListener("click", () => commands.save(button.dataset.save ?? ""));
  }
  store.subscribe(({ file }, before) => {
    if (file && file !== before.file) save(file.name, new Blob([file.text], { type: "text/plain;charset=utf-8" }));
  });
  input("open-model").addEventListener("change", async () => {
    const file = input("open-model").files?.[0];
    if (!file) return;
    commands.openModel(await file.text());
    input("open-model").value = "";
  });
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
 * Draw a picture anew, large enough for a slide or a page, whatever its size on the screen.
 * @param {Picture} picture
 * @param {string} ground
 * @returns {Promise<Blob>}
 */
function drawn({ width, height, layers }, ground) {
  const ratio = Math.max(LEAST_WIDTH / width, devicePixelRatio);
  const blank = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    return { canvas, ctx: /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")) };
  };
  const { canvas, ctx } = blank();
  ctx.fillStyle = ground;
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  for (const layer of layers) {
    const over = blank(); // of its own: a layer may clear what it has drawn, but not what is below it
    over.ctx.scale(ratio, ratio);
    layer(over.ctx);
    ctx.drawImage(over.canvas, 0, 0);
  }
  return new Promise((done) => canvas.toBlob((blob) => done(/** @type {Blob} */ (blob)), "image/png"));
}

/**
 * Offer a file to be saved.
 * @param {string} name
 * @param {Blob} blob
 */
function save(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
