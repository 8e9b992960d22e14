/** Lay out the network, the large plot and the loss chart in CSS pixels, for drawing and hit tests alike. */

import { parameterIndex } from "../wire/decoder.js";
import { PLANE } from "./plane.js";

/** Space above the first row (for the layers' buttons) and left of the features (for their names). */
const TOP = 70;
const LEFT = 58;
const RIGHT = 6;

/**
 * @typedef {{layer: number, neuron: number, input: number | null}} Parameter a weight, or with input null a bias
 * @typedef {{x: number, y: number, unit: number, layer: number, neuron: number, bias: number}} Node centre; layer 0 is the
 *   first hidden one; `bias` is where its bias stands in theta
 * @typedef {{layer: number, neuron: number, input: number, index: number, from: [number, number],
 *   middle: number, to: [number, number]}} Edge `index` is where its weight stands in theta, `middle` where its curve bends
 * @typedef {{width: number, height: number, node: number, features: {name: string, x: number, y: number, unit: number}[],
 *   columns: number[], nodes: Node[], edges: Edge[]}} Geometry `node` is the side of a unit's picture
 */

/**
 * Return the side of a unit's picture and the gap below it.
 * @param {number} width
 */
function measures(width) {
  if (width < 600) return { node: 34, gap: 16 };
  return width < 1000 ? { node: 40, gap: 18 } : { node: 52, gap: 18 };
}

/**
 * Lay out a network in whole pixels: pictures stay sharp, and a canvas allocates memory for every fraction.
 * @param {number} width available; a large network takes more
 * @param {string[]} allFeatures
 * @param {string[]} features in use
 * @param {number[]} sizes units of each layer, inputs first
 * @returns {Geometry}
 */
export function layOut(width, allFeatures, features, sizes) {
  const { node, gap } = measures(width);
  const tallest = Math.max(allFeatures.length, ...sizes);
  const wide = Math.max(width, LEFT + node + (node + 26) * (sizes.length - 1) + RIGHT);
  const first = LEFT + node / 2;
  const last = wide - node / 2 - RIGHT;
  const rowAt = (/** @type {number} */ row) => Math.round(TOP + row * (node + gap) + node / 2);
  const inputs = allFeatures.map((name, row) => ({ name, x: first, y: rowAt(row), unit: features.indexOf(name) }));
  const columns = sizes.slice(1).map((_, i) => Math.round(first + ((last - first) * (i + 1)) / (sizes.length - 1)));
  /** @type {Node[]} */
  const nodes = [];
  let unit = sizes[0];
  sizes.slice(1).forEach((count, layer) => {
    const isOutput = layer === sizes.length - 2;
    const above = isOutput ? (allFeatures.length - count) / 2 : 0;
    for (let neuron = 0; neuron < count; neuron++) {
      const bias = parameterIndex(sizes, layer, neuron, null);
      nodes.push({ x: columns[layer], y: rowAt(above + neuron), unit: unit++, layer, neuron, bias });
    }
  });
  const used = inputs.filter((input) => input.unit >= 0).sort((a, b) => a.unit - b.unit);
  /** @type {Edge[]} */
  const edges = [];
  for (const { layer, neuron, x, y } of nodes) {
    const sources = layer === 0 ? used : nodes.filter((other) => other.layer === layer - 1);
    sources.forEach((source, input) => {
      const index = parameterIndex(sizes, layer, neuron, input);
      const middle = Math.round((source.x + x) / 2);
      edges.push({ layer, neuron, input, index, from: [source.x + node / 2, source.y], middle, to: [x - node / 2, y] });
    });
  }
  return { width: wide, height: TOP + tallest * (node + gap) + 4, node, features: inputs, columns, nodes, edges };
}

/**
 * Return the point of an edge's curve at a share of its length.
 * @param {Edge} edge
 * @param {number} t
 * @returns {[number, number]}
 */
export function along({ from, middle, to }, t) {
  const u = 1 - t;
  const x = u ** 3 * from[0] + 3 * u * u * t * middle + 3 * u * t * t * middle + t ** 3 * to[0];
  const y = (u ** 3 + 3 * u * u * t) * from[1] + (3 * u * t * t + t ** 3) * to[1];
  return [x, y];
}

/**
 * Return the place of a neuron's bias: the lower left corner of its picture.
 * @param {Geometry} geometry
 * @param {Node} node
 */
export function biasOf(geometry, node) {
  return { x: node.x - geometry.node / 2 - 8, y: node.y + geometry.node / 2 - 3 };
}

/**
 * Return the weight or bias under the pointer.
 * @param {Geometry} geometry
 * @param {number} x
 * @param {number} y
 * @param {number} reach
 * @returns {Parameter | null}
 */
export function parameterAt(geometry, x, y, reach = 8) {
  for (const node of geometry.nodes) {
    const bias = biasOf(geometry, node);
    if (Math.abs(x - bias.x) < 8 && Math.abs(y - bias.y) < 8)
      return { layer: node.layer, neuron: node.neuron, input: null };
  }
  let best = reach * reach;
  /** @type {Edge | null} */
  let found = null;
  for (const edge of geometry.edges) {
    if (x < edge.from[0] - reach || x > edge.to[0] + reach) continue;
    for (let step = 0; step <= 48; step++) {
      const [px, py] = along(edge, step / 48);
      const distance = (px - x) ** 2 + (py - y) ** 2;
      if (distance < best) [best, found] = [distance, edge];
    }
  }
  return found && { layer: found.layer, neuron: found.neuron, input: found.input };
}

/** Space around the plane for its axes. */
const MARGIN = { left: 10, top: 8, right: 26, bottom: 22 };

/**
 * Return the plane's place in a large plot of some width, and the plot's height.
 * @param {number} width
 */
export function plotPlace(width) {
  const size = width - MARGIN.left - MARGIN.right;
  return { x: MARGIN.left, y: MARGIN.top, size, height: size + MARGIN.top + MARGIN.bottom, right: MARGIN.right };
}

/** Space around the lines of the loss chart, and their height. */
const CHART = { left: 40, top: 6, right: 14, height: 88 };

/**
 * Return the lines' place in a loss chart of some width.
 * @param {number} width
 */
export function chartPlace(width) {
  const { left, top, right, height } = CHART;
  return { x: left, y: top, width: Math.max(width - left - right, 60), height, right };
}

/**
 * Return the point of the plane at a place of the large plot, or null beside it.
 * @param {{x: number, y: number, size: number}} plane
 * @param {number} x
 * @param {number} y
 */
export function onPlaneAt(plane, x, y) {
  const [across, down] = [(x - plane.x) / plane.size, (y - plane.y) / plane.size];
  if (across < 0 || across > 1 || down < 0 || down > 1) return null;
  return { x: across * 2 * PLANE - PLANE, y: PLANE - down * 2 * PLANE };
}

/**
 * Return the point of the plane under the pointer, or null beside it.
 * @param {HTMLElement} plot the large plot's canvas
 * @param {MouseEvent} event
 */
export function pointUnder(plot, event) {
  const { left, top, width } = plot.getBoundingClientRect();
  return onPlaneAt(plotPlace(width), event.clientX - left, event.clientY - top);
}
