/** Build every message to the server, and show each change on the page before the answer arrives. */

import { checkpointOf, takeRun } from "./left-run.js";

/**
 * @typedef {import("./decoder.js").Experiment} Experiment
 * @typedef {import("./decoder.js").View} View
 * @typedef {import("../core/geometry.js").Parameter} Parameter
 * @typedef {ReturnType<typeof createCommands>} Commands
 */

/**
 * Return the commands: one function for each message that the page can send.
 * @param {object} options
 * @param {{get: () => import("../state/state.js").State}} options.store
 * @param {import("../state/state.js").Actions} options.actions
 * @param {{send: (message: Record<string, unknown>) => void}} options.connection
 * @param {() => string} options.fragment of the page's address
 */
export function createCommands({ store, actions, connection, fragment }) {
  const send = connection.send;
  const shownNet = () => store.get().running?.net ?? 0;

  /** @type {Record<string, unknown> | null} the last `focus` and `unfold`: the server forgets them with the connection */
  let focused = null;
  /** @type {Record<string, unknown> | null} */
  let unfolded = null;

  /**
   * @param {number} rev
   * @param {Record<string, unknown>} where the session begins
   */
  function hello(rev, where) {
    send({ type: "hello", rev, frames: "delta", ...where });
  }

  /**
   * Begin the run of a link.
   * @param {string} link
   */
  function visit(link) {
    hello(actions.nextRev(), { link, speed: store.get().speed });
  }

  /** Say hello on a new connection: continue this page's run, or the run that the previous page left, or open the link. */
  function greet() {
    const { accepted, running, playing, speed, own } = store.get();
    const rev = actions.beginConnection();
    const left = accepted ? null : takeRun();
    if (accepted) {
      const { id, view } = accepted;
      const onOwnData = accepted.experiment.dataset === "own";
      const experiment = onOwnData ? { ...accepted.experiment, own } : accepted.experiment;
      hello(rev, { run: id, experiment, view, checkpoint: checkpointOf(accepted, running), playing, speed });
    } else if (left && left.link === fragment()) hello(rev, { ...left, playing: left.playing || playing });
    else hello(rev, { link: fragment(), playing, speed });
    visible();
    if (focused) send(focused);
    if (unfolded) send(unfolded);
  }

  function visible() {
    send({ type: "visible", visible: !document.hidden });
  }

  return {
    greet,
    visit,
    visible,
    togglePlay() {
      const playing = !store.get().playing;
      const rev = actions.nextRev();
      actions.setPlaying(playing, rev);
      send({ type: playing ? "play" : "pause", rev });
    },
    step() {
      const rev = actions.nextRev();
      actions.setPlaying(false, rev);
      send({ type: "step", rev });
    },
    /** @param {boolean} newWeights */
    reset(newWeights) {
      const rev = actions.nextRev();
      actions.setPlaying(false, rev);
      actions.beginGesture();
      send({ type: "reset", rev, new_weights: newWeights });
    },
    /** @param {string} speed */
    speed(speed) {
      actions.setSpeed(speed);
      send({ type: "speed", rev: actions.nextRev(), speed });
    },
    /**
     * Ask for another experiment or view.
     * @param {Partial<Experiment>} experiment
     * @param {Partial<View>} [view]
     * @param {boolean} [begins] a new entry in the browser's history
     */
    configure(experiment, view = {}, begins = true) {
      // A change of the view alone makes no history entry: going back to it would discard the training.
      if (begins && Object.keys(experiment).length > 0) actions.beginGesture();
      actions.want(experiment, view);
      const { wanted, rev, keep } = store.get();
      if (!wanted) return;
      // The server knows where the run is; an old checkpoint would not fit another shape.
      send({ type: "configure", rev, view: wanted.view, experiment: { ...wanted.experiment, start: null }, keep });
    },
    /** @param {import("./own_data.js").OwnData} own */
    bringData(own) {
      actions.beginGesture();
      actions.bring(own);
      send({ type: "data", rev: actions.nextRev(), own });
    },
    /**
     * @param {Parameter} parameter
     * @param {number} value
     */
    edit(parameter, value) {
      actions.beginGesture();
      send({ type: "edit", rev: actions.nextRev(), net: shownNet(), ...parameter, value });
    },
    /**
     * @param {Parameter} parameter
     * @param {boolean} whole lock the neuron's bias and all weights into it
     * @param {boolean} locked
     */
    lock({ layer, neuron, input }, whole, locked) {
      actions.beginGesture();
      const place = { layer, neuron, input: whole ? null : input };
      send({ type: "lock", rev: actions.nextRev(), net: shownNet(), ...place, whole, locked });
    },
    /**
     * @param {number} fraction of the weights
     * @param {string} method
     */
    prune(fraction, method) {
      actions.beginGesture();
      send({ type: "prune", rev: actions.nextRev(), fraction, method });
    },
    checkGradient() {
      send({ type: "check", rev: actions.nextRev() });
    },
    /** @param {string} what model, or the framework of a script */
    save(what) {
      send({ type: "save", rev: actions.nextRev(), what });
    },
    /** @param {string} text of a model file */
    openModel(text) {
      actions.beginGesture();
      send({ type: "open", rev: actions.nextRev(), text });
    },
    /** @param {number | null} unit whose outputs fill the large picture, inputs first; null is the output */
    focus(unit) {
      focused = { type: "focus", unit };
      send(focused);
    },
    /** @param {Parameter | null} parameter whose chain rule is written out */
    unfold(parameter) {
      unfolded = { type: "unfold", layer: null, ...parameter };
      send(unfolded);
    },
    /** @param {number} frame that is on the screen */
    drawn(frame) {
      send({ type: "drawn", frame });
    },
  };
}
