/** The page in words for screen readers: a description to be read at leisure, and news that are said aloud, sparingly. */

import { byId, menuById, setText } from "../../core/dom.js";
import { createWatch } from "../../core/redraw.js";
import { unitName } from "../../state/names.js";
import { boundaryInWords, fitInWords, lossesInWords, networkInWords, newsOf } from "./sentences.js";

/** Milliseconds between two descriptions, and between two pieces of news, of a run that goes on. */
const PAUSE = { words: 2000, news: 15000 };

/** @param {string} key */
function activationName(key) {
  return [...menuById("activation").options].find(({ value }) => value === key)?.textContent ?? key;
}

/** @param {() => number} [clock] milliseconds */
export function createWords(clock = () => performance.now()) {
  const changed = createWatch();
  let [described, told] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let before = { playing: false, epoch: 0 };

  /**
   * @param {import("../../state/state.js").State} state
   * @param {import("../../wire/decoder.js").Frame} frame
   */
  function describe({ accepted, fit, history }, frame) {
    const nameOf = (/** @type {number} */ unit) => unitName(frame, unit);
    const experiment = accepted?.experiment;
    const activations = frame.sizes
      .slice(1, -1)
      .map((_, layer) => activationName(experiment?.layer_activations?.[layer] ?? experiment?.activation ?? ""));
    setText(byId("network-in-words"), networkInWords(frame, nameOf, activations));
    const boundary = boundaryInWords(frame, nameOf, accepted?.class_names ?? []);
    setText(byId("boundary-in-words"), `${boundary} ${fitInWords(fit)}`.trim());
    setText(byId("losses-in-words"), lossesInWords(frame.epoch, history));
  }

  /**
   * @param {import("../../state/state.js").State} state
   * @param {import("../../wire/decoder.js").Frame} frame
   */
  function draw(state, frame) {
    const playing = frame.mode === "playing";
    const now = { playing, epoch: frame.epoch };
    if ((!playing || clock() - described >= PAUSE.words) && changed(frame, state.accepted)) {
      described = clock();
      describe(state, frame);
    }
    const news = newsOf(before, now, clock() - told >= PAUSE.news, () => lossesInWords(frame.epoch, state.history));
    if (news) {
      told = clock();
      tell(news);
    }
    before = now;
  }

  return { draw };
}

/**
 * Have a screen reader say something when it is idle.
 * @param {string} text
 */
export function tell(text) {
  byId("news").textContent = text;
}
