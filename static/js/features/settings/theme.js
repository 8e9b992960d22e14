/** Light and dark, and the colours that canvases need. */

import { classTable, colourTable } from "../../draw/colours.js";

const KEYS = { theme: "playground-theme", palette: "playground-palette" };

/** @typedef {import("../../draw/colours.js").Theme} Theme */

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
    shapes: document.documentElement.dataset.palette === "safe",
  };
}

/**
 * @param {{theme: HTMLElement, palette: HTMLElement}} buttons
 * @param {() => void} onChange
 */
export function createTheme(buttons, onChange) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  /** @type {Theme} */
  let theme;
  function apply() {
    const chosen = localStorage.getItem(KEYS.theme);
    const { dataset } = document.documentElement;
    dataset.theme = chosen ?? (dark.matches ? "dark" : "light");
    dataset.palette = localStorage.getItem(KEYS.palette) ?? "usual";
    buttons.palette.setAttribute("aria-pressed", String(dataset.palette === "safe"));
    theme = read();
  }
  dark.addEventListener("change", () => {
    apply();
    onChange();
  });
  for (const [name, one, other] of /** @type {["theme" | "palette", string, string][]} */ ([
    ["theme", "dark", "light"],
    ["palette", "safe", "usual"],
  ])) {
    buttons[name].addEventListener("click", () => {
      localStorage.setItem(KEYS[name], document.documentElement.dataset[name] === one ? other : one);
      apply();
      onChange();
    });
  }
  apply();
  return { get: () => theme };
}
