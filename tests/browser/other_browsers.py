"""Drive Firefox over WebDriver BiDi and WebKit over WebDriver, as far as a short tour needs."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

Place = tuple[float, float]
SIZE = {"width": 1440, "height": 900}
WEBKIT = next(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"), None)
LACKING = {
    "firefox": [name for name in ("firefox-esr",) if not shutil.which(name)],
    "webkit": [name for name in ("WebKitWebDriver", "Xvfb") if not shutil.which(name)]
    + ([] if WEBKIT else ["MiniBrowser"]),
}
ENTER, BACKSPACE, CONTROL = "\ue007", "\ue003", "\ue009"


class Tab(ABC):
    """A browser's tab. Places are in CSS pixels of the viewport."""

    @abstractmethod
    def goto(self, url: str) -> None:
        """Load a page and wait until it has loaded."""

    @abstractmethod
    def evaluate(self, function: str, *arguments: Any) -> Any:
        """Call a JavaScript function with JSON values, await its result and return it."""

    @abstractmethod
    def perform(self, source: dict[str, Any]) -> None:
        """Perform the actions of one input source, as WebDriver defines them."""

    @abstractmethod
    def complaints(self) -> list[str]:
        """Return the errors of the page that the browser reported."""

    def wait(self, function: str, *arguments: Any, seconds: float = 20) -> None:
        """Wait until a JavaScript function returns a true value."""
        end = time.monotonic() + seconds
        while not self.evaluate(function, *arguments):
            assert time.monotonic() < end, f"{function} {arguments}: not within {seconds} s"
            time.sleep(0.05)

    def press(self, *places: Place) -> None:
        """Press the mouse at the first place, drag it over the others, and release it."""
        moves = [{"type": "pointerMove", "x": round(x), "y": round(y), "duration": 60} for x, y in places]
        actions = [moves[0], {"type": "pointerDown", "button": 0}, *moves[1:], {"type": "pointerUp", "button": 0}]
        self.perform({"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions})

    def hover(self, place: Place) -> None:
        """Move the mouse to a place."""
        move = {"type": "pointerMove", "x": round(place[0]), "y": round(place[1]), "duration": 60}
        self.perform({"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": [move]})

    def keys(self, *keys: str, held: str = "") -> None:
        """Press keys one after another while another one may be held."""
        down, up = ([{"type": kind, "value": held}] if held else [] for kind in ("keyDown", "keyUp"))
        strokes = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.perform({"type": "key", "id": "keyboard", "actions": [*down, *strokes, *up]})

    def box(self, selector: str) -> tuple[float, float, float, float]:
        """Scroll an element into view and, once it rests, return its left, top, width and height."""
        self.wait("selector => document.querySelector(selector)?.getClientRects().length > 0", selector)
        left, top, width, height = self.evaluate(
            """async selector => {
              const element = document.querySelector(selector);
              const place = () => {
                const { left, top, width, height } = element.getBoundingClientRect();
                return [left, top, width, height];
              };
              for (let before = ''; before !== String(place());) {
                before = String(place());
                element.scrollIntoView({ block: 'nearest', behavior: 'instant' });
                await new Promise(done => setTimeout(done, 100));
              }
              return place();
            }""",
            selector,
        )
        return left, top, width, height

    def middle(self, selector: str) -> Place:
        """Return the middle of an element."""
        left, top, width, height = self.box(selector)
        return left + width / 2, top + height / 2

    def click(self, selector: str) -> None:
        """Click the middle of an element."""
        self.press(self.middle(selector))

    def text(self, selector: str) -> str:
        """Return the text of an element."""
        text: str = self.evaluate("selector => document.querySelector(selector).innerText", selector)
        return text


class Firefox(Tab):
    """Firefox itself speaks WebDriver BiDi."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection, self._sent = connection, 0
        self._complaints: list[str] = []
        self._send("session.new", capabilities={})
        self._send("session.subscribe", events=["log.entryAdded"])
        self._context = self._send("browsingContext.getTree")["contexts"][0]["context"]
        self._send("browsingContext.setViewport", context=self._context, viewport=SIZE)

    def _send(self, method: str, **parameters: Any) -> Any:
        self._sent += 1
        self._connection.send(json.dumps({"id": self._sent, "method": method, "params": parameters}))
        while (answer := json.loads(self._connection.recv(60))).get("id") != self._sent:
            entry = answer.get("params", {})
            if entry.get("level") == "error" and entry["source"]["context"] == self._context:
                self._complaints.append(entry["text"])
        assert answer["type"] == "success", answer
        return answer["result"]

    def goto(self, url: str) -> None:
        self._send("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def evaluate(self, function: str, *arguments: Any) -> Any:
        call = f"(async () => JSON.stringify((await ({function})(...{json.dumps(arguments)})) ?? null))()"
        answer = self._send("script.evaluate", expression=call, target={"context": self._context}, awaitPromise=True)
        assert answer["type"] == "success", answer
        return json.loads(answer["result"]["value"])

    def perform(self, source: dict[str, Any]) -> None:
        self._send("input.performActions", context=self._context, actions=[source])

    def complaints(self) -> list[str]:
        return self._complaints


class WebKit(Tab):
    """WebKitGTK's small browser, through its driver."""

    def __init__(self, driver: str) -> None:
        self._session = f"{driver}/session"
        options = {"binary": str(WEBKIT), "args": ["--automation"]}
        wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        self._session += "/" + self._send("", wanted)["sessionId"]
        self._send("/window/rect", {"x": 0, "y": 0, **SIZE})

    def close(self) -> None:
        """Close the browser."""
        self._send("", {}, "DELETE")

    def _send(self, path: str, body: dict[str, Any], method: str = "POST") -> Any:
        request = urllib.request.Request(self._session + path, json.dumps(body).encode(), method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def goto(self, url: str) -> None:
        self._send("/url", {"url": url})
        self.evaluate(
            """() => {
              window.complaints = [];
              for (const kind of ['error', 'unhandledrejection']) {
                addEventListener(kind, event => window.complaints.push(String(event.message ?? event.reason)));
              }
            }"""
        )

    def evaluate(self, function: str, *arguments: Any) -> Any:
        call = f"return (async () => JSON.stringify((await ({function})(...{json.dumps(arguments)})) ?? null))()"
        return json.loads(self._send("/execute/sync", {"script": call, "args": []}))

    def perform(self, source: dict[str, Any]) -> None:
        self._send("/actions", {"actions": [source]})

    def complaints(self) -> list[str]:
        found: list[str] = self.evaluate("() => window.complaints ?? []")
        return found


@contextmanager
def _process(*command: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command, text=True, stderr=subprocess.DEVNULL, **options) as process:
        try:
            yield process
        finally:
            process.terminate()


def _first(look: Callable[[], Any], seconds: float = 60) -> Any:
    """Look again and again until something is found."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"nothing within {seconds} s"
        time.sleep(0.05)
    return found


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def firefox(folder: Path) -> Iterator[Tab]:
    """Start Firefox with a new profile, in which it writes where it listens."""
    command = ("firefox-esr", "--headless", "--no-remote", "--profile", str(folder), "--remote-debugging-port", "0")
    server = folder / "WebDriverBiDiServer.json"
    with _process(*command, stdout=subprocess.DEVNULL):
        place = json.loads(_first(lambda: server.exists() and server.read_text(encoding="utf-8")))
        with connect(f"ws://{place['ws_host']}:{place['ws_port']}/session", max_size=None) as connection:
            yield Firefox(connection)


@contextmanager
def webkit(folder: Path) -> Iterator[Tab]:
    """Start WebKit's browser on its own screen."""
    screen = ("Xvfb", "-displayfd", "1", "-screen", "0", "1500x1000x24", "-nolisten", "tcp")
    with _process(*screen, stdout=subprocess.PIPE) as display, socket.socket() as free:
        assert display.stdout is not None
        environment = {**os.environ, "DISPLAY": f":{display.stdout.readline().strip()}", "HOME": str(folder)}
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        with _process("WebKitWebDriver", f"--port={port}", stdout=subprocess.DEVNULL, env=environment):
            _first(lambda: _listens(port))
            tab = WebKit(f"http://127.0.0.1:{port}")
            yield tab
            tab.close()
