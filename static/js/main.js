/** The composition root: the only file that knows every other. */

import { fitted } from "./canvas.js";
import { connect } from "./connection.js";
import { bindControls, byId, placeButtons, showControls } from "./controls.js";
import { createChart } from "./draw/chart.js";
import { drawHeatmap } from "./draw/heatmap.js";
import { drawNetwork } from "./draw/network.js";
import { drawAxes, drawPoints } from "./draw/points.js";
import { bindGestures, PLOT_EXTRA, plane, showCard } from "./gestures.js";
import { layOut, NODE } from "./layout.js";
import { createLoop } from "./loop.js";
import { noticesOf, showNotices } from "./notices.js";
import { BOUNDARY, outputOf } from "./protocol.js";
import { short } from "./scales.js";
import { createActions, initialState } from "./state.js";
import { createStore } from "./store.js";
import { _ } from "./texts.js";
import { createTheme } from "./theme.js";
import { createAddress } from "./url.js";

const store = createStore(initialState());
const actions = createActions(store);
const redraw = createLoop(draw);
const canvas = (/** @type {string} */ id) => /** @type {HTMLCanvasElement} */ (byId(id));
const scratch = document.createElement("canvas");
const allFeatures = [...document.querySelectorAll("[data-feature]")].map(
  (button) => /** @type {HTMLElement} */ (button).dataset.feature ?? "",
);

const theme = createTheme(byId("theme"), () => {
  chart.destroy();
  chart = makeChart();
  thumbnailsDrawn = "";
  chartDrawn = null;
  redraw();
});
const makeChart = () =>
  createChart(byId("chart"), theme.get(), { epoch: _("Epoch"), train: _("Training loss"), test: _("Test loss") });
let chart = makeChart();
/** @type {import("./state.js").State["history"] | null} */
let chartDrawn = null;
let thumbnailsDrawn = "";
/** @type {import("./layout.js").Geometry | null} */
let geometry = null;

const address = createAddress((fragment) => connection.greet(fragment));
const connection = connect({
  address: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${location.pathname.replace(/\/$/, "")}/ws`,
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
    actions.finishGesture();
    connection.send({ type: "reset", rev: actions.nextRev(), new_weights: newWeights });
  },
  speed(speed) {
    actions.setSpeed(speed);
    connection.send({ type: "speed", rev: actions.nextRev(), speed });
  },
  configure(experiment, view = {}, final = true) {
    if (final) actions.finishGesture();
    actions.want(experiment, view);
    const { wanted, rev, keep } = store.get();
    if (wanted) connection.send({ type: "configure", rev, ...wanted, keep });
  },
};
bindControls(store, actions, commands);
bindGestures(
  store,
  actions,
  () => geometry,
  (target, value) => {
    actions.finishGesture();
    const { running } = store.get();
    connection.send({ type: "edit", rev: actions.nextRev(), net: running?.net ?? 0, ...target, value });
  },
);

const does = {
  retry: () => connection.retry(),
  smallerRate() {
    commands.configure({ learning_rate: store.get().accepted?.smaller_learning_rate ?? 0.03 });
    commands.reset(false);
  },
  saferPenalty: () => commands.configure({ penalty_rate: store.get().accepted?.safe_penalty_rate ?? 0 }),
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

/** @param {import("./state.js").State} state */
function focusOf({ hovered }) {
  return hovered && "unit" in hovered ? hovered.unit : null;
}

let acknowledged = 0;

function draw() {
  const state = store.get();
  showControls(state);
  showNotices(noticesOf(state, does));
  const { running } = state;
  if (!running) return;
  drawStage(state, running);
  drawPlot(state, running);
  drawThumbnails(state);
  showCard(state);
  if (state.history !== chartDrawn) {
    chartDrawn = state.history;
    chart.setData([chartDrawn.epochs, chartDrawn.train, chartDrawn.test]);
  }
  if (running.frame !== acknowledged) {
    acknowledged = running.frame;
    connection.send({ type: "drawn", frame: running.frame });
  }
}

/**
 * @param {import("./state.js").State} state
 * @param {import("./protocol.js").Frame} frame
 */
function drawStage(state, frame) {
  const stage = byId("stage");
  const width = (stage.parentElement?.clientWidth ?? 600) - 12;
  geometry = layOut(width, allFeatures, frame.features, frame.sizes);
  Object.assign(stage.style, { width: `${geometry.width}px`, height: `${geometry.height}px` });
  drawNetwork(fitted(canvas("network"), geometry.width, geometry.height), {
    geometry,
    frame,
    theme: theme.get(),
    featurePictures: state.welcome?.features ?? {},
    discretize: state.wanted?.view.discretize ?? false,
    hovered: state.hovered,
    scratch,
  });
  placeButtons(geometry, state, NODE);
  const first = geometry.nodes.find((node) => node.layer === 0 && node.neuron === frame.sizes[1] - 1);
  const room = geometry.height - (first?.y ?? 0) > 90 && geometry.width > 460 && frame.sizes.length > 2;
  for (const [id, x] of /** @type {[string, number][]} */ ([
    ["callout-neuron", geometry.columns[0] - NODE / 2],
    ["callout-weights", geometry.columns[1] - NODE / 2],
  ])) {
    const callout = byId(id);
    callout.hidden = state.hinted || !room || x + 128 > geometry.width + 40;
    callout.style.left = `${Math.min(x, geometry.width - 130)}px`;
    callout.style.top = `${(first?.y ?? 0) + 40}px`;
  }
}

/**
 * @param {import("./state.js").State} state
 * @param {import("./protocol.js").Frame} frame
 */
function drawPlot(state, frame) {
  const { table, soft, ink } = theme.get();
  const width = byId("plot").parentElement?.clientWidth ?? 300;
  const place = plane(width);
  const ctx = fitted(canvas("plot"), width, width + PLOT_EXTRA);
  const discretize = state.wanted?.view.discretize ?? false;
  drawHeatmap(ctx, { bytes: frame.boundary, side: BOUNDARY, table, discretize, scratch }, place);
  if (state.points) {
    const radius = width > 250 ? 3 : 2.4;
    if (state.wanted?.view.show_test)
      drawPoints(ctx, { points: state.points.test, table, rim: "#111111", radius }, place);
    drawPoints(ctx, { points: state.points.train, table, rim: "#ffffff", radius }, place);
  }
  drawAxes(ctx, { ink: soft }, place);
  const scale = frame.scales[frame.focus];
  const [low, high] = [byId("scale-low"), byId("scale-high")];
  low.textContent = `−${Number(scale.toPrecision(2))}`;
  high.textContent = String(Number(scale.toPrecision(2)));
  const bar = fitted(canvas("scale"), width, 10);
  for (let i = 0; i < 64; i++) {
    const packed = table[1 + Math.round((i / 63) * 254)];
    bar.fillStyle = `rgb(${packed & 255} ${(packed >> 8) & 255} ${(packed >> 16) & 255})`;
    bar.fillRect((i * width) / 64, 0, width / 64 + 1, 10);
  }
  const { pointer } = state;
  const caption = byId("plot-value");
  if (pointer) {
    const column = Math.round(((pointer.x + 6) / 12) * (BOUNDARY - 1));
    const row = Math.round(((6 - pointer.y) / 12) * (BOUNDARY - 1));
    const value = outputOf(frame.boundary[row * BOUNDARY + column], scale);
    caption.textContent = _("x₁ {x}, x₂ {y}: output {value}", {
      x: short(pointer.x),
      y: short(pointer.y),
      value: short(value),
    });
    ctx.strokeStyle = ink;
    ctx.lineWidth = 1;
    ctx.strokeRect(
      place.x + ((pointer.x + 6) / 12) * place.size - 3,
      place.y + ((6 - pointer.y) / 12) * place.size - 3,
      6,
      6,
    );
  } else {
    caption.textContent =
      frame.focus === frame.scales.length - 1 ? _("The network’s output") : _("The output of the neuron in focus");
  }
}

/** @param {import("./state.js").State} state */
function drawThumbnails({ welcome, wanted }) {
  const { table, surface } = theme.get();
  const key = `${surface} ${welcome !== null} ${wanted?.experiment.dataset}`;
  if (!welcome || thumbnailsDrawn === key) return;
  thumbnailsDrawn = key;
  for (const button of document.querySelectorAll("[data-dataset]")) {
    const element = /** @type {HTMLElement} */ (button);
    const picture = element.querySelector("canvas");
    const size = element.clientWidth - 6;
    if (!picture || size < 10) continue;
    const ctx = fitted(picture, size, size);
    drawPoints(
      ctx,
      { points: welcome.datasets[element.dataset.dataset ?? ""], table, rim: "transparent", radius: 1.7 },
      { x: 0, y: 0, size },
    );
  }
}
