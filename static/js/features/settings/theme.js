/** Switch between themes and palettes, and read the colours that canvases need. */

import { partsOf } from "../../core/dom.js";
import { browserShelf } from "../../core/storage.js";
import { classTable, colourTable } from "../../draw/colours.js";

const KEYS = { theme: "playground-theme", palette: "playground-palette" };

/** @typedef {import("../../draw/colours.js").Theme} Theme */

/**
 * Read the colours off the page's style.
 * @returns {Theme}
 */
export function readTheme() {
  const style = getComputedStyle(document.documentElement);
  const get = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  return {
    colours: colourTable(get("negative"), get("zero"), get("positive")),
    classes: [0, 1, 2, 3, 4, 5].map((i) => classTable(get("zero"), get(`class-${i}`))),
    ink: get("ink"),
    soft: get("soft"),
    line: get("line"),
    surface: get("surface"),
    ground: get("ground"),
    accent: get("accent"),
    depths: ["first", "middle", "last"].map((name) => get(`depth-${name}`)),
    shapes: document.documentElement.dataset.palette === "safe",
  };
}

/**
 * Return the theme. It belongs to the browser, not to the run, so the browser stores it. The page's head has applied it
 * already, so that nothing is painted in other colours first.
 * @param {object} options
 * @param {Element} options.root holds the two buttons
 * @param {() => void} options.redraw
 */
export function createTheme({ root, redraw }) {
  const { part } = partsOf(root);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  /** @type {Theme} */
  let theme;
  function apply() {
    const chosen = browserShelf.get(KEYS.theme);
    const { dataset } = document.documentElement;
    dataset.theme = chosen ?? (dark.matches ? "dark" : "light");
    dataset.palette = browserShelf.get(KEYS.palette) ?? "usual";
    part("palette").setAttribute("aria-pressed", String(dataset.palette === "safe"));
    theme = readTheme();
  }
  dark.addEventListener("change", () => {
    apply();
    redraw();
  });
  for (const [name, one, other] of /** @type {["theme" | "palette", string, string][]} */ ([
    ["theme", "dark", "light"],
    ["palette", "safe", "usual"],
  ])) {
    part(name).addEventListener("click", () => {
      browserShelf.put(KEYS[name], document.documentElement.dataset[name] === one ? other : one);
      apply();
      redraw();
    });
  }
  apply();
  return { get: () => theme };
}
