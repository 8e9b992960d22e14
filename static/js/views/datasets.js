/** The pictures of the datasets, from points of the real generators. */

import { fitted } from "../canvas.js";
import { all } from "../dom.js";
import { drawPoints } from "../draw/points.js";
import { createWatch } from "../loop.js";
import { pointColour } from "../theme.js";

/** @param {{get: () => import("../theme.js").Theme}} theme */
export function createDatasets(theme) {
  const changed = createWatch();
  /** @param {import("../state.js").State} state */
  function draw({ welcome, wanted }) {
    const visible = all("[data-dataset]").filter((button) => button.clientWidth > 10);
    if (!welcome || !changed(welcome, theme.get(), wanted?.experiment.dataset, visible[0]?.clientWidth)) return;
    for (const button of visible) {
      const picture = button.querySelector("canvas");
      const size = button.clientWidth - 6;
      if (!picture) continue;
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
