/** Show a weight or bias of the displayed network in a card, with its value and its lock. */

import { partsOf } from "../../core/dom.js";
import { typed } from "../../core/formats.js";
import { parameterName, unitName } from "../../state/names.js";
import { LOCKED, parameterIndex, unitIndex } from "../../wire/decoder.js";

/**
 * @typedef {import("../../core/geometry.js").Parameter} Parameter
 * @typedef {import("../../wire/decoder.js").Frame} Frame
 * @typedef {ReturnType<typeof cardIn>} Card
 */

/**
 * Return the elements of a card.
 * @param {HTMLElement} root
 * @param {"tooltip" | "editor"} name that their parts begin with
 */
export function cardIn(root, name) {
  const { part, input } = partsOf(root);
  return {
    name: part(`${name}-name`),
    target: part(`${name}-target`),
    value: input(`${name}-value`),
    lock: input(`${name}-lock`),
    /** Contains the whole neuron's lock, shown when its bias is edited. */
    neuron: part(`${name}-neuron`),
    lockNeuron: input(`${name}-lock-neuron`),
    hint: part(`${name}-hint`),
  };
}

/**
 * Put a card beside a place of the page.
 * @param {HTMLElement} root
 * @param {number} x
 * @param {number} y
 */
export function placeCard(root, x, y) {
  root.style.left = `${Math.max(8, Math.min(x + 14, document.documentElement.clientWidth - 268))}px`;
  root.style.top = `${y + 14}px`;
}

/**
 * Return a parameter if the displayed network has it.
 * @param {Pick<import("../../state/state.js").State, "running">} state
 * @param {Parameter} parameter
 */
export function subject({ running }, parameter) {
  const { layer, neuron, input } = parameter;
  if (!running || layer + 1 >= running.sizes.length || neuron >= running.sizes[layer + 1]) return null;
  return input === null || input < running.sizes[layer] ? parameter : null;
}

/**
 * Return a parameter's value as the card shows it.
 * @param {Pick<Frame, "sizes" | "theta">} frame
 * @param {Parameter} parameter
 */
export function currentValue({ sizes, theta }, { layer, neuron, input }) {
  return typed(theta[parameterIndex(sizes, layer, neuron, input)]);
}

/**
 * Return whether the learner has locked a parameter, so that training leaves it alone.
 * @param {Pick<Frame, "sizes" | "flags">} frame
 * @param {Parameter} parameter
 */
function isLocked({ sizes, flags }, { layer, neuron, input }) {
  return flags[parameterIndex(sizes, layer, neuron, input)] === LOCKED;
}

/**
 * Return whether the learner has locked a neuron: its bias and all weights into it.
 * @param {Pick<Frame, "sizes" | "flags">} frame
 * @param {Parameter} parameter
 */
function isNeuronLocked(frame, parameter) {
  const inputs = Array.from({ length: frame.sizes[parameter.layer] }, (_, input) => input);
  return [null, ...inputs].every((input) => isLocked(frame, { ...parameter, input }));
}

/**
 * Show the locks of a parameter.
 * @param {Card} card
 * @param {Frame} frame
 * @param {Parameter} parameter
 */
export function showLocks({ lock, lockNeuron }, frame, parameter) {
  lock.checked = isLocked(frame, parameter);
  lockNeuron.checked = isNeuronLocked(frame, parameter);
}

/**
 * Show a parameter.
 * @param {Card} card
 * @param {Frame} frame
 * @param {Parameter} parameter
 * @param {string | null} wanted value, in place of the current one
 */
export function showParameter({ name, target, value, neuron }, frame, parameter, wanted) {
  name.textContent = parameterName(frame, parameter);
  const unit = unitName(frame, unitIndex(frame.sizes, parameter));
  target.textContent = parameter.input === null ? unit : `→ ${unit}`;
  neuron.hidden = parameter.input !== null;
  const text = wanted ?? currentValue(frame, parameter);
  if (value.value !== text) value.value = text;
}
