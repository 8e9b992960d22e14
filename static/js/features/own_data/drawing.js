/** Draw points on the large plot: brush, move, erase. Each stroke is one step of undo. */

import { limit, make, partsOf, setText } from "../../core/dom.js";
import { pointUnder } from "../../core/geometry.js";
import { _ } from "../../core/i18n.js";
import { PLANE } from "../../core/plane.js";
import { createWatch } from "../../core/redraw.js";
import { added, edited, erased, moved, nearest, redone, sheetOf, undone } from "../../state/sheet.js";
import { decodeRows, encodeRows } from "../../wire/own_data.js";

/** In units of the plane. */
const REACH = { erase: 0.6, move: 0.5, brush: 0.35 };
const FEWEST = 2;
const MAX_CLASSES = 6;

/**
 * @typedef {import("../../state/state.js").State} State
 * @typedef {import("../../wire/own_data.js").OwnData} OwnData
 * @typedef {import("../../wire/own_data.js").Row} Row
 * @typedef {import("../../state/sheet.js").Sheet} Sheet
 */

/**
 * Return the target of a point as a sheet stores it: the index of its class, or its value in a regression.
 * @param {number} target
 * @param {number} classes 1 is regression
 */
export function drawnTarget(target, classes) {
  if (classes === 1) return Math.max(-1, Math.min(1, target));
  return classes === 2 ? Number(target > 0) : target;
}

/**
 * Return the data to begin with: the learner's own if they run, else a copy of the points on the screen.
 * @param {State} state
 * @returns {{own: OwnData, sheet: Sheet}}
 */
function beginning({ own, wanted, points, running }) {
  if (own && wanted?.experiment.dataset === "own") {
    return { own, sheet: sheetOf(decodeRows(own.rows, own.task === "regression")) };
  }
  const classes = running?.classes ?? 2;
  /** @type {Row[]} */
  const rows = [];
  for (const set of points ? [points.train, points.test] : []) {
    for (let i = 0; i < set.length; i += 3) {
      if (Math.abs(set[i]) > PLANE || Math.abs(set[i + 1]) > PLANE) continue;
      const target = set[i + 2];
      rows.push([set[i], set[i + 1], drawnTarget(target, classes)]);
    }
  }
  const names = Array.from({ length: classes > 1 ? classes : 0 }, (_, i) => String.fromCharCode(65 + i));
  return {
    own: {
      task: classes > 1 ? "classification" : "regression",
      classes: names,
      columns: ["x1", "x2", "target"],
      ranges: [
        [-5, 5],
        [-5, 5],
      ],
      target_range: [-1, 1],
      rows: "",
    },
    sheet: sheetOf(rows),
  };
}

/**
 * Return the class that the pen draws: the first where the chosen one does not exist.
 * @param {State["pen"]} pen
 * @param {OwnData} own
 */
function labelOf({ label }, { classes }) {
  return label < classes.length ? label : 0;
}

/**
 * @param {object} options
 * @param {Element} options.root holds the button, the tools and the large plot
 * @param {import("../../state/state.js").Store} options.store
 * @param {import("../../state/state.js").Actions} options.actions
 * @param {import("../../wire/commands.js").Commands} options.commands
 * @returns the pen, for the keyboard
 */
export function bindDrawing({ root, store, actions, commands }) {
  const { part, input } = partsOf(root);
  const plot = part("plot-marks");

  /** @param {Sheet} sheet */
  function commit(sheet) {
    const { drawing } = store.get();
    if (!drawing) return;
    const own = { ...drawing.own, rows: encodeRows(sheet.rows, drawing.own.task === "regression") };
    actions.draw({ own, sheet });
    if (sheet.rows.length >= FEWEST) commands.bringData(own, true);
  }
  part("draw").addEventListener("click", () => actions.draw(store.get().drawing ? null : beginning(store.get())));
  for (const [name, change] of /** @type {[string, (sheet: Sheet) => Sheet][]} */ ([
    ["undo", undone],
    ["redo", redone],
    ["clear-points", (sheet) => edited(sheet, [])],
  ])) {
    part(name).addEventListener("click", () => {
      const { drawing } = store.get();
      if (drawing) commit(change(drawing.sheet));
    });
  }
  part("add-class").addEventListener("click", () => {
    const { drawing } = store.get();
    if (!drawing) return;
    const classes = [...drawing.own.classes, String.fromCharCode(65 + drawing.own.classes.length)];
    actions.draw({ ...drawing, own: { ...drawing.own, classes } });
  });
  const inputValue = (/** @type {Event} */ event) => /** @type {HTMLInputElement} */ (event.target).value;
  part("tools").addEventListener("change", (event) =>
    actions.takePen({ tool: /** @type {any} */ (inputValue(event)) }),
  );
  part("brush-classes").addEventListener("change", (event) => actions.takePen({ label: Number(inputValue(event)) }));
  input("brush-value").addEventListener("input", (event) => actions.takePen({ value: Number(inputValue(event)) }));

  /**
   * The stroke under way, of one pointer or of the keyboard (null). Others wait until it ends.
   * @type {{pointer: number | null, before: Sheet, rows: Row[], held: number, last: Place | null} | null}
   */
  let stroke = null;

  /** @typedef {{x: number, y: number}} Place */
  /** @param {Place | null} at */
  function follow(at) {
    const { drawing, pen } = store.get();
    if (!stroke || !drawing || !at) return;
    if (pen.tool === "erase") stroke.rows = erased(stroke.rows, at, REACH.erase);
    else if (pen.tool === "move") {
      if (stroke.held >= 0) stroke.rows = moved(stroke.rows, stroke.held, at);
    } else if (!stroke.last || Math.hypot(at.x - stroke.last.x, at.y - stroke.last.y) >= REACH.brush) {
      stroke.rows = added(stroke.rows, at, drawing.own.task === "regression" ? pen.value : labelOf(pen, drawing.own));
      stroke.last = at;
    }
    actions.draw({ ...drawing, sheet: { ...drawing.sheet, rows: stroke.rows } });
  }

  /**
   * Begin a stroke.
   * @param {Place | null} at
   * @param {number | null} pointer
   * @returns {number} the point that is held, or -1
   */
  function begin(at, pointer) {
    const before = store.get().drawing?.sheet;
    if (!before) return -1;
    stroke = { pointer, before, rows: before.rows, held: at ? nearest(before.rows, at, REACH.move) : -1, last: null };
    follow(at);
    return stroke.held;
  }

  function end() {
    const done = stroke;
    stroke = null;
    if (done && done.rows !== done.before.rows) commit(edited(done.before, done.rows));
  }

  plot.addEventListener("pointerdown", (event) => {
    if (!store.get().drawing || stroke || event.button !== 0) return;
    plot.setPointerCapture(event.pointerId);
    begin(pointUnder(plot, event), event.pointerId);
  });
  const draws = (/** @type {PointerEvent} */ { pointerId }) => stroke?.pointer === pointerId;
  plot.addEventListener("pointermove", (event) => {
    if (draws(event)) follow(pointUnder(plot, event));
  });
  for (const name of /** @type {const} */ (["pointerup", "pointercancel"])) {
    plot.addEventListener(name, (event) => {
      if (draws(event)) end();
    });
  }
  return {
    /** @param {Place} at */
    press(at) {
      if (stroke) return end();
      const held = begin(at, null);
      // A picked-up point follows the arrow keys until it is dropped.
      if (store.get().pen.tool !== "move" || held < 0) end();
    },
    follow,
    release: end,
  };
}

/**
 * @param {object} options
 * @param {Element} options.root holds the button, the tools and the large plot
 * @param {{get: () => import("../../draw/colours.js").Theme}} options.theme
 */
export function createDrawing({ root, theme }) {
  const { part, button, all } = partsOf(root);
  const [changed, classesChanged] = [createWatch(), createWatch()];

  /** @param {Pick<State, "drawing" | "pen">} state */
  function draw({ drawing, pen }) {
    if (!changed(drawing, pen, theme.get())) return;
    part("draw").setAttribute("aria-pressed", String(drawing !== null));
    setText(part("draw").querySelector("span") ?? part("draw"), drawing ? _("Stop drawing") : _("Draw points"));
    const [plot, brushes] = [part("plot-marks"), part("brushes")];
    brushes.hidden = drawing === null;
    const begins = drawing !== null && !plot.classList.contains("drawing");
    plot.classList.toggle("drawing", drawing !== null);
    if (begins && plot.getBoundingClientRect().top < 0) brushes.scrollIntoView();
    if (!drawing) return;
    const { own, sheet } = drawing;
    part("brush-value-field").hidden = own.task !== "regression";
    part("brush-classes").hidden = part("add-class").hidden = own.task === "regression";
    limit(button("add-class"), own.classes.length >= MAX_CLASSES ? _("Up to {count} classes", { count: 6 }) : "");
    limit(button("undo"), sheet.past.length === 0 ? _("Nothing to undo") : "");
    limit(button("redo"), sheet.future.length === 0 ? _("Nothing to redo") : "");
    if (classesChanged(String(own.classes), theme.get())) part("brush-classes").replaceChildren(...radiosOf(own));
    for (const radio of /** @type {HTMLInputElement[]} */ (all("[name=brush]")))
      radio.checked = radio.value === String(labelOf(pen, own));
  }

  /** @param {OwnData} own */
  function radiosOf({ classes }) {
    return classes.map((name, index) => {
      const [radio, dot] = [make("input"), make("i")];
      Object.assign(radio, { type: "radio", name: "brush", value: String(index) });
      radio.setAttribute("aria-label", name);
      dot.style.background = theme.get().classes[index].css[255];
      const label = make("label", "", radio, dot);
      label.title = name;
      return label;
    });
  }

  return { draw };
}
