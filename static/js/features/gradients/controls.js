/** The gradient panel's controls: opening it, which measure its chart shows, which layer its histograms are of. */

import { byId, inputById } from "../../core/dom.js";

/**
 * @param {{get: () => import("../../state/state.js").State}} store
 * @param {import("../../state/state.js").Actions} actions
 * @param {import("../training/transport.js").Commands["configure"]} configure
 */
export function bindGradients(store, actions, configure) {
  const panel = /** @type {HTMLDetailsElement} */ (byId("gradients"));
  panel.addEventListener("toggle", () => {
    const { wanted } = store.get();
    if (wanted && wanted.view.gradients !== panel.open) configure({}, { gradients: panel.open });
  });
  byId("flow-measures").addEventListener("change", () =>
    actions.lookAt({ measure: inputById("flow-update").checked ? "update" : "gradient" }),
  );
  byId("flow-layers").addEventListener("click", (event) => {
    const row = /** @type {HTMLElement} */ (event.target).closest("tr");
    if (row?.dataset.layer) actions.lookAt({ layer: Number(row.dataset.layer) });
  });
}
