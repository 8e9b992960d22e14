/** Reduce the server's messages to the state of the page. Data shown for a run are stored under its id. */

import { extendedFlow, NO_FLOW } from "./flow.js";
import { emptyHistory, extended } from "./history.js";

/**
 * @typedef {import("./state.js").State} State
 * @typedef {import("../wire/decoder.js").Experiment} Experiment
 * @typedef {import("../wire/decoder.js").View} View
 * @typedef {import("../wire/decoder.js").Frame} Frame
 * @typedef {import("../wire/decoder.js").Accepted} Accepted
 * @typedef {import("../wire/decoder.js").RunDescription & {rev: number}} Description with the rev of the last command that changed the run
 * @typedef {object} Change what an unanswered command asks for
 * @property {Partial<Experiment>} [experiment]
 * @property {Partial<View>} [view]
 * @property {boolean} [keep] keep the weights
 * @property {import("../wire/own_data.js").OwnData} [own]
 * @property {Record<string, unknown>} [message] sent again if the connection is lost
 * @property {{history?: import("./history.js").History | null, drawing?: State["drawing"]}} [kept] what the page has of a
 *   run that the command brings back
 * @property {string} [fallback] the link to open if that run cannot be brought back
 * @typedef {object} Run
 * @property {Description | null} description
 * @property {Frame | null} frame the newest
 * @property {import("../wire/decoder.js").Points | null} points
 * @property {import("./history.js").History} history
 * @property {Frame["metrics"]} fit the latest measurement of the predictions
 * @property {import("./flow.js").Flow} flow the gradients and updates of each layer, over the epochs
 * @property {import("../wire/decoder.js").Pruned | null} pruned the effect of the last pruning
 * @property {import("../wire/decoder.js").Checked | null} checked the last gradient check
 */

const MAX_PROBLEMS = 8;
const NO_HISTORY = emptyHistory();

/** @type {Run} */
export const NO_RUN = {
  description: null,
  frame: null,
  points: null,
  history: NO_HISTORY,
  fit: null,
  flow: NO_FLOW,
  pruned: null,
  checked: null,
};

/**
 * Return the data that views need from the runs. A new run is shown once its first frame arrives; its settings apply at once.
 * @param {Pick<State, "runs" | "latest" | "shown">} state
 */
export function current({ runs, latest, shown }) {
  const { frame, points, history, fit, flow } = (shown !== null && runs[shown]) || NO_RUN;
  const { description, pruned, checked } = (latest !== null && runs[latest]) || NO_RUN;
  return { accepted: description, running: frame, points, history, fit, flow, pruned, checked };
}

/**
 * Return the settings that the learner wants: the server's, overlaid with all unanswered changes.
 * @param {Pick<Description, "experiment" | "view"> | null} accepted
 * @param {State["pending"]} pending
 */
export function wantedFrom(accepted, pending) {
  if (!accepted) return null;
  const wanted = { experiment: accepted.experiment, view: accepted.view };
  for (const { experiment, view } of pending.values()) {
    if (experiment) wanted.experiment = { ...wanted.experiment, ...experiment };
    if (view) wanted.view = { ...wanted.view, ...view };
  }
  return wanted;
}

/**
 * Return whether a problem is a refused command, and not a mistake in a link.
 * @param {import("../wire/decoder.js").Problem} problem
 */
export function isRefusal(problem) {
  return "type" in problem;
}

/**
 * Name what a command is about: the fields it changes, or itself.
 * @param {Change} change
 */
function fieldsOf({ experiment, view, message }) {
  return [...Object.keys(experiment ?? {}), ...Object.keys(view ?? {}), ...(message ? [String(message.type)] : [])];
}

/**
 * Return the changes to ask for again on another connection, in their order; settings that follow each other become one
 * change. What only the lost connection could answer is left out.
 * @param {Change[]} changes
 */
export function repeated(changes) {
  /** @type {Change[]} */
  const found = [];
  for (const change of changes) {
    const last = found.at(-1);
    if (change.message) found.push(change);
    else if (change.experiment || change.view) {
      const merged = {
        ...change,
        experiment: { ...last?.experiment, ...change.experiment },
        view: { ...last?.view, ...change.view },
      };
      if (last && !last.message) found[found.length - 1] = merged;
      else found.push({ ...change });
    }
  }
  return found;
}

/**
 * Return the change of the state that a message from the server causes.
 * @param {State} state
 * @param {ReturnType<typeof import("../wire/decoder.js").decodeMessage>} message
 * @returns {Partial<State>}
 */
export function reduced(state, message) {
  switch (message.type) {
    case "welcome":
      return { welcome: message, connection: "open" };
    case "unattended":
      return { unattended: message };
    case "status":
      return { status: message };
    case "accepted":
      return afterAccepted(state, message);
    case "refused": {
      const pending = without(state.pending, message.rev);
      const refusedPlay = message.rev === state.playRev && state.running !== null;
      const asked = state.pending.get(message.rev ?? -1) ?? {};
      const { fallback } = asked;
      // A refusal goes with the next accepted command. That a run could not be brought back is a notice, which stays.
      const { field, value, allowed } = message;
      const problem = fallback === undefined ? { ...message, about: fieldsOf(asked) } : { field, value, allowed };
      return {
        pending,
        denied: fallback ?? state.denied,
        wanted: wantedFrom(state.accepted, pending),
        problems: [...state.problems.filter((old) => old.field !== field), problem].slice(-MAX_PROBLEMS),
        playing: refusedPlay ? state.running?.mode === "playing" : state.playing,
      };
    }
    case "frame": {
      const runs = withFrame(state, message);
      const playing = message.rev >= state.playRev ? message.mode === "playing" : state.playing;
      return { runs, shown: message.run, playing, ...current({ runs, latest: state.latest, shown: message.run }) };
    }
  }
}

/**
 * @param {State} state
 * @param {Accepted} message
 * @returns {Partial<State>}
 */
function afterAccepted(state, message) {
  const { rev, run, result, effect } = message;
  const pending = without(state.pending, rev);
  const { kept: brought, own } = state.pending.get(rev) ?? {};
  const latest = run ? run.id : state.latest;
  /** @type {Partial<State>} */
  const change = { pending, acknowledged: Math.max(rev, state.acknowledged), latest };
  if (result?.type === "file") change.file = result;
  let runs = state.runs;
  if (latest !== null) {
    const described = { ...(runs[latest] ?? NO_RUN) };
    // A change of the view alone leaves the run as the frames before show it: their checkpoint still fits.
    if (run) described.description = { ...run, rev: effect === "none" ? (described.description?.rev ?? rev) : rev };
    if (brought?.history) described.history = brought.history;
    const { checked } = described;
    // Another epoch tells a view by itself, an edited weight does not.
    if (checked && message.effect !== "none") described.checked = { ...checked, outdated: true };
    if (result?.type === "pruned") described.pruned = result;
    if (result?.type === "checked") described.checked = result;
    runs = kept(runs, latest, described, state.shown);
  }
  if (run) {
    change.denied = null;
    change.own = run.own ?? own ?? state.own;
    if (brought?.drawing !== undefined) change.drawing = brought.drawing;
    else if (!brought && leavesDrawing(state, run)) change.drawing = null;
    // Earlier refusals are obsolete after an accepted command. Notices about a link stay until closed.
    const notices = state.problems.filter((problem) => !isRefusal(problem));
    change.problems = [...notices, ...run.notices].slice(-MAX_PROBLEMS);
    if (message.effect === "restart") change.remarks = run.remarks;
  }
  const now = current({ runs, latest, shown: state.shown });
  return { ...change, runs, ...now, wanted: wantedFrom(now.accepted, pending) };
}

/**
 * Add a frame to its run: continue the losses of a known run, or start those of a new one.
 * @param {State} state
 * @param {Frame} frame
 */
function withFrame({ runs, latest, shown }, frame) {
  const before = runs[frame.run] ?? NO_RUN;
  const points = frame.points ?? before.points ?? (shown !== null ? (runs[shown]?.points ?? null) : null);
  const history = before.history === NO_HISTORY ? emptyHistory() : before.history;
  const run = {
    ...before,
    frame,
    points,
    history: extended(history, frame),
    fit: frame.metrics ?? before.fit,
    flow: extendedFlow(before.flow, frame),
  };
  return kept(runs, frame.run, run, latest);
}

/**
 * Store a run. Beside it, keep only the run that is shown or was described last.
 * @param {State["runs"]} runs
 * @param {number} id
 * @param {Run} run
 * @param {number | null} other
 */
function kept(runs, id, run, other) {
  return other !== null && other !== id && runs[other] ? { [other]: runs[other], [id]: run } : { [id]: run };
}

/**
 * @param {State["pending"]} pending
 * @param {number | null} rev
 */
function without(pending, rev) {
  const rest = new Map(pending);
  if (rev !== null) rest.delete(rev);
  return rest;
}

/**
 * Return whether the run no longer uses the learner's drawing: another run was opened, or another dataset chosen.
 * @param {State} state
 * @param {import("../wire/decoder.js").RunDescription} run
 */
function leavesDrawing({ accepted }, { experiment: { dataset }, own }) {
  return own !== null || (dataset !== "own" && dataset !== accepted?.experiment.dataset);
}
