"""Measure the page in Chromium for one learner: delay of changes, smoothness, and cost.

- Answer: time from a slider's event to the animation frame that draws the change, from the page's own performance
  entries "answer" (static/js/wire/stopwatch.js). Default network, paused and playing.
- Frames: frames a second the page has drawn, at each speed, counted by its acknowledgements.
- Script: the main thread's time in scripts between two animation frames, from Chromium's trace.
- Garbage: bytes allocated in the page's heap per frame, from V8's sampling heap profiler, collected objects included.
  Allocations of `decodeMessage` are the message itself, the rest comes from drawing it.
- Spiral: time from pressing play at full speed until the page shows a test loss below 0.05.

Server and browser share this machine's cores, and the browser draws without a graphics card.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from learners import DEFAULT, LARGEST, ROOT, SEVEN, running_server
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(ROOT / "scripts"))
from find_browser import downloaded, on_the_path

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
SPEEDS = ("1", "10", "100", "max")
RUNS = {  # link, speeds and goal: 60 frames a second, less 5% for imprecise clocks
    "default": (DEFAULT, SPEEDS, 57),
    "largest": (LARGEST, SPEEDS, 30),
    "default, gradients": (f"{DEFAULT}&gradients=true", ("1",), 57),
    "default, example": (f"{DEFAULT}&example=1,2,1", ("1",), 57),
}
GARBAGE_GOAL = 16  # kB per frame beside the message: at 60 frames/s, V8's young generation lasts over ten seconds
SAMPLED = 512  # allocated bytes between two heap samples
SPIRAL = f"dataset=spiral&networkShape=8,8,6&activation=tanh&learningRate=0.03&{SEVEN}&seed=0.1"
WATCH = """
window.answers = [];
new PerformanceObserver((list) => list.getEntriesByName("answer").forEach(({ duration }) => answers.push(duration)))
  .observe({ entryTypes: ["measure"] });
window.drawn = 0;
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  if (data.startsWith('{"type":"drawn"')) drawn++;
  send.call(this, data);
};
"""
SLIDE = """([id, value]) => {
  const slider = document.getElementById(id);
  slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  slider.dispatchEvent(new Event("change", { bubbles: true }));
}"""
SOLVED = """() => new Promise((done) => {
  const began = performance.now();
  document.querySelector("[data-part=play]").click();
  const look = () => Number(document.querySelector("[data-part=test-loss]").textContent) < 0.05
    ? done(performance.now() - began)
    : performance.now() - began > 30000 ? done(Infinity) : requestAnimationFrame(look);
  look();
})"""


@contextmanager
def opened(browser: Browser, url: str, link: str) -> Iterator[Page]:
    """Open the page at a link."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(f"{url}#{link}")
    page.wait_for_function("() => document.querySelector('[data-part=test-loss]').textContent !== '–'")
    yield page
    context.close()


def verdict(reached: bool) -> str:
    """Return the word for a goal reached or missed."""
    return "reached" if reached else "MISSED"


def answers(browser: Browser, url: str, count: int) -> None:
    """Print how long a change takes to appear."""
    for how in ("paused", "playing"):
        with opened(browser, url, DEFAULT) as page:
            if how == "playing":
                page.click("[data-part=play]")
            page.wait_for_timeout(500)
            page.evaluate("answers.length = 0")
            for change in range(count):
                slider, value = ("noise", 5 * (change % 10)) if how == "paused" else ("batchSize", 1 + change % 30)
                before = page.evaluate("answers.length")
                page.evaluate(SLIDE, [slider, value])
                page.wait_for_function("(count) => answers.length > count", arg=before)
                page.wait_for_timeout(37)
            durations = sorted(page.evaluate("answers"))
        middle, late = median(durations), durations[int(0.95 * len(durations))]
        print(
            f"answer, {how:8} median {middle:5.1f} ms (goal < 50), p95 {late:5.1f} ms (goal < 100), "
            f"{len(durations)} changes: {verdict(middle < 50 and late < 100)}",
            flush=True,
        )


def smoothness(browser: Browser, url: str, seconds: float) -> None:
    """Print the frames a second and the cost per frame."""
    for name, (link, speeds, goal) in RUNS.items():
        for speed in speeds:
            with opened(browser, url, link) as page:
                page.select_option("[data-part=speed]", speed)
                page.click("[data-part=play]")
                page.wait_for_timeout(1000)
                before = page.evaluate("[drawn, performance.now()]")
                page.wait_for_timeout(seconds * 1000)
                after = page.evaluate("[drawn, performance.now()]")
                browser.start_tracing(page=page, categories=["devtools.timeline", "v8", "blink.user_timing"])
                page.wait_for_timeout(seconds * 1000)
                script = script_time(json.loads(browser.stop_tracing())["traceEvents"])
                message, rest = garbage(page, seconds)
            rate = (after[0] - before[0]) / (after[1] - before[1]) * 1000
            print(
                f"{name:18} speed {speed:4} {rate:5.1f} frames/s (goal {goal}+), script {script:4.2f} ms per frame "
                f"(goal < 4), garbage {rest:4.1f} kB (goal < {GARBAGE_GOAL}) beside the message's {message:3.1f}: "
                f"{verdict(rate >= goal and script < 4 and rest < GARBAGE_GOAL)}",
                flush=True,
            )


def script_time(events: list[dict[str, Any]]) -> float:
    """Return the median script time between two animation frames of a trace, in ms."""
    frames = [event for event in events if event["name"] == "FireAnimationFrame"]
    main = max({(event["pid"], event["tid"]) for event in frames}, key=lambda thread: _count(frames, thread))
    ours = sorted((event for event in events if (event["pid"], event["tid"]) == main), key=lambda event: event["ts"])
    starts = [event["ts"] for event in ours if event["name"] == "FireAnimationFrame"]
    spans: list[tuple[int, int]] = []
    for event in ours:
        if event["name"] in ("FunctionCall", "RunMicrotasks", "EvaluateScript") and event.get("dur"):
            begin, end = event["ts"], event["ts"] + event["dur"]
            if not spans or begin >= spans[-1][1]:  # nested spans are already counted
                spans.append((begin, end))
    return median(
        sum(end - begin for begin, end in spans if start <= begin < following) / 1000
        for start, following in pairwise(starts)
    )


def garbage(page: Page, seconds: float) -> tuple[float, float]:
    """Return the heap kB allocated per frame: the decoded message, and everything else."""
    session = page.context.new_cdp_session(page)
    before = page.evaluate("drawn")
    collected = {"includeObjectsCollectedByMajorGC": True, "includeObjectsCollectedByMinorGC": True}
    session.send("HeapProfiler.startSampling", {"samplingInterval": SAMPLED, **collected})
    page.wait_for_timeout(seconds * 1000)
    head = session.send("HeapProfiler.stopSampling")["profile"]["head"]
    frames = page.evaluate("drawn") - before
    message = sum(_allocated(node) for node in _called(head, "decodeMessage"))
    return message / frames / 1000, (_allocated(head) - message) / frames / 1000


def _allocated(node: dict[str, Any]) -> int:
    own: int = node["selfSize"]
    return own + sum(_allocated(child) for child in node["children"])


def _called(node: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
    if node["callFrame"]["functionName"] == name:
        yield node
    else:
        for child in node["children"]:
            yield from _called(child, name)


def _count(events: list[dict[str, Any]], thread: tuple[int, int]) -> int:
    return sum((event["pid"], event["tid"]) == thread for event in events)


def spiral(browser: Browser, url: str, times: int) -> None:
    """Print how long solving the spiral takes."""
    found = []
    for _ in range(times):
        with opened(browser, url, SPIRAL) as page:
            page.select_option("[data-part=speed]", "max")
            page.wait_for_timeout(300)
            found.append(page.evaluate(SOLVED) / 1000)
    print(
        f"spiral, 7 features, 8-8-6 tanh: test loss < 0.05 after {median(found):.2f} s (goal < 1), median of {times}, "
        f"worst {max(found):.2f}: {verdict(median(found) < 1)}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a fifth of the time")
    quick = parser.parse_args().quick
    path = on_the_path() or downloaded()
    if path is None or not Path(path).exists():
        sys.exit("Chromium not found. Set BROWSER_BIN to its path.")
    with running_server() as server, sync_playwright() as playwright:
        url = server.page
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        answers(browser, url, 40 if quick else 200)
        smoothness(browser, url, 1.5 if quick else 6)
        spiral(browser, url, 3 if quick else 9)
        browser.close()


if __name__ == "__main__":
    main()
