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

  const socket = new WebSocket(address, protocol);
  socket.binaryType = "arraybuffer";

  // The server makes the first frame while the page is still being read. Only the modules can bring back a run that an
  // earlier page of this tab has kept (`wire/kept_runs.js`), so they say hello then.
  const hello = mayContinue() ? null : { type: "hello", rev: 1, frames: "delta", link: location.hash.slice(1) };
  if (hello) socket.addEventListener("open", () => socket.send(JSON.stringify(hello)), { once: true });
  /** @type {MessageEvent[]} */
  const received = [];
  const receive = (/** @type {MessageEvent} */ event) => received.push(event);
  socket.addEventListener("message", receive);

  function mayContinue() {
    try {
      return history.state?.run !== undefined || sessionStorage.getItem("handover") !== null;
    } catch {
      return false; // a browser that keeps nothing
    }
  }

  globalThis.opening = {
    address,
    protocol,
    socket,
    hello,
    /** Return what the server has said so far; from now on, the caller listens. */
    heard() {
      socket.removeEventListener("message", receive);
      return received;
    },
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
