/** Describe the network, the boundary and the losses in words. */

import { fixed, percent, short, threeDecimals } from "../../core/formats.js";
import { _, ngettext, uncapitalised } from "../../core/i18n.js";
import { BOUNDARY, outputAt, parameterIndex } from "../../wire/decoder.js";

/**
 * @typedef {import("../../wire/decoder.js").Frame} Frame
 * @typedef {{epochs: ArrayLike<number>, train: ArrayLike<number>, test: ArrayLike<number>}} History
 * @typedef {(unit: number) => string} Names of units, inputs first
 */

/** Number of largest weights to name. */
const WEIGHTS = 3;

/** A loss that changes by less than this share of itself is steady. */
const STEADY = 0.02;

/** A trend looks back over this share of the run, but over a minimum of epochs. */
const BACK = { share: 0.1, epochs: 10 };

/** The places to describe: the middle and, a little inside, the corners. */
const CORNER = 5.5;
const PLACES = [
  [0, 0],
  [-CORNER, CORNER],
  [CORNER, CORNER],
  [-CORNER, -CORNER],
  [CORNER, -CORNER],
];

/**
 * @param {Pick<Frame, "sizes" | "theta">} frame
 * @param {Names} nameOf
 * @param {string[]} activations of the hidden layers
 */
export function networkInWords({ sizes, theta }, nameOf, activations) {
  const inputs = Array.from({ length: sizes[0] }, (_, unit) => nameOf(unit));
  const layers = sizes.slice(1, -1).map((count, layer) =>
    _("Layer {layer}: {neurons}, {activation}.", {
      layer: layer + 1,
      neurons: ngettext("{count} neuron", "{count} neurons", count),
      activation: activations[layer],
    }),
  );
  const weights = largestWeights(sizes, theta).map(({ from, to, value }) =>
    _("{from} to {to}: {value}", { from: nameOf(from), to: nameOf(to), value: short(value) }),
  );
  return [
    `${inputs.join(", ")}.`,
    ...(layers.length > 0 ? layers : [_("No hidden layers.")]),
    _("Largest weights: {weights}.", { weights: weights.join("; ") }),
  ].join(" ");
}

/**
 * Return the largest weights between units, the largest first.
 * @param {number[]} sizes
 * @param {Float64Array} theta
 */
function largestWeights(sizes, theta) {
  /** @type {{from: number, to: number, value: number}[]} */
  const found = [];
  let first = 0;
  for (let layer = 0; layer + 1 < sizes.length; layer++) {
    const next = first + sizes[layer];
    for (let neuron = 0; neuron < sizes[layer + 1]; neuron++) {
      for (let input = 0; input < sizes[layer]; input++) {
        const value = theta[parameterIndex(sizes, layer, neuron, input)];
        if (found.length === WEIGHTS && Math.abs(value) <= Math.abs(found[WEIGHTS - 1].value)) continue;
        found.push({ from: first + input, to: next + neuron, value });
        found.sort((a, b) => Math.abs(b.value) - Math.abs(a.value)).splice(WEIGHTS);
      }
    }
    first = next;
  }
  return found;
}

/**
 * Describe the large plot: the unit it shows, each class's share of the plane, and what is in the middle and the corners.
 * @param {Pick<Frame, "boundary" | "scales" | "centers" | "focus" | "chosen" | "classes" | "sizes">} frame
 * @param {Names} nameOf
 * @param {string[]} classNames empty where classes have no names of their own
 */
export function boundaryInWords(frame, nameOf, classNames) {
  const { focus, classes, sizes, scales } = frame;
  const isOutput = focus === null || (focus === scales.length - 1 && sizes[sizes.length - 1] === 1);
  const subject = isOutput ? [] : [_("The plot shows {unit}.", { unit: uncapitalised(nameOf(focus)) })];
  const many = focus === null;
  const names = many
    ? Array.from({ length: classes }, (_name, i) => classNames[i] ?? _("Class {number}", { number: i + 1 }))
    : signs(isOutput && classes === 2 ? classNames : []);
  const shares = sharesOf(frame, names.length);
  const counted = names.map((name, i) => _("{share} {name}", { name, share: percent(shares[i]) }));
  const seen = PLACES.map(([x, y]) => {
    const { value, chosen } = outputAt(frame, { x, y });
    if (chosen !== null) return names[chosen];
    return isOutput && classes === 1 ? short(value) : names[Number(value >= (frame.centers[focus ?? 0] ?? 0))];
  });
  return [...subject, _("The plane is {shares}.", { shares: counted.join(", ") }), placesInWords(seen)].join(" ");
}

/** @param {string[]} classNames */
function signs([negative, positive]) {
  return [
    negative ? _("{name} (orange)", { name: negative }) : _("negative (orange)"),
    positive ? _("{name} (blue)", { name: positive }) : _("positive (blue)"),
  ];
}

/** @param {string[]} seen in the middle and in the corners */
function placesInWords([middle, ...corners]) {
  if (corners.every((each) => each === corners[0]))
    return _("Centre: {middle}. All four corners: {corner}.", { middle, corner: corners[0] });
  const [a, b, c, d] = corners;
  return _("Centre: {middle}. Corners: top left {a}, top right {b}, bottom left {c}, bottom right {d}.", {
    middle,
    a,
    b,
    c,
    d,
  });
}

/**
 * Return the share of the plane of each class: of the one decided for, or of negative and positive.
 * @param {Pick<Frame, "boundary" | "chosen">} frame
 * @param {number} count
 */
function sharesOf({ boundary, chosen }, count) {
  const counts = new Array(count).fill(0);
  for (let i = 0; i < boundary.length; i++) counts[chosen ? chosen[i] : Number(boundary[i] >= 128)]++;
  return counts.map((each) => each / BOUNDARY ** 2);
}

/**
 * @param {Frame["metrics"]} metrics null before the first frame
 * @returns {string}
 */
export function fitInWords(metrics) {
  if (!metrics) return "";
  return [
    [_("Test data"), metrics.test],
    [_("Training data"), metrics.train],
  ]
    .map(([set, of]) => {
      const { r_squared: r2, accuracy } = /** @type {any} */ (of);
      if (accuracy === undefined)
        return _("{set}: R² {value}", { set: String(set), value: typeof r2 === "number" ? fixed(r2, 3) : "–" });
      return _("{set}: accuracy {value}", { set: String(set), value: percent(accuracy, 1) });
    })
    .join(". ")
    .concat(".");
}

/**
 * @param {number} epoch
 * @param {History} history
 */
export function lossesInWords(epoch, { epochs, train, test }) {
  const values = {
    epoch,
    train: threeDecimals(train[train.length - 1] ?? Number.NaN),
    test: threeDecimals(test[test.length - 1] ?? Number.NaN),
  };
  const [trainTrend, testTrend] = [trendOf(epochs, train), trendOf(epochs, test)];
  if (trainTrend === null || testTrend === null)
    return _("Epoch {epoch}. Training loss {train}, test loss {test}.", values);
  return _("Epoch {epoch}. Training loss {train}, {trainTrend}; test loss {test}, {testTrend}.", {
    ...values,
    trainTrend,
    testTrend,
  });
}

/**
 * Return how a loss develops compared with a tenth of the run ago; null if there is nothing to compare with.
 * @param {ArrayLike<number>} epochs
 * @param {ArrayLike<number>} values
 */
function trendOf(epochs, values) {
  const last = epochs.length - 1;
  const since = epochs[last] - Math.max(BACK.epochs, BACK.share * epochs[last]);
  let before = last;
  while (before >= 0 && epochs[before] > since) before--;
  if (before < 0) return null;
  const change = values[last] - values[before];
  if (Math.abs(change) <= STEADY * Math.abs(values[before])) return _("steady");
  return change < 0 ? _("falling") : _("rising");
}

/**
 * Return the news to announce, if any: training starts or pauses, a step is done, or a pause in a long run is over.
 * @param {{playing: boolean, epoch: number}} before
 * @param {{playing: boolean, epoch: number}} now
 * @param {boolean} quiet nothing was said for a while
 * @param {() => string} losses in words
 */
export function newsOf(before, now, quiet, losses) {
  if (now.playing && !before.playing) return _("Training started.");
  if (!now.playing && before.playing) return `${_("Paused.")} ${losses()}`;
  return now.epoch !== before.epoch && (quiet || !now.playing) ? losses() : "";
}
