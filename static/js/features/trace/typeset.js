/** Set formulas with KaTeX, which is loaded with the first formula. */

import { make } from "../../core/dom.js";

/** @type {Promise<typeof import("katex").default> | null} */
let loading = null;
/** @type {typeof import("katex").default | null} */
let katex = null;

/**
 * Set a formula into an element. Until KaTeX is loaded, the element stays empty.
 * @param {HTMLElement} element
 * @param {string} tex
 */
export function typeset(element, tex) {
  element.dataset.tex = tex;
  if (katex) {
    katex.render(tex, element, { throwOnError: false });
    return;
  }
  loading ??= load();
  loading.then((module) => {
    katex = module;
    if (element.dataset.tex === tex) typeset(element, tex);
  });
}

async function load() {
  const style = Object.assign(make("link"), { rel: "stylesheet", href: document.body.dataset.formulaStyle ?? "" });
  document.head.append(style);
  const module = (await import("katex")).default;
  // The page's policy forbids the style attributes of KaTeX's stretched signs, but allows the same style as a property.
  const { SvgNode } = /** @type {any} */ (module).__domTree;
  const { toNode } = SvgNode.prototype;
  SvgNode.prototype.toNode = function () {
    const { style, ...attributes } = this.attributes;
    const node = toNode.call({ ...this, attributes });
    if (style) node.style.cssText = style;
    return node;
  };
  return module;
}
