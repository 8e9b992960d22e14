import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { createStore } from "../../static/js/core/store.js";
import { createActions, initialState } from "../../static/js/state/state.js";
import { createCommands } from "../../static/js/wire/commands.js";

const FOLDER = new URL("../../static/js/", import.meta.url);

/** A page whose connection keeps what is sent. */
function page(state = {}) {
  const store = createStore({ ...initialState(), ...state });
  const actions = createActions(store);
  const sent = [];
  const connection = { send: (message) => sent.push(message) };
  return {
    store,
    actions,
    sent,
    commands: createCommands({ store, actions, connection, fragment: () => "" }),
  };
}

test("only commands.js writes messages, apart from the first hello", () => {
  const writers = readdirSync(FOLDER, { recursive: true }).filter((name) => {
    if (!name.endsWith(".js")) return false;
    return /type: "(hello|configure|data|play|pause|step|reset|edit|lock|prune|save|check|open|speed|focus|unfold|visible|drawn)"/.test(
      readFileSync(new URL(name, FOLDER), "utf8"),
    );
  });
  assert.deepEqual(writers.sort(), ["opening.js", "wire/commands.js"]);
});

test("a hello that has been said is not repeated, unless something has changed since", () => {
  const [patient, hasty] = [page(), page()];
  for (const { actions } of [patient, hasty]) actions.beginConnection({});
  const said = { rev: patient.store.get().rev };
  hasty.commands.togglePlay();
  hasty.sent.length = 0; // there was no connection yet
  for (const { commands } of [patient, hasty]) commands.greet(said);
  assert.deepEqual(
    patient.sent.map(({ type }) => type),
    ["visible"],
  );
  assert.deepEqual(
    hasty.sent.map(({ type, playing }) => [type, playing]),
    [
      ["hello", true],
      ["visible", undefined],
    ],
  );
  assert.ok(Number(hasty.sent[0].rev) > said.rev);
});

test("every command that changes something counts the rev up", () => {
  const { commands, sent } = page();
  commands.togglePlay();
  commands.togglePlay();
  commands.step();
  commands.reset(true);
  commands.speed("10");
  commands.edit({ layer: 0, neuron: 1, input: null }, 2);
  commands.lock({ layer: 0, neuron: 1, input: 0 }, true, true);
  commands.prune(0.5, "size");
  commands.checkGradient();
  commands.save("model");
  commands.openModel("{}");
  commands.visit("seed=1");
  assert.deepEqual(
    sent.map(({ type, rev }) => [type, rev]),
    ["play", "pause", "step", "reset", "speed", "edit", "lock", "prune", "check", "save", "open", "hello"].map(
      (type, i) => [type, i + 1],
    ),
  );
});

test("a change to the settings sends all of them, without the place where a link began", () => {
  const experiment = { noise: 0, start: "3.AAAA" };
  const { commands, sent } = page({
    accepted: { experiment, view: { digits: 3 } },
    wanted: { experiment, view: { digits: 3 } },
  });
  commands.configure({ noise: 5 }, { digits: 4 });
  assert.deepEqual(sent, [
    { type: "configure", rev: 1, view: { digits: 4 }, experiment: { noise: 5, start: null }, keep: false },
  ]);
});

test("a view alone makes no entry in the browser's history", () => {
  const { commands, store } = page({ accepted: { experiment: {}, view: {} }, wanted: { experiment: {}, view: {} } });
  commands.configure({}, { digits: 4 });
  assert.equal(store.get().gesture, 0);
  commands.configure({ noise: 5 });
  assert.equal(store.get().gesture, 1);
});

test("locking a whole neuron names no single weight", () => {
  const { commands, sent } = page();
  commands.lock({ layer: 0, neuron: 1, input: 0 }, true, true);
  assert.deepEqual(sent[0], {
    type: "lock",
    rev: 1,
    net: 0,
    layer: 0,
    neuron: 1,
    input: null,
    whole: true,
    locked: true,
  });
});

test("what the page says by itself has no rev", () => {
  const { commands, sent } = page();
  commands.focus(3);
  commands.drawn(7);
  commands.unfold({ layer: 1, neuron: 0, input: null });
  commands.unfold(null);
  assert.deepEqual(sent, [
    { type: "focus", unit: 3 },
    { type: "drawn", frame: 7 },
    { type: "unfold", layer: 1, neuron: 0, input: null },
    { type: "unfold", layer: null },
  ]);
});

const EXPERIMENT = { noise: 0, dataset: "circle", start: "2.AAAA" };
const accepted = { id: 4, rev: 7, experiment: EXPERIMENT, view: { digits: 3 }, link: "noise=0" };
const running = { run: 4, rev: 7, epoch: 5, checkpoint: new Uint8Array([1, 2, 3]) };
globalThis.document ??= /** @type {any} */ ({ hidden: false });

test("a new connection goes on with the run from the newest frame, and repeats what the picture shows", () => {
  const { commands, sent } = page({ accepted, running, rev: 7, playing: true, speed: "10" });
  commands.focus(3);
  commands.unfold({ layer: 1, neuron: 0, input: null });
  sent.length = 0;
  commands.greet();
  const [hello, ...others] = sent;
  assert.deepEqual(hello, {
    type: "hello",
    rev: 8,
    frames: "delta",
    run: 4,
    experiment: EXPERIMENT,
    view: { digits: 3 },
    checkpoint: "5.AQID",
    playing: true,
    speed: "10",
  });
  assert.deepEqual(
    others.map(({ type }) => type),
    ["visible", "focus", "unfold"],
  );
});

test("an accepted change whose frame was lost is resumed from where the change began, not from an older checkpoint", () => {
  for (const older of [{ ...running, rev: 6 }, { ...running, run: 3 }, null]) {
    const { commands, sent } = page({ accepted, running: older });
    commands.greet();
    assert.deepEqual([sent[0].checkpoint, sent[0].experiment], [null, EXPERIMENT]);
  }
});

test("own data go with the hello: the server keeps nothing", () => {
  const own = { task: "classification", rows: "AAAA" };
  const { commands, sent } = page({
    accepted: { ...accepted, experiment: { dataset: "own", own: null } },
    running,
    own,
  });
  commands.greet();
  assert.deepEqual(sent[0].experiment, { dataset: "own", own });
});

test("a click on Play before there is a connection counts", () => {
  const { commands, sent } = page();
  commands.togglePlay();
  sent.length = 0;
  commands.greet();
  assert.deepEqual([sent[0].type, sent[0].playing], ["hello", true]);
});

test("what was asked for while the connection was lost follows the hello, in its order", () => {
  const { commands, sent } = page({ accepted, running, rev: 7, wanted: { experiment: EXPERIMENT, view: {} } });
  commands.configure({ noise: 5 });
  commands.configure({ noise: 6 });
  commands.reset(true);
  commands.edit({ layer: 0, neuron: 0, input: 0 }, 1);
  sent.length = 0;
  commands.greet();
  const [hello, , configure, reset, ...others] = sent;
  assert.deepEqual([hello.rev, configure.rev, reset.rev], [12, 13, 14]);
  assert.equal(configure.experiment.noise, 6);
  assert.equal(reset.new_weights, true);
  assert.deepEqual(others, []);
});

test("without a run the address says where to begin", () => {
  const { commands, sent } = page();
  commands.greet();
  assert.deepEqual(sent, [
    { type: "hello", rev: 1, frames: "delta", link: "", playing: false, speed: "1" },
    { type: "visible", visible: true },
  ]);
});
