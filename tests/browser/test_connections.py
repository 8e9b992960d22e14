"""Test what a learner sees of limits and lost connections, and that a page of another site gets nothing."""

import contextlib
import functools
import http.server
import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.config.settings import Settings
from tests.browser.cable import Cable
from tests.browser.conftest import Pages
from tests.live import LiveServer, ServerProcess, wait_until

LOST = ("WebSocket connection", "ERR_CONNECTION_REFUSED")  # Chromium logs a lost server


@pytest.fixture
def single() -> Iterator[LiveServer]:
    """Start a server for one page."""
    with LiveServer(Settings(port=0, plain=True, max_learners=1)) as server:
        yield server


@pytest.fixture
def small() -> Iterator[LiveServer]:
    """Start a server for one page, with short idle limits."""
    settings = Settings(port=0, plain=True, max_learners=1, max_unattended_minutes=1 / 60, max_idle_minutes=2 / 60)
    with LiveServer(settings) as server:
        yield server


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def foreign_url(tmp_path: Path) -> Iterator[str]:
    """Start another site: same machine, another port."""
    (tmp_path / "index.html").write_text('<title>another site</title><link rel="icon" href="data:,">')
    handler = functools.partial(Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as site:
        threading.Thread(target=site.serve_forever).start()
        yield f"http://127.0.0.1:{site.server_port}"
        site.shutdown()


CONNECT = """url => new Promise(done => {
  const socket = new WebSocket(url);
  socket.onopen = () => { socket.close(); done("open"); };
  socket.onerror = () => done("refused");
})"""
FETCH = "url => fetch(url).then(() => 'read', () => 'refused')"
POST = 'url => fetch(url, { method: "POST", body: "1,2,3", mode: "no-cors" }).catch(() => null)'
FRAME = """url => new Promise(done => {
  const frame = document.createElement("iframe");
  frame.onload = () => done(frame.contentDocument === null ? "kept out" : "seen");
  frame.src = url;
  document.body.append(frame);
})"""


def test_a_page_of_another_site_gets_no_connection_no_answer_and_no_frame(
    pages: Pages, live_server: LiveServer, foreign_url: str
) -> None:
    server_url = live_server.url
    blocked = ("CORS policy", "ERR_FAILED", "Refused to frame", "frame-ancestors", "violates", "NotSameOrigin")
    pages.tolerated = (*LOST, *blocked)
    other = pages.new(foreign_url).page
    other.goto(foreign_url)
    address = server_url.replace("http", "ws", 1) + "/ws"
    assert other.evaluate(CONNECT, address) == "refused"
    assert other.evaluate(FETCH, server_url + "/examples") == "refused"
    assert other.evaluate(FRAME, server_url + "/") == "kept out"
    metrics = live_server.state.metrics
    before = metrics.refusals["origin"]
    other.evaluate(POST, server_url + "/table")  # headers keep page and test from reading the answer
    assert metrics.refusals["origin"] == before + 1
    own = pages.new(server_url).open().page
    assert own.evaluate(CONNECT, address) == "open"


def test_an_allowed_origin_may_connect(pages: Pages, foreign_url: str) -> None:
    with LiveServer(Settings(port=0, plain=True, allowed_origins=foreign_url)) as server:
        other = pages.new(foreign_url).page
        other.goto(foreign_url)
        assert other.evaluate(CONNECT, server.url.replace("http", "ws", 1) + "/ws") == "open"
        wait_until(lambda: not server.left_over(), 5, "the session is freed")


def test_a_full_playground_says_so_and_admits_the_page_when_a_seat_is_free(single: LiveServer, pages: Pages) -> None:
    first = pages.new(single.url).open()
    second = pages.new(single.url).open(ready=False)
    second.notice("lost").wait_for()
    assert "The playground is full" in second.notice("lost").inner_text()
    attempts = single.state.metrics.refusals["full"]
    second.page.wait_for_timeout(2500)
    assert single.state.metrics.refusals["full"] - attempts <= 4  # attempts become rarer
    first.page.close()
    second.notice("lost").wait_for(state="detached")
    second.play()
    second.wait("() => Number(document.querySelector('[data-part=epoch]').textContent) > 5")


def test_an_idle_page_is_paused_then_disconnected_and_resumes_its_run(small: LiveServer, pages: Pages) -> None:
    playground = pages.new(small.url).open()
    playground.play()
    playground.notice("unattended").wait_for()
    assert not playground.playing
    reached, shown = playground.epoch, playground.losses
    assert reached > 10
    playground.notice("lost").wait_for()
    assert "Disconnected after inactivity" in playground.notice("lost").inner_text()
    assert not small.state.sessions
    playground.page.wait_for_timeout(1000)
    assert not small.state.sessions  # the page does not reconnect automatically
    assert (playground.epoch, playground.losses) == (reached, shown)
    playground.notice("lost").get_by_role("button").click()
    playground.notice("lost").wait_for(state="detached")
    playground.settle()
    assert (playground.epoch, playground.losses) == (reached, shown)
    playground.notice("unattended").get_by_role("button").click()
    playground.wait("epoch => Number(document.querySelector('[data-part=epoch]').textContent) > epoch", reached)
    assert playground.notice("unattended").count() == 0


@pytest.mark.parametrize("playing", [True, False])
def test_after_a_network_failure_the_run_continues_where_the_page_was(pages: Pages, playing: bool) -> None:
    # Set CUT_SECONDS=30 for a long run: a cut of 30 seconds with the default pings.
    seconds = float(os.environ.get("CUT_SECONDS", "2.5"))
    pages.tolerated = LOST
    settings = Settings(port=0, plain=True, ping_seconds=min(20, seconds / 3))
    with LiveServer(settings) as server, contextlib.closing(Cable(int(server.url.rpartition(":")[2]))) as cable:
        playground = pages.new(cable.url).open()
        playground.play()
        playground.wait("() => Number(document.querySelector('[data-part=epoch]').textContent) > 20")
        if not playing:
            playground.pause()
        cable.cut()
        playground.page.wait_for_timeout(200)
        reached, shown = playground.epoch, playground.losses
        playground.page.wait_for_timeout(seconds * 1000)
        assert (playground.epoch, playground.losses) == (reached, shown)
        if seconds < 20:
            wait_until(lambda: not server.state.sessions, 10, "the server gives up the connection")
        cable.mend()
        if not playing:
            playground.part("play").click()
        playground.wait(
            "epoch => Number(document.querySelector('[data-part=epoch]').textContent) > epoch + 10", reached, 60
        )
        assert playground.playing
        assert playground.losses[0] <= shown[0] + 0.01
        # The same run from the start reaches the numbers shown before the cut.
        playground.pause()
        epoch, losses = playground.epoch, playground.losses
        playground.click("reset")
        playground.play_to(epoch)
        assert playground.losses == losses


def test_a_stopping_server_says_so_and_the_run_continues_on_the_next_one(pages: Pages) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    pages.tolerated = LOST
    with ServerProcess(port, "--plain") as server:
        server.wait_ready()
        playground = pages.new(server.url).open()
        playground.play()
        playground.wait("() => Number(document.querySelector('[data-part=epoch]').textContent) > 20")
        server.stop(signal.SIGTERM)
        playground.notice("lost").wait_for()
        playground.page.wait_for_timeout(1200)  # while attempts fail
        assert "The server is restarting" in playground.notice("lost").inner_text()
        reached = playground.epoch
        server.start().wait_ready()
        playground.notice("lost").wait_for(state="detached", timeout=15_000)
        playground.wait(
            "epoch => Number(document.querySelector('[data-part=epoch]').textContent) > epoch + 10", reached
        )
        assert playground.playing
