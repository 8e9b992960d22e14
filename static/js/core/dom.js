/** Short names for what views do with elements. */

/** @param {string} id */
export function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** @param {string} id */
export function inputById(id) {
  return /** @type {HTMLInputElement} */ (byId(id));
}

/** @param {string} id */
export function menuById(id) {
  return /** @type {HTMLSelectElement} */ (byId(id));
}

/** @param {string} id */
export function canvasById(id) {
  return /** @type {HTMLCanvasElement} */ (byId(id));
}

/** @param {string} selector */
export function all(selector) {
  return /** @type {HTMLElement[]} */ ([...document.querySelectorAll(selector)]);
}

/**
 * Write a text where it has changed: what is written is laid out and painted anew, even the same.
 * @param {HTMLElement} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Return a button.
 * @param {string} className
 * @param {string} text
 */
export function makeButton(className, text) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = className;
  button.textContent = text;
  return button;
}

/**
 * Give an element so many children: those that stay keep the focus.
 * @param {HTMLElement} parent
 * @param {number} count
 * @param {() => HTMLElement} make
 */
export function renew(parent, count, make) {
  while (parent.children.length > count) parent.lastElementChild?.remove();
  while (parent.children.length < count) parent.append(make());
}

/**
 * Enable a button, or disable it and say why.
 * @param {HTMLElement} button
 * @param {string} why it is disabled; empty when it is not
 */
export function limit(button, why) {
  /** @type {HTMLButtonElement} */ (button).disabled = why !== "";
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
