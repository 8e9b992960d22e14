"""Check docs/deploy/nginx.conf: nobody loses a run when a server is killed, and hostile clients keep nobody out."""

import asyncio
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx2
import msgpack
import pytest
from attacks import under_attack
from live import ROOT, ServerProcess, wait_until
from server_helpers import checkpoint_text
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from server.protocol.message import SUBPROTOCOL

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
CONFIGURATION = (ROOT / "docs" / "deploy" / "nginx.conf").read_text()
LEARNERS = 50
WITHIN = 3.0  # seconds until everyone trains again
LOST = 1.0  # seconds of training that may be lost; both limits grow by the longest gap between frames on a busy machine

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(NGINX is None, reason="nginx is not installed")]


@pytest.fixture
def servers() -> Iterator[list[ServerProcess]]:
    with ExitStack() as stack:
        yield [stack.enter_context(ServerProcess(0)).wait_ready(kernels="compiled") for _ in range(2)]


@pytest.fixture
def address(servers: list[ServerProcess], tmp_path: Path) -> Iterator[str]:
    """Start nginx with the documented file on a free port, and yield its address."""
    with nginx_before(servers, tmp_path) as (address, _):
        yield address


@contextmanager
def nginx_before(
    servers: list[ServerProcess], tmp_path: Path, configuration: str = CONFIGURATION
) -> Iterator[tuple[str, int]]:
    """Start nginx on a free port, and yield its address and process id."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ours = configuration.replace("listen 80;", f"listen 127.0.0.1:{port};")
    for written, server in zip(("127.0.0.1:8001", "127.0.0.1:8002"), servers, strict=True):
        assert written in ours
        ours = ours.replace(f"server {written}", f"server {server.url.removeprefix('http://')}")
    (tmp_path / "playground.conf").write_text(ours)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "\n".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log;\nevents {{}}\n"
        f"http {{ access_log off; {paths}\ninclude {tmp_path}/playground.conf; }}\n"
    )
    assert NGINX is not None
    with subprocess.Popen([NGINX, "-e", f"{tmp_path}/error.log", "-c", f"{tmp_path}/nginx.conf"]) as process:
        try:
            wait_until(lambda: (tmp_path / "pid").exists() or process.poll() is not None, 10, "nginx starts")
            assert process.poll() is None, (tmp_path / "error.log").read_text()
            yield f"127.0.0.1:{port}", process.pid
        finally:
            process.terminate()


@dataclass
class Learner:
    """A minimal page: keeps its last frame, and reconnects with it."""

    address: str
    frame: dict[str, Any] = field(default_factory=dict)
    seen: list[tuple[float, int]] = field(default_factory=list)  # time and epoch of each frame
    resumed: list[int] = field(default_factory=list)  # number of frames before each reconnection
    experiment: dict[str, Any] = field(default_factory=dict)

    async def learn(self) -> None:
        """Play until cancelled."""
        delay = 0.4
        while True:
            try:
                async with connect(f"ws://{self.address}/ws", subprotocols=[SUBPROTOCOL], max_size=None) as connection:
                    delay = 0.4
                    await self._play(connection)
            except (OSError, WebSocketException):
                pass
            await asyncio.sleep(delay * (0.75 + random.random() / 2))
            delay = min(delay * 1.7, 5)

    async def _play(self, connection: Any) -> None:
        hello: dict[str, Any] = {"type": "hello", "rev": 1, "playing": True}
        if self.frame:
            hello |= {"experiment": self.experiment, "checkpoint": checkpoint_text(self.frame)}
            self.resumed.append(len(self.seen))
        await connection.send(json.dumps(hello))
        async for data in connection:
            message = msgpack.unpackb(data)
            if message["type"] == "accepted":
                self.experiment = message["run"]["experiment"]
            if message["type"] == "frame":
                self.frame = message
                self.seen.append((time.monotonic(), message["epoch"]))
                await asyncio.sleep(0.05)  # acknowledges 20 frames a second
                await connection.send(json.dumps({"type": "drawn", "frame": message["frame"]}))


async def test_killing_a_server_under_a_class_costs_at_most_a_second_of_training(
    servers: list[ServerProcess], address: str
) -> None:
    learners = [Learner(address) for _ in range(LEARNERS)]
    tasks = [asyncio.create_task(learner.learn()) for learner in learners]
    async with asyncio.timeout(60):
        while not all(learner.frame.get("epoch", 0) > 10 for learner in learners):
            await asyncio.sleep(0.1)
    busy = max(after - before for each in learners for (before, _), (after, _) in pairwise(each.seen))
    servers[0].kill()
    killed = time.monotonic()
    await asyncio.sleep(WITHIN + 1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    moved = [learner for learner in learners if learner.resumed]
    assert LEARNERS / 4 < len(moved) < LEARNERS  # only those of the killed server
    for learner in moved:
        (before,) = learner.resumed
        (last, brought), (first, epoch) = learner.seen[before - 1 : before + 1]
        assert killed - last < LOST + busy
        assert first - killed < WITHIN + busy
        assert epoch >= brought
        assert learner.seen[-1][1] > epoch
    for learner in learners:
        epochs = [epoch for _, epoch in learner.seen]
        assert epochs == sorted(epochs)


async def test_nginx_serves_the_page(servers: list[ServerProcess], address: str) -> None:
    reader, writer = await asyncio.open_connection(*address.split(":"))
    writer.write(f"GET / HTTP/1.0\r\nHost: {address}\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    assert answer.startswith("HTTP/1.1 200")
    assert "<h1>" in answer


def open_files(master: int) -> int:
    """Return how many files the workers of an nginx have open."""
    workers = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    return sum(len(os.listdir(f"/proc/{worker}/fd")) for worker in workers)


@pytest.mark.skipif(sys.platform != "linux", reason="open files are counted in /proc")
async def test_nginx_withstands_silent_and_slow_clients(tmp_path: Path) -> None:
    impatient = CONFIGURATION.replace("timeout 15s;", "timeout 1s;")
    assert impatient != CONFIGURATION
    with ServerProcess(0, "--plain", "--trusted-proxies", "127.0.0.1") as server:
        server.wait_ready()
        with nginx_before([server, server], tmp_path, impatient) as (address, master):
            url = f"http://{address}"
            wait_until(lambda: open_files(master) > 0, 10, "nginx has started its workers")
            before = open_files(master)
            for attack in ("half-open", "closing", "slow readers"):
                async with under_attack(attack, url, 150):
                    await asyncio.sleep(1.5)
                    assert (await asyncio.to_thread(httpx2.get, url + "/", timeout=10)).status_code == 200
            # nginx keeps some connections to the servers
            await asyncio.to_thread(wait_until, lambda: open_files(master) < before + 10, 10, "sockets are closed")
