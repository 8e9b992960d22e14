/** The state of the page, and the only functions that change it. */

import { createStore } from "../core/store.js";
import { unitIndex } from "../wire/decoder.js";
import { extendedFlow, NO_FLOW } from "./flow.js";
import { emptyHistory, extended } from "./history.js";

/**
 * @typedef {import("../wire/decoder.js").Experiment} Experiment
 * @typedef {import("../wire/decoder.js").View} View
 * @typedef {import("../wire/decoder.js").Frame} Frame
 * @typedef {{unit: number} | import("../core/geometry.js").Parameter | null} Target a neuron, a weight or a bias
 * @typedef {object} State
 * @property {"connecting" | "open" | "lost"} connection
 * @property {number} closed the code with which the last connection ended
 * @property {{experiment: Experiment, view: View} | null} wanted
 * @property {import("../wire/decoder.js").Accepted | null} accepted
 * @property {number} rev of the last change
 * @property {number} gesture counts what the learner does: one entry in the browser's history each
 * @property {boolean} keep
 * @property {boolean} playing what the learner wants
 * @property {string} speed
 * @property {Frame | null} running
 * @property {import("../wire/decoder.js").Points | null} points
 * @property {import("./history.js").History} history
 * @property {Frame["metrics"]} fit how good the predictions were when the server said so last
 * @property {import("./flow.js").Flow} flow what flows through the layers, over the epochs
 * @property {{measure: import("./flow.js").Measure, layer: number}} looking what the gradient panel shows of it
 * @property {import("../wire/decoder.js").Welcome | null} welcome
 * @property {import("../wire/decoder.js").Status | null} status
 * @property {import("../wire/own_data.js").OwnData | null} own the learner's own data, as the server has them
 * @property {{own: import("../wire/own_data.js").OwnData, sheet: import("./sheet.js").Sheet} | null} drawing
 * @property {import("../wire/decoder.js").FileAnswer | null} file the last one asked for
 * @property {import("../wire/decoder.js").Pruned | null} pruned what the last pruning did
 * @property {import("../wire/decoder.js").Checked | null} checked the last gradient check
 * @property {import("../wire/decoder.js").Unattended | null} unattended why training has paused by itself
 * @property {import("../wire/decoder.js").Problem[]} problems to show until they are closed
 * @property {Target} hovered what is under the pointer, or has the focus, in the network
 * @property {{parameter: import("../core/geometry.js").Parameter, wanted: string | null} | null} editing the weight or bias
 *   in the editor, and the value that the learner wants, as typed; null follows the training
 * @property {number | null} enlarged the unit whose picture takes the large plot; null is the output
 * @property {boolean} moreFeatures all features are in sight
 * @property {boolean} hinted the first-use hints have done their work
 * @property {{x: number, y: number} | null} pointer on the plane
 * @property {number | null} reading where the loss chart is read, as a share of its width
 * @property {Pen} pen what draws the learner's own points
 * @property {{step: number, playing: boolean, path: number | null}} trace the step of the trace, whether it moves on in
 *   time, and which path to a weight is lit
 *
 * @typedef {{tool: "brush" | "move" | "erase", label: number, value: number}} Pen `label` is a class, `value` a target of a
 *   regression
 * @typedef {ReturnType<typeof createStore<State>>} Store
 */

const MAX_PROBLEMS = 8;
const NOWHERE = 1006; // the code of a connection that was not closed, but cut or refused

/** @returns {State} */
export function initialState() {
  return {
    connection: "connecting",
    closed: 0,
    wanted: null,
    accepted: null,
    rev: 0,
    gesture: 0,
    keep: false,
    playing: false,
    speed: "1",
    running: null,
    points: null,
    history: emptyHistory(),
    fit: null,
    flow: NO_FLOW,
    looking: { measure: "gradient", layer: 0 },
    welcome: null,
    status: null,
    own: null,
    drawing: null,
    file: null,
    pruned: null,
    checked: null,
    unattended: null,
    problems: [],
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
 * Whether the sheet under the brush is no longer what runs: another run was opened, or another dataset chosen.
 * @param {State} state
 * @param {import("../wire/decoder.js").Accepted} message
 */
function leavesDrawing({ accepted }, message) {
  const { dataset } = message.experiment;
  return message.own !== null || (dataset !== "own" && dataset !== accepted?.experiment.dataset);
}

/**
 * Return the unit whose picture a target enlarges: a neuron's own, or that of the neuron whose bias it is.
 * @param {Target} target
 * @param {Pick<State, "running">} state
 */
function unitOf(target, { running }) {
  if (!target || !running) return null;
  if ("unit" in target) return target.unit;
  return target.input === null ? unitIndex(running.sizes, target) : null;
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
      const { wanted, rev } = store.get();
      if (!wanted) return;
      store.set({
        wanted: { experiment: { ...wanted.experiment, ...experiment }, view: { ...wanted.view, ...view } },
        rev: rev + 1,
      });
    },
    /** The learner takes hold of a control: what follows is one more entry in the history, however long it is held. */
    beginGesture: () => store.set({ gesture: store.get().gesture + 1 }),
    nextRev() {
      store.set({ rev: store.get().rev + 1 });
      return store.get().rev;
    },
    /** @param {boolean} playing */
    setPlaying: (playing) => store.set({ playing, unattended: null, hinted: store.get().hinted || playing }),
    /** @param {string} speed */
    setSpeed: (speed) => store.set({ speed }),
    /** @param {boolean} keep */
    setKeep: (keep) => store.set({ keep }),
    /** @param {State["drawing"]} drawing */
    draw: (drawing) => store.set({ drawing }),
    /** @param {import("../wire/own_data.js").OwnData} own */
    bring(own) {
      const { drawing, rev } = store.get();
      store.set({ own, rev: rev + 1, drawing: drawing?.own === own ? drawing : null });
      return store.get().rev;
    },
    /** @param {Partial<State["looking"]>} change */
    lookAt: (change) => store.set({ looking: { ...store.get().looking, ...change } }),
    toggleMoreFeatures: () => store.set({ moreFeatures: !store.get().moreFeatures }),
    /** @param {Target} hovered */
    hover: (hovered) => store.set({ hovered, enlarged: unitOf(hovered, store.get()) }),
    /**
     * Open the editor of a weight or bias.
     * @param {import("../core/geometry.js").Parameter} parameter
     * @param {string} wanted
     */
    edit: (parameter, wanted) =>
      store.set({
        editing: { parameter, wanted },
        hovered: null,
        enlarged: unitOf(parameter, store.get()),
        hinted: true,
      }),
    /** @param {string | null} wanted value of what is edited; null follows the training */
    wantValue(wanted) {
      const { editing } = store.get();
      if (editing) store.set({ editing: { ...editing, wanted } });
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
    /** @param {number} step that a trace which plays has reached */
    playStep: (step) => store.set({ trace: { step, playing: true, path: null } }),
    /** @param {boolean} playing */
    playTrace: (playing) => store.set({ trace: { ...store.get().trace, playing } }),
    /** @param {number | null} path to the weight whose chain rule is unfolded */
    lightPath: (path) => store.set({ trace: { ...store.get().trace, path } }),
    /** @param {number} index */
    closeProblem: (index) => store.set({ problems: store.get().problems.filter((_, i) => i !== index) }),
    /**
     * The connection has ended, or another attempt has: one that got nowhere says nothing of why.
     * @param {number} code
     */
    lose(code) {
      const { connection, closed } = store.get();
      store.set({ connection: "lost", closed: code === NOWHERE && connection === "lost" ? closed : code });
    },
    /** @param {ReturnType<typeof import("../wire/decoder.js").decodeMessage>} message */
    receive(message) {
      const state = store.get();
      switch (message.type) {
        case "welcome":
          return store.set({ welcome: message, connection: "open" });
        case "file":
          return store.set({ file: message });
        case "unattended":
          return store.set({ unattended: message });
        case "pruned":
          return store.set({ pruned: message });
        case "checked":
          return store.set({ checked: message });
        case "status":
          return store.set({ status: message });
        case "accepted": {
          const current = message.rev >= state.rev || !state.wanted;
          return store.set({
            accepted: message,
            own: message.own ?? state.own,
            drawing: leavesDrawing(state, message) ? null : state.drawing,
            pruned: message.effect === "restart" ? null : state.pruned,
            checked: message.effect === "restart" ? null : state.checked,
            wanted: current ? { experiment: message.experiment, view: message.view } : state.wanted,
            // What was refused before is mended or given up; what a link got wrong stays until it is closed.
            problems: [...state.problems.filter((problem) => !("type" in problem)), ...message.notices].slice(
              -MAX_PROBLEMS,
            ),
          });
        }
        case "error": {
          const latest = message.rev === state.rev && state.accepted;
          return store.set({
            problems: [...state.problems.filter((old) => old.field !== message.field), message].slice(-MAX_PROBLEMS),
            playing: message.rev === state.rev && state.running ? state.running.mode === "playing" : state.playing,
            wanted: latest ? { experiment: latest.experiment, view: latest.view } : state.wanted,
          });
        }
        case "frame":
          return store.set({
            running: message,
            points: message.points ?? state.points,
            history: extended(state.history, message),
            fit: message.metrics ?? state.fit,
            flow: extendedFlow(state.flow, message),
            playing: message.rev >= state.rev ? message.mode === "playing" : state.playing,
          });
      }
    },
  };
}

/** @typedef {ReturnType<typeof createActions>} Actions */
