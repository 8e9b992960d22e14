/** Bind the controls of a trace: the example, the step, the chain rule to unfold. */

import { closest, partsOf } from "../../core/dom.js";
import { examplesOf } from "../../state/examples.js";
import { interrupts } from "../../state/state.js";
import { fieldsIn } from "./panel.js";
import { PASSES, stepAt, traceOf } from "./steps.js";

/** Milliseconds at each step while a trace plays. */
const PAUSE = 1600;

/** @typedef {ReturnType<typeof bindTrace>} TraceControls */

/**
 * @param {object} options
 * @param {HTMLElement} options.root
 * @param {HTMLElement} options.opener the button that opens the trace
 * @param {import("../../state/state.js").Store} options.store
 * @param {import("../../state/state.js").Actions} options.actions
 * @param {import("../../wire/commands.js").Commands} options.commands
 */
export function bindTrace({ root, opener, store, actions, commands }) {
  const { part, input, menu } = partsOf(root);
  const wantedExample = () => store.get().wanted?.view.example ?? null;
  let [asked, byKeyboard] = [false, false];

  /**
   * Trace an example, or none. Training pauses for it, and goes on after it.
   * @param {number[] | null} example
   * @param {"panel" | "keyboard" | "plot"} [from] where the learner asked: the panel comes into view, gets the focus, or
   *   stays where it is, because a click on the plot moves nothing
   */
  function look(example, from = "panel") {
    [asked, byKeyboard] = [example !== null && from !== "plot", from === "keyboard"];
    if (example && store.get().playing) {
      commands.togglePlay();
      actions.interrupt(true);
    }
    if (example === null) {
      actions.goToStep(0);
      if (interrupts(store.get())) commands.togglePlay();
      actions.interrupt(false);
    }
    commands.configure({}, { example });
  }

  // The panel scrolls into view once it has its height.
  store.subscribe((state) => {
    if (!asked || !traceOf(state)) return;
    asked = false;
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        root.scrollIntoView({ block: "nearest" });
        if (byKeyboard) part("next-step").focus();
      }),
    );
  });

  /** @param {number} steps forward, or back */
  function move(steps) {
    const shown = traceOf(store.get());
    if (shown) actions.goToStep(Math.max(0, Math.min(shown.at + steps, shown.steps.length - 1)));
  }

  function lookAtNext() {
    const examples = examplesOf(store.get());
    const now = wantedExample();
    const at = examples.findIndex(([x, y]) => now && Math.abs(x - now[0]) + Math.abs(y - now[1]) < 1e-6);
    if (examples.length > 0) look(examples[(at + 1) % examples.length]);
  }

  opener.addEventListener("click", () => {
    if (wantedExample()) look(null);
    else lookAtNext();
  });
  part("another-example").addEventListener("click", lookAtNext);
  part("close-trace").addEventListener("click", () => look(null));
  part("previous-step").addEventListener("click", () => move(-1));
  part("next-step").addEventListener("click", () => move(1));
  part("play-trace").addEventListener("click", () => actions.playTrace(!store.get().trace.playing));
  input("trace-step").addEventListener("input", () => actions.goToStep(Number(input("trace-step").value)));
  part("trace-passes").addEventListener("click", (event) => {
    const pass = closest(event, "button")?.dataset.pass;
    const first = PASSES.find(({ name }) => name === pass)?.first;
    const shown = traceOf(store.get());
    if (shown) actions.goToStep(shown.steps.findIndex(({ kind }) => kind === first));
  });
  menu("trace-digits").addEventListener("change", () =>
    commands.configure({}, { digits: Number(menu("trace-digits").value) }),
  );
  part("example-fields").addEventListener("change", () => {
    const example = wantedExample();
    const boxes = fieldsIn(part("example-fields"));
    for (const box of boxes) if (box.value === "") box.value = box.dataset.shown ?? "0";
    if (!boxes.every((box) => box.reportValidity())) return;
    // A field shows fewer digits than the example has. An untouched field keeps them all.
    look(boxes.map((box, i) => (box.value === box.dataset.shown ? (example?.[i] ?? 0) : Number(box.value))));
  });
  part("step-equations").addEventListener("click", (event) => {
    const line = closest(event, "[data-parameter]");
    if (!line) return;
    const parameter = JSON.parse(line.dataset.parameter ?? "null");
    commands.unfold(line.getAttribute("aria-pressed") === "true" ? null : parameter);
  });
  part("fold-chain-rule").addEventListener("click", () => commands.unfold(null));
  for (const [name, leaves] of /** @type {[string, boolean][]} */ ([
    ["pointerover", false],
    ["focusin", false],
    ["pointerleave", true],
    ["focusout", true],
  ])) {
    part("paths").addEventListener(name, (event) => {
      const line = closest(event, "[data-path]");
      actions.lightPath(leaves || !line ? null : Number(line.dataset.path));
    });
  }
  setInterval(() => {
    const shown = store.get().trace.playing ? traceOf(store.get()) : null;
    if (!shown) return;
    if (shown.at + 1 < shown.steps.length) actions.playStep(shown.at + 1);
    else actions.playTrace(false);
  }, PAUSE);

  return {
    move,
    look,
    /**
     * Go to a neuron's step in this pass, and return whether an example is traced.
     * @param {{layer: number, neuron: number}} neuron
     */
    goTo(neuron) {
      const shown = traceOf(store.get());
      if (shown) actions.goToStep(Math.max(0, stepAt(shown.steps, shown.at, neuron)));
      return shown !== null;
    },
  };
}
