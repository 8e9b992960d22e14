/** The composition root: the only file that knows every other. */

import { all, byId, inputById } from "./core/dom.js";
import { bindKeysDialog, createFocusKeeper } from "./core/focus.js";
import { createLoop } from "./core/redraw.js";
import { createStore } from "./core/store.js";
import { createDatasets } from "./features/data/datasets.js";
import { bindFormulas } from "./features/data/formulas.js";
import { createWords } from "./features/descriptions/descriptions.js";
import { createCheck } from "./features/gradients/check.js";
import { bindGradients } from "./features/gradients/controls.js";
import { createGradients } from "./features/gradients/gradients.js";
import { createLessons } from "./features/lessons/lessons.js";
import { createLosses } from "./features/losses/losses.js";
import { createMeasures } from "./features/measures/measures.js";
import { createCard } from "./features/network/card.js";
import { createEquation } from "./features/network/equation.js";
import { bindGestures, exampleAt } from "./features/network/gestures.js";
import { createStage } from "./features/network/network.js";
import { noticesOf, showNotices } from "./features/notices/notices.js";
import { bindDrawing, createDrawing } from "./features/own_data/drawing.js";
import { bindExamples, bindTable } from "./features/own_data/import.js";
import { bindPlotKeys } from "./features/plot/crosshair.js";
import { createPlot } from "./features/plot/plot.js";
import { createTheme } from "./features/settings/theme.js";
import { lossesAsText, networkPicture, plotPicture, save } from "./features/share/downloads.js";
import { bindMicroscope } from "./features/trace/controls.js";
import { createMicroscope, readNotation } from "./features/trace/panel.js";
import { bindTraining, createTraining } from "./features/training/advanced.js";
import { bindControls, createControls } from "./features/training/transport.js";
import { createActions, initialState, isSettled } from "./state/state.js";
import { createAddress } from "./wire/address.js";
import { createCommands } from "./wire/commands.js";
import { createConnection } from "./wire/connection.js";
import { unitIndex } from "./wire/decoder.js";
import { leaveRun } from "./wire/left-run.js";
import { createStopwatch } from "./wire/stopwatch.js";

const store = createStore(initialState());
const actions = createActions(store);
const redraw = createLoop(draw);
const theme = createTheme({ theme: byId("theme"), palette: byId("palette") }, redraw);
const [stage, plot, losses, datasets, measures, equation, check, gradients, words] = [
  createStage(theme),
  createPlot(theme),
  createLosses(theme),
  createDatasets(theme, redraw),
  createMeasures(),
  createEquation(),
  createCheck(),
  createGradients(theme),
  createWords(),
];

const lessons = createLessons((fragment) => commands.visit(fragment));
const address = createAddress((fragment) => commands.visit(fragment));
const scheme = location.protocol === "https:" ? "wss" : "ws";
const folder = location.pathname.replace(/\/$/, "");
const stopwatch = createStopwatch();
const connection = createConnection({
  address: `${scheme}://${location.host}${folder}/ws?lang=${document.documentElement.lang}`,
  subprotocol: document.body.dataset.protocol ?? "",
  silence: Number(document.body.dataset.silence),
  store,
  actions,
  stopwatch,
});
const commands = createCommands({
  store,
  actions,
  connection,
  fragment: address.fragment,
});
const card = createCard(store, actions, commands.edit, commands.lock);
bindTraining(store, commands.configure, commands.prune);
const pen = bindDrawing(store, actions, commands.bringData);
bindTable(folder, commands.bringData);
bindExamples(folder, commands.bringData);
bindFormulas(store, commands.configure);
const microscope = createMicroscope(readNotation());
const walk = bindMicroscope(store, actions, {
  look(example) {
    if (example && store.get().playing) commands.togglePlay();
    if (example === null) actions.walk(0);
    commands.configure({}, { example });
  },
  digits: (digits) => commands.configure({}, { digits }),
  unfold: commands.unfold,
});
bindControls(store, actions, commands, walk);
bindGestures(store, actions, stage.geometry, card, walk);
bindPlotKeys(
  store,
  actions,
  (at) => {
    walk.look(exampleAt(store.get(), at, byId("plot-marks").clientWidth), true);
  },
  pen,
);
bindGradients(store, actions, commands.configure);
bindKeysDialog();
const keepFocus = createFocusKeeper();
const [showControls, showTraining, showDrawing] = [createControls(), createTraining(), createDrawing(theme)];

const remedies = {
  retry: connection.retry,
  reload() {
    leaveRun(store.get());
    location.reload();
  },
  startOver(/** @type {Partial<import("./wire/decoder.js").Experiment>} */ experiment) {
    commands.configure(experiment);
    commands.reset(false);
  },
  change: commands.configure,
  goOn(/** @type {string} */ condition) {
    commands.configure({ [condition]: null });
    if (!store.get().playing) commands.togglePlay();
  },
  play: commands.togglePlay,
  close: actions.closeProblem,
};

/** @type {import("./state/reducer.js").Description | null} */
let recorded = null;
store.subscribe((state, before) => {
  if (state.accepted && state.accepted !== recorded && state.pending.size === 0) {
    recorded = state.accepted;
    address.record(recorded.link, state.gesture);
  }
  if (state.file !== before.file && state.file)
    save(state.file.name, new Blob([state.file.text], { type: "text/plain;charset=utf-8" }));
  const unit = focusOf(state);
  if (unit !== focusOf(before)) commands.focus(unit);
  redraw();
});
store.subscribe(lessons.follow);
for (const link of all("a[data-keeps-run]")) link.addEventListener("click", () => leaveRun(store.get()));
addEventListener("resize", redraw);
document.addEventListener("visibilitychange", commands.visible);
new ResizeObserver(redraw).observe(byId("stage").parentElement ?? byId("stage"));

byId("save-plot").addEventListener("click", async () => save("plot.png", await plotPicture(theme.get())));
byId("save-network").addEventListener("click", async () => save("network.png", await networkPicture(theme.get())));
byId("save-losses").addEventListener("click", () =>
  save("losses.csv", new Blob([lossesAsText(store.get().history)], { type: "text/csv" })),
);

byId("check-now").addEventListener("click", commands.checkGradient);

for (const button of all("[data-save]")) {
  button.addEventListener("click", () => commands.save(button.dataset.save ?? ""));
}
inputById("open-model").addEventListener("change", async () => {
  const file = inputById("open-model").files?.[0];
  if (!file) return;
  commands.openModel(await file.text());
  inputById("open-model").value = "";
});

/**
 * Return the unit whose picture takes the large plot: the one under the pointer, or whose bias is; null is the output.
 * @param {import("./state/state.js").State} state
 */
function focusOf({ hovered, running }) {
  if (!hovered || !running) return null;
  if ("unit" in hovered) return hovered.unit;
  return hovered.input === null ? unitIndex(running.sizes, hovered) : null;
}

let acknowledged = 0;

function draw() {
  const state = store.get();
  showControls(state);
  showTraining(state);
  showDrawing(state);
  showNotices(noticesOf(state, remedies));
  datasets.draw(state);
  const { running } = state;
  if (!running) return;
  stage.draw(state, running);
  plot.draw(state, running);
  losses.draw(state, running);
  measures.draw(state, running);
  microscope.draw(state, running);
  equation.draw(state, running);
  check.draw(state);
  gradients.draw(state, running);
  card.show(state);
  words.draw(state, running);
  keepFocus();
  document.body.toggleAttribute("data-pending", !isSettled(state));
  if (running.frame !== acknowledged) {
    acknowledged = running.frame;
    commands.drawn(running.frame);
    stopwatch.stop(running.rev);
  }
}

connection.start(commands.greet);
