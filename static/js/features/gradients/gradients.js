/** Show the gradient panel: findings, a line and a row per layer, and the histograms of one layer. */

import { fitted } from "../../core/canvas.js";
import { closest, make, makeButton, partsOf, renew } from "../../core/dom.js";
import { twoSignificant } from "../../core/formats.js";
import { _ } from "../../core/i18n.js";
import { createPatience, createWatch } from "../../core/redraw.js";
import { ramp } from "../../draw/colours.js";
import { drawHistogram } from "../../draw/histogram.js";
import { drawLayers } from "../../draw/layers.js";

/**
 * @typedef {import("../../wire/decoder.js").LayerFlow} LayerFlow
 * @typedef {import("../../wire/decoder.js").Finding} Finding
 * @typedef {import("../../core/dom.js").Parts} Parts
 */

const QUIET = 1000; // milliseconds between two changes of the words while the run plays
const BARS = 96; // pixels that a histogram is high
const CHART = { left: 38, top: 8, right: 30, bottom: 22 }; // pixels around its lines, on the right for the names

/**
 * @param {object} options
 * @param {HTMLDetailsElement} options.root
 * @param {{get: () => import("../../draw/colours.js").Theme}} options.theme
 */
export function createGradients({ root, theme }) {
  const parts = partsOf(root);
  const chart = parts.canvas("flow-chart");
  const [opened, findingsChanged, coloursChanged] = [createWatch(), createWatch(), createWatch()];
  const [linesChanged, rowsChanged, barsChanged] = [createWatch(), createWatch(), createWatch()];
  let findings = "";
  /** @type {string[]} of the layers */
  let colours = [];
  const due = createPatience(QUIET);

  /**
   * @param {import("../../state/state.js").State} state
   * @param {import("../../wire/decoder.js").Frame} frame
   */
  function draw({ wanted, flow, looking }, frame) {
    const open = wanted?.view.gradients ?? false;
    if (opened(open)) root.open = open;
    const { newest } = flow;
    if (!open || !newest) return;
    const last = frame.mode !== "playing";
    if (findingsChanged(newest, last)) findings = JSON.stringify(newest.findings);
    if (due(findings, last)) showFindings(parts, newest.findings);
    const { layers } = newest;
    if (coloursChanged(theme.get(), layers.length)) colours = ramp(theme.get().depths, layers.length);
    const box = chart.parentElement;
    const [across, down] = [box?.clientWidth ?? 0, box?.clientHeight ?? 0];
    if (linesChanged(flow, looking.measure, theme.get(), across, devicePixelRatio) && across > 0) {
      const lines = layers.map((_, layer) => ({
        name: shortName(layer, layers.length),
        colour: colours[layer],
        values: flow[looking.measure][layer],
      }));
      const { left, top, right, bottom } = CHART;
      const place = { x: left, y: top, width: across - left - right, height: down - top - bottom };
      const ctx = fitted(chart, across, down);
      drawLayers(ctx, { epochs: flow.epochs, layers: lines, theme: theme.get() }, place);
    }
    const chosen = Math.min(looking.layer, layers.length - 1);
    if (rowsChanged(newest, chosen, theme.get())) showRows(parts, newest, chosen, colours);
    const width = parts.canvas("histogram-0").parentElement?.clientWidth ?? 0;
    if (barsChanged(newest, chosen, theme.get(), width) && width > 0) {
      showHistograms(parts, layers[chosen], longName(chosen, layers.length), theme.get(), width);
    }
  }

  return { draw };
}

/**
 * @param {object} options
 * @param {HTMLDetailsElement} options.root
 * @param {import("../../state/state.js").Store} options.store
 * @param {import("../../state/state.js").Actions} options.actions
 * @param {import("../../wire/commands.js").Commands} options.commands
 */
export function bindGradients({ root, store, actions, commands }) {
  const { part, input } = partsOf(root);
  root.addEventListener("toggle", () => {
    const { wanted } = store.get();
    if (wanted && wanted.view.gradients !== root.open) commands.configure({}, { gradients: root.open });
  });
  part("flow-measures").addEventListener("change", () =>
    actions.lookAt({ measure: input("flow-update").checked ? "update" : "gradient" }),
  );
  part("flow-layers").addEventListener("click", (event) => {
    const row = closest(event, "tr");
    if (row?.dataset.layer) actions.lookAt({ layer: Number(row.dataset.layer) });
  });
}

/**
 * @param {number} layer counted from 0
 * @param {number} count
 */
function longName(layer, count) {
  return layer === count - 1 ? _("Output layer") : _("Layer {layer}", { layer: layer + 1 });
}

/**
 * @param {number} layer counted from 0
 * @param {number} count
 */
function shortName(layer, count) {
  return layer === count - 1 ? _("out") : String(layer + 1);
}

/**
 * @param {Parts} parts
 * @param {Finding[]} findings
 */
function showFindings({ part }, findings) {
  const template = /** @type {HTMLTemplateElement} */ (part("finding"));
  part("diagnosis").replaceChildren(
    ...findings.map(({ kind, text, advice }) => {
      const item = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
      item.dataset.kind = kind;
      const [strong, rest] = [.../** @type {HTMLElement} */ (item.lastElementChild).children];
      strong.textContent = text;
      rest.textContent = advice ?? "";
      return item;
    }),
  );
}

/**
 * @param {Parts} parts
 * @param {import("../../wire/decoder.js").Gradients} gradients
 * @param {number} chosen
 * @param {string[]} colours
 */
function showRows({ part }, { layers, findings }, chosen, colours) {
  const body = part("flow-layers");
  renew(body, layers.length, makeLayerRow);
  layers.forEach((flow, layer) => {
    const row = /** @type {HTMLTableRowElement} */ (body.children[layer]);
    row.dataset.layer = String(layer);
    row.toggleAttribute(
      "data-ill",
      findings.some((finding) => finding.layer === layer),
    );
    row.style.setProperty("--depth", colours[layer]);
    const [name, gradient, update, stuck] = row.cells;
    const button = /** @type {HTMLElement} */ (name.firstElementChild);
    button.textContent = longName(layer, layers.length);
    button.setAttribute("aria-pressed", String(layer === chosen));
    gradient.textContent = twoSignificant(flow.gradient);
    update.textContent = twoSignificant(flow.update);
    showStuck(stuck, flow);
  });
}

function makeLayerRow() {
  const name = make("th", "", makeButton("layer-choice", ""));
  name.scope = "row";
  return make("tr", "", name, make("td"), make("td"), make("td", "", make("span"), make("i")));
}

/**
 * @param {HTMLElement} cell
 * @param {LayerFlow} flow
 */
function showStuck(cell, { neurons, saturated, dead }) {
  const count = saturated ?? dead;
  const [words, bar] = /** @type {HTMLElement[]} */ ([...cell.children]);
  bar.hidden = count === null;
  bar.style.setProperty("--share", String((count ?? 0) / neurons));
  const values = { count: count ?? 0, all: neurons };
  words.textContent = count === null ? "–" : _("{count} of {all}", values);
  const long =
    saturated === null ? _("Dead neurons: {count} of {all}", values) : _("Saturated neurons: {count} of {all}", values);
  cell.title = count === null ? "" : long;
}

/**
 * @param {Parts} parts
 * @param {LayerFlow} flow
 * @param {string} name of the layer
 * @param {import("../../draw/colours.js").Theme} theme
 * @param {number} width of one
 */
function showHistograms({ part, canvas: canvasOf }, { histograms }, name, theme, width) {
  part("histograms-title").textContent = name;
  histograms.forEach((histogram, i) => {
    const canvas = canvasOf(`histogram-${i}`);
    drawHistogram(fitted(canvas, width, BARS), histogram, { width, height: BARS, theme, write: twoSignificant });
    const ends = { low: twoSignificant(histogram.low), high: twoSignificant(histogram.high) };
    canvas.setAttribute("aria-label", `${canvas.dataset.what}, ${name}: ${_("from {low} to {high}", ends)}`);
  });
}
