"""Measure how fast the page opens in Chromium: until the first boundary is painted, cold, warm and on slow networks.

- First boundary: from the start of the navigation to the animation frame after the large plot has pixels.
- Cold: a new profile without a cache. Warm: the same profile, the second time.
- Slow networks are Chromium's own emulation, sockets included: round trip in ms and Mbit/s in both directions.
- Requests, bytes over the wire and layout shift are those of a cold load, two seconds after the first boundary.

`--peer` names another page to measure in the same rounds: loads alternate, so that a busy machine slows both alike.
Server and browser share this machine's cores.
"""

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from learners import ROOT, running_server
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

sys.path.insert(0, str(ROOT / "scripts"))
from find_browser import downloaded, on_the_path

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync",
             "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]  # fmt: skip
OURS, PEERS = "[data-part=plot]", "#heatmap canvas"
NETWORKS = {"60 ms, 9 Mbit/s": (60, 9.0), "150 ms, 1.6 Mbit/s": (150, 1.6)}
GOALS = {"warm": 300, "60 ms, 9 Mbit/s": 700, "150 ms, 1.6 Mbit/s": 2500}  # ms
MOST_OF_PEER = 1.2  # times the peer's cold load
MOST_REQUESTS = 15
MOST_SHIFT = 0.02
WATCH = """
window.boundary = 0;
window.shift = 0;
new PerformanceObserver((list) => {
  for (const { hadRecentInput, value } of list.getEntries()) shift += hadRecentInput ? 0 : value;
}).observe({ type: "layout-shift", buffered: true });
const look = () => {
  const canvas = document.querySelector("SELECTOR");
  const drawn = canvas && canvas.width > 1 && canvas.height > 1
    && canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[3] > 0;
  requestAnimationFrame(drawn ? (now) => { boundary = now; } : look);
};
requestAnimationFrame(look);
"""


@dataclass
class Loads:
    """The first boundary's times of one page in ms, by kind of load, and what a cold load took."""

    times: dict[str, list[float]] = field(default_factory=dict)
    requests: int = 0
    wire: int = 0  # bytes
    shift: float = 0.0

    def add(self, kind: str, ms: float) -> None:
        """Add the time of a load."""
        self.times.setdefault(kind, []).append(ms)


def load(context: BrowserContext, url: str, selector: str, network: tuple[int, float] | None, loads: Loads) -> float:
    """Open a page in a new tab and return the time of its first boundary; record what it took."""
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    if network is not None:
        latency, rate = network
        bytes_a_second = rate * 1e6 / 8
        conditions = {"latency": latency, "downloadThroughput": bytes_a_second, "uploadThroughput": bytes_a_second}
        session.send("Network.emulateNetworkConditions", {"offline": False, **conditions})
    requests: list[str] = []
    received: list[float] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("websocket", lambda socket: requests.append(socket.url))
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    session.on("Network.webSocketFrameReceived", lambda event: received.append(len(event["response"]["payloadData"])))
    page.add_init_script(WATCH.replace("SELECTOR", selector))
    page.goto(url)
    ms = first_boundary(page)
    if network is None and not loads.requests:
        page.wait_for_timeout(2000)
        loads.requests, loads.wire, loads.shift = len(requests), int(sum(received)), page.evaluate("shift")
    page.close()
    return ms


def first_boundary(page: Page) -> float:
    """Return the time of the first boundary in ms."""
    page.wait_for_function("() => boundary > 0", timeout=60_000)
    ms: float = page.evaluate("boundary")
    return ms


def measure(browser: Browser, pages: dict[str, tuple[str, str]], rounds: int) -> dict[str, Loads]:
    """Load all pages in turn, in each way, for some rounds."""
    found = {name: Loads() for name in pages}
    for _ in range(rounds):
        for network_name, network in {"": None, **NETWORKS}.items():
            for name, (url, selector) in pages.items():
                context = browser.new_context(viewport={"width": 1440, "height": 900})
                context.new_page()  # so that closing a tab doesn't close the window
                loads = found[name]
                loads.add(network_name or "cold", load(context, url, selector, network, loads))
                if network is None:
                    loads.add("warm", load(context, url, selector, None, loads))
                context.close()
    return found


def verdict(reached: bool) -> str:
    """Return the word for a goal reached or missed."""
    return "reached" if reached else "MISSED"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="3 rounds instead of 9")
    parser.add_argument("--url", help="an already running playground, instead of a new one")
    parser.add_argument("--peer", help="another page, such as TensorFlow Playground's")
    parser.add_argument("--peer-canvas", default=PEERS, help=f"selector of its large plot (default: {PEERS})")
    arguments = parser.parse_args()
    path = on_the_path() or downloaded()
    if path is None or not Path(path).exists():
        sys.exit("Chromium not found. Set BROWSER_BIN to its path.")
    with running_server() as server, sync_playwright() as playwright:
        pages = {"playground": (arguments.url or server.page, OURS)}
        if arguments.peer:
            pages["peer"] = (arguments.peer, arguments.peer_canvas)
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        found = measure(browser, pages, 3 if arguments.quick else 9)
        browser.close()
    for name, loads in found.items():
        for kind, times in loads.times.items():
            goal = f" (goal < {GOALS[kind]})" if name == "playground" and kind in GOALS else ""
            end = f": {verdict(median(times) < GOALS[kind])}" if goal else ""
            print(
                f"{name:10} {kind:18} first boundary {median(times):5.0f} ms{goal}, "
                f"{min(times):.0f} to {max(times):.0f}, {len(times)} loads{end}"
            )
        print(
            f"{name:10} {loads.requests} requests, {loads.wire / 1000:.0f} kB over the wire, "
            f"layout shift {loads.shift:.3f}"
        )
    ours = found["playground"]
    reached = ours.requests <= MOST_REQUESTS and ours.shift < MOST_SHIFT
    print(f"goals: at most {MOST_REQUESTS} requests, layout shift < {MOST_SHIFT}: {verdict(reached)}")
    if arguments.peer:
        ratio = median(ours.times["cold"]) / median(found["peer"].times["cold"])
        print(f"cold, times the peer's: {ratio:.2f} (goal < {MOST_OF_PEER}): {verdict(ratio < MOST_OF_PEER)}")


if __name__ == "__main__":
    main()
