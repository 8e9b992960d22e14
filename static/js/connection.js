/** The websocket: it opens, comes back after a loss with growing patience, and goes on where the run was. */

import { checkpointText, decodeMessage } from "./protocol.js";

const FIRST_DELAY = 400;
const LONGEST_DELAY = 5000;

/**
 * @param {object} options
 * @param {string} options.address
 * @param {number} options.version of the protocol
 * @param {{get: () => import("./state.js").State}} options.store
 * @param {import("./state.js").Actions} options.actions
 * @param {() => string} options.fragment
 * @param {ReturnType<typeof import("./stopwatch.js").createStopwatch>} options.stopwatch
 */
export function connect({ address, version, store, actions, fragment, stopwatch }) {
  /** @type {WebSocket} */
  let socket;
  let delay = FIRST_DELAY;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @param {Record<string, unknown>} message */
  function send(message) {
    if (typeof message.rev === "number") stopwatch.start(message.rev);
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  /** @param {string} link */
  function greet(link) {
    const { speed } = store.get();
    send({ type: "hello", rev: actions.nextRev(), version, link, speed });
  }

  function resume() {
    const { accepted, running, playing, speed, own } = store.get();
    if (!accepted || !running) {
      greet(accepted?.link ?? fragment());
      return;
    }
    const { view } = accepted;
    const drawn = accepted.experiment.dataset === "own";
    const experiment = drawn ? { ...accepted.experiment, own } : accepted.experiment;
    const checkpoint = checkpointText(running);
    send({ type: "hello", rev: actions.nextRev(), version, experiment, view, checkpoint, playing, speed });
  }

  function open() {
    clearTimeout(timer);
    socket = new WebSocket(address);
    /** @type {import("./protocol.js").Frame | null} */
    let before = null;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => {
      delay = FIRST_DELAY;
      resume();
      send({ type: "visible", visible: !document.hidden });
    });
    socket.addEventListener("message", (event) => {
      const message = decodeMessage(event.data, before);
      if (message.type === "frame") before = message;
      actions.receive(message);
    });
    socket.addEventListener("close", () => {
      actions.setConnection("lost");
      timer = setTimeout(open, delay * (0.75 + Math.random() / 2));
      delay = Math.min(delay * 1.7, LONGEST_DELAY);
    });
  }

  document.addEventListener("visibilitychange", () => send({ type: "visible", visible: !document.hidden }));
  open();
  return { send, greet, retry: open };
}
