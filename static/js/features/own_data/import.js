/** Import a table: the server reads it, the learner chooses two inputs and a target. */

import { make, makeRow, partsOf } from "../../core/dom.js";
import { _, ngettext } from "../../core/i18n.js";

const PAUSE = 400;

/**
 * @typedef {{columns: {name: string, kind: "number" | "text"}[], rows: number, preview: string[][], problems: string[],
 *   problem_count: number, own: import("../../wire/own_data.js").OwnData | null, left_out: string[], left_out_count: number}} Answer
 */

/**
 * Bind the dialog that imports a table. What it shows is its own until the learner takes it.
 * @param {object} options
 * @param {HTMLDialogElement} options.root
 * @param {HTMLElement} options.opener the button that shows it
 * @param {string} options.folder the page's own path, without a slash at its end
 * @param {import("../../wire/commands.js").Commands} options.commands
 */
export function bindImport({ root, opener, folder, commands }) {
  const { part, button, input, menu } = partsOf(root);
  const text = /** @type {HTMLTextAreaElement} */ (/** @type {unknown} */ (part("table-text")));
  const menus = ["x", "y", "target"].map((name) => menu(`table-${name}`));
  /** @type {import("../../wire/own_data.js").OwnData | null} */
  let own = null;
  let asked = 0;

  /** @param {boolean} fresh another text: the columns are not chosen yet */
  async function ask(fresh) {
    const mine = ++asked;
    if (text.value.trim() === "") return show(null, []);
    const query = new URLSearchParams({ lang: document.documentElement.lang });
    if (!fresh) {
      ["x", "y", "target"].forEach((name, i) => {
        query.set(name, menus[i].value);
      });
      if (menu("table-classes").value) query.set("classes", menu("table-classes").value);
    }
    const answer = await fetch(`${folder}/table?${query}`, {
      method: "POST",
      headers: { "Content-Type": "text/plain;charset=utf-8" },
      body: text.value,
    })
      .then((response) => response.json()) // a proxy without a server behind it answers in HTML
      .catch(() => ({ field: "", value: "", allowed: _("Can’t reach the server. Try again in a moment.") }));
    if (mine !== asked) return;
    if (answer.allowed !== undefined) return show(null, [answer.allowed], answer.field !== "text" && !fresh);
    if (fresh && answer.columns.length >= 3) {
      offer(answer.columns);
      return ask(false);
    }
    if (fresh) return show(null, [_("The table needs three columns: two inputs and a target.")]);
    const named = [...answer.problems, ...answer.left_out];
    const more = answer.problem_count + answer.left_out_count - named.length;
    show(answer, more > 0 ? [...named, _("and {count} more", { count: more })] : named);
  }

  /** @param {Answer["columns"]} columns */
  function offer(columns) {
    const numbers = columns.filter(({ kind }) => kind === "number").map(({ name }) => name);
    const label = columns.find(({ kind }) => kind === "text")?.name ?? columns[columns.length - 1].name;
    const inputs = numbers.filter((name) => name !== label);
    [inputs[0], inputs[1] ?? inputs[0], label].forEach((chosen, i) => {
      menus[i].replaceChildren(...columns.map(({ name }) => new Option(name, name, false, name === chosen)));
    });
  }

  /**
   * @param {Answer | null} answer
   * @param {string[]} problems
   * @param {boolean} [choosing] another choice of columns may mend it
   */
  function show(answer, problems, choosing = false) {
    own = answer?.own ?? null;
    part("table-choice").hidden = !answer && !choosing;
    button("table-use").disabled = !own;
    part("table-problems").replaceChildren(...problems.map((problem) => make("li", "", problem)));
    if (!answer) return;
    part("table-summary").textContent = own
      ? ngettext("{used} of {rows} row", "{used} of {rows} rows", answer.rows, {
          used: answer.rows - answer.left_out_count,
          rows: answer.rows,
        })
      : "";
    const names = answer.columns.map(({ name }) => name);
    part("table-preview").replaceChildren(makeRow("th", names), ...answer.preview.map((cells) => makeRow("td", cells)));
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  opener.addEventListener("click", () => root.showModal());
  text.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => ask(true), PAUSE);
  });
  const take = async (/** @type {File | undefined} */ file) => {
    if (!file) return;
    text.value = await file.text();
    ask(true);
  };
  input("table-file").addEventListener("change", () => take(input("table-file").files?.[0]));
  root.addEventListener("dragover", (event) => event.preventDefault());
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer?.files[0]);
  });
  for (const id of ["table-x", "table-y", "table-target", "table-classes"]) {
    part(id).addEventListener("change", () => ask(false));
  }
  part("table-use").addEventListener("click", () => {
    if (own) commands.bringData(own);
    root.close();
  });
}

/**
 * Bind the buttons of datasets that come with the server, such as Iris.
 * @param {object} options
 * @param {Element} options.root
 * @param {string} options.folder the page's own path, without a slash at its end
 * @param {import("../../wire/commands.js").Commands} options.commands
 */
export function bindExamples({ root, folder, commands }) {
  for (const button of partsOf(root).all("[data-example]")) {
    button.addEventListener("click", async () => {
      const query = new URLSearchParams({ lang: document.documentElement.lang });
      const examples = await fetch(`${folder}/examples?${query}`).then((response) => response.json());
      const chosen = examples.find((/** @type {{key: string}} */ { key }) => key === button.dataset.example);
      if (chosen) commands.bringData(chosen.own);
    });
  }
}
