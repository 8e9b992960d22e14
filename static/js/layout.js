/** Where everything of the network stands, in CSS pixels: for drawing and for hit tests alike. */

export const NODE = 38;
const GAP = 16;
const TOP = 74;
const LEFT = 62;

/**
 * @typedef {{x: number, y: number, unit: number, layer: number, neuron: number}} Node centre; layer 0 is the first hidden one
 * @typedef {{layer: number, neuron: number, input: number, from: [number, number], to: [number, number]}} Edge
 * @typedef {{width: number, height: number, features: {name: string, x: number, y: number, unit: number}[],
 *   columns: number[], nodes: Node[], edges: Edge[]}} Geometry
 */

/**
 * @param {number} width at hand; a large network takes more
 * @param {string[]} allFeatures
 * @param {string[]} features in use
 * @param {number[]} sizes units of each layer, inputs first
 * @returns {Geometry}
 */
export function layOut(width, allFeatures, features, sizes) {
  const tallest = Math.max(allFeatures.length, ...sizes);
  const wide = Math.max(width, LEFT + NODE + 88 * (sizes.length - 1) + 8);
  const inputs = allFeatures.map((name, row) => ({
    name,
    x: LEFT + NODE / 2,
    y: TOP + row * (NODE + GAP) + NODE / 2,
    unit: features.indexOf(name),
  }));
  const first = LEFT + NODE / 2;
  const last = wide - NODE / 2 - 8;
  const columns = sizes.slice(1).map((_, i) => first + ((last - first) * (i + 1)) / (sizes.length - 1));
  /** @type {Node[]} */
  const nodes = [];
  let unit = sizes[0];
  sizes.slice(1).forEach((count, layer) => {
    const isOutput = layer === sizes.length - 2;
    const top = isOutput ? TOP + 3 * (NODE + GAP) - ((count - 1) * (NODE + GAP)) / 2 : TOP;
    for (let neuron = 0; neuron < count; neuron++) {
      nodes.push({ x: columns[layer], y: top + neuron * (NODE + GAP) + NODE / 2, unit: unit++, layer, neuron });
    }
  });
  const used = inputs.filter((input) => input.unit >= 0).sort((a, b) => a.unit - b.unit);
  /** @type {Edge[]} */
  const edges = [];
  for (const node of nodes) {
    const sources = node.layer === 0 ? used : nodes.filter((other) => other.layer === node.layer - 1);
    sources.forEach((source, input) => {
      edges.push({
        layer: node.layer,
        neuron: node.neuron,
        input,
        from: [source.x + NODE / 2, source.y],
        to: [node.x - NODE / 2, node.y],
      });
    });
  }
  return { width: wide, height: TOP + tallest * (NODE + GAP) + 8, features: inputs, columns, nodes, edges };
}

/**
 * Return the point of an edge's curve at a share of its length.
 * @param {Edge} edge
 * @param {number} t
 * @returns {[number, number]}
 */
export function along({ from, to }, t) {
  const middle = (from[0] + to[0]) / 2;
  const u = 1 - t;
  const x = u ** 3 * from[0] + 3 * u * u * t * middle + 3 * u * t * t * middle + t ** 3 * to[0];
  const y = (u ** 3 + 3 * u * u * t) * from[1] + (3 * u * t * t + t ** 3) * to[1];
  return [x, y];
}

/** @param {Node} node the corner at which its bias is drawn */
export function biasOf(node) {
  return { x: node.x - NODE / 2 - 9, y: node.y + NODE / 2 - 3 };
}

/**
 * Return the weight or bias under the pointer.
 * @param {Geometry} geometry
 * @param {number} x
 * @param {number} y
 * @param {number} reach
 * @returns {{layer: number, neuron: number, input: number | null} | null}
 */
export function weightAt(geometry, x, y, reach = 8) {
  for (const node of geometry.nodes) {
    const bias = biasOf(node);
    if (Math.abs(x - bias.x) < 8 && Math.abs(y - bias.y) < 8)
      return { layer: node.layer, neuron: node.neuron, input: null };
  }
  let best = reach * reach;
  /** @type {Edge | null} */
  let found = null;
  for (const edge of geometry.edges) {
    if (x < edge.from[0] - reach || x > edge.to[0] + reach) continue;
    for (let step = 0; step <= 24; step++) {
      const [px, py] = along(edge, step / 24);
      const distance = (px - x) ** 2 + (py - y) ** 2;
      if (distance < best) [best, found] = [distance, edge];
    }
  }
  return found && { layer: found.layer, neuron: found.neuron, input: found.input };
}
