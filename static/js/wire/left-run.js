/** Hand the run to the next page of this tab: the same in another language, or with a lesson beside it. */

import { checkpointText } from "./decoder.js";

const KEY = "run";

/**
 * Return where a run stands, as a `hello` takes it. Null where no frame shows the last accepted change yet: the changed
 * experiment says itself where it begins, and an older checkpoint would not fit it.
 * @param {Pick<import("../state/reducer.js").Description, "id" | "rev">} accepted
 * @param {import("./decoder.js").Frame | null} running
 */
export function checkpointOf({ id, rev }, running) {
  return running && running.run === id && running.rev >= rev ? checkpointText(running) : null;
}

/**
 * Leave the run for the page that comes next in this tab.
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
 * Take the run that the page before has left; it can be taken once.
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
