/** Hand the run to the next page of this tab: the same in another language, or with a lesson beside it. */

import { checkpointText } from "./decoder.js";

const KEY = "run";

/**
 * Leave the run for the page that comes next in this tab.
 * @param {Pick<import("../state/state.js").State, "accepted" | "running" | "playing" | "speed">} state
 */
export function leaveRun({ accepted, running, playing, speed }) {
  if (!accepted || !running) return;
  const run = { link: accepted.link, checkpoint: checkpointText(running), playing, speed };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(run));
  } catch {}
}

/**
 * Take the run that the page before has left; it can be taken once.
 * @returns {{link: string, checkpoint: string, playing: boolean, speed: string} | null}
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
