/**
 * Build every message to the server, and show each change on the page before the answer arrives. Only the hello of a
 * first visit is older than the modules: `static/js/opening.js` says it.
 */

import { wantedFrom } from "../state/reducer.js";
import { checkpointOf, withOwnData } from "./kept_runs.js";

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
 * @param {import("./kept_runs.js").KeptRun | null} [options.left] the run that an earlier page left, to be continued
 */
export function createCommands({ store, actions, connection, fragment, left = null }) {
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
   * Send a command that gets an answer, and return its rev. If the connection is lost before the answer, the next
   * connection sends the command again.
   * @param {Record<string, unknown>} message
   * @param {import("../state/reducer.js").Change} [change]
   */
  function ask(message, change = {}) {
    const rev = actions.nextRev({ ...change, message });
    send({ ...message, rev });
    return rev;
  }

  /**
   * @param {{experiment: Experiment, view: View}} wanted
   * @param {number} rev
   * @param {boolean} keep
   */
  function sendSettings({ experiment, view }, rev, keep) {
    // The server knows where the run is; an old checkpoint would not fit another shape.
    send({ type: "configure", rev, view, experiment: { ...experiment, start: null }, keep });
  }

  /**
   * Begin the run of a link, and return the rev of the command.
   * @param {string} link
   */
  function visit(link) {
    const rev = actions.nextRev({});
    hello(rev, { link, speed: store.get().speed });
    return rev;
  }

  /**
   * Return the part of a hello that brings a run back, and what the page keeps of it.
   * @param {import("./kept_runs.js").KeptRun} run
   */
  function comeback({ link, experiment, view, checkpoint, history, drawing }) {
    return { where: { experiment, view, checkpoint }, change: { fallback: link, kept: { history, drawing } } };
  }

  /**
   * Say hello on a new connection: continue this page's run, or the run that an earlier page left, or open the link.
   * @param {{rev: number} | null} [said] the hello for the link that this connection has had already; if the learner has
   *   done something since, another one follows
   */
  function greet(said = null) {
    const { accepted, running, playing, speed, own, rev } = store.get();
    if (said?.rev === rev) {
      visible();
      return;
    }
    const kept = accepted ? null : left;
    /** @type {import("../state/reducer.js").Change} */
    let change = {};
    /** @type {Record<string, unknown>} */
    let where = { link: fragment(), playing, speed };
    if (accepted) {
      const { id, view, link } = accepted;
      const experiment = withOwnData(accepted.experiment, own);
      change = { fallback: link, kept: {} };
      where = { run: id, experiment, view, checkpoint: checkpointOf(accepted, running), playing, speed };
    } else if (kept) {
      change = comeback(kept).change;
      where = { ...comeback(kept).where, playing: kept.playing || playing, speed };
    }
    const [first, ...again] = actions.beginConnection(change);
    hello(first[0], where);
    visible();
    if (focused) send(focused);
    if (unfolded) send(unfolded);
    /** @type {Map<number, import("../state/reducer.js").Change>} */
    const sent = new Map();
    for (const [rev, each] of again) {
      sent.set(rev, each);
      const wanted = each.message ? null : wantedFrom(accepted, sent);
      if (wanted) sendSettings(wanted, rev, each.keep ?? false);
      else send({ ...each.message, rev });
    }
  }

  function visible() {
    send({ type: "visible", visible: !document.hidden });
  }

  return {
    greet,
    visit,
    visible,
    /**
     * Begin the run that was left at an entry of the browser's history.
     * @param {import("./kept_runs.js").KeptRun} run
     */
    comeBack(run) {
      const { where, change } = comeback(run);
      hello(actions.nextRev(change), { ...where, speed: store.get().speed });
    },
    togglePlay() {
      const playing = !store.get().playing;
      const rev = actions.nextRev({});
      actions.setPlaying(playing, rev);
      send({ type: playing ? "play" : "pause", rev });
    },
    step() {
      actions.setPlaying(false, ask({ type: "step" }));
    },
    /** @param {boolean} newWeights */
    reset(newWeights) {
      actions.beginGesture();
      actions.setPlaying(false, ask({ type: "reset", new_weights: newWeights }));
    },
    /** @param {string} speed */
    speed(speed) {
      actions.setSpeed(speed);
      send({ type: "speed", rev: actions.nextRev({}), speed });
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
      if (wanted) sendSettings(wanted, rev, keep);
    },
    /**
     * Train on the learner's own data.
     * @param {import("./own_data.js").OwnData} own
     * @param {boolean} [keep] the weights, if they fit
     */
    bringData(own, keep = store.get().keep) {
      actions.beginGesture();
      actions.bring(own);
      ask({ type: "data", own, keep }, { own });
    },
    /**
     * @param {Parameter} parameter
     * @param {number} value
     * @param {boolean} [begins] a new entry in the browser's history
     */
    edit(parameter, value, begins = true) {
      if (begins) actions.beginGesture();
      send({ type: "edit", rev: actions.nextRev({}), net: shownNet(), ...parameter, value });
    },
    /**
     * @param {Parameter} parameter
     * @param {boolean} whole lock the neuron's bias and all weights into it
     * @param {boolean} locked
     */
    lock({ layer, neuron, input }, whole, locked) {
      actions.beginGesture();
      const place = { layer, neuron, input: whole ? null : input };
      send({ type: "lock", rev: actions.nextRev({}), net: shownNet(), ...place, whole, locked });
    },
    /**
     * @param {number} fraction of the weights
     * @param {string} method
     */
    prune(fraction, method) {
      actions.beginGesture();
      ask({ type: "prune", fraction, method });
    },
    checkGradient() {
      ask({ type: "check" });
    },
    /** @param {string} what model, or the framework of a script */
    save(what) {
      ask({ type: "save", what });
    },
    /** @param {string} text of a model file */
    openModel(text) {
      actions.beginGesture();
      ask({ type: "open", text });
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
