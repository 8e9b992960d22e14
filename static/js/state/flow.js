/** Keep the gradients and updates of each layer over the epochs, as received in frames. */

/**
 * @typedef {import("../wire/decoder.js").Gradients} Gradients
 * @typedef {"gradient" | "update"} Measure
 * @typedef {object} Flow
 * @property {Gradients | null} newest
 * @property {number[]} epochs
 * @property {(number | null)[][]} gradient of each layer at these epochs
 * @property {(number | null)[][]} update likewise
 */

export const MAX_FLOW = 1500;

/** @type {Flow} */
export const NO_FLOW = { newest: null, epochs: [], gradient: [], update: [] };

/**
 * Add a frame's gradients by epoch. An earlier epoch drops the later ones; another depth drops all.
 * @param {Flow} flow
 * @param {{epoch: number, sizes: number[], gradients: Gradients | null}} frame
 * @returns {Flow}
 */
export function extendedFlow(flow, { epoch, sizes, gradients }) {
  const known = flow.gradient.length === sizes.length - 1 ? flow : NO_FLOW;
  const last = known.epochs[known.epochs.length - 1] ?? -1;
  if (!gradients) return last > epoch ? cut(known, epoch + 1) : known;
  const { newest: _, ...kept } = cut(known, epoch);
  const added = {
    newest: gradients,
    epochs: [...kept.epochs, epoch],
    gradient: gradients.layers.map((layer, i) => [...(kept.gradient[i] ?? []), layer.gradient]),
    update: gradients.layers.map((layer, i) => [...(kept.update[i] ?? []), layer.update]),
  };
  return added.epochs.length > MAX_FLOW ? thinned(added) : added;
}

/**
 * @param {Flow} flow
 * @param {number} epoch the first to drop
 * @returns {Flow}
 */
function cut(flow, epoch) {
  const found = flow.epochs.findIndex((each) => each >= epoch);
  return found < 0 ? flow : filtered(flow, (_, i) => i < found);
}

/**
 * Leave out every second reading, but not the last.
 * @param {Flow} flow
 */
function thinned(flow) {
  return filtered(flow, (_, i) => i % 2 === 0 || i === flow.epochs.length - 1);
}

/**
 * @param {Flow} flow
 * @param {(value: unknown, index: number) => boolean} keep
 * @returns {Flow}
 */
function filtered({ newest, epochs, gradient, update }, keep) {
  const each = (/** @type {(number | null)[][]} */ lines) => lines.map((line) => line.filter(keep));
  return { newest, epochs: epochs.filter(keep), gradient: each(gradient), update: each(update) };
}
