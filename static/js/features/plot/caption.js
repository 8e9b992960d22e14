/** Write the caption of the large plot. */

import { coordinate, percent, short, twoDigits } from "../../core/formats.js";
import { _ } from "../../core/i18n.js";
import { formulaOf, unitName } from "../../state/names.js";
import { outputAt } from "../../wire/decoder.js";

/**
 * @typedef {import("../../state/state.js").State} State
 * @typedef {import("../../wire/decoder.js").Frame} Frame
 */

/**
 * @param {State} state
 * @param {number} index
 */
export function className({ accepted }, index) {
  return accepted?.class_names[index] ?? _("Class {number}", { number: index + 1 });
}

/**
 * @param {import("../../wire/decoder.js").Axis | undefined} axis
 * @param {number} value of the plane
 */
function trueValue(axis, value) {
  if (!axis) return coordinate(value);
  return short(axis.low + ((value + 5) / 10) * (axis.high - axis.low));
}

/**
 * Return the caption: the value under the pointer, else the unit that the plot shows.
 * @param {State} state
 * @param {Frame} frame
 */
export function captionOf(state, frame) {
  const { pointer, accepted, wanted, hovered } = state;
  if (hovered && "feature" in hovered) return _("Feature {formula}", { formula: formulaOf(hovered.feature) });
  if (pointer) {
    const { value, chosen } = outputAt(frame, pointer);
    const axes = accepted?.axes;
    const place = {
      across: axes?.x.name ?? "x₁",
      x: trueValue(axes?.x, pointer.x),
      upwards: axes?.y.name ?? "x₂",
      y: trueValue(axes?.y, pointer.y),
    };
    if (chosen !== null) {
      const sure = percent(value);
      return _("{across} {x}, {upwards} {y}: {name}, {sure}", { ...place, name: className(state, chosen), sure });
    }
    const center = frame.focus === null ? 0 : frame.centers[frame.focus];
    const shown = wanted?.view.discretize ? (value >= center ? "+1" : "−1") : short(value);
    return _("{across} {x}, {upwards} {y}: output {value}", { ...place, value: shown });
  }
  if (frame.focus === null) return _("The network’s decision");
  if (frame.focus === frame.scales.length - 1 && frame.sizes[frame.sizes.length - 1] === 1)
    return _("The network’s output");
  return _("{unit}, scale ±{scale}", {
    unit: unitName(frame, frame.focus),
    scale: twoDigits(frame.scales[frame.focus]),
  });
}
