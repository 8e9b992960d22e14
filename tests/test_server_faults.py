"""What must not end a lesson: a server that dies, a full disk, a clock that jumps, no compiler, a whole night."""

import asyncio
import contextlib
import gc
import glob
import itertools
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest
from live import ROOT, ServerProcess, wait_until
from server_helpers import TFP_LINK, Page, Socket, checkpoint_text, theta_of
from test_server_net_limits import HANDSHAKE, masked
from websockets.exceptions import ConnectionClosed

from engine import Trainer, experiment_from_link
from server.config.limits import Limits
from server.kernels.kernel_source import KernelSource
from server.sessions.loop import Forgotten, run
from server.sessions.session import Session
from server.sessions.threads import Threads
from server.sessions.training import MAX_READINGS


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def trains(url: str) -> None:
    """See that a server trains, and frames come."""
    with Socket(url) as page:
        page.hello(playing=True)
        while page.next("frame")["epoch"] < 10:
            pass


# The server goes


def test_after_a_kill_the_run_continues_with_the_same_numbers(plain_server: Any) -> None:
    with ServerProcess(0, "--plain") as server:
        server.wait_ready()
        with Socket(server.url) as page:
            frame = page.hello(TFP_LINK, playing=True)
            while frame["epoch"] < 30:
                frame = page.next("frame")
            server.kill()
            with contextlib.suppress(ConnectionClosed):
                while message := page.receive():  # what was on its way still arrives
                    frame = message if message["type"] == "frame" else frame
    with Socket(plain_server.url) as page:  # another server: nothing of the run is on it
        page.hello(TFP_LINK, checkpoint=checkpoint_text(frame), playing=True)
        while (later := page.next("frame"))["epoch"] < frame["epoch"] + 20:
            pass
    trainer = Trainer(experiment_from_link(TFP_LINK))
    trainer.run(later["epoch"])
    assert theta_of(later).tolist() == trainer.theta.tolist()


def test_a_stopping_server_tells_its_pages() -> None:
    with ServerProcess(0, "--plain") as server:
        server.wait_ready()
        with Socket(server.url) as page:
            page.hello(playing=True)
            server.stop(signal.SIGTERM)
            with contextlib.suppress(ConnectionClosed):
                while page.receive():
                    pass
            assert page.connection.close_code == 1012


def half_closed(url: str, *sent: bytes) -> socket.socket:
    """Send something, then close the sending half only."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1460)  # otherwise loopback's buffers take everything
    connection.settimeout(5)
    connection.connect(("127.0.0.1", int(url.rpartition(":")[2])))
    for data in sent:
        connection.sendall(data)
        time.sleep(0.05)
    connection.shutdown(socket.SHUT_WR)
    return connection


@pytest.mark.parametrize("options", [[], ["--workers", "2"]], ids=["one process", "two processes"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_server_with_half_closed_connections_stops_in_time_and_tells_its_pages(
    how: signal.Signals, options: list[str]
) -> None:
    handshake = HANDSHAKE.encode()
    hello = masked(json.dumps({"type": "hello", "rev": 1, "link": "networkShape=32,32", "playing": True}))
    unread = masked(json.dumps({"type": "save", "rev": 2, "what": "model"})) * 60
    half_open = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
    half_body = b"POST /table HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\nx1,x2"
    many = [handshake, hello, unread]
    with ServerProcess(0, "--plain", *options) as server, contextlib.ExitStack() as stack:
        server.wait_ready()
        pages = [stack.enter_context(Socket(server.url)) for _ in range(4)]
        for page in pages:
            page.hello(playing=True)
        for sent in ([handshake], [handshake, hello], many, [half_open], [half_open, b"\r\n"], [half_body]):
            for _ in range(10):
                stack.enter_context(half_closed(server.url, *sent))
        time.sleep(0.3)
        began = time.monotonic()
        code = server.stop(how)
        assert time.monotonic() - began < 5
        print(code, server.output())
        for page in pages:
            with contextlib.suppress(ConnectionClosed):
                while page.receive():
                    pass
            assert page.connection.close_code == 1012
        assert code == (0 if how is signal.SIGINT else -signal.SIGTERM)
        assert "Traceback" not in server.output()


# The disk is full


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_does_not_stop_the_server() -> None:
    port = free_port()
    command = [sys.executable, "-m", "server", "--plain", "--port", str(port), "--log-level", "info"]
    with open("/dev/full", "w") as full:
        server = subprocess.Popen(command, cwd=ROOT, stdout=full, stderr=full)
    try:

        def listens() -> bool:
            assert server.poll() is None
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        wait_until(listens, 30, "the server listens")
        for _ in range(3):  # a line at the beginning and at the end of each is lost
            trains(f"http://127.0.0.1:{port}")
        assert server.poll() is None
    finally:
        server.kill()
        server.wait(10)


# The clock jumps


FAKETIME = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")


@pytest.mark.skipif(not FAKETIME, reason="libfaketime is not installed here")
def test_a_clock_that_jumps_by_days_changes_nothing(tmp_path: Path) -> None:
    now = tmp_path / "now"
    now.write_text("+0")
    environment = {
        **os.environ, "LD_PRELOAD": FAKETIME[0], "FAKETIME_TIMESTAMP_FILE": str(now), "FAKETIME_NO_CACHE": "1",
        "NO_FAKE_STAT": "1", "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }  # fmt: skip
    with ServerProcess(0, "--plain", environment=environment) as server:
        server.wait_ready()
        with Socket(server.url) as page:
            frame = page.hello(playing=True)
            for offset in ("+3d", "-3d", "+30d", "+0"):
                now.write_text(offset)
                until = frame["epoch"] + 10
                while frame["epoch"] < until:
                    frame = page.next("frame")
                    assert frame["epoch"] < until + 100  # nor does it make up for the days
                    assert frame["mode"] == "playing"


# A night in a moment


class AtOnce(Executor):
    """Does what it is asked for before it returns."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call it."""
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


class Night(asyncio.SelectorEventLoop):
    """An event loop that never waits: where it would, its clock is put forward."""

    def __init__(self) -> None:
        loop = self
        self.elapsed = 0.0

        class Selector(selectors.DefaultSelector):
            def select(self, timeout: float | None = None) -> Any:
                events = super().select(0)
                if not events:
                    assert timeout is not None, "everything waits for ever"
                    loop.elapsed += timeout
                return events

        super().__init__(Selector())

    def time(self) -> float:
        """Return the seconds that it pretends to have run."""
        return self.elapsed


def test_a_page_left_open_overnight_is_disconnected_and_never_grows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    jumps = itertools.cycle([0, 1e6, -1e6])
    monkeypatch.setattr(time, "time", lambda: 1e9 + next(jumps))  # the wall clock is nobody's guide here
    limits = Limits(max_unattended_minutes=0.5, max_idle_minutes=720)
    session = Session(KernelSource(plain=True), limits=limits)
    link = "seed=0.3&networkShape=1&percTrainData=10"
    page = Page({"type": "hello", "rev": 1, "link": link, "playing": True})
    page.say(type="visible", visible=False)
    objects: dict[int, int] = {}

    async def send(data: bytes) -> None:
        await page.send(data)
        page.received[:-2] = []
        if (second := int(asyncio.get_running_loop().time())) in (10, 25):
            gc.collect()
            objects[second] = len(gc.get_objects())

    with asyncio.Runner(loop_factory=Night) as runner:
        with pytest.raises(Forgotten):
            runner.run(run(session, page.receive, send, Threads(AtOnce()), limits=limits))
        night = runner.get_loop()
        assert isinstance(night, Night)
        assert night.elapsed == pytest.approx(60 * (0.5 + 720), abs=2)
    paused, last = page.received[-2:]
    assert (paused["type"], paused["minutes"], last["type"], last["mode"]) == ("unattended", 0.5, "frame", "paused")
    assert last["epoch"] == pytest.approx(30 * 60, rel=0.02)  # an epoch a beat, though nobody looked
    assert len(session.training._readings) <= MAX_READINGS
    assert objects[25] - objects[10] < 100


# The compiler is missing, or has no place to leave its work


@pytest.mark.parametrize(
    ("patch", "said"),
    [
        ("import sys; sys.modules.update(numba=None, isal=None)", "Numba is not installed"),
        ("import tempfile; tempfile.tempdir = '/proc/nowhere'", "No cache folder for compiled kernels is writable"),
    ],
)
def test_without_compiled_kernels_the_server_trains_in_plain_numpy(tmp_path: Path, patch: str, said: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(patch + "\n")
    environment = {
        **os.environ, "PYTHONPATH": str(tmp_path), "HOME": "/proc/nobody", "XDG_CACHE_HOME": "/proc/nobody",
    }  # fmt: skip
    environment.pop("NUMBA_CACHE_DIR", None)
    with ServerProcess(0, environment=environment) as server:
        server.wait_ready(kernels="plain")
        assert said in server.output()
        trains(server.url)
        assert "Traceback" not in server.output()
