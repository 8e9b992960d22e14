/** Explain the steps of a trace in words. */

import { _ } from "../../core/i18n.js";
import { unitName } from "../../state/names.js";
import { unitIndex } from "../../wire/decoder.js";

/**
 * @typedef {import("./steps.js").Step} Step
 * @typedef {import("../../wire/decoder.js").Frame} Frame
 */

/** Relative change of a loss below which it counts as unchanged. */
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
      return _("All outputs together");
    case "loss":
      return _("The loss");
    case "after":
      return _("The loss after the update");
    case "output":
      return _("{unit}: derivative of the loss", { unit: name });
    case "delta":
      return _("{unit}: delta", { unit: name });
    case "gradient":
      return _("{unit}: weight gradients", { unit: name });
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
  const { trace, sizes } = frame;
  const isOutput = layer === sizes.length - 2;
  switch (kind) {
    case "input":
      return _("The example enters the network. Each feature, evaluated at this point, is one input.");
    case "neuron":
      return _(
        "The neuron multiplies each input by its weight and adds the bias to get the sum z. The activation function turns z into the output a.",
      );
    case "softmax":
      return _("Softmax turns all the sums into probabilities: numbers between 0 and 1 that add up to 1.");
    case "loss":
      return _("The loss measures how far the output is from the target. The forward pass ends here.");
    case "output":
      return _("The backward pass starts with the derivative of the loss with respect to the output.");
    case "delta":
      return isOutput
        ? _(
            "Delta is the derivative of the loss with respect to the sum z. Going back through the activation adds one factor: its slope.",
          )
        : _(
            "Each neuron in the next layer sends its delta back, multiplied by the connecting weight. The sum of these, times the slope of the activation, is this neuron’s delta.",
          );
    case "gradient":
      return _(
        "The derivative with respect to a weight is its neuron’s delta times the input that the weight multiplies. Choose a weight to unfold its chain rule.",
      );
    case "update":
      return updateSentence(experiment, trace?.shortened ?? 1);
    default:
      return afterSentence(trace?.loss ?? 0, trace?.loss_after ?? 0, experiment);
  }
}

/**
 * @param {import("../../wire/decoder.js").Experiment} experiment
 * @param {number} shortened
 */
function updateSentence({ optimizer, penalty, penalty_rate: rate }, shortened) {
  const sentences = [
    optimizer === "sgd"
      ? _("Each weight moves against its derivative g. The learning rate η scales the step.")
      : _("The optimizer computes each step from the derivative g and from what it has accumulated in earlier steps."),
  ];
  if (shortened < 1) sentences.push(_("The whole gradient was clipped first."));
  if (penalty !== "none" && rate > 0) sentences.push(_("Regularization then pulls the weight towards 0, at rate λ."));
  return sentences.join(" ");
}

/**
 * @param {number} before
 * @param {number} after
 * @param {import("../../wire/decoder.js").Experiment} experiment
 */
function afterSentence(before, after, { optimizer, penalty, penalty_rate: rate }) {
  const batches = _("In training, one step averages the gradients of a whole batch of examples.");
  return `${outcome(before, after, optimizer === "sgd" && (penalty === "none" || rate === 0))} ${batches}`;
}

/**
 * @param {number} before
 * @param {number} after
 * @param {boolean} downhill the step follows this example's gradient alone
 */
function outcome(before, after, downhill) {
  if (Math.abs(after - before) <= UNCHANGED * before)
    return _("The same example with the new weights: the loss hasn’t changed.");
  if (after < before) return _("The same example with the new weights: the loss went down.");
  return downhill
    ? _("The same example with the new weights: the loss went up. The step was too long.")
    : _("The same example with the new weights: the loss went up. The step depends on more than this gradient.");
}
