import assert from "node:assert/strict";
import { test } from "node:test";
import { createStore } from "../../static/js/core/store.js";
import { createActions, initialState, isSettled } from "../../static/js/state/state.js";
import { checkpointOf } from "../../static/js/wire/kept_runs.js";

const EXPERIMENT = { activation: "tanh", noise: 0, features: ["x", "y"], hidden_layers: [4, 2] };
const VIEW = { show_test: false, discretize: false, hide_text: false, hide: [] };
const accepted = (rev, experiment = EXPERIMENT, more = {}) => ({
  type: "accepted",
  rev,
  effect: "none",
  run: { id: 1, experiment, view: VIEW, link: "", notices: [], own: null, ...more },
  result: null,
});
const refused = (rev, field = "noise") => ({ type: "refused", rev, field, value: "95", allowed: "0 to 80" });
const readings = (...rows) => ({ curve: Float64Array.from(rows.flat()) });
const frame = (epoch, rev, more = {}) => ({
  type: "frame",
  run: 1,
  epoch,
  rev,
  mode: "playing",
  ...readings([epoch, 1 / (epoch + 1), 2 / (epoch + 1)]),
  points: null,
  sizes: [2, 1],
  gradients: null,
  diverged: null,
  ...more,
});

function page() {
  const store = createStore(initialState());
  const actions = createActions(store);
  actions.receive(accepted(0));
  return { store, actions };
}

test("what is wanted shows at once, before the server answers", () => {
  const { store, actions } = page();
  actions.want({ noise: 20 });
  assert.equal(store.get().wanted.experiment.noise, 20);
  assert.equal(store.get().accepted.experiment.noise, 0);
});

test("an echo of an earlier change leaves the slider under the finger alone", () => {
  const { store, actions } = page();
  actions.want({ noise: 20 });
  const first = store.get().rev;
  actions.want({ noise: 25 });
  actions.receive(accepted(first, { ...EXPERIMENT, noise: 20 }));
  assert.equal(store.get().wanted.experiment.noise, 25);
  actions.receive(accepted(store.get().rev, { ...EXPERIMENT, noise: 25 }));
  assert.equal(store.get().wanted.experiment.noise, 25);
});

test("a refused change puts the last accepted value back and says why", () => {
  const { store, actions } = page();
  actions.want({ noise: 95 });
  actions.receive(refused(store.get().rev));
  assert.equal(store.get().wanted.experiment.noise, 0);
  assert.equal(store.get().problems[0].field, "noise");
});

test("the refusal of an older change does not undo a newer one", () => {
  const { store, actions } = page();
  actions.want({ noise: 95 });
  const older = store.get().rev;
  actions.want({ noise: 30 });
  actions.receive(refused(older));
  assert.equal(store.get().wanted.experiment.noise, 30);
});

test("state is replaced, never mutated", () => {
  const { store, actions } = page();
  const before = store.get();
  const copy = structuredClone(before);
  actions.want({ noise: 10 });
  actions.receive(frame(3, 0));
  assert.notEqual(store.get(), before);
  assert.deepEqual(before, copy);
});

test("the play button follows what the learner wants until the server has answered that", () => {
  const { store, actions } = page();
  const rev = actions.nextRev();
  actions.setPlaying(true, rev);
  actions.receive(frame(0, rev - 1, { mode: "paused" }));
  assert.equal(store.get().playing, true);
  actions.receive(frame(1, rev, { mode: "diverged" }));
  assert.equal(store.get().playing, false);
});

test("a refused play gives the button back", () => {
  const { store, actions } = page();
  actions.receive(frame(1, 0, { mode: "diverged" }));
  const rev = actions.nextRev();
  actions.setPlaying(true, rev);
  actions.receive(refused(rev, "mode"));
  assert.equal(store.get().playing, false);
});

test("a mended mistake is forgotten, what a link got wrong stays until it is closed", () => {
  const { store, actions } = page();
  const notice = { field: "tutorial", value: "dp", allowed: "ignored" };
  actions.receive(accepted(0, EXPERIMENT, { notices: [notice] }));
  actions.receive(refused(null));
  assert.equal(store.get().problems.length, 2);
  actions.receive(accepted(1));
  assert.deepEqual(store.get().problems, [notice]);
});

test("a sheet is left when another dataset is chosen or another run opened, and not before", () => {
  const { store, actions } = page();
  const drawing = { own: {}, sheet: {} };
  actions.receive(accepted(0, { ...EXPERIMENT, dataset: "circle" }));
  actions.draw(drawing);
  actions.receive(accepted(1, { ...EXPERIMENT, dataset: "circle", noise: 5 }));
  assert.equal(store.get().drawing, drawing);
  actions.receive(accepted(2, { ...EXPERIMENT, dataset: "own" }));
  assert.equal(store.get().drawing, drawing);
  actions.receive(accepted(3, { ...EXPERIMENT, dataset: "xor" }));
  assert.equal(store.get().drawing, null);
  actions.draw(drawing);
  actions.receive(accepted(4, { ...EXPERIMENT, dataset: "own" }, { own: {} }));
  assert.equal(store.get().drawing, null);
});

test("points stay until new ones come", () => {
  const { store, actions } = page();
  const points = { train: new Float32Array(3), test: new Float32Array(3) };
  actions.receive(frame(0, 0, { points }));
  actions.receive(frame(1, 0));
  assert.equal(store.get().points, points);
});

test("a closed problem goes, the others stay", () => {
  const { store, actions } = page();
  for (const field of ["noise", "seed"]) actions.receive(refused(null, field));
  actions.closeProblem(store.get().problems[0]);
  assert.deepEqual(
    store.get().problems.map(({ field }) => field),
    ["seed"],
  );
});

test("why a connection was ended is remembered through attempts that get nowhere, until there is one again", () => {
  const store = createStore(initialState());
  const actions = createActions(store);
  actions.lose(1013);
  actions.lose(1006);
  assert.deepEqual([store.get().connection, store.get().closed], ["lost", 1013]);
  actions.receive({ type: "welcome" });
  actions.lose(1006);
  assert.equal(store.get().closed, 1006);
});

test("a run that was paused since nobody touched it says so until it is played", () => {
  const store = createStore(initialState());
  const actions = createActions(store);
  actions.receive({ type: "unattended", minutes: 240 });
  assert.equal(store.get().unattended.minutes, 240);
  actions.setPlaying(true, actions.nextRev());
  assert.equal(store.get().unattended, null);
});

test("a refused change puts back only the fields it touched", () => {
  const { store, actions } = page();
  actions.want({ noise: 95 });
  const wrong = store.get().rev;
  actions.want({ activation: "relu" }, { hide_text: true });
  actions.receive(refused(wrong));
  const { experiment, view } = store.get().wanted;
  assert.deepEqual([experiment.noise, experiment.activation, view.hide_text], [0, "relu", true]);
  actions.receive(refused(store.get().rev));
  assert.deepEqual(store.get().wanted, { experiment: EXPERIMENT, view: VIEW });
});

test("the answer to a later command says nothing of an earlier change", () => {
  const { store, actions } = page();
  actions.want({ noise: 20 });
  const change = store.get().rev;
  const step = actions.nextRev();
  actions.receive({ type: "accepted", rev: step, effect: "none", run: null, result: null });
  assert.deepEqual([...store.get().pending.keys()], [change]);
  assert.equal(store.get().wanted.experiment.noise, 20);
  assert.equal(store.get().accepted.experiment.noise, 0);
});

test("the page is settled once every command is answered and drawn", () => {
  const { store, actions } = page();
  actions.receive(frame(0, 0));
  assert.ok(isSettled(store.get()));
  const rev = actions.nextRev();
  assert.ok(!isSettled(store.get()));
  actions.receive(accepted(rev));
  assert.ok(!isSettled(store.get()));
  actions.receive(frame(0, rev));
  assert.ok(isSettled(store.get()));
  const wrong = actions.nextRev();
  actions.receive(refused(wrong));
  assert.ok(isSettled(store.get()));
});

test("a lost connection answers nothing any more: the next one repeats after its hello what was not answered", () => {
  const { store, actions } = page();
  actions.nextRev({}); // pressing Play: the hello says whether the run plays
  actions.want({ noise: 20 });
  actions.lose(1006);
  actions.want({ noise: 25 });
  actions.want({ activation: "relu" }, { hide_text: true });
  const message = { type: "reset", new_weights: true };
  actions.nextRev({ message });
  const [hello, ...again] = actions.beginConnection({ fallback: "" });
  assert.deepEqual(hello, [6, { fallback: "" }]);
  assert.deepEqual(again, [
    [7, { experiment: { noise: 25, activation: "relu" }, view: { hide_text: true }, keep: false }],
    [8, { message }],
  ]);
  assert.deepEqual([...store.get().pending.keys()], [6, 7, 8]);
  const { experiment, view } = store.get().wanted;
  assert.deepEqual([experiment.noise, experiment.activation, view.hide_text], [25, "relu", true]);
});

test("a run that cannot be brought back is replaced by its link, and the learner is told", () => {
  const { store, actions } = page();
  const [[hello]] = actions.beginConnection({ fallback: "noise=5" });
  actions.receive(refused(hello, "checkpoint"));
  assert.equal(store.get().denied, "noise=5");
  actions.receive(accepted(hello + 1));
  assert.equal(store.get().denied, null);
  assert.deepEqual(
    store.get().problems.map(({ field }) => field),
    ["checkpoint"],
  );
});

test("a run that is brought back goes on with its losses and with what was drawn", () => {
  const { store, actions } = page();
  const history = { epochs: Float64Array.of(0, 1), train: Float64Array.of(1, 0.5), test: Float64Array.of(2, 1) };
  const drawing = { own: {}, sheet: {} };
  const rev = actions.nextRev({ kept: { history, drawing } });
  actions.receive(accepted(rev, { ...EXPERIMENT, dataset: "own" }, { id: 2, own: {} }));
  actions.receive(frame(2, rev, { run: 2 }));
  assert.deepEqual([...store.get().history.epochs], [0, 1, 2]);
  assert.equal(store.get().drawing, drawing);
});

test("another run has its own history; the old one is shown until its first frame is here", () => {
  const { store, actions } = page();
  actions.receive(frame(0, 0));
  actions.receive(frame(1, 0));
  const old = store.get().running;
  actions.receive(accepted(1, EXPERIMENT, { id: 2 }));
  assert.equal(store.get().running, old);
  assert.deepEqual([...store.get().history.epochs], [0, 1]);
  actions.receive(frame(5, 1, { run: 2 }));
  assert.deepEqual([...store.get().history.epochs], [5]);
  assert.deepEqual(Object.keys(store.get().runs), ["2"]);
});

test("a run that goes on after a lost connection goes on with its history", () => {
  const { store, actions } = page();
  actions.receive(frame(0, 0));
  actions.receive(frame(1, 0));
  actions.lose(1006);
  const [[hello]] = actions.beginConnection({ kept: {} });
  actions.receive(accepted(hello));
  actions.receive(frame(2, 1));
  assert.deepEqual([...store.get().history.epochs], [0, 1, 2]);
});

test("points stay with a run on the same data", () => {
  const { store, actions } = page();
  const points = { train: new Float32Array(3), test: new Float32Array(3) };
  actions.receive(frame(0, 0, { points }));
  actions.receive(frame(0, 1, { run: 2 }));
  assert.equal(store.get().points, points);
});

test("what pruning and the gradient check found is forgotten when another run begins", () => {
  const { store, actions } = page();
  const pruned = { type: "pruned", count: 3 };
  const checked = { type: "checked", digits: 8 };
  actions.receive({ ...accepted(1), result: pruned });
  actions.receive({ type: "accepted", rev: 2, effect: "none", run: null, result: checked });
  assert.deepEqual([store.get().pruned, store.get().checked], [pruned, checked]);
  actions.receive(accepted(3, EXPERIMENT, { id: 2 }));
  assert.deepEqual([store.get().pruned, store.get().checked], [null, null]);
});

test("hovering, editing and enlarging are three things", () => {
  const { store, actions } = page();
  store.set({ running: { sizes: [2, 3, 1] } });
  actions.hover({ layer: 0, neuron: 1, input: 0 });
  assert.deepEqual([store.get().enlarged, store.get().editing], [null, null]);
  actions.hover({ unit: 4 });
  assert.equal(store.get().enlarged, 4);
  const bias = { layer: 0, neuron: 1, input: null };
  actions.edit(bias);
  assert.deepEqual([store.get().hovered, store.get().enlarged], [null, 3]);
  actions.wantValue("0.25");
  assert.deepEqual(store.get().editing, { parameter: bias, wanted: "0.25", edited: true, begun: false });
  actions.commitValue();
  assert.deepEqual(store.get().editing, { parameter: bias, wanted: "0.25", edited: false, begun: true });
  actions.stopEditing();
  assert.deepEqual([store.get().hovered, store.get().editing, store.get().enlarged], [null, null, null]);
  actions.wantValue("1");
  assert.equal(store.get().editing, null, "nothing is edited");
});

test("after a change of the view alone, the checkpoint of an earlier frame still brings the run back", () => {
  const { store, actions } = page();
  actions.receive({ ...accepted(3), effect: "live" });
  actions.receive(frame(50, 3, { checkpoint: new Uint8Array([1, 2, 3]) }));
  actions.receive(accepted(4)); // the connection is lost before a frame shows the view
  const { accepted: description, running } = store.get();
  assert.equal(checkpointOf(description, running), "50.AQID");
  actions.receive({ ...accepted(5), effect: "live" });
  assert.equal(checkpointOf(store.get().accepted, store.get().running), null);
});
