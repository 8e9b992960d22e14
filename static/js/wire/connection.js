/** The websocket: it opens, comes back after a loss with growing patience, and goes on where the run was. */

import { checkpointText, decodeMessage } from "./decoder.js";

const FIRST_DELAY = 400;
const LONGEST_DELAY = 5000;
const IDLE = 4002; // the server has let a forgotten page go: it comes back when somebody looks at it

/**
 * @param {object} options
 * @param {string} options.address
 * @param {number} options.version of the protocol
 * @param {number} options.silence seconds without a word of the server, while it trains, after which it is given up
 * @param {{get: () => import("../state/state.js").State}} options.store
 * @param {import("../state/state.js").Actions} options.actions
 * @param {() => string} options.fragment
 * @param {ReturnType<typeof import("./stopwatch.js").createStopwatch>} options.stopwatch
 */
export function connect({ address, version, silence, store, actions, fragment, stopwatch }) {
  /** @type {WebSocket | null} the one that counts; what an earlier one still says does not */
  let socket = null;
  let heard = 0;
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
      const left = takeLeft();
      if (left && left.link === fragment()) send({ type: "hello", rev: actions.nextRev(), version, ...left });
      else greet(accepted?.link ?? fragment());
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
    const [earlier, opened] = [socket, new WebSocket(address)];
    socket = opened;
    earlier?.close();
    heard = performance.now();
    /** @type {import("./decoder.js").Frame | null} */
    let before = null;
    opened.binaryType = "arraybuffer";
    opened.addEventListener("open", () => {
      resume();
      send({ type: "visible", visible: !document.hidden });
    });
    opened.addEventListener("message", (event) => {
      if (socket !== opened) return;
      delay = FIRST_DELAY; // not before: a full server opens a connection, too, to say that it is full
      heard = performance.now();
      const message = decodeMessage(event.data, before);
      if (message.type === "frame") before = message;
      actions.receive(message);
    });
    opened.addEventListener("close", ({ code }) => {
      if (socket === opened) lose(code);
    });
  }

  /** @param {number} [code] */
  function lose(code = 0) {
    const lost = socket;
    socket = null;
    lost?.close();
    actions.lose(code);
    if (code !== IDLE) timer = setTimeout(open, delay * (0.75 + Math.random() / 2));
    delay = Math.min(delay * 1.7, LONGEST_DELAY);
  }

  /** Give up a connection that was cut without a word: where the server should speak, its silence is the only sign. */
  function listen() {
    const { connection, playing } = store.get();
    if (connection === "open" && !playing) heard = performance.now();
    else if (socket && performance.now() - heard > silence * 1000) lose();
  }

  document.addEventListener("visibilitychange", () => {
    send({ type: "visible", visible: !document.hidden });
    if (!document.hidden && !socket) open();
  });
  setInterval(listen, 1000);
  open();
  return { send, greet, retry: open };
}

const LEFT = "run";

/**
 * Leave the run for the page that comes next in this tab: the same in another language, or with a lesson beside it.
 * @param {Pick<import("../state/state.js").State, "accepted" | "running" | "playing" | "speed">} state
 */
export function leaveRun({ accepted, running, playing, speed }) {
  if (!accepted || !running) return;
  const left = { link: accepted.link, checkpoint: checkpointText(running), playing, speed };
  try {
    sessionStorage.setItem(LEFT, JSON.stringify(left));
  } catch {}
}

/** @returns {{link: string, checkpoint: string, playing: boolean, speed: string} | null} what the page before has left, once */
function takeLeft() {
  try {
    const left = JSON.parse(sessionStorage.getItem(LEFT) ?? "null");
    sessionStorage.removeItem(LEFT);
    return left;
  } catch {
    return null;
  }
}
