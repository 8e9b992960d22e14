/** How long the learner waits for a change to be seen: an entry "answer" in the browser's performance tools. */

/** Return a stopwatch for commands, each known by its rev. */
export function createStopwatch() {
  /** @type {Map<number, number>} when each command was sent that no picture has shown yet, oldest first */
  const sent = new Map();
  return {
    /** @param {number} rev */
    start: (rev) => sent.set(rev, performance.now()),
    /**
     * Stop for all commands up to this one. Nobody but an observer needs the entries: they are not kept.
     * @param {number} rev
     */
    stop(rev) {
      if (sent.size === 0) return;
      for (const [each, start] of sent) {
        if (each > rev) break;
        sent.delete(each);
        performance.measure("answer", { start });
      }
      performance.clearMeasures("answer");
    },
  };
}
