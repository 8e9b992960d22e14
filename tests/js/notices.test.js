import assert from "node:assert/strict";
import { test } from "node:test";
import { noticesOf } from "../../static/js/features/notices/notices.js";
import { initialState } from "../../static/js/state/state.js";

const accepted = { safe_penalty_rate: null, experiment: { dataset: "circle" }, link: "" };
const running = { diverged: null, remedy: null, finished: null, validation_loss: null };

function notices(change) {
  const done = [];
  const does = {
    retry: () => done.push("retry"),
    startOver: (experiment) => done.push(["start over", experiment]),
    play: () => done.push("play"),
    change: (experiment) => done.push(["change", experiment]),
    goOn: (condition) => done.push(["go on", condition]),
    close: (index) => done.push(["close", index]),
  };
  const found = noticesOf({ ...initialState(), accepted, running, ...change }, does);
  return { found, keys: found.map(({ key }) => key), done };
}

test("a quiet run has no notice", () => {
  assert.deepEqual(notices({}).keys, []);
});

test("a lost connection is shown with a way to try at once", () => {
  const { found, done } = notices({ connection: "lost" });
  found[0].action[1]();
  assert.deepEqual([found[0].key, done], ["lost", ["retry"]]);
});

test("a connection that the server has ended says why", () => {
  const said = (closed) => notices({ connection: "lost", closed }).found[0].text;
  assert.match(said(1013), /full/);
  assert.match(said(4001), /Close some/);
  assert.match(said(4002), /inactivity/);
  assert.match(said(1008), /too much data/);
  assert.match(said(1012), /restarting/);
  assert.match(said(4003), /Reload this page/);
  assert.match(said(1006), /Connection lost/);
});

test("a run that was left alone says so until it plays on", () => {
  const alone = { unattended: { type: "unattended", minutes: 240 } };
  const { found, done } = notices(alone);
  assert.match(found[0].text, /4 hours/);
  found[0].action[1]();
  assert.deepEqual(done, ["play"]);
  assert.deepEqual(notices({ ...alone, playing: true }).keys, []);
});

test("a failed compilation is announced while training goes on", () => {
  const { found } = notices({ status: { kernels: "failed", done: 0, total: 4 } });
  assert.deepEqual(
    found.map(({ key, quiet, progress }) => ({ key, quiet, progress })),
    [{ key: "failed", quiet: true, progress: undefined }],
  );
});

test("compiling shows how far it is", () => {
  const { found } = notices({ status: { kernels: "compiling", done: 1, total: 4 } });
  assert.equal(found[0].progress, 0.25);
});

test("a diverged run names its epoch and offers the learning rate that was tried", () => {
  const remedy = { field: "learning_rate", value: 3 };
  const { found, done } = notices({ running: { ...running, diverged: 17, remedy } });
  assert.match(found[0].text, /epoch 17/);
  found[0].action[1]();
  assert.deepEqual(done, [["start over", { learning_rate: 3 }]]);
});

test("an L2 rate beyond its limit is warned of before, and offered as the remedy after", () => {
  const unsafe = { ...accepted, safe_penalty_rate: 1 };
  const before = notices({ accepted: unsafe });
  before.found[0].action[1]();
  assert.deepEqual([before.keys, before.done], [["penalty"], [["change", { penalty_rate: 1 }]]]);
  const after = notices({
    accepted: unsafe,
    running: { ...running, diverged: 3, remedy: { field: "penalty_rate", value: 1 } },
  });
  after.found[0].action[1]();
  assert.deepEqual([after.keys, after.done], [["diverged"], [["start over", { penalty_rate: 1 }]]]);
});

test("a stop condition says why the run stands, until it plays on", () => {
  const stopped = { running: { ...running, finished: "stop_loss" } };
  const { keys, found, done } = notices(stopped);
  assert.deepEqual(keys, ["finished"]);
  found[0].action[1]();
  assert.deepEqual(done, [["go on", "stop_loss"]]);
  assert.deepEqual(notices({ ...stopped, playing: true }).keys, []);
});

test("the loss that decided to stop is named", () => {
  const said = (loss) =>
    notices({ running: { ...running, finished: "stop_patience", validation_loss: loss } }).found[0].text;
  assert.match(said(null), /the test loss/);
  assert.match(said(0.25), /the validation loss/);
});

test("what TensorFlow Playground computes otherwise from a link is said once, folded away", () => {
  const { found, keys } = notices({ remarks: ["A batch of 12 …"] });
  assert.deepEqual([keys, found[0].more, found[0].quiet], [["remark"], "A batch of 12 …", true]);
});

test("own data too many for a link say so, those in the link do not", () => {
  const own = { ...accepted, experiment: { dataset: "own" } };
  assert.deepEqual(notices({ accepted: { ...own, link: "dataset=own&seed=0.1" } }).keys, ["large-data"]);
  assert.deepEqual(notices({ accepted: { ...own, link: "dataset=own&own=x.y" } }).keys, []);
});

test("fewer than two points cannot be learned", () => {
  const drawing = { own: {}, sheet: { rows: [[0, 0, 1]], past: [], future: [] } };
  assert.deepEqual(notices({ drawing }).keys, ["few-points"]);
});

test("a wrong value names field, value and what is allowed, and can be closed", () => {
  const problem = { field: "noise", value: "95", allowed: "must be a number between 0 and 80" };
  const { found, done } = notices({ problems: [problem] });
  assert.equal(found[0].text, "noise must be a number between 0 and 80. Your value: “95”.");
  found[0].close();
  assert.deepEqual(done, [["close", problem]]);
});
