/** Measure how long a change takes to appear, as an "answer" entry in the browser's performance tools. */

/** Return a stopwatch for commands, identified by their rev. */
export function createStopwatch() {
  /** @type {Map<number, number>} the send times of commands that no picture shows yet, oldest first */
  const sent = new Map();
  return {
    /** @param {number} rev */
    start: (rev) => sent.set(rev, performance.now()),
    /**
     * Stop for all commands up to this one. The entries are for observers only, so they are not kept.
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
