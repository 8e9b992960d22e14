/** Drawing one's own points on the large plot: brush, move, erase; each stroke is one step of undo. */

import { all, byId, inputById, limit } from "../../core/dom.js";
import { _ } from "../../core/i18n.js";
import { PLANE } from "../../core/plane.js";
import { createWatch } from "../../core/redraw.js";
import { added, edited, erased, moved, nearest, redone, sheetOf, undone } from "../../state/sheet.js";
import { decodeRows, encodeRows } from "../../wire/own_data.js";
import { pointUnder } from "../network/gestures.js";

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
 * Return what a sheet says of a point: of two or more classes which one, else its value.
 * @param {number} target
 * @param {number} classes 1 is regression
 */
export function drawnTarget(target, classes) {
  if (classes === 1) return Math.max(-1, Math.min(1, target));
  return classes === 2 ? Number(target > 0) : target;
}

/**
 * Return own data to begin with: those there are, else a copy of the points on the screen.
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
 * Join the drawing tools to the store.
 * @param {{get: () => State}} store
 * @param {import("../../state/state.js").Actions} actions
 * @param {(own: OwnData) => void} send
 * @returns {import("../plot/crosshair.js").Pen} the tools by keyboard
 */
export function bindDrawing(store, actions, send) {
  const canvas = byId("plot-marks");

  /** @param {Sheet} sheet */
  function commit(sheet) {
    const { drawing } = store.get();
    if (!drawing) return;
    const own = { ...drawing.own, rows: encodeRows(sheet.rows, drawing.own.task === "regression") };
    actions.draw({ own, sheet });
    if (sheet.rows.length >= FEWEST) send(own);
  }
  byId("draw").addEventListener("click", () => actions.draw(store.get().drawing ? null : beginning(store.get())));
  for (const [id, change] of /** @type {[string, (sheet: Sheet) => Sheet][]} */ ([
    ["undo", undone],
    ["redo", redone],
    ["clear-points", (sheet) => edited(sheet, [])],
  ])) {
    byId(id).addEventListener("click", () => {
      const { drawing } = store.get();
      if (drawing) commit(change(drawing.sheet));
    });
  }
  byId("add-class").addEventListener("click", () => {
    const { drawing } = store.get();
    if (!drawing) return;
    const classes = [...drawing.own.classes, String.fromCharCode(65 + drawing.own.classes.length)];
    actions.draw({ ...drawing, own: { ...drawing.own, classes } });
  });

  const tool = () => /** @type {HTMLInputElement} */ (document.querySelector("[name=tool]:checked")).value;
  const target = (/** @type {OwnData} */ own) =>
    own.task === "regression"
      ? Number(inputById("brush-value").value)
      : Number(/** @type {HTMLInputElement | null} */ (document.querySelector("[name=brush]:checked"))?.value ?? 0);
  /** @type {{rows: Row[], held: number, last: {x: number, y: number} | null} | null} */
  let stroke = null;

  /** @typedef {{x: number, y: number}} Place */
  /** @param {Place | null} at */
  function act(at) {
    const { drawing } = store.get();
    if (!stroke || !drawing || !at) return;
    if (tool() === "erase") stroke.rows = erased(stroke.rows, at, REACH.erase);
    else if (tool() === "move") {
      if (stroke.held >= 0) stroke.rows = moved(stroke.rows, stroke.held, at);
    } else if (!stroke.last || Math.hypot(at.x - stroke.last.x, at.y - stroke.last.y) >= REACH.brush) {
      stroke.rows = added(stroke.rows, at, target(drawing.own));
      stroke.last = at;
    }
    actions.draw({ ...drawing, sheet: { ...drawing.sheet, rows: stroke.rows } });
  }
  /** @type {Sheet | null} */
  let before = null;
  /** @param {Place | null} at */
  function begin(at) {
    const { drawing } = store.get();
    if (!drawing) return -1;
    before = drawing.sheet;
    stroke = { rows: before.rows, held: at ? nearest(before.rows, at, REACH.move) : -1, last: null };
    act(at);
    return stroke.held;
  }
  function end() {
    if (stroke && before && stroke.rows !== before.rows) commit(edited(before, stroke.rows));
    stroke = before = null;
  }
  canvas.addEventListener("pointerdown", (event) => {
    if (!store.get().drawing || event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    begin(pointUnder(canvas, event));
  });
  canvas.addEventListener("pointermove", (event) => act(pointUnder(canvas, event)));
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, end);
  return {
    press(at) {
      if (stroke) return end();
      const held = begin(at);
      // A point that is picked up follows the arrows until it is put down.
      if (tool() !== "move" || held < 0) end();
    },
    follow: act,
    release: end,
  };
}

/**
 * Return a function that shows the tools.
 * @param {{get: () => import("../../draw/colours.js").Theme}} theme
 * @returns {(state: State) => void}
 */
export function createDrawing(theme) {
  const [changed, classesChanged] = [createWatch(), createWatch()];
  return ({ drawing }) => {
    if (!changed(drawing, theme.get())) return;
    const draw = byId("draw");
    draw.setAttribute("aria-pressed", String(drawing !== null));
    /** @type {HTMLElement} */ (draw.querySelector("span")).textContent = drawing
      ? _("Stop drawing")
      : _("Draw points");
    byId("brushes").hidden = drawing === null;
    const begins = drawing !== null && !byId("plot-marks").classList.contains("drawing");
    byId("plot-marks").classList.toggle("drawing", drawing !== null);
    if (begins && byId("plot-marks").getBoundingClientRect().top < 0) byId("brushes").scrollIntoView();
    if (!drawing) return;
    const { own, sheet } = drawing;
    byId("brush-value-field").hidden = own.task !== "regression";
    byId("brush-classes").hidden = byId("add-class").hidden = own.task === "regression";
    limit(byId("add-class"), own.classes.length >= MAX_CLASSES ? _("Up to {count} classes", { count: 6 }) : "");
    limit(byId("undo"), sheet.past.length === 0 ? _("Nothing to undo") : "");
    limit(byId("redo"), sheet.future.length === 0 ? _("Nothing to redo") : "");
    if (classesChanged(String(own.classes), theme.get())) showClasses(own, theme.get());
  };
}

/**
 * @param {OwnData} own
 * @param {import("../../draw/colours.js").Theme} theme
 */
function showClasses({ classes }, theme) {
  const chosen = all("[name=brush]").findIndex((radio) => /** @type {HTMLInputElement} */ (radio).checked);
  byId("brush-classes").replaceChildren(
    ...classes.map((name, index) => {
      const label = document.createElement("label");
      const radio = document.createElement("input");
      const dot = document.createElement("i");
      Object.assign(radio, {
        type: "radio",
        name: "brush",
        value: String(index),
        checked: index === Math.max(chosen, 0),
      });
      radio.setAttribute("aria-label", name);
      label.title = name;
      dot.style.background = theme.classes[index].css[255];
      label.append(radio, dot);
      return label;
    }),
  );
}
