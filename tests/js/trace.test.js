import assert from "node:assert/strict";
import { test } from "node:test";
import { factor, plain, tex } from "../../static/js/features/trace/decimals.js";
import { labelsOf } from "../../static/js/features/trace/labels.js";
import { litBy, litByPath, passOf, stepAt, stepsOf } from "../../static/js/features/trace/steps.js";
import { filled, grouped, sum } from "../../static/js/features/trace/symbols.js";
import { updateEquations } from "../../static/js/features/trace/update.js";

test("numbers have so many digits, no zeros at their end, and powers of ten where decimals would hold nothing", () => {
  assert.equal(tex(0.298371109, 9), "0.298371109");
  assert.equal(tex(0.298371109, 3), "0.298");
  assert.equal(tex(0.35, 9), "0.35");
  assert.equal(tex(-0.0001, 3), "-1\\cdot10^{-4}");
  assert.equal(tex(0.000438568, 9), "0.000438568");
  assert.equal(tex(1234567, 3), "1.235\\cdot10^{6}");
  assert.equal(tex(0, 3), "0");
  assert.equal(tex(-0, 3), "0");
  assert.equal(tex(Number.POSITIVE_INFINITY, 3), "\\infty ");
  assert.equal(plain(-0.00012, 3), "−1.2·10⁻⁴");
  assert.equal(plain(2, 3), "2");
  assert.equal(tex(0.9999996, 3), "0.9999996");
  assert.equal(tex(-0.99999, 3), "-0.99999");
  assert.equal(tex(1, 3), "1");
});

test("a factor has brackets where its sign or its power would be misread", () => {
  assert.equal(factor(-0.5, 3), "(-0.5)");
  assert.equal(factor(0.0001, 3), "(1\\cdot10^{-4})");
  assert.equal(factor(0.5, 3), "0.5");
});

test("terms are joined by their signs", () => {
  assert.equal(sum(["1\\cdot 2", "-3", "4"]), "1\\cdot 2-3+4");
});

test("formulas are filled in, with no more brackets than needed", () => {
  assert.equal(filled("\\Z", { Z: "(-2)" }), "-2");
  assert.equal(filled("\\tanh(\\Z)", { Z: "(-2)" }), "\\tanh({-2})");
  assert.equal(filled("\\max(0,\\,\\Z)", { Z: "(-2)" }), "\\max(0,\\,{-2})");
  assert.equal(filled("1-\\A^2", { A: "(-2)" }), "1-{(-2)}^2");
  assert.equal(filled("1-\\A^2", { A: "a^{(1)}_2" }), "1-\\bigl(a^{(1)}_2\\bigr)^2");
  assert.equal(filled("\\Rate\\cdot\\Unknown", { Rate: "0.1" }), "{0.1}\\cdot\\Unknown");
});

test("a sum becomes a factor by brackets, and what it explains stays behind", () => {
  assert.equal(grouped("1-a"), "\\bigl(1-a\\bigr)");
  assert.equal(grouped("a(1-a)"), "a(1-a)");
  assert.equal(grouped("s+1,\\;s=2"), "\\bigl(s+1\\bigr),\\;s=2");
  assert.equal(grouped("\\begin{cases}1\\\\0+1\\end{cases}"), "\\begin{cases}1\\\\0+1\\end{cases}");
});

test("a trace passes every neuron forward, backward and in the update", () => {
  const steps = stepsOf([2, 3, 2, 1], false);
  const count = (kind) => steps.filter((step) => step.kind === kind).length;
  for (const kind of ["neuron", "delta", "gradient", "update"]) assert.equal(count(kind), 6);
  for (const kind of ["input", "loss", "after", "output"]) assert.equal(count(kind), 1);
  assert.equal(count("softmax"), 0);
  assert.equal(stepsOf([2, 3], true).filter(({ kind }) => kind === "softmax").length, 1);
  const passes = steps.map(({ kind }) => passOf(kind));
  assert.deepEqual([...new Set(passes)], ["forward", "backward", "update"]);
});

test("backward each neuron gets its delta after all above it, and its weights at once", () => {
  const steps = stepsOf([2, 2, 1], false).filter(({ kind }) => kind === "delta" || kind === "gradient");
  assert.deepEqual(
    steps.map(({ kind, layer, neuron }) => `${kind} ${layer} ${neuron}`),
    ["delta 1 0", "gradient 1 0", "delta 0 0", "gradient 0 0", "delta 0 1", "gradient 0 1"],
  );
});

test("a neuron's step is found in the pass that the trace is in", () => {
  const steps = stepsOf([2, 2, 1], false);
  const at = (kind) => steps.findIndex((step) => step.kind === kind);
  assert.equal(steps[stepAt(steps, at("input"), { layer: 0, neuron: 1 })].kind, "neuron");
  assert.equal(steps[stepAt(steps, at("output"), { layer: 0, neuron: 1 })].kind, "delta");
  assert.equal(steps[stepAt(steps, at("after"), { layer: 0, neuron: 1 })].kind, "update");
});

test("a step lights what it is about", () => {
  const sizes = [2, 3, 1];
  const forward = litBy(sizes, { kind: "neuron", layer: 0, neuron: 1 });
  assert.deepEqual([...forward.units].sort(), [0, 1, 3]);
  assert.ok(forward.edges({ layer: 0, neuron: 1, input: 0 }));
  assert.ok(!forward.edges({ layer: 0, neuron: 0, input: 0 }));
  const backward = litBy(sizes, { kind: "delta", layer: 0, neuron: 1 });
  assert.deepEqual([...backward.units].sort(), [3, 5]);
  assert.ok(backward.edges({ layer: 1, neuron: 0, input: 1 }));
  assert.ok(!backward.edges({ layer: 1, neuron: 0, input: 0 }));
});

test("a path lights its neurons and the lines between them", () => {
  const lit = litByPath([2, 3, 4, 1], { layer: 0, neuron: 2, input: 1 }, [0, 3, 2]);
  assert.deepEqual(
    [...lit.units].sort((a, b) => a - b),
    [1, 4, 8, 9],
  );
  const edges = [];
  for (const [layer, rows, columns] of [
    [0, 3, 2],
    [1, 4, 3],
    [2, 1, 4],
  ])
    for (let neuron = 0; neuron < rows; neuron++)
      for (let input = 0; input < columns; input++)
        if (lit.edges({ layer, neuron, input })) edges.push([layer, neuron, input]);
  assert.deepEqual(edges, [
    [0, 2, 1],
    [1, 3, 2],
    [2, 0, 3],
  ]);
});

test("the picture shows what has been computed so far: sums and activations, then deltas, then new weights", () => {
  const sizes = [1, 1, 1];
  const steps = stepsOf(sizes, false);
  const theta = Float64Array.of(2, 0.5, -1, 0.25);
  const trace = {
    inputs: [3],
    z: Float64Array.of(6.5, -6.25),
    a: Float64Array.of(0.9, -0.8),
    deltas: Float64Array.of(0.1, 0.2),
    gradient: Float64Array.of(11, 12, 13, 14),
    updated: Float64Array.of(21, 22, 23, 24),
    loss: 0.4,
    loss_after: 0.3,
  };
  const at = (kind, layer) => {
    const found = steps.findIndex((step) => step.kind === kind && step.layer === layer);
    return labelsOf({ steps, at: found, trace }, { sizes, theta }, 3);
  };
  const first = at("neuron", 0);
  assert.equal(first.units.get(0).text, "3");
  assert.equal(first.units.get(1).long, "6.5 → 0.9");
  assert.equal(first.units.has(2), false);
  assert.deepEqual(
    first.edges.map(({ text }) => text),
    ["2"],
  );
  assert.equal(first.loss, null);
  assert.equal(at("loss", 1).loss, "L 0.4");
  const back = at("delta", 0);
  assert.equal(back.units.get(1).text, "δ 0.1");
  assert.deepEqual(
    back.edges.map(({ text }) => text),
    ["−1"],
  );
  assert.deepEqual(
    at("gradient", 0).edges.map(({ text }) => text),
    ["11"],
  );
  assert.deepEqual(
    at("update", 1).edges.map(({ text }) => text),
    ["23"],
  );
  assert.equal(at("after", 1).loss, "L 0.3");
});

test("the update shows the gradient as clipping has shortened it", () => {
  const scene = {
    trace: {
      inputs: [1],
      a: Float64Array.of(0),
      gradient: Float64Array.of(0.8, 0.4),
      shortened: 0.5,
      learning_rate: 0.1,
      updated: Float64Array.of(1.96, 2.98),
      descended: Float64Array.of(1.96, 2.98),
      state_before: new Float64Array(0),
      state: new Float64Array(0),
      decays: [1, 1],
    },
    frame: { sizes: [1, 1], theta: Float64Array.of(2, 3), flags: Uint8Array.of(1, 1) },
    experiment: { optimizer: "sgd", penalty: "none", penalty_rate: 0 },
    notation: { optimizers: { sgd: { w: "\\Weight-\\Rate\\cdot\\Gradient" } }, penalties: { none: "0" } },
    inputs: ["x_1"],
    digits: 3,
  };
  const [{ numbers }] = updateEquations({ kind: "update", layer: 0, neuron: 0 }, scene);
  assert.deepEqual(
    numbers.map(({ tex: line }) => line.replace(/[{}]/g, "").split("\\leftarrow ")[1]),
    ["2-0.1\\cdot0.4=\\boldsymbol1.96", "3-0.1\\cdot0.2=\\boldsymbol2.98"],
  );
});
