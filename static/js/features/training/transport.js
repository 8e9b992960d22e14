/** Play, step and reset the run, show its epoch and set its speed. */

import { choose, partsOf, setText } from "../../core/dom.js";
import { number } from "../../core/formats.js";
import { _ } from "../../core/i18n.js";
import { createWatch } from "../../core/redraw.js";

/**
 * @param {object} options
 * @param {Element} options.root
 */
export function createTransport({ root }) {
  const { part, menu } = partsOf(root);
  const changed = createWatch();

  /** @param {Pick<import("../../state/state.js").State, "playing" | "speed" | "running">} state */
  function draw({ playing, speed, running }) {
    if (running) setText(part("epoch"), number(running.epoch));
    if (!changed(playing, speed)) return;
    part("play").setAttribute("aria-pressed", String(playing));
    part("play").setAttribute("aria-label", playing ? _("Pause") : _("Play"));
    choose(menu("speed"), speed);
  }

  return { draw };
}

/**
 * @param {object} options
 * @param {Element} options.root
 * @param {import("../../wire/commands.js").Commands} options.commands
 */
export function bindTransport({ root, commands }) {
  const { part, menu } = partsOf(root);
  part("play").addEventListener("click", commands.togglePlay);
  part("step").addEventListener("click", commands.step);
  part("reset").addEventListener("click", () => commands.reset(false));
  part("new-weights").addEventListener("click", () => commands.reset(true));
  menu("speed").addEventListener("change", () => commands.speed(menu("speed").value));
}
