/** Keep a websocket to the server open: reconnect after a loss, with growing delays. */

import { decodeMessage } from "./decoder.js";

const FIRST_DELAY = 400;
const LONGEST_DELAY = 5000;
const IDLE = 4002; // the server closed an unused page: reconnect when the page becomes visible
const OUTDATED = 4003; // the server speaks another version of the protocol: only a reload helps

/**
 * @param {object} options
 * @param {string} options.address
 * @param {string} options.subprotocol
 * @param {WebSocket} options.first the page's first connection, which is under way
 * @param {{rev: number} | null} options.said the hello that it has had already
 * @param {() => MessageEvent[]} options.heard returns what has arrived through it so far
 * @param {number} options.silence seconds without a message during training before the connection is given up
 * @param {{get: () => import("../state/state.js").State}} options.store
 * @param {import("../state/state.js").Actions} options.actions
 * @param {ReturnType<typeof import("./stopwatch.js").createStopwatch>} options.stopwatch
 */
export function createConnection({ address, subprotocol, first, said, heard, silence, store, actions, stopwatch }) {
  /** @type {WebSocket | null} the current one; messages of an earlier one are ignored */
  let socket = null;
  /** @type {(said: {rev: number} | null) => void} */
  let greet = () => {};
  let greeted = false;
  let lastHeard = 0;
  let delay = FIRST_DELAY;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @param {Record<string, unknown>} message */
  function send(message) {
    if (typeof message.rev === "number") stopwatch.start(message.rev);
    if (greeted && socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  function open(opened = new WebSocket(address, subprotocol)) {
    clearTimeout(timer);
    const earlier = socket;
    [socket, greeted] = [opened, false];
    earlier?.close();
    lastHeard = performance.now();
    /** @type {import("./decoder.js").Frame | null} */
    let before = null;
    opened.binaryType = "arraybuffer";
    if (opened.readyState === WebSocket.OPEN) begin();
    else opened.addEventListener("open", () => socket === opened && begin());
    /** @param {MessageEvent} event */
    function hear(event) {
      if (socket !== opened) return;
      delay = FIRST_DELAY; // not sooner: a full server also accepts a connection, only to report that it is full
      lastHeard = performance.now();
      const message = decodeMessage(event.data, before);
      if (message.type === "frame") before = message;
      actions.receive(message);
    }
    opened.addEventListener("message", hear);
    if (opened === first) heard().forEach(hear);
    opened.addEventListener("close", ({ code }) => {
      if (socket === opened) lose(code);
    });
    if (opened.readyState === WebSocket.CLOSED) lose();
  }

  function begin() {
    greeted = true;
    greet(socket === first ? said : null);
  }

  /** @param {number} [code] */
  function lose(code = 0) {
    const lost = socket;
    socket = null;
    lost?.close();
    actions.lose(code);
    if (code !== IDLE && code !== OUTDATED) timer = setTimeout(() => open(), delay * (0.75 + Math.random() / 2));
    delay = Math.min(delay * 1.7, LONGEST_DELAY);
  }

  /** Give up a connection that was cut without a close. Silence during training is the only sign of it. */
  function listen() {
    const { connection, playing } = store.get();
    if (connection === "open" && !playing) lastHeard = performance.now();
    else if (socket && performance.now() - lastHeard > silence * 1000) lose();
  }

  return {
    send,
    /** @param {typeof greet} hello sends the first message of each connection, unless it has been said already */
    start(hello) {
      greet = hello;
      document.addEventListener("visibilitychange", () => {
        if (!document.hidden && !socket) open();
      });
      setInterval(listen, 1000);
      open(first);
    },
    retry: () => open(),
  };
}
