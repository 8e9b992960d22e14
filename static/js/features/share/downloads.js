/** Download pictures, numbers and files of the run, and open a model file. */

import { partsOf } from "../../core/dom.js";
import { ngettext } from "../../core/i18n.js";
import { drawNames } from "../../draw/network.js";
import { formulaOf } from "../../state/names.js";

/**
 * @param {object} options
 * @param {Element} options.root
 * @param {import("../../state/state.js").Store} options.store
 * @param {import("../../wire/commands.js").Commands} options.commands
 * @param {{get: () => import("../../draw/colours.js").Theme}} options.theme
 * @param {{plot: HTMLCanvasElement[], network: HTMLCanvasElement}} options.canvases on the page; those of the plot lie over
 *   each other
 * @param {() => import("../../core/geometry.js").Geometry | null} options.geometry of the network
 */
export function bindDownloads({ root, store, commands, theme, canvases, geometry }) {
  const { part, input, all } = partsOf(root);
  part("save-plot").addEventListener("click", async () => {
    save("plot.png", await picture(canvases.plot, theme.get().surface));
  });
  part("save-network").addEventListener("click", async () => {
    const [laidOut, { wanted }] = [geometry(), store.get()];
    const names = (/** @type {CanvasRenderingContext2D} */ ctx) => {
      if (laidOut) drawNames(ctx, laidOut, namesOf(laidOut, wanted?.experiment.hidden_layers ?? []), theme.get());
    };
    save("network.png", await picture([canvases.network], theme.get().surface, names));
  });
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
 * Return the texts around the network on the page.
 * @param {import("../../core/geometry.js").Geometry} geometry
 * @param {number[]} hiddenLayers
 */
function namesOf({ features }, hiddenLayers) {
  return {
    features: features.map(({ name }) => formulaOf(name)),
    layers: hiddenLayers.map((count) => ngettext("{count} neuron", "{count} neurons", count)),
  };
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
 * Draw canvases over each other on a ground and return the picture.
 * @param {HTMLCanvasElement[]} layers of one size
 * @param {string} ground
 * @param {(ctx: CanvasRenderingContext2D) => void} [finish] draws, in CSS pixels, what is text on the page
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
  const ratio = canvas.width / layers[0].getBoundingClientRect().width;
  ctx.scale(ratio, ratio);
  finish?.(ctx);
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
