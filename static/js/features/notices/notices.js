/** Show notices: a lost connection, compiling, divergence, a refused value. */

import { make, makeButton } from "../../core/dom.js";
import { _, ngettext } from "../../core/i18n.js";
import { isRefusal, repeated } from "../../state/reducer.js";
import { interrupts, isInLink } from "../../state/state.js";
import { anchorOf, labelOf, placeBeside, problemText } from "./problems.js";

const OUTDATED = 4003; // the close code of a server that speaks another version of the protocol

/**
 * @typedef {import("../../wire/decoder.js").Experiment} Experiment
 * @typedef {import("../../wire/decoder.js").Problem} Problem
 * @typedef {{key: string, text: string, quiet?: boolean, progress?: number, more?: string, action?: [string, () => void], close?: () => void,
 *   problem?: Problem}} Notice
 */

/**
 * @typedef {{retry: () => void, reload: () => void, startOver: (experiment: Partial<Experiment>) => void, change: (experiment: Partial<Experiment>) => void,
 *   play: () => void, stopLooking: () => void, goOn: (condition: string) => void,
 *   close: (problem: Problem) => void}} Remedies
 */

/**
 * @param {import("../../state/state.js").State} state
 * @param {Remedies} does
 * @param {ParentNode | null} [page] where fields have their labels
 * @returns {Notice[]}
 */
export function noticesOf(state, does, page = null) {
  /** @type {Notice[]} */
  const notices = [];
  const { accepted, running, status } = state;
  if (state.connection === "lost") {
    const outdated = state.closed === OUTDATED;
    const action = outdated ? [_("Reload"), does.reload] : [_("Reconnect now"), does.retry];
    const waits = repeated([...state.pending.values()]).length > 0;
    const text = [
      lossOf(state.closed),
      ...(waits ? [_("Your changes will be sent once the connection is back.")] : []),
    ].join(" ");
    notices.push({ key: "lost", text, action: /** @type {Notice["action"]} */ (action) });
  }
  if (state.unattended && !state.playing) {
    const hours = Math.round(state.unattended.minutes / 6) / 10;
    notices.push({
      key: "unattended",
      text: ngettext(
        "Training paused after {hours} hour without activity. Nothing is lost.",
        "Training paused after {hours} hours without activity. Nothing is lost.",
        hours,
        { hours },
      ),
      action: [_("Continue"), does.play],
    });
  }
  if (status?.kernels === "compiling") {
    notices.push({
      key: "compiling",
      quiet: true,
      text: _("First start: compiling the fast code. You can already train, just more slowly."),
      progress: status.done / status.total,
    });
  }
  if (status?.kernels === "failed") {
    const text = _("The fast code couldn’t be compiled. You can train as usual, just more slowly.");
    notices.push({ key: "failed", quiet: true, text });
  }
  const safeRate = accepted?.safe_penalty_rate ?? null;
  if (running?.diverged && accepted) {
    const epoch = running.diverged;
    const text =
      safeRate === null
        ? _("Training diverged in epoch {epoch}: the steps were too large.", { epoch })
        : _(
            "Training diverged in epoch {epoch}. When learning rate × regularization rate is above 2, each L2 step makes the weights larger.",
            { epoch },
          );
    notices.push({ key: "diverged", text, action: running.remedy ? actionOf(running.remedy, does) : undefined });
  } else if (safeRate !== null) {
    notices.push({
      key: "penalty",
      text: _("Learning rate × regularization rate is above 2. L2 will make the weights grow without limit."),
      action: [_("Use regularization rate {rate}", { rate: safeRate }), () => does.change({ penalty_rate: safeRate })],
    });
  }
  if (interrupts(state)) {
    notices.push({
      key: "looking",
      quiet: true,
      text: _("Training is paused while you look at one example."),
      action: [_("Close it and continue"), does.stopLooking],
    });
  }
  if (state.drawing && state.drawing.sheet.rows.length < 2) {
    notices.push({
      key: "few-points",
      quiet: true,
      text: _("Draw at least two points. Until then, the network trains on the previous data."),
    });
  }
  if (!isInLink(accepted)) {
    notices.push({
      key: "large-data",
      quiet: true,
      text: _("This dataset is too large for a link. To keep it, download the model."),
    });
  }
  if (running?.finished && !state.playing) {
    const validated = running.validation_loss !== null;
    const reasons = {
      stop_epochs: _("Stopped: epoch limit reached."),
      stop_loss: validated
        ? _("Stopped: the validation loss is below your threshold.")
        : _("Stopped: the test loss is below your threshold."),
      stop_patience: validated
        ? _("Stopped: the validation loss has not improved for the number of epochs you set.")
        : _("Stopped: the test loss has not improved for the number of epochs you set."),
    };
    notices.push({
      key: "finished",
      quiet: true,
      text: reasons[/** @type {keyof typeof reasons} */ (running.finished)],
      action: [_("Continue without this limit"), () => does.goOn(running.finished ?? "")],
    });
  }
  state.remarks.forEach((more) => {
    notices.push({
      key: "remark",
      quiet: true,
      text: _("This link trains slightly differently here than in TensorFlow Playground."),
      more,
    });
  });
  for (const problem of state.problems) {
    const { field, value, allowed } = problem;
    notices.push({
      key: `problem-${field}-${value}`,
      text: problemText(labelOf(page, field, isRefusal(problem)), value, allowed),
      close: () => does.close(problem),
      problem,
    });
  }
  return notices;
}

/**
 * Offer the setting that the server has tried.
 * @param {{field: "learning_rate" | "penalty_rate", value: number}} remedy
 * @param {Pick<Remedies, "startOver">} does
 * @returns {[string, () => void]}
 */
function actionOf({ field, value: rate }, does) {
  const text =
    field === "learning_rate"
      ? _("Start over with learning rate {rate}", { rate })
      : _("Start over with regularization rate {rate}", { rate });
  return [text, () => does.startOver({ [field]: rate })];
}

/**
 * Say why there is no connection.
 * @param {number} code with which the last one ended; docs/protocol.md lists them
 */
function lossOf(code) {
  switch (code) {
    case 1013:
      return _("The playground is full. Retrying automatically; closing unused tabs helps.");
    case 4001:
      return _("Too many tabs are open from your network. Close some, and this one will reconnect.");
    case 4002:
      return _("Disconnected after inactivity. Your run is safe.");
    case OUTDATED:
      return _("The playground has been updated. Reload this page to go on. Your run will continue where it stopped.");
    case 1008:
    case 1009:
      return _("This page sent too much data at once. Reconnecting. Your run will continue where it stopped.");
    case 1012:
      return _("The server is restarting. Reconnecting. Your run will continue where it stopped.");
    default:
      return _("Connection lost. Reconnecting. Your run will continue where it stopped.");
  }
}

/**
 * @param {object} options
 * @param {HTMLElement} options.root
 * @param {HTMLElement} options.refusals holds the refusals that stand beside their fields
 * @param {ParentNode} options.page where fields have their labels
 * @param {() => void} options.retry connects at once
 * @param {() => void} options.stopLooking closes the traced example
 * @param {import("../../state/state.js").Store} options.store
 * @param {import("../../state/state.js").Actions} options.actions
 * @param {import("../../wire/commands.js").Commands} options.commands
 */
export function createNotices({ root, refusals, page, retry, stopLooking, store, actions, commands }) {
  let shown = "";
  /** @type {WeakMap<Problem, HTMLElement | null>} where a refusal stands, decided when it comes */
  const anchors = new WeakMap();
  /** @type {Set<string>} the keys of notices that the learner has put away, until their reason is gone */
  const away = new Set();
  /** @type {Remedies} */
  const remedies = {
    retry,
    reload: () => location.reload(),
    stopLooking,
    startOver(experiment) {
      commands.configure(experiment);
      commands.reset(false);
    },
    change: commands.configure,
    goOn(condition) {
      commands.configure({ [condition]: null });
      if (!store.get().playing) commands.togglePlay();
    },
    play: commands.togglePlay,
    close: actions.closeProblem,
  };

  /** @param {import("../../state/state.js").State} state */
  function draw(state) {
    const notices = noticesOf(state, remedies, page);
    for (const key of away) if (!notices.some((notice) => notice.key === key)) away.delete(key);
    const left = notices.filter(({ key }) => !away.has(key));
    for (const { problem } of left) if (problem && !anchors.has(problem)) anchors.set(problem, anchorOf(page, problem));
    const anchorFor = (/** @type {Notice} */ { problem }) => (problem && anchors.get(problem)) ?? null;
    const text = JSON.stringify(left);
    if (text !== shown) {
      shown = text;
      root.replaceChildren(...left.filter((notice) => !anchorFor(notice)).map(elementOf));
      refusals.replaceChildren(...left.filter(anchorFor).map(elementOf));
    }
    placeBeside(
      [...refusals.children],
      left.map(anchorFor).filter((anchor) => anchor !== null),
    );
  }

  /** @param {Notice} notice */
  function elementOf({ key, text, quiet, progress, more, action, close }) {
    const said = more ? make("details", "", make("summary", "", text), make("p", "", more)) : make("p", "", text);
    const element = make("div", quiet ? "notice quiet-notice" : "notice", said);
    element.dataset.notice = key;
    if (progress !== undefined) {
      const bar = make("progress");
      bar.value = progress;
      bar.setAttribute("aria-label", _("Compilation progress"));
      element.append(bar);
    }
    if (action) element.append(button(action[0], action[1]));
    if (close) element.append(button(_("Close"), close));
    else if (quiet) {
      element.append(
        button(_("Close"), () => {
          away.add(key);
          draw(store.get());
        }),
      );
    }
    return element;
  }

  return { draw };
}

/**
 * @param {string} text
 * @param {() => void} does
 */
function button(text, does) {
  const element = makeButton("", text);
  element.addEventListener("click", does);
  return element;
}
