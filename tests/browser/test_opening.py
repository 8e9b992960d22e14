"""Opening the page: few requests, no jump, no wrong value at any moment, and clicks that count at once."""

import asyncio
import json
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Request, Route, WebSocket
from starlette.types import ASGIApp, Receive, Scope, Send

from engine import read_link
from server.config.settings import Settings
from tests.browser.conftest import Launch, Pages
from tests.browser.playground import Playground
from tests.live import LiveServer, wait_until

MOST_REQUESTS = 15
MOST_SHIFT = 0.02
LATER = ("katex", "cyrillic", "lessons", "trace", "/js/")  # the first view needs none of these
LINKS = (
    "",
    "dataset=xor&activation=relu&learningRate=0.1&networkShape=3&noise=25&batchSize=20&percTrainData=80",
    "problem=regression&regDataset=reg-gauss&networkShape=8,8,8&regularization=L1&regularizationRate=0.01",
    "dataset=spiral&networkShape=&sinX=true&xSquared=true&showTestData=true&discretize=true",
    "noise_hide=true&learningRate_hide=true&hideText=true",
)
# Notes, before every frame that the browser paints, each value that the page shows.
WATCH_VALUES = """
window.seen = {};
window.look = () => {
  const shows = "[data-field], [data-view], [data-shows], [data-part=layer-count], label";
  for (const each of document.querySelectorAll(shows)) {
    if (!each.checkVisibility({ checkVisibilityCSS: true })) continue;
    const name = (each.matches("label") ? "label " : "") + (each.id || each.dataset.part || each.dataset.control
      || each.textContent.trim());
    const value = each.matches("label") ? "visible" : String(
      each.matches("select") ? each.value : each.type === "checkbox" ? each.checked : each.value ?? each.textContent);
    (seen[name] ??= []).includes(value) || seen[name].push(value);
  }
  for (const each of document.querySelectorAll("[data-dataset]")) {
    if (!each.checkVisibility({ checkVisibilityCSS: true })) continue;
    const value = each.ariaPressed;
    (seen[each.dataset.dataset] ??= []).includes(value) || seen[each.dataset.dataset].push(value);
  }
};
const again = () => { look(); requestAnimationFrame(again); };
requestAnimationFrame(again);
"""
WATCH_SHIFT = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const { hadRecentInput, value } of list.getEntries()) shift += hadRecentInput ? 0 : value;
}).observe({ type: "layout-shift", buffered: true });
"""


class Gate:
    """Hold websockets up until the gate is open."""

    def __init__(self, app: ASGIApp, opened: threading.Event) -> None:
        self._app, self._opened = app, opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        while scope["type"] == "websocket" and not self._opened.is_set():
            await asyncio.sleep(0.02)
        await self._app(scope, receive, send)


class GatedServer:
    """A server whose websockets open only when the test says so."""

    def __init__(self) -> None:
        self._opened = threading.Event()
        self.server = LiveServer(Settings(port=0, plain=True))
        self.server.app.add_middleware(Gate, opened=self._opened)

    def open(self) -> None:
        """Let websockets through."""
        self._opened.set()

    def shut(self) -> None:
        """Hold websockets up."""
        self._opened.clear()


@pytest.fixture(scope="module")
def gated() -> Iterator[GatedServer]:
    """Start a server with a gate."""
    gated = GatedServer()
    with gated.server:
        yield gated


@pytest.fixture
def cold(launch: Launch) -> Iterator[Browser]:
    """Start a browser whose cache is empty."""
    browser = launch()
    yield browser
    browser.close()


def drawn(page: Page) -> None:
    """Wait until the first frame is drawn."""
    page.wait_for_function("() => document.querySelector('[data-part=test-loss]').textContent !== '–'")


@pytest.mark.parametrize("path", ["/", "/?lang=ru", f"/#{LINKS[1]}"])
def test_a_first_visit_takes_few_requests_all_compressed_and_nothing_for_later(
    server_url: str, cold: Browser, path: str
) -> None:
    page = cold.new_page(viewport={"width": 1440, "height": 900})
    requests: list[Request] = []
    sockets: list[str] = []
    page.on("request", lambda request: requests.append(request))
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.goto(server_url + path)
    drawn(page)
    page.wait_for_timeout(500)
    addresses = [request.url for request in requests]
    assert len(addresses) + len(sockets) <= MOST_REQUESTS, addresses
    assert len(sockets) == 1
    later = [part for part in LATER if not (part == "cyrillic" and "lang=ru" in path)]
    assert not [address for address in addresses for part in later if part in address]
    for request in requests:
        answer = request.response()
        assert answer is not None
        if not request.url.endswith(".woff2"):  # compressed in itself
            assert answer.headers["content-encoding"] == "gzip", request.url


def test_a_second_visit_takes_only_the_page_and_its_connection(server_url: str, cold: Browser) -> None:
    context = cold.new_context()
    for fetched in (True, False):
        page = context.new_page()
        page.goto(server_url)
        drawn(page)
        sizes: list[int] = page.evaluate("performance.getEntriesByType('resource').map(entry => entry.transferSize)")
        assert (sum(sizes) > 0) == fetched


@pytest.mark.parametrize("width", [1440, 1100, 800, 390])
def test_nothing_moves_while_the_page_opens(server_url: str, pages: Pages, width: int) -> None:
    page = pages.new(server_url, viewport={"width": width, "height": 900})
    page.page.add_init_script(WATCH_SHIFT)
    page.open("")
    page.page.wait_for_timeout(500)
    assert page.page.evaluate("shift") < MOST_SHIFT


@pytest.mark.parametrize("link", LINKS)
def test_no_wrong_value_is_visible_at_any_moment(gated: GatedServer, pages: Pages, link: str) -> None:
    gated.shut()
    page = pages.new(gated.server.url)
    page.page.add_init_script(WATCH_VALUES)
    page.open(link, ready=False)
    page.page.wait_for_timeout(500)
    assert page.page.evaluate(
        "document.querySelector('[data-part=play]').checkVisibility({ visibilityProperty: true })"
    )
    gated.open()
    drawn(page.page)
    page.page.wait_for_timeout(200)
    seen: dict[str, list[str]] = page.page.evaluate("seen")
    assert len(seen) > 15
    assert {name: values for name, values in seen.items() if len(values) > 1} == {}
    # What was visible before but is no longer
    left: list[str] = page.page.evaluate(
        "() => { const before = seen; seen = {}; look(); return Object.keys(before).filter(name => !(name in seen)); }"
    )
    assert left == []


def shown_settings(page: Page) -> dict[str, str]:
    """Return the settings that the top bar and the data column show."""
    names = (
        "learningRate",
        "activation",
        "regularization",
        "regularizationRate",
        "percTrainData",
        "noise",
        "batchSize",
    )
    shown = {name: page.locator(f"#{name}").input_value() for name in names}
    pressed = page.locator("[data-dataset][aria-pressed=true]").get_attribute("data-dataset")
    return {**shown, "dataset": pressed or "", "layers": page.locator("[data-part=layer-count]").inner_text()}


@pytest.mark.parametrize("path", ["/", "/?lang=ru", "/?lesson=xor", "/?lesson=vanishing-gradients"])
def test_without_scripts_the_first_html_shows_the_true_settings_and_pictures(
    live_server: LiveServer, cold: Browser, path: str
) -> None:
    lesson = live_server.state.lessons.by_language["en"].get(path.partition("lesson=")[2])
    experiment = read_link(lesson.setup if lesson else "").experiment
    page = cold.new_context(java_script_enabled=False).new_page()
    page.goto(live_server.url + path)
    shown = shown_settings(page)
    assert float(shown["learningRate"]) == experiment.learning_rate
    assert float(shown["noise"]) == experiment.noise
    assert float(shown["batchSize"]) == experiment.batch_size
    assert float(shown["percTrainData"]) == experiment.train_percent
    assert shown["activation"] == experiment.activation
    assert shown["regularization"] == experiment.penalty
    assert shown["dataset"] == experiment.dataset
    assert shown["layers"].startswith(str(len(experiment.hidden_layers)))
    on = page.locator("[data-feature][aria-pressed=true]")
    assert [each.get_attribute("data-feature") for each in on.all()] == list(experiment.features)
    pictures = [hash(each.screenshot()) for each in page.locator(".dataset:visible svg").all()]
    assert len(set(pictures)) == len(pictures) >= 4


def test_a_click_on_play_before_the_connection_counts_and_shows_at_once(gated: GatedServer, pages: Pages) -> None:
    gated.shut()
    page = pages.new(gated.server.url).open("", ready=False)
    page.wait("() => document.querySelector('[data-part=play]').ariaPressed === 'false'")
    page.page.click("[data-part=play]")
    page.wait("() => document.querySelector('[data-part=play]').ariaPressed === 'true'")
    gated.open()
    page.wait("() => Number(document.querySelector('[data-part=epoch]').textContent) > 5")
    assert page.playing


def test_clicks_before_the_scripts_have_arrived_count(gated: GatedServer, pages: Pages) -> None:
    gated.open()
    page = pages.new(gated.server.url)
    held: list[Route] = []
    page.page.route("**/main.js", lambda route: held.append(route))
    page.page.goto(gated.server.url, wait_until="commit")
    page.page.click("[data-dataset=xor]")
    page.page.select_option("#learningRate", "0.1")
    page.page.click("[data-part=play]")
    page.page.click("[data-part=theme]")
    wait_until(lambda: bool(held), 5, "the page asks for its script")
    theme = page.page.evaluate("document.documentElement.dataset.theme")
    held[0].continue_()
    page.wait("() => Number(document.querySelector('[data-part=epoch]').textContent) > 5")
    page.pause()
    assert (page.link["dataset"], page.link["learningRate"]) == ("xor", "0.1")
    assert page.page.evaluate("document.documentElement.dataset.theme") != theme


def test_the_first_frame_is_made_while_the_scripts_are_still_loading(server_url: str, pages: Pages) -> None:
    page = pages.new(server_url)
    held: list[Route] = []
    sent: list[str] = []
    received: list[bytes] = []

    def watch(socket: WebSocket) -> None:
        socket.on("framesent", lambda text: sent.append(str(text)))
        socket.on("framereceived", lambda data: received.append(bytes(data)))

    page.page.on("websocket", watch)
    page.page.route("**/main.js", lambda route: held.append(route))
    page.page.goto(f"{server_url}/#{LINKS[1]}", wait_until="commit")
    for _ in range(100):
        if any(b"frame" in each[:20] for each in received) and held:
            break
        page.page.wait_for_timeout(50)
    assert len(held) == 1
    assert page.text("test-loss") in ("", "–")
    held[0].continue_()
    drawn(page.page)
    assert [json.loads(text)["type"] for text in sent].count("hello") == 1
    assert page.page.locator("#activation").input_value() == "relu"
    page.play()
    page.wait("() => Number(document.querySelector('[data-part=epoch]').textContent) > 5")


def test_settings_changed_before_the_connection_count(gated: GatedServer, pages: Pages) -> None:
    gated.shut()
    page = pages.new(gated.server.url).open("", ready=False)
    page.wait("() => document.querySelector('[data-part=play]').ariaPressed === 'false'")
    page.page.wait_for_timeout(300)
    page.page.fill("#noise", "30")
    page.page.check("#discretize")
    page.page.click("[data-part=add-layer]")
    gated.open()
    page.wait("() => location.hash.includes('networkShape=4,2,2')")
    page.settle()
    assert (page.link["noise"], page.link["discretize"]) == ("30", "true")


def test_the_page_works_from_its_modules_with_dev(pages: Pages) -> None:
    with LiveServer(Settings(port=0, plain=True, dev=True)) as server:
        page: Playground = pages.new(server.url).open()
        assert page.page.evaluate(
            "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/js/main.js'))"
        )
        page.play_to(3)
        page.page.goto("about:blank")
