import assert from "node:assert/strict";
import { PerformanceObserver } from "node:perf_hooks";
import { test } from "node:test";
import { createStopwatch } from "../../static/js/wire/stopwatch.js";

test("each command is timed once, when a picture shows it or a later one, and no entry is kept", async () => {
  const seen = [];
  const observer = new PerformanceObserver((list) => seen.push(...list.getEntriesByName("answer")));
  observer.observe({ entryTypes: ["measure"] });
  const stopwatch = createStopwatch();
  stopwatch.start(1);
  stopwatch.start(2);
  stopwatch.start(5);
  stopwatch.stop(3);
  stopwatch.stop(3);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(seen.length, 2);
  assert.ok(seen.every(({ duration }) => duration >= 0));
  assert.deepEqual(performance.getEntriesByName("answer"), []);
  observer.disconnect();
});
