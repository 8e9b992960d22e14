/** The composition root: it finds the roots of all views, and knows every feature; no other file does. */

import { partsOf } from "./core/dom.js";
import { createFocusKeeper } from "./core/focus.js";
import { createLoop } from "./core/redraw.js";
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
import { createActions, initialState, isSettled } from "./state/state.js";
import { createAddress } from "./wire/address.js";
import { createCommands } from "./wire/commands.js";
import { createConnection } from "./wire/connection.js";
import { leaveRun } from "./wire/left-run.js";
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
const address = createAddress((fragment) => commands.visit(fragment));
const connection = createConnection({
  address: opening.address,
  subprotocol: opening.protocol,
  first: opening.socket,
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

const theme = createTheme({ root: roots.masthead, redraw });
const announce = createAnnouncer({ root: roots.news });
const notation = JSON.parse(document.getElementById("notation")?.textContent ?? "{}");
const [lookInside, problem] = [part("look-inside"), menu("problem")];
const network = createNetwork({ root: roots.network, theme, overlay: traceOverlay });
const plot = createPlot({ root: roots.plot, theme });
const tooltip = createTooltip({ root: roots.tooltip });
const editor = createEditor({ root: roots.editor, store, actions });
const lessons = createLessons({ root: roots.lesson, setUp: commands.visit });
const keepFocus = createFocusKeeper(roots.page);

function reload() {
  leaveRun(store.get());
  location.reload();
}

/** What is drawn before there is a run, too. */
const controls = [
  createSettings({ root: roots.page }),
  createVisibility({ root: roots.page }),
  createTransport({ root: roots.transport }),
  createAdvanced({ root: roots.advanced }),
  createDatasets({ root: roots.data, menu: problem, theme, redraw }),
  createShape({ root: roots.network }),
  createDrawing({ root: roots.playground, theme }),
  createNotices({
    root: roots.notices,
    page: document,
    retry: connection.retry,
    reload,
    stopLooking: () => trace.look(null),
    store,
    actions,
    commands,
  }),
];

/** What shows a run. */
const views = [
  network,
  plot,
  createLosses({ root: roots.losses, theme }),
  createMeasures({ root: roots.measures }),
  createTrace({ root: roots.trace, opener: lookInside, notation }),
  createEquation({ root: roots.equation, nameOf: network.nameOf }),
  createCheck({ root: roots.check }),
  createGradients({ root: roots.gradients, theme }),
  tooltip,
  editor,
  createDescriptions({ root: roots.descriptions, announce }),
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
    leaveRun(store.get());
  });
}
/** @type {import("./state/reducer.js").Description | null} */
let recorded = null;
store.subscribe((state, before) => {
  const { accepted, pending, gesture, enlarged } = state;
  if (accepted && accepted !== recorded && pending.size === 0) {
    recorded = accepted;
    address.record(accepted.link, gesture);
  }
  if (enlarged !== before.enlarged) commands.focus(enlarged);
  lessons.follow(state);
  redraw();
});
addEventListener("resize", redraw);
document.addEventListener("visibilitychange", commands.visible);
new ResizeObserver(redraw).observe(part("stage").parentElement ?? part("stage"));

let acknowledged = 0;

function draw() {
  const state = store.get();
  const { running } = state;
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
connection.start(commands.greet);
