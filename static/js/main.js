/** The composition root: the only file that knows every other. */

import { createCard } from "./card.js";
import { connect } from "./connection.js";
import { bindControls, createControls } from "./controls.js";
import { byId } from "./dom.js";
import { lossesAsText, networkPicture, plotPicture, save } from "./downloads.js";
import { bindGestures } from "./gestures.js";
import { createLoop } from "./loop.js";
import { noticesOf, showNotices } from "./notices.js";
import { unitIndex } from "./protocol.js";
import { createActions, initialState } from "./state.js";
import { createStore } from "./store.js";
import { createTheme } from "./theme.js";
import { createAddress } from "./url.js";
import { createDatasets } from "./views/datasets.js";
import { createLosses } from "./views/losses.js";
import { createPlot } from "./views/plot.js";
import { createStage } from "./views/stage.js";

const store = createStore(initialState());
const actions = createActions(store);
const redraw = createLoop(draw);
const theme = createTheme(byId("theme"), redraw);
const [stage, plot, losses, datasets] = [
  createStage(theme),
  createPlot(theme),
  createLosses(theme),
  createDatasets(theme),
];

const address = createAddress((fragment) => connection.greet(fragment));
const scheme = location.protocol === "https:" ? "wss" : "ws";
const folder = location.pathname.replace(/\/$/, "");
const connection = connect({
  address: `${scheme}://${location.host}${folder}/ws?lang=${document.documentElement.lang}`,
  version: Number(document.body.dataset.protocol),
  store,
  actions,
  fragment: address.fragment,
});

/** @type {import("./controls.js").Commands} */
const commands = {
  play() {
    const playing = !store.get().playing;
    const rev = actions.nextRev();
    actions.setPlaying(playing);
    connection.send({ type: playing ? "play" : "pause", rev });
  },
  step() {
    actions.setPlaying(false);
    connection.send({ type: "step", rev: actions.nextRev() });
  },
  reset(newWeights) {
    actions.setPlaying(false);
    actions.beginGesture();
    connection.send({ type: "reset", rev: actions.nextRev(), new_weights: newWeights });
  },
  speed(speed) {
    actions.setSpeed(speed);
    connection.send({ type: "speed", rev: actions.nextRev(), speed });
  },
  configure(experiment, view = {}, begins = true) {
    if (begins) actions.beginGesture();
    actions.want(experiment, view);
    const { wanted, rev, keep } = store.get();
    if (wanted) connection.send({ type: "configure", rev, ...wanted, keep });
  },
};
const card = createCard(store, actions, (parameter, value) => {
  actions.beginGesture();
  const net = store.get().running?.net ?? 0;
  connection.send({ type: "edit", rev: actions.nextRev(), net, ...parameter, value });
});
bindControls(store, actions, commands);
bindGestures(store, actions, stage.geometry, card);
const showControls = createControls();

const remedies = {
  retry: connection.retry,
  startOver(/** @type {Partial<import("./protocol.js").Experiment>} */ experiment) {
    commands.configure(experiment);
    commands.reset(false);
  },
  change: commands.configure,
  close: actions.closeProblem,
};

store.subscribe((state, before) => {
  if (state.accepted !== before.accepted && state.accepted && state.accepted.rev >= state.rev) {
    address.record(state.accepted.link, state.gesture);
  }
  const unit = focusOf(state);
  if (unit !== focusOf(before)) connection.send({ type: "focus", unit });
  redraw();
});
addEventListener("resize", redraw);
new ResizeObserver(redraw).observe(byId("stage").parentElement ?? byId("stage"));

byId("save-plot").addEventListener("click", async () => save("plot.png", await plotPicture(theme.get())));
byId("save-network").addEventListener("click", async () => save("network.png", await networkPicture(theme.get())));
byId("save-losses").addEventListener("click", () =>
  save("losses.csv", new Blob([lossesAsText(store.get().history)], { type: "text/csv" })),
);

/**
 * Return the unit whose picture takes the large plot: the one under the pointer, or whose bias is; null is the output.
 * @param {import("./state.js").State} state
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
  showNotices(noticesOf(state, remedies));
  datasets.draw(state);
  const { running } = state;
  if (!running) return;
  stage.draw(state, running);
  plot.draw(state, running);
  losses.draw(state, running);
  card.show(state);
  if (running.frame !== acknowledged) {
    acknowledged = running.frame;
    connection.send({ type: "drawn", frame: running.frame });
  }
}
