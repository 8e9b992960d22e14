import assert from "node:assert/strict";
import { test } from "node:test";
import { along, biasOf, layOut, onPlaneAt, parameterAt, plotPlace } from "../../static/js/core/geometry.js";

const FEATURES = ["x", "y", "xSquared", "ySquared", "xTimesY", "sinX", "sinY"];
const geometry = (width = 800, features = ["x", "y"], sizes = [2, 4, 2, 1]) => layOut(width, FEATURES, features, sizes);

test("every unit has a place and every weight an edge", () => {
  const { features, nodes, edges } = geometry();
  assert.equal(features.length, 7);
  assert.deepEqual(
    nodes.map(({ unit }) => unit),
    [2, 3, 4, 5, 6, 7, 8],
  );
  assert.equal(edges.length, 2 * 4 + 4 * 2 + 2);
});

test("everything stands on whole pixels, and knows where its parameter is", () => {
  const { nodes, edges, columns } = geometry(803, ["x", "y"], [2, 4, 3, 1]);
  assert.ok([...columns, ...nodes.flatMap(({ x, y }) => [x, y])].every(Number.isInteger));
  assert.ok(edges.flatMap(({ from, to }) => [...from, ...to]).every(Number.isInteger));
  const all = [...edges.map(({ index }) => index), ...nodes.map(({ bias }) => bias)].sort((a, b) => a - b);
  assert.deepEqual(
    all,
    all.map((_, i) => i),
  );
});

test("layers stand from left to right inside the stage", () => {
  const { columns, width, node, height, nodes } = geometry();
  assert.deepEqual(
    [...columns].sort((a, b) => a - b),
    columns,
  );
  assert.ok(columns[2] + node / 2 <= width);
  assert.ok(nodes.every(({ y }) => y + node / 2 <= height));
});

test("edges start at features that are on, in the network's order", () => {
  const { edges, features } = geometry(800, ["x", "sinX"], [2, 3, 1]);
  const sinX = features.find(({ name }) => name === "sinX");
  const second = edges.find(({ layer, input }) => layer === 0 && input === 1);
  assert.equal(second?.from[1], sinX?.y);
});

test("a network too large for its frame is wider than it, and no layer overlaps the next", () => {
  const { columns, node, width } = geometry(360, FEATURES, [7, ...Array(10).fill(8), 1]);
  assert.ok(width > 360);
  for (let i = 1; i < columns.length; i++) assert.ok(columns[i] - columns[i - 1] > node + 20);
});

test("each edge is found under the pointer, at the place where it is drawn", () => {
  const plan = geometry();
  for (const edge of plan.edges) {
    const hits = [0.3, 0.42, 0.5, 0.58, 0.7].filter((t) => {
      const [x, y] = along(edge, t);
      const hit = parameterAt(plan, x, y);
      return hit?.layer === edge.layer && hit.neuron === edge.neuron && hit.input === edge.input;
    });
    assert.ok(hits.length >= 2, `layer ${edge.layer}, neuron ${edge.neuron}, input ${edge.input}`);
  }
});

test("each bias is found under the pointer", () => {
  const plan = geometry();
  for (const node of plan.nodes) {
    const { x, y } = biasOf(plan, node);
    assert.deepEqual(parameterAt(plan, x, y), { layer: node.layer, neuron: node.neuron, input: null });
  }
});

test("far from all lines there is nothing", () => {
  assert.equal(parameterAt(geometry(), 700, 400), null);
});

test("a place of the large plot is a point of the plane, and back", () => {
  const plane = plotPlace(320);
  assert.deepEqual(onPlaneAt(plane, plane.x, plane.y), { x: -6, y: 6 });
  assert.deepEqual(onPlaneAt(plane, plane.x + plane.size, plane.y + plane.size), { x: 6, y: -6 });
  assert.deepEqual(onPlaneAt(plane, plane.x + plane.size / 2, plane.y + plane.size / 2), { x: 0, y: 0 });
  assert.equal(onPlaneAt(plane, plane.x - 1, plane.y), null);
});
