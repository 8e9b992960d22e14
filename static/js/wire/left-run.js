/** Hand the run to the next page in this tab: the same page in another language, or a lesson. */

import { checkpointText } from "./decoder.js";

const KEY = "run";

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
 * Store the run for the next page in this tab.
 * @param {Pick<import("../state/state.js").State, "accepted" | "running" | "playing" | "speed">} state
 */
export function leaveRun({ accepted, running, playing, speed }) {
  if (!accepted) return;
  const run = { link: accepted.link, checkpoint: checkpointOf(accepted, running), playing, speed };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(run));
  } catch {}
}

/**
 * Take the run that the previous page stored. It can be taken only once.
 * @returns {{link: string, checkpoint: string | null, playing: boolean, speed: string} | null}
 */
export function takeRun() {
  try {
    const run = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    sessionStorage.removeItem(KEY);
    return run;
  } catch {
    return null;
  }
}
