/** Find, fill and make elements. */

/**
 * Return functions that find the parts of a view: the elements within its root, by their `data-part`. A view asks for
 * nothing outside its root, so it can be shown twice on a page. A part that is missing is an error.
 * @param {Element} root
 */
export function partsOf(root) {
  /** @type {Map<string, HTMLElement>} */
  const found = new Map();

  /** @param {string} name */
  function part(name) {
    let element = found.get(name) ?? null;
    if (!element) {
      element = root.querySelector(`[data-part="${name}"]`);
      if (!element) throw new Error(`no part "${name}" in ${root.outerHTML.slice(0, 80)}`);
      found.set(name, element);
    }
    return element;
  }

  return {
    part,
    /** @param {string} name */
    button: (name) => /** @type {HTMLButtonElement} */ (part(name)),
    /** @param {string} name */
    input: (name) => /** @type {HTMLInputElement} */ (part(name)),
    /** @param {string} name */
    menu: (name) => /** @type {HTMLSelectElement} */ (part(name)),
    /** @param {string} name */
    canvas: (name) => /** @type {HTMLCanvasElement} */ (part(name)),
    /** @param {string} selector */
    all: (selector) => /** @type {HTMLElement[]} */ ([...root.querySelectorAll(selector)]),
  };
}

/** @typedef {ReturnType<typeof partsOf>} Parts */

/**
 * Write a text where it has changed: even the same text would be laid out and painted anew.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Return the nearest element around an event's target that matches a selector.
 * @param {Event} event
 * @param {string} selector
 */
export function closest(event, selector) {
  const { target } = event;
  return target instanceof Element ? /** @type {HTMLElement | null} */ (target.closest(selector)) : null;
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [className]
 * @param {...(Node | string)} children
 */
export function make(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/**
 * @param {string} className
 * @param {string} text
 */
export function makeButton(className, text) {
  const button = make("button", className, text);
  button.type = "button";
  return button;
}

/**
 * Make a row of a table from texts, or from cells that are made already.
 * @param {"th" | "td"} tag of the cells that are given as texts
 * @param {(string | HTMLTableCellElement)[]} cells
 * @param {string} [className] of the row
 */
export function makeRow(tag, cells, className = "") {
  return make("tr", className, ...cells.map((cell) => (typeof cell === "string" ? make(tag, "", cell) : cell)));
}

/**
 * Give an element a number of children. Those that stay keep the focus.
 * @param {Element} parent
 * @param {number} count
 * @param {() => HTMLElement} makeChild
 */
export function renew(parent, count, makeChild) {
  while (parent.children.length > count) parent.lastElementChild?.remove();
  while (parent.children.length < count) parent.append(makeChild());
}

/**
 * Enable a button, or disable it and say why.
 * @param {HTMLButtonElement} button
 * @param {string} why it is disabled; empty when it is enabled
 */
export function limit(button, why) {
  button.disabled = why !== "";
  button.title = why || (button.getAttribute("aria-label") ?? "");
}

/**
 * Choose a value in a menu, and add it where it is missing.
 * @param {HTMLSelectElement} select
 * @param {string | number} value
 */
export function choose(select, value) {
  const same = [...select.options].find((option) =>
    typeof value === "number" ? Number(option.value) === value : option.value === value,
  );
  if (!same) select.add(new Option(String(value), String(value)));
  select.value = same ? same.value : String(value);
}
