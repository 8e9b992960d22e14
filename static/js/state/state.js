/** The state of the page, and the only functions that change it. */

import { createStore } from "../core/store.js";
import { unitIndex } from "../wire/decoder.js";
import { current, reduced, repeated, wantedFrom } from "./reducer.js";

/**
 * @typedef {import("../wire/decoder.js").Experiment} Experiment
 * @typedef {import("../wire/decoder.js").View} View
 * @typedef {import("../wire/decoder.js").Frame} Frame
 * @typedef {{unit: number} | {feature: string} | import("../core/geometry.js").Parameter | null} Target a neuron, a feature
 *   that is not in use, a weight or a bias
 * @typedef {object} State
 * @property {"connecting" | "open" | "lost"} connection
 * @property {number} closed the code with which the last connection ended
 * @property {{experiment: Experiment, view: View} | null} wanted
 * @property {Record<number, import("./reducer.js").Run>} runs by id: the run shown, and the run on the server
 * @property {number | null} latest the id of the run that the server described last
 * @property {number | null} shown the id of the run that the newest frame shows
 * @property {import("./reducer.js").Description | null} accepted the server's latest run description
 * @property {number} rev of the last command
 * @property {ReadonlyMap<number, import("./reducer.js").Change>} pending by rev: the commands without an answer
 * @property {number} acknowledged the rev of the last command that was accepted
 * @property {number} playRev the rev of the last command that starts or stops the training
 * @property {number | null} interrupted the rev of the command that paused training for a look at an example
 * @property {number} gesture counts the learner's gestures: each makes one entry in the browser's history
 * @property {boolean} keep
 * @property {boolean} playing what the learner wants
 * @property {string} speed
 * @property {Frame | null} running the newest frame; the next four properties belong to its run
 * @property {import("../wire/decoder.js").Points | null} points
 * @property {import("./history.js").History} history
 * @property {Frame["metrics"]} fit the latest measurement of the predictions
 * @property {import("./flow.js").Flow} flow the gradients and updates of each layer, over the epochs
 * @property {{measure: import("./flow.js").Measure, layer: number}} looking the measure and layer in the gradient panel
 * @property {import("../wire/decoder.js").Welcome | null} welcome
 * @property {import("../wire/decoder.js").Status | null} status
 * @property {import("../wire/own_data.js").OwnData | null} own the learner's own data, as the server has them
 * @property {{own: import("../wire/own_data.js").OwnData, sheet: import("./sheet.js").Sheet} | null} drawing
 * @property {import("../wire/decoder.js").FileAnswer | null} file the last file requested
 * @property {import("../wire/decoder.js").Pruned | null} pruned the effect of the last pruning
 * @property {import("../wire/decoder.js").Checked | null} checked the last gradient check
 * @property {import("../wire/decoder.js").Unattended | null} unattended why training paused automatically
 * @property {import("../wire/decoder.js").Problem[]} problems shown until the learner closes them
 * @property {string[]} remarks what TensorFlow Playground computes otherwise from its link, until the run restarts
 * @property {string | null} denied the link of a run that the server could not bring back
 * @property {Target} hovered the part of the network that is under the pointer or has the focus
 * @property {{parameter: import("../core/geometry.js").Parameter, wanted: string | null, edited: boolean, begun: boolean} | null} editing
 *   the weight or bias in the editor, the value that the learner wants, as typed (null follows the training), whether it
 *   is still to be sent, and whether one has been sent already
 * @property {number | null} enlarged the unit whose picture fills the large plot; null is the output
 * @property {boolean} moreFeatures whether all features are visible
 * @property {boolean} hinted whether the first-use hints are done
 * @property {{x: number, y: number} | null} pointer on the plane
 * @property {number | null} reading the position of the cursor in the loss chart, as a fraction of its width
 * @property {Pen} pen the tool that draws the learner's own points
 * @property {{step: number, playing: boolean, path: number | null}} trace the step of the trace, whether it plays,
 *   and which path to a weight is lit
 *
 * @typedef {{tool: "brush" | "move" | "erase", label: number, value: number}} Pen `label` is a class, `value` the target
 *   in a regression
 * @typedef {ReturnType<typeof createStore<State>>} Store
 */

const NOWHERE = 1006; // the close code of a connection that was cut or refused

/** @returns {State} */
export function initialState() {
  return {
    connection: "connecting",
    closed: 0,
    wanted: null,
    runs: {},
    latest: null,
    shown: null,
    rev: 0,
    pending: new Map(),
    acknowledged: 0,
    playRev: 0,
    interrupted: null,
    gesture: 0,
    keep: false,
    playing: false,
    speed: "1",
    ...current({ runs: {}, latest: null, shown: null }),
    looking: { measure: "gradient", layer: 0 },
    welcome: null,
    status: null,
    own: null,
    drawing: null,
    file: null,
    unattended: null,
    problems: [],
    remarks: [],
    denied: null,
    hovered: null,
    editing: null,
    enlarged: null,
    moreFeatures: false,
    hinted: false,
    pointer: null,
    reading: null,
    pen: { tool: "brush", label: 0, value: 1 },
    trace: { step: 0, playing: false, path: null },
  };
}

/**
 * Return whether every command has been answered and its effect drawn.
 * @param {Pick<State, "pending" | "running" | "acknowledged">} state
 */
export function isSettled({ pending, running, acknowledged }) {
  return pending.size === 0 && running !== null && running.rev >= acknowledged;
}

/**
 * Return whether the link holds all of a run's data.
 * @param {Pick<import("./reducer.js").Description, "experiment" | "link"> | null} accepted
 */
export function isInLink(accepted) {
  return accepted?.experiment.dataset !== "own" || /&own=/.test(`&${accepted.link}`);
}

/**
 * Return the unit whose picture a target enlarges: the neuron itself, or the neuron of a bias.
 * @param {Target} target
 * @param {Pick<State, "running">} state
 */
function unitOf(target, { running }) {
  if (!target || !running) return null;
  if ("unit" in target) return target.unit;
  if ("feature" in target) return null;
  return target.input === null ? unitIndex(running.sizes, target) : null;
}

/**
 * Return whether training is paused only while the learner looks at an example: no other command has come since.
 * @param {Pick<State, "interrupted" | "playRev">} state
 */
export function interrupts({ interrupted, playRev }) {
  return interrupted !== null && interrupted === playRev;
}

/** @param {Store} store */
export function createActions(store) {
  return {
    /**
     * Ask for another experiment or view.
     * @param {Partial<Experiment>} experiment
     * @param {Partial<View>} [view]
     */
    want(experiment, view = {}) {
      const { accepted, wanted, rev, keep } = store.get();
      if (!wanted) return;
      const pending = new Map(store.get().pending).set(rev + 1, { experiment, view, keep });
      store.set({ rev: rev + 1, pending, wanted: wantedFrom(accepted, pending) });
    },
    /** Begin a gesture: the whole drag becomes one history entry. */
    beginGesture: () => store.set({ gesture: store.get().gesture + 1 }),
    /**
     * Add a command to those that wait for an answer, and return its rev.
     * @param {import("./reducer.js").Change} change
     */
    nextRev(change) {
      const rev = store.get().rev + 1;
      store.set({ rev, pending: new Map(store.get().pending).set(rev, change) });
      return rev;
    },
    /**
     * Begin a connection with a first command. An earlier connection will never answer the pending ones, so they follow
     * under new revs. Return all with their revs.
     * @param {import("./reducer.js").Change} first
     */
    beginConnection(first) {
      const { accepted, rev, pending } = store.get();
      const changes = [first, ...repeated([...pending.values()])];
      const renumbered = new Map(changes.map((change, i) => [rev + 1 + i, change]));
      store.set({ rev: rev + changes.length, pending: renumbered, wanted: wantedFrom(accepted, renumbered) });
      return [...renumbered];
    },
    /**
     * @param {boolean} playing
     * @param {number} playRev the rev of the command that asks for it
     */
    setPlaying: (playing, playRev) =>
      store.set({ playing, playRev, unattended: null, hinted: store.get().hinted || playing }),
    /** Remember that the last command has paused training for a look at an example, or that the look is over. */
    interrupt: (/** @type {boolean} */ looking) => store.set({ interrupted: looking ? store.get().playRev : null }),
    /** @param {string} speed */
    setSpeed: (speed) => store.set({ speed }),
    /** @param {boolean} keep */
    setKeep: (keep) => store.set({ keep }),
    /** @param {State["drawing"]} drawing */
    draw: (drawing) => store.set({ drawing }),
    /** @param {import("../wire/own_data.js").OwnData} own */
    bring(own) {
      const { drawing } = store.get();
      store.set({ drawing: drawing?.own === own ? drawing : null });
    },
    /** @param {Partial<State["looking"]>} change */
    lookAt: (change) => store.set({ looking: { ...store.get().looking, ...change } }),
    toggleMoreFeatures: () => store.set({ moreFeatures: !store.get().moreFeatures }),
    /** @param {Target} hovered */
    hover: (hovered) => store.set({ hovered, enlarged: unitOf(hovered, store.get()) }),
    /**
     * Open the editor of a weight or bias.
     * @param {import("../core/geometry.js").Parameter} parameter
     */
    edit: (parameter) =>
      store.set({
        editing: { parameter, wanted: null, edited: false, begun: false },
        hovered: null,
        enlarged: unitOf(parameter, store.get()),
        hinted: true,
      }),
    /** @param {string | null} wanted value typed in the editor; null follows the training */
    wantValue(wanted) {
      const { editing } = store.get();
      if (editing) store.set({ editing: { ...editing, wanted, edited: wanted !== null } });
    },
    /** Record that the typed value has been sent. */
    commitValue() {
      const { editing } = store.get();
      if (editing) store.set({ editing: { ...editing, edited: false, begun: true } });
    },
    stopEditing: () => store.set({ editing: null, hovered: null, enlarged: null }),
    /** @param {State["pointer"]} pointer */
    point: (pointer) => store.set({ pointer }),
    /** @param {State["reading"]} reading */
    read: (reading) => store.set({ reading }),
    /** @param {Partial<Pen>} change */
    takePen: (change) => store.set({ pen: { ...store.get().pen, ...change } }),
    /** @param {number} step of the trace, chosen by hand */
    goToStep: (step) => store.set({ trace: { step, playing: false, path: null } }),
    /** @param {number} step that the playing trace has reached */
    playStep: (step) => store.set({ trace: { step, playing: true, path: null } }),
    /** @param {boolean} playing */
    playTrace: (playing) => store.set({ trace: { ...store.get().trace, playing } }),
    /** @param {number | null} path to the weight whose chain rule is unfolded */
    lightPath: (path) => store.set({ trace: { ...store.get().trace, path } }),
    /** @param {import("../wire/decoder.js").Problem} problem */
    closeProblem: (problem) => store.set({ problems: store.get().problems.filter((each) => each !== problem) }),
    /**
     * Record the end of a connection or of an attempt. A failed attempt has no reason, so an earlier code stays.
     * @param {number} code
     */
    lose(code) {
      const { connection, closed } = store.get();
      store.set({ connection: "lost", closed: code === NOWHERE && connection === "lost" ? closed : code });
    },
    /** @param {ReturnType<typeof import("../wire/decoder.js").decodeMessage>} message */
    receive: (message) => store.set(reduced(store.get(), message)),
  };
}

/** @typedef {ReturnType<typeof createActions>} Actions */
