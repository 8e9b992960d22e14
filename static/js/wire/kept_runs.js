/**
 * Keep the runs of this tab, one for each entry of the browser's history: reloading, going back, the page in another
 * language and a lesson bring them back with their weights, losses, own data and steps of undo.
 */

import { parsed } from "../core/storage.js";
import { checkpointText } from "./decoder.js";
import { decodeRows, encodeRows } from "./own_data.js";

/** The name of a run in the tab's storage begins with this. */
const RUN = "run-";
/** The storage's list of runs, the newest first, and the run that a link takes to the next page. */
const LIST = "runs";
const HANDOVER = "handover";
const MOST = 16;

/**
 * @typedef {import("../state/state.js").State} State
 * @typedef {import("../core/storage.js").Shelf} Shelf
 * @typedef {object} KeptRun
 * @property {string} link
 * @property {import("./decoder.js").Experiment} experiment with the learner's own data, if it uses any
 * @property {import("./decoder.js").View} view
 * @property {string | null} checkpoint
 * @property {boolean} playing
 * @property {string} speed
 * @property {boolean} keep
 * @property {import("../state/history.js").History | null} history
 * @property {State["drawing"]} drawing
 */

/**
 * Return a run's checkpoint for a `hello`. Null if no frame shows the last accepted change yet: the changed experiment
 * stores its own start, and an older checkpoint would not fit it.
 * @param {Pick<import("../state/reducer.js").Description, "id" | "rev">} accepted
 * @param {import("./decoder.js").Frame | null} running
 */
export function checkpointOf({ id, rev }, running) {
  return running && running.run === id && running.rev >= rev ? checkpointText(running) : null;
}

/**
 * Return the experiment with the learner's own data, which the server leaves out of its answers.
 * @param {import("./decoder.js").Experiment} experiment
 * @param {State["own"]} own
 */
export function withOwnData(experiment, own) {
  return experiment.dataset === "own" ? { ...experiment, own } : experiment;
}

/**
 * Return the run that a state shows.
 * @param {Pick<State, "accepted" | "runs" | "own" | "drawing" | "playing" | "speed" | "keep">} state
 * @returns {KeptRun | null}
 */
export function keptRun({ accepted, runs, own, drawing, playing, speed, keep }) {
  if (!accepted) return null;
  const { frame, history } = runs[accepted.id];
  return {
    link: accepted.link,
    experiment: withOwnData(accepted.experiment, own),
    view: accepted.view,
    checkpoint: checkpointOf(accepted, frame),
    playing,
    speed,
    keep,
    history,
    drawing,
  };
}

/**
 * @param {KeptRun} run
 * @param {number} undo the most steps of undo
 */
function textOf({ history, drawing, ...run }, undo) {
  const lists = history && { epochs: [...history.epochs], train: [...history.train], test: [...history.test] };
  const regression = drawing?.own.task === "regression";
  const encoded = (/** @type {import("./own_data.js").Row[]} */ rows) => encodeRows(rows, regression);
  return JSON.stringify({
    ...run,
    history: lists,
    drawing: drawing && {
      own: drawing.own,
      past: undo > 0 ? drawing.sheet.past.slice(-undo).map(encoded) : [],
      rows: encoded(drawing.sheet.rows),
      future: drawing.sheet.future.slice(0, undo).map(encoded),
    },
  });
}

/**
 * @param {string | null} text
 * @returns {KeptRun | null} null for a text that another version of the page has written
 */
function runOf(text) {
  const read = parsed(text);
  try {
    const { history, drawing } = read;
    const { dataset, activation } = read.experiment;
    if (![read.link, read.speed, dataset, activation].every((each) => typeof each === "string")) return null;
    const decoded = (/** @type {string} */ rows) => decodeRows(rows, drawing.own.task === "regression");
    return {
      ...read,
      history: history && {
        epochs: Float64Array.from(history.epochs),
        train: Float64Array.from(history.train),
        test: Float64Array.from(history.test),
      },
      drawing: drawing && {
        own: drawing.own,
        sheet: {
          past: drawing.past.map(decoded),
          rows: decoded(drawing.rows),
          future: drawing.future.map(decoded),
        },
      },
    };
  } catch {
    return null;
  }
}

/**
 * Return the store of runs.
 * @param {Shelf} shelf of the tab
 */
export function createKeptRuns(shelf) {
  /** @type {Map<string, KeptRun>} this page's runs by their entry in the browser's history, the newest last */
  const runs = new Map();
  /** @type {Set<string>} those that are not stored yet */
  const unstored = new Set();
  let safe = true;

  /** @returns {string[]} */
  function stored() {
    const list = parsed(shelf.get(LIST));
    return Array.isArray(list) ? list : [];
  }

  /**
   * Store a run for the next page, in place of the oldest ones if there is no room.
   * @param {string} key
   * @param {KeptRun} run
   */
  function store(key, run) {
    const others = stored().filter((other) => other !== key);
    for (const undo of [200, 20, 0]) {
      const text = textOf(run, undo);
      for (;;) {
        if (others.length < MOST && shelf.put(RUN + key, text)) {
          shelf.put(LIST, JSON.stringify([key, ...others]));
          return true;
        }
        const oldest = others.pop();
        if (oldest === undefined) break;
        shelf.remove(RUN + oldest);
      }
    }
    shelf.remove(RUN + key);
    return false;
  }

  return {
    /**
     * Keep the run of an entry of the browser's history.
     * @param {string} key
     * @param {KeptRun | null} run
     */
    keep(key, run) {
      runs.delete(key);
      if (!run) return;
      runs.set(key, run);
      unstored.add(key);
      const [oldest] = runs.keys();
      if (runs.size > MOST) runs.delete(oldest);
    },
    /**
     * Return the run of an entry, if it is the run of that link.
     * @param {string} key
     * @param {string} link
     */
    find(key, link) {
      const run = runs.get(key) ?? runOf(shelf.get(RUN + key));
      return run?.link === link ? run : null;
    },
    /** Store all runs for the next page in this tab, and return whether the newest is safe. */
    store() {
      for (const [key, run] of runs) if (unstored.delete(key)) safe = store(key, run);
      return safe;
    },
    /**
     * Hand a run to the next page.
     * @param {string} key
     */
    handOver: (key) => shelf.put(HANDOVER, key),
    /**
     * Return the run that the page before has handed over. It can be taken only once.
     * @param {string} link
     */
    take(link) {
      const key = shelf.get(HANDOVER);
      shelf.remove(HANDOVER);
      return key === null ? null : this.find(key, link);
    },
  };
}
