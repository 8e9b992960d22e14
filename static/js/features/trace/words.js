/** What is said about a step of the walk. */

import { _ } from "../../core/i18n.js";
import { unitName } from "../../state/names.js";
import { unitIndex } from "../../wire/decoder.js";

/**
 * @typedef {import("./walk.js").Step} Step
 * @typedef {import("../../wire/decoder.js").Frame} Frame
 */

/** Share of a loss below which a change of it is none. */
const UNCHANGED = 1e-9;

/**
 * @param {"forward" | "backward" | "update"} pass
 */
export function passName(pass) {
  return { forward: _("Forward pass"), backward: _("Backward pass"), update: _("Update") }[pass];
}

/**
 * @param {Step} step
 * @param {Frame} frame
 */
export function titleOf(step, frame) {
  const name = unitName(frame, unitIndex(frame.sizes, step));
  switch (step.kind) {
    case "input":
      return _("The inputs");
    case "softmax":
      return _("The outputs together");
    case "loss":
      return _("The loss");
    case "after":
      return _("The loss after the step");
    case "output":
      return _("{unit}: how the loss changes with it", { unit: name });
    case "delta":
      return _("{unit}: its delta", { unit: name });
    case "gradient":
      return _("{unit}: its weights", { unit: name });
    default:
      return name;
  }
}

/**
 * Explain a step in one or two sentences.
 * @param {Step} step
 * @param {Frame} frame
 * @param {import("../../wire/decoder.js").Experiment} experiment
 */
export function sentenceOf({ kind, layer }, frame, experiment) {
  const { explanation, sizes } = frame;
  const isOutput = layer === sizes.length - 2;
  switch (kind) {
    case "input":
      return _("The example enters the network: each feature, worked out at its point, is one input.");
    case "neuron":
      return _("Each input times its weight, and the bias on top, make the sum z. The activation turns it into a.");
    case "softmax":
      return _("All sums together become shares between 0 and 1 that add up to 1.");
    case "loss":
      return _("The loss says how far the output is from the target. Here the forward pass ends.");
    case "output":
      return _("The way back begins: the derivative of the loss by the output.");
    case "delta":
      return isOutput
        ? _(
            "Through the activation: delta is the derivative of the loss by the sum z, so the slope is one more factor.",
          )
        : _("Every neuron above sends its delta back along the weight between them; the sum passes through the slope.");
    case "gradient":
      return _(
        "The derivative by a weight is the delta of its neuron times the input that came along it. Choose one to unfold it.",
      );
    case "update":
      return updateSentence(experiment, explanation?.shortened ?? 1);
    default:
      return afterSentence(explanation?.loss ?? 0, explanation?.loss_after ?? 0, experiment);
  }
}

/**
 * @param {import("../../wire/decoder.js").Experiment} experiment
 * @param {number} shortened
 */
function updateSentence({ optimizer, penalty, penalty_rate: rate }, shortened) {
  const sentences = [
    optimizer === "sgd"
      ? _("Each weight takes a step against its derivative g, as long as the learning rate η says.")
      : _("The optimizer turns each derivative g, and what it remembers, into a step."),
  ];
  if (shortened < 1) sentences.push(_("Clipping has shortened the whole gradient before."));
  if (penalty !== "none" && rate > 0) sentences.push(_("Then the penalty pulls at the weight, by the rate λ."));
  return sentences.join(" ");
}

/**
 * @param {number} before
 * @param {number} after
 * @param {import("../../wire/decoder.js").Experiment} experiment
 */
function afterSentence(before, after, { optimizer, penalty, penalty_rate: rate }) {
  const batches = _("In training a batch of examples shares one step: their gradients are averaged.");
  return `${outcome(before, after, optimizer === "sgd" && (penalty === "none" || rate === 0))} ${batches}`;
}

/**
 * @param {number} before
 * @param {number} after
 * @param {boolean} downhill the step goes against this example's gradient, and nowhere else
 */
function outcome(before, after, downhill) {
  if (Math.abs(after - before) <= UNCHANGED * before)
    return _("The same example once more, with the new weights: the loss has not changed.");
  if (after < before) return _("The same example once more, with the new weights: the loss is smaller.");
  return downhill
    ? _("The same example once more, with the new weights: the loss is larger, the step was too long.")
    : _(
        "The same example once more, with the new weights: the loss is larger, since the step follows more than this gradient.",
      );
}
