/** Describe the run for screen readers, and announce its news sparingly. */

import { CATALOGUE } from "../../core/catalogue.js";
import { partsOf, setText } from "../../core/dom.js";
import { createWatch } from "../../core/redraw.js";
import { unitName } from "../../state/names.js";
import { boundaryInWords, fitInWords, lossesInWords, networkInWords, newsOf } from "./sentences.js";

/** Milliseconds between two descriptions, and between two announcements, while training runs. */
const PAUSE = { words: 2000, news: 15000 };

/**
 * @param {object} options
 * @param {Element} options.root
 * @param {(text: string) => void} options.announce
 * @param {() => number} [options.clock] milliseconds
 */
export function createDescriptions({ root, announce, clock = () => performance.now() }) {
  const { part } = partsOf(root);
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
      .map((_, layer) => experiment?.layer_activations?.[layer] ?? experiment?.activation ?? "")
      .map((key) => CATALOGUE.activations[key] ?? key);
    setText(part("network-in-words"), networkInWords(frame, nameOf, activations));
    const boundary = boundaryInWords(frame, nameOf, accepted?.class_names ?? []);
    setText(part("boundary-in-words"), `${boundary} ${fitInWords(fit)}`.trim());
    setText(part("losses-in-words"), lossesInWords(frame.epoch, history));
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
      announce(news);
    }
    before = now;
  }

  return { draw };
}

/**
 * Return a function that has a screen reader say a text when it is idle.
 * @param {object} options
 * @param {Element} options.root a live region
 */
export function createAnnouncer({ root }) {
  return (/** @type {string} */ text) => {
    root.textContent = text;
  };
}
