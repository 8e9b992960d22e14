/** The composition root: it finds the roots of all views, and knows every feature; no other file does. */

import { partsOf } from "./core/dom.js";
import { createFocusKeeper } from "./core/focus.js";
import { guarded } from "./core/guard.js";
import { createLoop } from "./core/redraw.js";
import { tabShelf } from "./core/storage.js";
import { createStore } from "./core/store.js";
import { bindDatasets, createDatasets } from "./features/data/datasets.js";
import { createAnnouncer, createDescriptions } from "./features/descriptions/descriptions.js";
import { bindCheck, createCheck } from "./features/gradients/check.js";
import { bindGradients, createGradients } from "./features/gradients/gradients.js";
import { createLessons } from "./features/lessons/lessons.js";
import { bindLosses, createLosses } from "./features/losses/losses.js";
import { createMeasures } from "./features/measures/measures.js";
import { bindEditor, createEditor } from "./features/network/editor.js";
import { createEquation } from "./features/network/equation.js";
import { bindFormulas } from "./features/network/formulas.js";
import { bindNetwork, bindShape } from "./features/network/gestures.js";
import { createNetwork, createShape } from "./features/network/network.js";
import { createTooltip } from "./features/network/tooltip.js";
import { createNotices } from "./features/notices/notices.js";
import { bindDrawing, createDrawing } from "./features/own_data/drawing.js";
import { bindExamples, bindImport } from "./features/own_data/import.js";
import { bindPlot } from "./features/plot/crosshair.js";
import { createPlot } from "./features/plot/plot.js";
import { bindSettings, createSettings } from "./features/settings/fields.js";
import { createTheme } from "./features/settings/theme.js";
import { bindVisibility, createVisibility } from "./features/settings/visibility.js";
import { bindDownloads } from "./features/share/downloads.js";
import { bindShortcuts, bindSkipLink } from "./features/shortcuts/shortcuts.js";
import { bindTrace } from "./features/trace/controls.js";
import { traceOverlay } from "./features/trace/labels.js";
import { createTrace } from "./features/trace/panel.js";
import { bindAdvanced, createAdvanced } from "./features/training/advanced.js";
import { bindTransport, createTransport } from "./features/training/transport.js";
import { createActions, initialState, isInLink, isSettled } from "./state/state.js";
import { createAddress } from "./wire/address.js";
import { createCommands } from "./wire/commands.js";
import { createConnection } from "./wire/connection.js";
import { createKeptRuns, keptRun } from "./wire/kept_runs.js";
import { createStopwatch } from "./wire/stopwatch.js";

/** @param {string} name */
const rootOf = (name) => /** @type {HTMLElement} */ (document.querySelector(`[data-root="${name}"]`));
const roots = {
  page: document.body,
  masthead: rootOf("masthead"),
  lesson: rootOf("lesson"),
  transport: rootOf("transport"),
  advanced: rootOf("advanced"),
  notices: rootOf("notices"),
  refusals: rootOf("refusals"),
  playground: rootOf("playground"),
  data: rootOf("data"),
  network: rootOf("network"),
  equation: rootOf("equation"),
  trace: rootOf("trace"),
  gradients: /** @type {HTMLDetailsElement} */ (rootOf("gradients")),
  check: rootOf("check"),
  losses: rootOf("losses"),
  plot: rootOf("plot"),
  measures: rootOf("measures"),
  share: rootOf("share"),
  tooltip: rootOf("tooltip"),
  editor: rootOf("editor"),
  import: /** @type {HTMLDialogElement} */ (rootOf("import")),
  descriptions: rootOf("descriptions"),
  news: rootOf("news"),
  shortcuts: /** @type {HTMLDialogElement} */ (rootOf("shortcuts")),
};
const { part, menu, all } = partsOf(roots.page);

const store = createStore(initialState());
const actions = createActions(store);
const redraw = createLoop(draw);

const folder = location.pathname.replace(/\/$/, "");
const stopwatch = createStopwatch();
const keptRuns = createKeptRuns(tabShelf);
const address = createAddress({
  onLeave: (key) => keptRuns.keep(key, keptRun(leaving)),
  onTravel(fragment, key) {
    const run = keptRuns.find(key, fragment);
    if (run) commands.comeBack(run);
    else commands.visit(fragment);
  },
});
const left = keptRuns.take(address.fragment()) ?? keptRuns.find(address.key(), address.fragment());
const connection = createConnection({
  address: opening.address,
  subprotocol: opening.protocol,
  first: opening.socket,
  said: opening.hello,
  heard: opening.heard,
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
  left,
});
if (left) {
  actions.setSpeed(left.speed);
  actions.setKeep(left.keep);
}

if (opening.hello) actions.beginConnection({});
// Unless the page's head has done so, say hello now: the server makes the first frame while the page sets itself up.
connection.start(commands.greet);
await new Promise((resolve) => setTimeout(resolve));

const theme = createTheme({ root: roots.masthead, redraw });
const announce = createAnnouncer({ root: roots.news });
const notation = JSON.parse(document.getElementById("notation")?.textContent ?? "{}");
const [lookInside, problem] = [part("look-inside"), menu("problem")];
const network = createNetwork({ root: roots.network, theme, overlay: traceOverlay });
const plot = createPlot({ root: roots.plot, theme });
const tooltip = createTooltip({ root: roots.tooltip });
const editor = createEditor({ root: roots.editor, store, actions });
/** It judges every frame, also one that is never drawn. */
const lesson = guarded(roots.lesson ?? roots.notices, createLessons({ root: roots.lesson, setUp: commands.visit }));
const keepFocus = createFocusKeeper(roots.page);

/** What is drawn before there is a run, too. */
const controls = [
  guarded(roots.page, createSettings({ root: roots.page })),
  guarded(roots.page, createVisibility({ root: roots.page })),
  guarded(roots.transport, createTransport({ root: roots.transport })),
  guarded(roots.advanced, createAdvanced({ root: roots.advanced })),
  guarded(roots.data, createDatasets({ root: roots.data, menu: problem })),
  guarded(roots.network, createShape({ root: roots.network })),
  guarded(roots.plot, createDrawing({ root: roots.playground, theme })),
  guarded(
    roots.notices,
    createNotices({
      root: roots.notices,
      refusals: roots.refusals,
      page: document,
      retry: connection.retry,
      stopLooking: () => trace.look(null),
      store,
      actions,
      commands,
    }),
  ),
];

const pictures = [guarded(roots.network, network), guarded(roots.plot, plot)];

/** What shows a run. */
const views = [
  ...pictures,
  guarded(roots.losses, createLosses({ root: roots.losses, theme })),
  guarded(roots.measures, createMeasures({ root: roots.measures })),
  guarded(roots.trace, createTrace({ root: roots.trace, opener: lookInside, notation })),
  guarded(roots.equation, createEquation({ root: roots.equation, nameOf: network.nameOf })),
  guarded(roots.check, createCheck({ root: roots.check })),
  guarded(roots.gradients, createGradients({ root: roots.gradients, theme })),
  guarded(roots.tooltip, tooltip),
  guarded(roots.editor, editor),
  guarded(roots.descriptions, createDescriptions({ root: roots.descriptions, announce })),
];

const pen = bindDrawing({ root: roots.playground, store, actions, commands });
const trace = bindTrace({ root: roots.trace, opener: lookInside, store, actions, commands });
bindTransport({ root: roots.transport, commands });
bindSettings({ root: roots.page, store, commands });
bindVisibility({ root: roots.page, store, commands });
bindAdvanced({ root: roots.advanced, store, commands });
bindDatasets({ root: roots.data, menu: problem, store, commands });
bindExamples({ root: roots.data, folder, commands });
bindImport({ root: roots.import, opener: part("import-table"), folder, commands });
bindFormulas({ root: roots.network, store, commands });
bindShape({ root: roots.network, store, actions, commands });
bindNetwork({ root: roots.network, store, actions, geometry: network.geometry, tooltip, editor, trace });
bindEditor({ root: roots.editor, beside: part("stage"), store, actions, commands, editor });
bindPlot({ root: roots.plot, store, actions, trace, pen, announce });
bindLosses({ root: roots.losses, actions });
bindGradients({ root: roots.gradients, store, actions, commands });
bindCheck({ root: roots.check, commands });
bindShortcuts({ root: roots.shortcuts, opener: part("show-shortcuts"), store, commands, trace });
bindSkipLink(part("skip"), roots.network);
bindDownloads({
  root: roots.share,
  store,
  commands,
  theme,
  pictures: { plot: plot.picture, network: network.picture },
});

for (const link of /** @type {HTMLAnchorElement[]} */ (all("a[data-keeps-run]"))) {
  link.addEventListener("click", () => {
    link.hash = location.hash;
    keptRuns.handOver(address.key());
  });
}

/** Store the run for the next page in this tab, and return whether it is safe. */
function keep() {
  keptRuns.keep(address.key(), keptRun(store.get()));
  return keptRuns.store();
}
addEventListener("pagehide", keep);
document.addEventListener("visibilitychange", () => document.hidden && keep());
addEventListener("beforeunload", (event) => {
  if (!keep() && !isInLink(store.get().accepted)) event.preventDefault();
});

/** @type {import("./state/reducer.js").Description | null} */
let recorded = null;
/** The last state that shows the run in the address bar. */
let leaving = store.get();
store.subscribe((state, before) => {
  const { accepted, pending, gesture, enlarged } = state;
  if (accepted && accepted !== recorded && pending.size === 0) {
    recorded = accepted;
    address.record(accepted.link, gesture);
  }
  if (accepted === recorded)
    leaving = { ...state, drawing: accepted === before.accepted ? leaving.drawing : state.drawing };
  if (state.denied !== null && state.denied !== before.denied) commands.visit(state.denied);
  if (enlarged !== before.enlarged) commands.focus(enlarged);
  lesson.draw(state);
  redraw();
});
addEventListener("resize", redraw);
document.addEventListener("visibilitychange", commands.visible);
new ResizeObserver(redraw).observe(part("stage").parentElement ?? part("stage"));

let acknowledged = 0;
let pictured = false;

function draw() {
  const state = store.get();
  const { running } = state;
  if (running && !pictured) {
    // The first boundary as early as possible; everything else follows in the next animation frame.
    pictured = true;
    for (const picture of pictures) picture.draw(state, running);
    redraw();
    return;
  }
  for (const view of controls) view.draw(state);
  if (!running) return;
  for (const view of views) view.draw(state, running);
  keepFocus();
  document.body.toggleAttribute("data-pending", !isSettled(state));
  if (running.frame === acknowledged) return;
  if (acknowledged === 0) opening.running();
  acknowledged = running.frame;
  commands.drawn(running.frame);
  stopwatch.stop(running.rev);
}

opening.listening();
store.set({}); // show what has arrived meanwhile
