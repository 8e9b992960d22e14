/** Light and dark, and the colours that canvases need. */

import { colourTable } from "./scales.js";

const KEY = "playground-theme";

/** @typedef {{colours: import("./scales.js").Colours, ink: string, soft: string, line: string, surface: string}} Theme */

/** @returns {Theme} */
function read() {
  const style = getComputedStyle(document.documentElement);
  const get = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  return {
    colours: colourTable(get("negative"), get("zero"), get("positive")),
    ink: get("ink"),
    soft: get("soft"),
    line: get("line"),
    surface: get("surface"),
  };
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
