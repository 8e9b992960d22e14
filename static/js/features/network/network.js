/** Show the network: its canvas, and the buttons and texts over and around it. */

import { fitted } from "../../core/canvas.js";
import { limit, make, makeButton, partsOf, renew, setText } from "../../core/dom.js";
import { formula } from "../../core/formats.js";
import { layOut } from "../../core/geometry.js";
import { _, ngettext } from "../../core/i18n.js";
import { createWatch } from "../../core/redraw.js";
import { drawAnnotations } from "../../draw/annotations.js";
import { createRaster, fillPixels } from "../../draw/heatmap.js";
import { drawNames, drawNetwork } from "../../draw/network.js";
import { FORMULA_MARK, formulaOf, unitName } from "../../state/names.js";
import { PICTURE } from "../../wire/decoder.js";
import { showFormulas } from "./formulas.js";

/**
 * @typedef {import("../../state/state.js").State} State
 * @typedef {import("../../wire/decoder.js").Frame} Frame
 * @typedef {import("../../core/geometry.js").Geometry} Geometry
 * @typedef {import("../../core/dom.js").Parts} Parts
 * @typedef {{lit: import("../../draw/network.js").Lit, labels: import("../../draw/annotations.js").Labels}} Overlay the
 *   part of a trace that is drawn into the network
 */

/**
 * @param {object} options
 * @param {Element} options.root
 * @param {{get: () => import("../../draw/colours.js").Theme}} options.theme
 * @param {(state: State) => Overlay | null} options.overlay
 */
export function createNetwork({ root, theme, overlay }) {
  const parts = partsOf(root);
  const stage = parts.part("stage");
  const canvas = parts.canvas("network");
  const featureButtons = parts.all("[data-feature]");
  const units = createRaster(document.createElement("canvas"));
  const features = createRaster(document.createElement("canvas"));
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const [shapeChanged, buttonsChanged, featuresChanged] = [createWatch(), createWatch(), createWatch()];
  /** @type {Geometry | null} */
  let geometry = null;
  /** @type {string[]} the features in sight */
  let shown = [];
  /** @type {import("../../draw/network.js").Scene | null} drawn last */
  let scene = null;
  /** @type {import("../../draw/annotations.js").Labels | null} on it */
  let labels = null;

  /**
   * @param {State} state
   * @param {Frame} frame
   */
  function draw(state, frame) {
    const width = stage.parentElement?.clientWidth ?? 600;
    const traced = overlay(state);
    // A trace shows only the features in use, so that its formulas stay in sight.
    const all = state.moreFeatures && !traced;
    const { features: wanted } = state.wanted?.experiment ?? frame;
    if (shapeChanged(width, all, traced === null, wanted, frame.features, frame.sizes) || !geometry) {
      shown = featureButtons
        .filter((button) => all || isOn(state, frame, button) || (button.dataset.more === undefined && !traced))
        .map((button) => button.dataset.feature ?? "")
        .concat(frame.features.filter((name) => name.startsWith(FORMULA_MARK)));
      geometry = layOut(width, shown, frame.features, frame.sizes);
      showFormulas(parts.part("formulas"), shown);
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
    scene = {
      geometry,
      frame,
      theme: theme.get(),
      units: units.canvas,
      features: features.canvas,
      marked: state.editing?.parameter ?? state.hovered,
      still: still.matches,
      lit: traced?.lit ?? null,
    };
    labels = traced?.labels ?? null;
    paint(fitted(canvas, geometry.width, geometry.height));
    if (buttonsChanged(geometry, state.wanted, state.hinted, traced === null)) {
      placeFeatures(parts, geometry);
      placeUnits(parts, geometry, frame);
      placeLayerTools(parts, geometry, state);
      placeCallouts(parts, geometry, frame, state.hinted || traced !== null);
    }
  }

  /** @param {CanvasRenderingContext2D} ctx */
  function paint(ctx) {
    if (!scene) return;
    drawNetwork(ctx, scene);
    if (labels) drawAnnotations(ctx, { geometry: scene.geometry, theme: scene.theme, labels });
  }

  /**
   * Draw what is text on the page: the features' names and the counts of neurons.
   * @param {CanvasRenderingContext2D} ctx
   */
  function paintNames(ctx) {
    if (!scene) return;
    const { geometry: laidOut } = scene;
    const { columns, nodes } = laidOut;
    const names = {
      features: laidOut.features.map(({ name }) => formula(formulaOf(name))),
      layers: columns.slice(0, -1).map((_column, at) => {
        const count = nodes.filter(({ layer }) => layer === at).length;
        return ngettext("{count} neuron", "{count} neurons", count);
      }),
    };
    drawNames(ctx, laidOut, names, scene.theme);
  }

  return {
    draw,
    geometry: () => geometry,
    /**
     * Draw the network once more, with its texts: for a picture of any size.
     * @returns {{width: number, height: number, layers: ((ctx: CanvasRenderingContext2D) => void)[]}} in CSS pixels
     */
    picture: () => ({ width: geometry?.width ?? 0, height: geometry?.height ?? 0, layers: [paint, paintNames] }),
    /**
     * Return a copy of the label of a built-in feature.
     * @param {string} feature
     */
    nameOf(feature) {
      const button = featureButtons.find(({ dataset }) => dataset.feature === feature);
      const name = /** @type {HTMLElement | undefined} */ (button?.querySelector("span")?.cloneNode(true));
      name?.removeAttribute("aria-hidden");
      return name ?? null;
    },
  };
}

/**
 * Show which features are on, how many layers there are, and what can be added or removed.
 * @param {object} options
 * @param {Element} options.root
 */
export function createShape({ root }) {
  const { part, button, input, all } = partsOf(root);
  const changed = createWatch();
  const featureButtons = all("[data-feature]");
  const mostLayers = Number(part("stage").dataset.maxLayers);

  /** @param {Pick<State, "wanted" | "keep" | "moreFeatures">} state */
  function draw({ wanted, keep, moreFeatures }) {
    if (!changed(wanted, keep, moreFeatures)) return;
    part("formula-form").hidden = !moreFeatures;
    const more = part("more-features");
    more.setAttribute("aria-expanded", String(moreFeatures));
    setText(more.children[0], moreFeatures ? _("Fewer features") : _("More features"));
    input("keep").checked = keep;
    if (!wanted) return;
    const { features, formulas, hidden_layers } = wanted.experiment;
    for (const each of featureButtons) {
      const on = features.includes(each.dataset.feature ?? "");
      const last = on && features.length + formulas.length === 1;
      each.setAttribute("aria-pressed", String(on));
      each.setAttribute("aria-disabled", String(last));
      each.title = last ? _("The network needs at least one feature") : "";
    }
    const count = hidden_layers.length;
    part("layer-count").textContent = ngettext("{count} hidden layer", "{count} hidden layers", count);
    limit(button("add-layer"), count >= mostLayers ? _("Up to {count} hidden layers", { count: mostLayers }) : "");
    limit(button("remove-layer"), count === 0 ? _("No hidden layers left") : "");
  }

  return { draw };
}

/**
 * Paint the picture of every unit. Each of several outputs has the colour of its class.
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
 * Return whether a feature is in use, or will be.
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

/**
 * @param {Parts} parts
 * @param {Geometry} geometry
 */
function placeFeatures({ all }, { features, node }) {
  for (const button of all("[data-feature]")) {
    const at = features.find(({ name }) => name === button.dataset.feature);
    button.classList.toggle("away", !at);
    if (at) place(button, at.x, at.y, node + 4);
  }
}

/**
 * @param {Parts} parts
 * @param {Geometry} geometry
 * @param {Frame} frame
 */
function placeUnits({ part }, { nodes, node }, frame) {
  const parent = part("units");
  renew(parent, nodes.length, () => makeButton("unit", ""));
  nodes.forEach(({ x, y, unit }, index) => {
    const button = /** @type {HTMLElement} */ (parent.children[index]);
    place(button, x, y, node + 4);
    button.dataset.unit = String(unit);
    button.setAttribute("aria-label", unitName(frame, unit));
  });
}

/**
 * Place the buttons and the count of neurons above each hidden layer.
 * @param {Parts} parts
 * @param {Geometry} geometry
 * @param {State} state
 */
function placeLayerTools(parts, { columns }, { wanted }) {
  const counts = wanted?.experiment.hidden_layers ?? [];
  const mostNeurons = Number(parts.part("stage").dataset.maxNeurons);
  const parent = parts.part("layers");
  renew(parent, counts.length, () => makeLayerTools(parts));
  counts.forEach((count, layer) => {
    const tools = /** @type {HTMLElement} */ (parent.children[layer]);
    // The wanted network may be ahead of the canvas: show a layer's buttons only once its column is drawn.
    tools.hidden = layer >= columns.length - 1;
    tools.style.left = `${columns[layer] ?? 0}px`;
    tools.style.setProperty("--room", `${(columns[1] ?? 0) - columns[0] - 4}px`); // for words between two columns
    const [plus, minus] = tools.querySelectorAll("button");
    for (const button of [plus, minus]) {
      button.dataset.layer = String(layer);
      button.hidden = wanted?.view.hide.includes(`numNodes${layer + 1}`) ?? false;
    }
    plus.setAttribute("aria-label", _("Add a neuron to layer {layer}", { layer: layer + 1 }));
    minus.setAttribute("aria-label", _("Remove a neuron from layer {layer}", { layer: layer + 1 }));
    limit(plus, count >= mostNeurons ? _("Up to {count} neurons", { count: mostNeurons }) : "");
    limit(minus, count === 1 ? _("A layer needs at least one neuron") : "");
    /** @type {HTMLElement} */ (tools.querySelector("p")).textContent = ngettext(
      "{count} neuron",
      "{count} neurons",
      count,
    );
  });
}

/** @param {Parts} parts */
function makeLayerTools({ part }) {
  const buttons = [
    ["1", "add-layer"],
    ["-1", "remove-layer"],
  ].map(([change, twin]) => {
    const button = makeButton("round", "");
    button.dataset.change = change;
    const icon = part(twin).querySelector("svg");
    if (icon) button.append(icon.cloneNode(true));
    return button;
  });
  return make("div", "layer-tools", ...buttons, make("p"));
}

/**
 * Place the hints of the first visit, below the first two layers, where there is room for them.
 * @param {Parts} parts
 * @param {Geometry} geometry
 * @param {Frame} frame
 * @param {boolean} hinted the learner no longer needs them
 */
function placeCallouts({ part }, { width, height, node, columns, nodes }, { sizes }, hinted) {
  const hints = [part("callout-neuron"), part("callout-weights")];
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
