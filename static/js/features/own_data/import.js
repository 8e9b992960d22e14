/** Bringing a table: the server reads it, the learner chooses two inputs and a target. */

import { byId, inputById, menuById } from "../../core/dom.js";
import { _, ngettext } from "../../core/i18n.js";

const PAUSE = 400;

/**
 * @typedef {{columns: {name: string, kind: "number" | "text"}[], rows: number, preview: string[][], problems: string[],
 *   problem_count: number, own: import("../../wire/own_data.js").OwnData | null, left_out: string[], left_out_count: number}} Answer
 */

/**
 * @param {string} folder the page's own path, without a slash at its end
 * @param {(own: import("../../wire/own_data.js").OwnData) => void} use
 */
export function bindTable(folder, use) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("table-dialog"));
  const text = /** @type {HTMLTextAreaElement} */ (/** @type {unknown} */ (byId("table-text")));
  const menus = ["x", "y", "target"].map((name) => menuById(`table-${name}`));
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
      if (inputById("table-classes").value) query.set("classes", inputById("table-classes").value);
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
    byId("table-choice").hidden = !answer && !choosing;
    /** @type {HTMLButtonElement} */ (byId("table-use")).disabled = !own;
    byId("table-problems").replaceChildren(
      ...problems.map((problem) => {
        const item = document.createElement("li");
        item.textContent = problem;
        return item;
      }),
    );
    if (!answer) return;
    byId("table-summary").textContent = own
      ? ngettext("{used} of {rows} row", "{used} of {rows} rows", answer.rows, {
          used: answer.rows - answer.left_out_count,
          rows: answer.rows,
        })
      : "";
    const line = (/** @type {string[]} */ cells, /** @type {"th" | "td"} */ kind) => {
      const row = document.createElement("tr");
      row.append(...cells.map((cell) => Object.assign(document.createElement(kind), { textContent: cell })));
      return row;
    };
    byId("table-preview").replaceChildren(
      line(
        answer.columns.map(({ name }) => name),
        "th",
      ),
      ...answer.preview.map((cells) => line(cells, "td")),
    );
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  byId("bring").addEventListener("click", () => dialog.showModal());
  text.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => ask(true), PAUSE);
  });
  const take = async (/** @type {File | undefined} */ file) => {
    if (!file) return;
    text.value = await file.text();
    ask(true);
  };
  inputById("table-file").addEventListener("change", () => take(inputById("table-file").files?.[0]));
  dialog.addEventListener("dragover", (event) => event.preventDefault());
  dialog.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer?.files[0]);
  });
  for (const id of ["table-x", "table-y", "table-target", "table-classes"]) {
    byId(id).addEventListener("change", () => ask(false));
  }
  byId("table-use").addEventListener("click", () => {
    if (own) use(own);
    dialog.close();
  });
}

/**
 * @param {string} folder
 * @param {(own: import("../../wire/own_data.js").OwnData) => void} use
 */
export function bindExamples(folder, use) {
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-example]"))) {
    button.addEventListener("click", async () => {
      const query = new URLSearchParams({ lang: document.documentElement.lang });
      const examples = await fetch(`${folder}/examples?${query}`).then((response) => response.json());
      const chosen = examples.find((/** @type {{key: string}} */ { key }) => key === button.dataset.example);
      if (chosen) use(chosen.own);
    });
  }
}
