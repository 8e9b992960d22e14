/** Light and dark, and the colours that canvases need. */

import { classTable, colourOf, colourTable } from "../../core/scales.js";

const KEYS = { theme: "playground-theme", palette: "playground-palette" };

/**
 * @typedef {{colours: import("../../core/scales.js").Colours, classes: import("../../core/scales.js").Colours[], ink: string, soft: string, line: string, surface: string, ground: string, accent: string,
 *   depths: string[], shapes: boolean}} Theme depths: of layers, from the first over the middle to the last; shapes: classes
 *   differ by shape, too
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
    shapes: document.documentElement.dataset.palette === "safe",
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
 * Return the function from an example's target to the shape of its class, or null where all are dots.
 * @param {Theme} theme
 * @param {number} classes 1 is regression
 * @returns {((target: number) => number) | null}
 */
export function pointShape({ shapes }, classes) {
  if (!shapes || classes === 1) return null;
  return classes > 2 ? (target) => target : (target) => Number(target > 0);
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
