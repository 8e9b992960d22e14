/** The websocket's messages: one decoder; no other file knows a byte. docs/protocol.md describes them. */

import { decode } from "@msgpack/msgpack";

export const PICTURE = 34;
export const BOUNDARY = 100;

/**
 * @typedef {object} Experiment
 * @property {string} dataset
 * @property {string} seed
 * @property {string | null} weights_seed
 * @property {number} noise
 * @property {number} train_percent
 * @property {string[]} features
 * @property {number[]} hidden_layers
 * @property {string} activation
 * @property {string} penalty
 * @property {number} penalty_rate
 * @property {number} learning_rate
 * @property {number} batch_size
 * @property {number | null} stop_epochs
 * @property {number | null} stop_loss
 * @property {number | null} stop_patience
 * @property {string | null} start
 *
 * @typedef {{show_test: boolean, discretize: boolean, hide_text: boolean, measures: boolean, mark_wrong: boolean,
 *   contours: boolean, log_scale: boolean, smoothing: number, hide: string[]}} View
 * @typedef {{field: string, value: string, allowed: string}} Problem
 * @typedef {{train: Float32Array, test: Float32Array}} Points x1, x2, target of each point
 * @typedef {{type: "welcome", version: number, datasets: Record<string, Float32Array>, features: Record<string, Uint8Array>}} Welcome
 * @typedef {{type: "status", kernels: "plain" | "compiling" | "compiled", done: number, total: number}} Status
 * @typedef {{type: "accepted", rev: number, experiment: Experiment, view: View, link: string, effect: string,
 *   notices: Problem[], safe_penalty_rate: number | null, smaller_learning_rate: number, parameters: number}} Accepted
 * @typedef {{type: "error", rev: number | null} & Problem} Refusal
 * @typedef {object} Frame
 * @property {"frame"} type
 * @property {number} frame
 * @property {number} rev
 * @property {number} net
 * @property {number} data
 * @property {"paused" | "playing" | "diverged"} mode
 * @property {number} epoch
 * @property {number} train_loss
 * @property {number} test_loss
 * @property {Float64Array} curve epoch, training loss, test loss, again and again; the last are this frame's
 * @property {number[]} sizes
 * @property {string[]} features
 * @property {string} activation
 * @property {Uint8Array} checkpoint
 * @property {Float64Array} theta the weights of a layer, neuron by neuron, then its biases; layer by layer
 * @property {number} focus
 * @property {Uint8Array} boundary
 * @property {Uint8Array} pictures
 * @property {number[]} scales
 * @property {Points | null} points
 * @property {number | null} diverged
 * @property {string | null} finished
 */

/** @param {Uint8Array} bytes */
function floats(bytes) {
  return new Float32Array(bytes.slice().buffer);
}

/**
 * Decode a message of the server.
 * @param {ArrayBuffer} buffer
 * @returns {Welcome | Status | Accepted | Refusal | Frame}
 */
export function decodeMessage(buffer) {
  const message = /** @type {any} */ (decode(buffer));
  if (message.type === "welcome") {
    for (const name of Object.keys(message.datasets)) message.datasets[name] = floats(message.datasets[name]);
  }
  if (message.type === "frame") {
    message.curve = new Float64Array(message.curve.slice().buffer);
    const bytes = parameterCount(message.sizes) * 8;
    message.theta = new Float64Array(message.checkpoint.slice(0, bytes).buffer);
    if (message.points) {
      message.points = { train: floats(message.points.train), test: floats(message.points.test) };
    }
  }
  return message;
}

/** @param {number[]} sizes */
export function parameterCount(sizes) {
  let count = 0;
  for (let layer = 1; layer < sizes.length; layer++) count += sizes[layer] * (sizes[layer - 1] + 1);
  return count;
}

/**
 * Return where a weight (or with input null a bias) stands in theta.
 * @param {number[]} sizes
 * @param {number} layer 0 is the first hidden layer
 * @param {number} neuron
 * @param {number | null} input
 */
export function parameterIndex(sizes, layer, neuron, input) {
  const start = parameterCount(sizes.slice(0, layer + 1));
  return input === null ? start + sizes[layer] * sizes[layer + 1] + neuron : start + neuron * sizes[layer] + input;
}

/**
 * Return a checkpoint as text: what a later `hello` goes on from.
 * @param {Frame} frame
 */
export function checkpointText(frame) {
  let binary = "";
  for (const byte of frame.checkpoint) binary += String.fromCharCode(byte);
  return `${frame.epoch}.${btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")}`;
}

/**
 * Return where a unit stands among all, inputs first.
 * @param {number[]} sizes
 * @param {{layer: number, neuron: number}} at layer 0 is the first hidden layer
 */
export function unitIndex(sizes, { layer, neuron }) {
  return sizes.slice(0, layer + 1).reduce((sum, count) => sum + count, 0) + neuron;
}

/**
 * Return the output that the large picture shows at a point of the plane.
 * @param {Pick<Frame, "boundary" | "scales" | "focus">} frame
 * @param {{x: number, y: number}} point
 */
export function outputAt({ boundary, scales, focus }, { x, y }) {
  const column = Math.round(((x + 6) / 12) * (BOUNDARY - 1));
  const row = Math.round(((6 - y) / 12) * (BOUNDARY - 1));
  return ((boundary[row * BOUNDARY + column] - 128) / 127) * scales[focus];
}
