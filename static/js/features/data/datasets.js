/** The pictures of the datasets, from points of the real generators. */

import { fitted } from "../../core/canvas.js";
import { all } from "../../core/dom.js";
import { createWatch } from "../../core/redraw.js";
import { pointColour } from "../../draw/colours.js";
import { drawPoints } from "../../draw/points.js";

const MARGIN = 3; // pixels of a button around its picture

/**
 * @param {{get: () => import("../../draw/colours.js").Theme}} theme
 * @param {() => void} redraw
 */
export function createDatasets(theme, redraw) {
  const changed = createWatch();
  const buttons = all("[data-dataset]");
  let sizes = 0; // counts how often a button has come into sight, or has another size
  const observer = new ResizeObserver(() => {
    sizes++;
    redraw();
  });
  for (const button of buttons) observer.observe(button);

  /** @param {import("../../state/state.js").State} state */
  function draw({ welcome }) {
    if (!welcome || !changed(welcome, theme.get(), sizes, devicePixelRatio)) return;
    for (const button of buttons) {
      const picture = button.querySelector("canvas");
      const size = button.clientWidth - 2 * MARGIN;
      if (!picture || size <= 0) continue;
      const points = welcome.datasets[button.dataset.dataset ?? ""];
      const many = Number((button.dataset.classes ?? "").split(",")[1]) > 2;
      drawPoints(
        fitted(picture, size, size),
        { points, colour: pointColour(theme.get(), many), rim: null, radius: 1.7 },
        { x: 2, y: 2, size: size - 4 },
      );
    }
  }
  return { draw };
}
