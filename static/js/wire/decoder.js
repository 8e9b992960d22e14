/** Decode the websocket's messages, which docs/protocol.md describes. No other file handles their bytes. */

import { decode } from "@msgpack/msgpack";
import { PLANE } from "../core/plane.js";

/** In a frame's flags: training changes a parameter, or the learner has locked it; 0 is dead. */
export const FREE = 1;
export const LOCKED = 2;
export const PICTURE = 34;
export const BOUNDARY = 100;
export const LINES = 50;

/**
 * @typedef {object} Experiment
 * @property {string} dataset
 * @property {import("./own_data.js").OwnData | null} own
 * @property {string[]} formulas
 * @property {string} curve
 * @property {number} classes
 * @property {string} seed
 * @property {string | null} weights_seed
 * @property {number} noise
 * @property {number} train_percent
 * @property {number} validation_percent
 * @property {string[]} features
 * @property {number[]} hidden_layers
 * @property {string} activation
 * @property {string[] | null} layer_activations
 * @property {string} loss
 * @property {string} penalty
 * @property {number} penalty_rate
 * @property {number} learning_rate
 * @property {number} batch_size
 * @property {number | null} stop_epochs
 * @property {number | null} stop_loss
 * @property {number | null} stop_patience
 * @property {string} optimizer
 * @property {number} momentum
 * @property {number} rho
 * @property {number} beta1
 * @property {number} beta2
 * @property {number} weight_decay
 * @property {number} huber_delta
 * @property {number} elastic_ratio
 * @property {string | null} start
 *
 * @typedef {{show_test: boolean, discretize: boolean, hide_text: boolean, measures: boolean, mark_wrong: boolean,
 *   contours: boolean, neuron_lines: boolean, log_scale: boolean, gradients: boolean, smoothing: number, digits: number,
 *   example: number[] | null, hide: string[]}} View
 * @typedef {{field: string, value: string, allowed: string, about?: string[]}} Problem of a refused command, `about` names
 *   what it was to change
 * @typedef {{train: Float32Array, test: Float32Array}} Points x1, x2, target of each point
 * @typedef {{train: Uint8Array, test: Uint8Array}} Masks 1 for each masked point
 * @typedef {{type: "welcome", features: Record<string, Uint8Array>}} Welcome
 * @typedef {{type: "status", kernels: "plain" | "compiling" | "compiled" | "failed", done: number, total: number}} Status
 * @typedef {{id: number, experiment: Experiment, view: View, link: string, notices: Problem[],
 *   remarks: string[], safe_penalty_rate: number | null, parameters: number, output_activation: string,
 *   class_names: string[], axes: Axes | null, own: import("./own_data.js").OwnData | null}} RunDescription
 * @typedef {{type: "accepted", rev: number, effect: "none" | "live" | "data" | "restart", run: RunDescription | null,
 *   result: Pruned | Checked | FileAnswer | null}} Accepted
 * @typedef {{name: string, low: number, high: number}} Axis the original values at -5 and 5 on the plane, or at -1 and 1 for a target
 * @typedef {{x: Axis, y: Axis, target: Axis | null}} Axes
 * @typedef {{accuracy: number | null, confusion: number[][], precision: (number | null)[], recall: (number | null)[]}
 *   | {r_squared: number | null}} Metrics
 * @typedef {{low: number, high: number, counts: number[]}} Histogram
 * @typedef {{neurons: number, gradient: number | null, update: number | null, saturated: number | null, dead: number | null,
 *   histograms: Histogram[]}} LayerFlow the histograms of weights, activations, gradients by weight
 * @typedef {{kind: string, layer: number | null, text: string, advice: string | null}} Finding
 * @typedef {{layers: LayerFlow[], findings: Finding[]}} Gradients
 * @typedef {{type: "file", name: string, text: string}} FileAnswer
 * @typedef {{type: "pruned", count: number, predicted: number | null, actual: number | null, before: number, after: number}} Pruned
 * @typedef {{type: "checked", epoch: number, points: number, sizes: number[], features: string[], gradient: Float64Array,
 *   quotient: Float64Array, difference: Float64Array, bent: Uint8Array, worst: number | null, digits: number,
 *   agrees: boolean, outdated?: boolean}} Checked
 * @typedef {{type: "unattended", minutes: number}} Unattended
 * @typedef {{type: "refused", rev: number | null} & Problem} Refusal
 * @typedef {{neurons: number[], factors: number[], product: number}} Path the output first
 * @typedef {{layer: number, neuron: number, input: number | null, shown: Path[], count: number, remainder: number, total: number}} Paths
 * @typedef {object} Trace one example's values in the network: arrays over the units without the inputs, or over the parameters as in theta
 * @property {number[]} target
 * @property {number[]} inputs
 * @property {string[]} activations of each layer
 * @property {Float64Array} z
 * @property {Float64Array} a
 * @property {Float64Array} slopes
 * @property {Float64Array} a_gradients
 * @property {Float64Array} deltas
 * @property {Float64Array} gradient
 * @property {number} loss
 * @property {number} learning_rate
 * @property {number} shortened
 * @property {Float64Array} state_before
 * @property {Float64Array} state
 * @property {number[]} decays
 * @property {Float64Array} descended
 * @property {Float64Array} updated
 * @property {number} loss_after
 * @property {Paths | null} paths
 * @typedef {object} Frame
 * @property {"frame"} type
 * @property {number} frame
 * @property {number} rev
 * @property {number | null} base null in decoded frames, whose pictures are whole
 * @property {number} run the id of the run that the frame shows
 * @property {number} net
 * @property {number} data
 * @property {"paused" | "playing" | "diverged"} mode
 * @property {number} epoch
 * @property {number} learning_rate of the next epoch
 * @property {number} train_loss
 * @property {number} test_loss
 * @property {number | null} validation_loss if points are set aside for validation
 * @property {Float64Array} curve triples of epoch, training loss and test loss; the last is this frame's
 * @property {number[]} sizes
 * @property {string[]} features
 * @property {Uint8Array} checkpoint
 * @property {Float64Array} theta the weights of a layer, neuron by neuron, then its biases; layer by layer
 * @property {Uint8Array} flags of each parameter: 0 dead, 1 free, 2 locked
 * @property {number | null} focus the unit in the large picture; null is the decision between the outputs
 * @property {Uint8Array} boundary
 * @property {number} classes 1 is regression
 * @property {{train: Metrics, test: Metrics} | null} metrics if the view asks for them or the run is paused, otherwise about once a second
 * @property {Masks | null} wrong which points are misclassified, if the view asks for it
 * @property {Gradients | null} gradients if the view asks for them and they are new
 * @property {Uint8Array | null} chosen the predicted class at each point of the large picture
 * @property {Uint8Array} pictures
 * @property {number[]} scales
 * @property {number[]} centers
 * @property {Float64Array | null} linear of a linear network: each output's weights for the inputs, then its bias
 * @property {Uint8Array | null} line_pictures z of each first-layer neuron, if the view asks for it and its line is curved
 * @property {Points | null} points
 * @property {number | null} diverged
 * @property {{field: "learning_rate" | "penalty_rate", value: number} | null} remedy a setting with which a copy of the diverged run has learned
 * @property {string | null} finished
 * @property {Trace | null} trace of the view's example, while paused
 */

/** @param {Uint8Array} bytes */
function floats(bytes) {
  return new Float32Array(bytes.slice().buffer);
}

/** @param {Uint8Array} bytes */
function doubles(bytes) {
  return new Float64Array(bytes.slice().buffer);
}

/**
 * Restore a picture in place from its delta, which stores each pixel's change minus the previous pixel's change.
 * @param {Uint8Array | null} bytes
 * @param {Uint8Array | null} before
 */
function addTo(bytes, before) {
  if (!bytes || !before) return;
  let change = 0;
  for (let i = 0; i < bytes.length; i++) {
    change += bytes[i];
    bytes[i] = before[i] + change;
  }
}

/**
 * Decode a message from the server.
 * @param {ArrayBuffer} buffer
 * @param {Frame | null} before the last decoded frame of the same connection
 * @returns {Welcome | Status | Accepted | Refusal | Unattended | Frame}
 */
export function decodeMessage(buffer, before = null) {
  const message = /** @type {any} */ (decode(buffer));
  if (message.type === "accepted" && message.result?.type === "checked") {
    for (const name of ["gradient", "quotient", "difference"]) message.result[name] = doubles(message.result[name]);
  }
  if (message.type === "frame") {
    if (message.base !== null) {
      if (!before || before.frame !== message.base)
        throw new Error(`frame ${message.frame} needs frame ${message.base}`);
      addTo(message.boundary, before.boundary);
      addTo(message.chosen, before.chosen);
      addTo(message.pictures, before.pictures);
      addTo(message.line_pictures, before.line_pictures);
      message.base = null;
    }
    if (before && before.net === message.net) {
      // Within one network an unchanged field is the same object, so callers can compare by identity.
      message.sizes = before.sizes;
      message.features = before.features;
    }
    message.curve = doubles(message.curve);
    message.linear = message.linear && doubles(message.linear);
    const bytes = parameterCount(message.sizes) * 8;
    message.theta = new Float64Array(message.checkpoint.slice(0, bytes).buffer);
    message.flags = message.checkpoint.subarray(bytes, bytes + bytes / 8);
    if (message.trace) {
      const { trace } = message;
      for (const [name, value] of Object.entries(trace)) if (value instanceof Uint8Array) trace[name] = doubles(value);
    }
    if (message.points) {
      message.points = { train: floats(message.points.train), test: floats(message.points.test) };
    }
  }
  return message;
}

/**
 * @param {number[]} sizes
 * @param {number} [layers] how many layers to count, inputs first
 */
export function parameterCount(sizes, layers = sizes.length) {
  let count = 0;
  for (let layer = 1; layer < layers; layer++) count += sizes[layer] * (sizes[layer - 1] + 1);
  return count;
}

/**
 * Return the index of a weight in theta, or of a bias if `input` is null.
 * @param {number[]} sizes
 * @param {number} layer 0 is the first hidden layer
 * @param {number} neuron
 * @param {number | null} input
 */
export function parameterIndex(sizes, layer, neuron, input) {
  const start = parameterCount(sizes, layer + 1);
  return input === null ? start + sizes[layer] * sizes[layer + 1] + neuron : start + neuron * sizes[layer] + input;
}

/**
 * Return a checkpoint as text, for a later `hello` to continue from.
 * @param {Frame} frame
 */
export function checkpointText(frame) {
  let binary = "";
  for (const byte of frame.checkpoint) binary += String.fromCharCode(byte);
  return `${frame.epoch}.${btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")}`;
}

/**
 * Return the index of a unit among all units, inputs first.
 * @param {number[]} sizes
 * @param {{layer: number, neuron: number}} at layer 0 is the first hidden layer
 */
export function unitIndex(sizes, { layer, neuron }) {
  return sizes.slice(0, layer + 1).reduce((sum, count) => sum + count, 0) + neuron;
}

/**
 * Return the value of the large picture at a point of the plane: an output, or a class and its confidence.
 * @param {Pick<Frame, "boundary" | "scales" | "centers" | "focus" | "chosen">} frame
 * @param {{x: number, y: number}} point
 */
export function outputAt({ boundary, scales, centers, focus, chosen }, { x, y }) {
  const column = Math.round(((x + PLANE) / (2 * PLANE)) * (BOUNDARY - 1));
  const row = Math.round(((PLANE - y) / (2 * PLANE)) * (BOUNDARY - 1));
  const at = row * BOUNDARY + column;
  const share = (boundary[at] - 128) / 127;
  if (focus === null) return { value: share, chosen: chosen ? chosen[at] : null };
  return { value: centers[focus] + share * scales[focus], chosen: null };
}
