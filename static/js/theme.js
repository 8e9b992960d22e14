/** Light and dark, and the colours that canvases need. */

import { classTable, colourOf, colourTable } from "./scales.js";

const KEY = "playground-theme";

/**
 * @typedef {{colours: import("./scales.js").Colours, classes: import("./scales.js").Colours[], ink: string, soft: string, line: string, surface: string, ground: string, accent: string,
 *   depths: string[]}} Theme depths: of layers, from the first over the middle to the last
 */

/** @returns {Theme} */
function read() {
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
  };
}

/**
 * Return the function from an example's target to its colour: of more than two classes each has one of its own.
 * @param {Theme} theme
 * @param {boolean} many
 * @returns {(target: number) => string}
 */
export function pointColour({ colours, classes }, many) {
  return many ? (target) => classes[target].css[255] : (target) => colourOf(colours, target);
}

/**
 * @param {HTMLElement} button
 * @param {() => void} onChange
 */
export function createTheme(button, onChange) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  /** @type {Theme} */
  let theme;
  function apply() {
    const chosen = localStorage.getItem(KEY);
    document.documentElement.dataset.theme = chosen ?? (dark.matches ? "dark" : "light");
    theme = read();
  }
  dark.addEventListener("change", () => {
    apply();
    onChange();
  });
  button.addEventListener("click", () => {
    localStorage.setItem(KEY, document.documentElement.dataset.theme === "dark" ? "light" : "dark");
    apply();
    onChange();
  });
  apply();
  return { get: () => theme };
}
