/** Read what the server offers off the attributes that it wrote into the page. */

/**
 * @typedef {{task: string, fewest: number, most: number}} Dataset `fewest` to `most` classes; 1 is regression
 * @typedef {object} Catalogue
 * @property {Record<string, Dataset>} datasets in the page's order
 * @property {Record<string, string[]>} losses each with the tasks that it is for
 * @property {Record<string, string>} activations their labels
 * @property {Record<string, string>} features their formulas
 */

/**
 * @param {ParentNode} page
 * @returns {Catalogue}
 */
export function readCatalogue(page) {
  /**
   * @template T
   * @param {string} selector
   * @param {(element: HTMLElement) => [string, T]} read
   * @returns {Record<string, T>}
   */
  const entries = (selector, read) =>
    Object.fromEntries([.../** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll(selector))].map(read));
  return {
    datasets: entries("[data-dataset]", ({ dataset: { dataset = "", task = "", classes = "" } }) => {
      const [fewest, most] = classes.split(",").map(Number);
      return [dataset, { task, fewest, most }];
    }),
    losses: entries("[data-field=loss] option", (option) => [
      /** @type {HTMLOptionElement} */ (option).value,
      (option.dataset.tasks ?? "").split(","),
    ]),
    activations: entries("[data-field=activation] option", (option) => [
      /** @type {HTMLOptionElement} */ (option).value,
      option.textContent ?? "",
    ]),
    features: entries("[data-feature]", (button) => [
      button.dataset.feature ?? "",
      button.querySelector(".visually-hidden")?.textContent ?? "",
    ]),
  };
}

/** @type {Catalogue} the page's own; empty where there is no page */
export const CATALOGUE = globalThis.document
  ? readCatalogue(document)
  : { datasets: {}, losses: {}, activations: {}, features: {} };
