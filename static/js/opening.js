/**
 * What cannot wait for the modules. The server writes this script into the head, before styles and modules: it sets the
 * theme before anything is painted, opens the connection, and keeps what the learner does until the page can carry it out.
 */
{
  const { documentElement: root, currentScript } = document;
  const { protocol = "", setup = "", waits } = /** @type {HTMLElement} */ (currentScript).dataset;

  /** @param {string} name of what features/settings/theme.js stores */
  function stored(name) {
    try {
      return localStorage.getItem(`playground-${name}`);
    } catch {
      return null;
    }
  }
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = stored("theme") ?? (dark ? "dark" : "light");
  root.dataset.palette = stored("palette") ?? "usual";

  // The page shows the settings of its own run. Those of a link, which the server never sees, come with the connection.
  if (location.hash.length > 1 || waits !== undefined) root.dataset.waits = "";
  else if (setup) history.replaceState(null, "", `#${setup}`);

  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const folder = location.pathname.replace(/\/$/, "");
  const address = `${scheme}://${location.host}${folder}/ws?lang=${root.lang}`;

  const RUN = ".fields *, .panel *, .columns *, [data-part=step], [data-part=reset], [data-part=new-weights]"; // controls that need a run
  /** @typedef {HTMLInputElement | HTMLSelectElement | HTMLButtonElement} Control */
  /** @type {{control: Control, value: string, checked: boolean}[]} */
  let gestures = [];
  let needed = "*";

  /**
   * Play needs no run, but keeps its place after a gesture that does.
   * @param {Control} control
   */
  function waitsStill(control) {
    return control.matches(needed) || (gestures.length > 0 && control.matches("[data-part=play]"));
  }

  /** @param {Event} event */
  function keep(event) {
    const control = /** @type {Control | null} */ (
      /** @type {Element} */ (event.target).closest("button, input, select")
    );
    if (!control || !waitsStill(control) || (event.type === "click") !== (control.tagName === "BUTTON")) return;
    event.stopImmediatePropagation();
    if (event.type === "input") return; // a change follows
    gestures.push({ control, value: control.value, checked: "checked" in control && control.checked });
  }
  const kinds = ["click", "input", "change"];
  for (const kind of kinds) addEventListener(kind, keep, true);

  /** Carry out the kept gestures that no longer have to wait, in their order. */
  function replay() {
    const kept = gestures;
    gestures = [];
    for (const gesture of kept) {
      const { control, value, checked } = gesture;
      if (waitsStill(control)) {
        gestures.push(gesture);
        continue;
      }
      if (control instanceof HTMLButtonElement) {
        control.click();
        continue;
      }
      if (control.type !== "file") control.value = value;
      if ("checked" in control) control.checked = checked;
      control.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }

  globalThis.opening = {
    address,
    protocol,
    socket: new WebSocket(address, protocol),
    /** The page listens: what needs no run, such as Play, is carried out. */
    listening() {
      needed = RUN;
      replay();
    },
    /** The first frame has been drawn: everything is carried out. */
    running() {
      needed = ":not(*)";
      for (const kind of kinds) removeEventListener(kind, keep, true);
      delete root.dataset.waits;
      replay();
    },
  };
}
