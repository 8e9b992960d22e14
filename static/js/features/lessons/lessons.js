/** Run a lesson: take the prediction, judge the goal during training, and keep the progress in the browser. */

import { partsOf } from "../../core/dom.js";
import { number, threeDecimals } from "../../core/formats.js";
import { _ } from "../../core/i18n.js";
import { createWatch } from "../../core/redraw.js";
import { browserShelf, parsed } from "../../core/storage.js";
import { factsOf, holds, isReached } from "./goals.js";

const KEY = "lessons";

/**
 * @typedef {object} Progress of a learner in one lesson
 * @property {number | null} chosen the prediction, counted from 0
 * @property {boolean} played
 * @property {boolean} reached
 * @property {boolean} helped the learner has asked for a solution
 * @property {boolean} done the goal has been reached once, in this attempt or an earlier one
 */

/** @type {Progress} */
const NOTHING = { chosen: null, played: false, reached: false, helped: false, done: false };

/**
 * Return the progress after some epochs. A lesson counts as played after `answerAfter` epochs, or with its goal reached.
 * @param {Progress} progress
 * @param {import("./goals.js").Condition[]} goal
 * @param {import("./goals.js").Facts[]} facts
 * @param {number} answerAfter
 * @returns {Progress}
 */
export function advanced(progress, goal, facts, answerAfter) {
  const reached = isReached(goal, facts);
  const played = reached || facts.some(({ epoch }) => Number(epoch) >= answerAfter);
  return {
    ...progress,
    reached: progress.reached || reached,
    played: progress.played || played,
    done: progress.done || reached,
  };
}

/**
 * Return what to show: the answer after choosing and playing, the explanation after the goal or a solution.
 * @param {Progress} progress
 */
export function revealed({ chosen, played, reached, helped }) {
  const answer = chosen !== null && played;
  return { answer, explanation: answer && (reached || helped), help: answer && !reached };
}

/** Return the store of progress. */
function createShelf() {
  const text = parsed(browserShelf.get(KEY));
  /** @type {Record<string, Partial<Progress>>} */
  let kept = text !== null && typeof text === "object" && !Array.isArray(text) ? text : {};
  return {
    /**
     * @param {string} name
     * @returns {Progress}
     */
    get(name) {
      const { chosen, played, reached, helped, done } = { ...NOTHING, ...kept[name] };
      const number = typeof chosen === "number" ? chosen : null;
      return { chosen: number, played: !!played, reached: !!reached, helped: !!helped, done: !!(done || reached) };
    },
    /**
     * @param {string} name
     * @param {Progress} progress
     */
    put(name, progress) {
      kept[name] = progress;
      browserShelf.put(KEY, JSON.stringify(kept));
    },
    isEmpty: () => Object.keys(kept).length === 0,
    forget() {
      kept = {};
      browserShelf.remove(KEY);
    },
  };
}

/**
 * Show the lesson, or the list of lessons, beside the playground, if one is open.
 * @param {object} options
 * @param {HTMLElement | null} options.root
 * @param {(fragment: string) => number} options.setUp begins the run of a link, and returns the rev of that command
 */
export function createLessons({ root, setUp }) {
  const shelf = createShelf();
  if (root?.dataset.lesson) return createLesson(root, shelf, setUp);
  if (root) showList(root, shelf);
  return { draw() {} };
}

/**
 * @param {HTMLElement} panel
 * @param {ReturnType<typeof createShelf>} shelf
 */
function showList(panel, shelf) {
  const { part, all } = partsOf(panel);
  const links = all(".lesson-list a");
  function show() {
    const done = links.filter((link) => shelf.get(link.dataset.lesson ?? "").done);
    for (const link of links) {
      link.classList.toggle("done", done.includes(link));
      within(link, ".verdict").textContent = done.includes(link) ? _("done") : "";
    }
    part("lesson-progress").textContent = _("{done} of {count} done", { done: done.length, count: links.length });
    part("lesson-forget").hidden = shelf.isEmpty();
  }
  part("lesson-forget").addEventListener("click", () => {
    shelf.forget();
    show();
  });
  show();
}

/**
 * @param {HTMLElement} panel
 * @param {ReturnType<typeof createShelf>} shelf
 * @param {(fragment: string) => number} setUp
 */
function createLesson(panel, shelf, setUp) {
  const { lesson = "", setup = "", solution = "" } = panel.dataset;
  const [answer, answerAfter] = [Number(panel.dataset.answer), Number(panel.dataset.answerAfter)];
  const { part, all } = partsOf(panel);
  const lines = all("[data-quantity]");
  const goal = lines.map(({ dataset }) => /** @type {import("./goals.js").Condition} */ ({ ...dataset }));
  const plays = !goal.some(
    ({ quantity, comparison, value }) => quantity === "epoch" && comparison === "=" && Number(value) === 0,
  );
  const radios = /** @type {HTMLInputElement[]} */ (
    /** @type {unknown[]} */ (all("[data-part=lesson-question] input"))
  );
  const changed = createWatch();
  let progress = shelf.get(lesson);
  let since = 0; // the rev with which this attempt began: earlier frames are of the attempt before

  /** @param {Progress} next */
  function move(next) {
    if (JSON.stringify(next) === JSON.stringify(progress)) return;
    progress = next;
    shelf.put(lesson, progress);
    show();
  }

  function show() {
    const { chosen, reached } = progress;
    const shown = revealed(progress);
    radios.forEach((radio, index) => {
      const label = /** @type {HTMLElement} */ (radio.closest("label"));
      radio.checked = index === chosen;
      radio.disabled = shown.answer;
      label.classList.toggle("right", shown.answer && index === answer);
      label.classList.toggle("wrong", shown.answer && index === chosen && index !== answer);
      within(label, ".verdict").textContent = verdict(shown.answer, index, answer, chosen);
    });
    part("lesson-hint").textContent = hint(progress, answer, plays);
    panel.classList.toggle("done", reached);
    part("lesson-reached").textContent = reached ? _("Goal reached. Well done.") : "";
    part("lesson-solve").hidden = !shown.help;
    part("lesson-explanation").hidden = !shown.explanation;
  }

  for (const radio of radios) {
    radio.addEventListener("change", () => move({ ...progress, chosen: Number(radio.value) }));
  }
  part("lesson-setup").addEventListener("click", () => {
    since = setUp(setup);
    move({ ...NOTHING, done: progress.done });
  });
  part("lesson-solve").addEventListener("click", () => {
    move({ ...progress, helped: true });
    setUp(solution);
  });
  part("lesson-fold").addEventListener("click", () => {
    const folded = panel.classList.toggle("folded");
    part("lesson-fold").setAttribute("aria-expanded", String(!folded));
  });
  show();

  return {
    /**
     * Judge each frame of the current experiment.
     * @param {import("../../state/state.js").State} state
     */
    draw({ running, accepted }) {
      if (!running || !accepted || running.rev < Math.max(since, accepted.rev) || !changed(running)) return;
      const facts = factsOf(accepted.experiment, running);
      const now = facts[facts.length - 1];
      lines.forEach((line, index) => {
        line.classList.toggle("holds", holds(goal[index], now));
        within(line, ".now").textContent = shortly(goal[index].quantity, now[goal[index].quantity]);
      });
      move(advanced(progress, goal, facts, answerAfter));
    },
  };
}

/**
 * @param {HTMLElement} parent
 * @param {string} selector
 */
const within = (parent, selector) => /** @type {HTMLElement} */ (parent.querySelector(selector));

/**
 * Return the verdict beside a choice.
 * @param {boolean} shown
 * @param {number} index
 * @param {number} answer
 * @param {number | null} chosen
 */
function verdict(shown, index, answer, chosen) {
  if (!shown) return "";
  if (index === answer) return _("correct");
  return index === chosen ? _("your guess") : "";
}

/**
 * Return the hint about the prediction.
 * @param {Progress} progress
 * @param {number} answer
 * @param {boolean} plays whether the lesson's goal needs training
 */
function hint({ chosen, played }, answer, plays) {
  if (chosen === null && played) return _("Choose an answer to see which one is correct.");
  if (chosen === null && plays) return _("Make a prediction before you press Play. Wrong guesses teach the most.");
  if (chosen === null) return _("Make a prediction first. Wrong guesses teach the most.");
  if (!played) return plays ? _("Now press Play and see.") : _("Now try it and see.");
  return chosen === answer ? _("You saw it coming.") : _("Not quite. Here’s what happened.");
}

/**
 * Return the current value of a condition's quantity; a name is in its menu already.
 * @param {string} quantity
 * @param {any} fact
 */
function shortly(quantity, fact) {
  if (typeof fact === "string") return "";
  return quantity.endsWith("_loss") ? threeDecimals(fact) : number(fact);
}
