/** The network: its canvas, and the buttons that lie over it. */

import { fitted } from "../../core/canvas.js";
import { all, byId, canvasById, limit, makeButton, renew } from "../../core/dom.js";
import { layOut } from "../../core/geometry.js";
import { _, ngettext } from "../../core/i18n.js";
import { createWatch } from "../../core/redraw.js";
import { drawAnnotations } from "../../draw/annotations.js";
import { createRaster, fillPixels } from "../../draw/heatmap.js";
import { drawNetwork } from "../../draw/network.js";
import { FORMULA_MARK, unitName } from "../../state/names.js";
import { PICTURE } from "../../wire/decoder.js";
import { showFormulas } from "../data/formulas.js";
import { walkOf } from "../trace/example.js";
import { labelsOf } from "../trace/labels.js";
import { litBy, litByPath } from "../trace/steps.js";

/**
 * @typedef {import("../../state/state.js").State} State
 * @typedef {import("../../wire/decoder.js").Frame} Frame
 * @typedef {import("../../core/geometry.js").Geometry} Geometry
 */

/** @param {{get: () => import("../../draw/colours.js").Theme}} theme */
export function createStage(theme) {
  const stage = byId("stage");
  const featureButtons = all("[data-feature]");
  const maxNeurons = Number(stage.dataset.maxNeurons);
  const units = createRaster(document.createElement("canvas"));
  const features = createRaster(document.createElement("canvas"));
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const [shapeChanged, buttonsChanged, featuresChanged] = [createWatch(), createWatch(), createWatch()];
  /** @type {Geometry | null} */
  let geometry = null;
  /** @type {string[]} the features in sight */
  let shown = [];

  /**
   * @param {State} state
   * @param {Frame} frame
   */
  function draw(state, frame) {
    const width = stage.parentElement?.clientWidth ?? 600;
    const walk = walkOf(state);
    // Beside a walk there is room for the features in use only: the formulas are to be in sight, too.
    const all = state.moreFeatures && !walk;
    const { features: wanted } = state.wanted?.experiment ?? frame;
    if (shapeChanged(width, all, walk === null, wanted, frame.features, frame.sizes) || !geometry) {
      shown = featureButtons
        .filter((button) => all || isOn(state, frame, button) || (button.dataset.more === undefined && !walk))
        .map((button) => button.dataset.feature ?? "")
        .concat(frame.features.filter((name) => name.startsWith(FORMULA_MARK)));
      geometry = layOut(width, shown, frame.features, frame.sizes);
      showFormulas(shown.filter((name) => name.startsWith(FORMULA_MARK)));
      Object.assign(stage.style, { width: `${geometry.width}px`, height: `${geometry.height}px` });
    }
    const { colours } = theme.get();
    const discretize = state.wanted?.view.discretize ?? false;
    paintUnits(units, frame, theme.get(), discretize);
    if (featuresChanged(state.welcome, colours, discretize, shown) && state.welcome) {
      const { features: pictures } = state.welcome;
      const bytes = new Uint8Array(PICTURE ** 2 * shown.length);
      shown.forEach((name, row) => {
        if (pictures[name]) bytes.set(pictures[name], PICTURE ** 2 * row);
      });
      const { packed } = colours;
      features.paint(PICTURE, PICTURE * shown.length, (pixels) => fillPixels(pixels, bytes, packed, discretize));
    }
    const ctx = fitted(canvasById("network"), geometry.width, geometry.height);
    drawNetwork(ctx, {
      geometry,
      frame,
      theme: theme.get(),
      units: units.canvas,
      features: features.canvas,
      hovered: state.hovered,
      still: still.matches,
      lit: walk ? litIn(frame, state, walk) : null,
    });
    if (walk) {
      const labels = labelsOf(walk, frame, state.wanted?.view.digits ?? 3);
      drawAnnotations(ctx, { geometry, theme: theme.get(), labels });
    }
    if (buttonsChanged(geometry, state.wanted, state.hinted, walk === null)) {
      placeFeatures(geometry);
      placeUnits(geometry, frame);
      placeLayerTools(geometry, state, maxNeurons);
      placeCallouts(geometry, frame, state.hinted || walk !== null);
    }
  }

  return { draw, geometry: () => geometry };
}

/**
 * Return what is lit: the path under the pointer, else what the step is about.
 * @param {Frame} frame
 * @param {State} state
 * @param {NonNullable<ReturnType<typeof walkOf>>} walk
 */
function litIn({ sizes }, { walk: { path } }, { step, explanation: { paths } }) {
  const neurons = path === null ? undefined : paths?.shown[path]?.neurons;
  return paths && neurons ? litByPath(sizes, paths, neurons) : litBy(sizes, step);
}

/**
 * Paint the picture of every unit; of several outputs each has the colour of its class.
 * @param {ReturnType<typeof createRaster>} raster
 * @param {Frame} frame
 * @param {import("../../draw/colours.js").Theme} theme
 * @param {boolean} discretize
 */
function paintUnits(raster, { pictures, scales, sizes }, { colours, classes }, discretize) {
  const area = PICTURE ** 2;
  const outputs = sizes[sizes.length - 1];
  const shared = scales.length - (outputs > 1 ? outputs : 0);
  raster.paint(PICTURE, PICTURE * scales.length, (pixels) => {
    fillPixels(pixels, pictures, colours.packed, discretize, 0, shared * area);
    for (let unit = shared; unit < scales.length; unit++)
      fillPixels(pixels, pictures, classes[unit - shared].packed, discretize, unit * area, (unit + 1) * area);
  });
}

/**
 * Whether a feature is in use, or about to be.
 * @param {State} state
 * @param {Frame} frame
 * @param {HTMLElement} button
 */
function isOn({ wanted }, frame, { dataset }) {
  const name = dataset.feature ?? "";
  return frame.features.includes(name) || (wanted?.experiment.features.includes(name) ?? false);
}

/**
 * @param {HTMLElement} element
 * @param {number} x centre
 * @param {number} y centre
 * @param {number} size
 */
function place(element, x, y, size) {
  const side = `${size}px`;
  Object.assign(element.style, { left: `${x - size / 2}px`, top: `${y - size / 2}px`, width: side, height: side });
}

/** @param {Geometry} geometry */
function placeFeatures({ features, node }) {
  for (const button of all("[data-feature]")) {
    const at = features.find(({ name }) => name === button.dataset.feature);
    button.classList.toggle("away", !at);
    if (at) place(button, at.x, at.y, node + 4);
  }
}

/**
 * @param {Geometry} geometry
 * @param {Frame} frame
 */
function placeUnits({ nodes, node }, frame) {
  const parent = byId("units");
  renew(parent, nodes.length, () => makeButton("unit", ""));
  nodes.forEach(({ x, y, unit }, index) => {
    const button = /** @type {HTMLElement} */ (parent.children[index]);
    place(button, x, y, node + 4);
    button.dataset.unit = String(unit);
    button.setAttribute("aria-label", unitName(frame, unit));
  });
}

/**
 * @param {Geometry} geometry
 * @param {State} state
 * @param {number} maxNeurons
 */
function placeLayerTools({ columns }, { wanted }, maxNeurons) {
  const counts = wanted?.experiment.hidden_layers ?? [];
  const parent = byId("layers");
  renew(parent, counts.length, makeLayerTools);
  counts.forEach((count, layer) => {
    const tools = /** @type {HTMLElement} */ (parent.children[layer]);
    // The wanted network may be ahead of the one on the canvas: a layer has its buttons when it has a column.
    tools.hidden = layer >= columns.length - 1;
    tools.style.left = `${columns[layer] ?? 0}px`;
    const [plus, minus] = tools.querySelectorAll("button");
    for (const button of [plus, minus]) {
      button.dataset.layer = String(layer);
      button.hidden = wanted?.view.hide.includes(`numNodes${layer + 1}`) ?? false;
    }
    plus.setAttribute("aria-label", _("Add a neuron to layer {layer}", { layer: layer + 1 }));
    minus.setAttribute("aria-label", _("Remove a neuron from layer {layer}", { layer: layer + 1 }));
    limit(plus, count >= maxNeurons ? _("Up to {count} neurons", { count: maxNeurons }) : "");
    limit(minus, count === 1 ? _("A layer needs at least one neuron") : "");
    /** @type {HTMLElement} */ (tools.querySelector("p")).textContent = ngettext(
      "{count} neuron",
      "{count} neurons",
      count,
    );
  });
}

function makeLayerTools() {
  const tools = document.createElement("div");
  tools.className = "layer-tools";
  for (const [change, twin] of [
    ["1", "add-layer"],
    ["-1", "remove-layer"],
  ]) {
    const button = makeButton("round", "");
    button.dataset.change = change;
    const icon = byId(twin).querySelector("svg");
    if (icon) button.append(icon.cloneNode(true));
    tools.append(button);
  }
  tools.append(document.createElement("p"));
  return tools;
}

/**
 * Place the hints of the first visit, below the first two layers, where there is room for them.
 * @param {Geometry} geometry
 * @param {Frame} frame
 * @param {boolean} hinted they have done their work
 */
function placeCallouts({ width, height, node, columns, nodes }, { sizes }, hinted) {
  const hints = [byId("callout-neuron"), byId("callout-weights")];
  hints.forEach((hint, layer) => {
    const column = nodes.filter((each) => each.layer === layer);
    const below = Math.max(0, ...column.map(({ y }) => y)) + node / 2 + 12;
    const left = columns[layer] - node / 2;
    const fits =
      layer < sizes.length - 2 && below + 70 <= height && left + 148 <= (columns[layer + 1] ?? width + node) - node / 2;
    hint.hidden = hinted || !fits;
    Object.assign(hint.style, { left: `${left}px`, top: `${below}px` });
  });
}
