"""Attacks on the transport: honest pages keep their pace, newcomers are served, and nothing is left of the attack."""

import asyncio
import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from attacks import ATTACKS, Honest, begin_attack, gaps
from live import ServerProcess, metrics_of, wait_until
from server_helpers import Socket

pytestmark = pytest.mark.anyio

OPTIONS = {
    "--max-connections": "100", "--max-learners": "40", "--request-seconds": "1.5", "--send-seconds": "1",
    "--ping-seconds": "2", "--log-level": "error",
}  # fmt: skip
SPAN = 1.2  # seconds of quiet, and of attack
ROUNDS = 3
SLOWER = 1.5  # how many times longer gaps may become
UNNOTICED = 60.0  # milliseconds that no learner notices
LEFT = 40e6  # bytes that may stay allocated
SEVERE_SECONDS = 5.0  # in which a newcomer is served, on a busy machine


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    """Serve with low limits."""
    with ServerProcess(0, *(part for option in OPTIONS.items() for part in option)) as server:
        server.wait_ready(kernels="compiled")
        yield server


def open_files(server: ServerProcess) -> int:
    return len(os.listdir(f"/proc/{server.pid}/fd"))


def newcomer(url: str) -> float:
    """Open the page; return how many seconds it took."""
    begin = time.perf_counter()
    assert httpx2.get(url + "/", timeout=SEVERE_SECONDS).status_code == 200
    return time.perf_counter() - begin


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_on_the_transport_slows_nobody_and_leaves_nothing(server: ServerProcess, name: str) -> None:
    files, memory = open_files(server), server.memory()
    log = len(server.output())
    page = Honest()
    playing = asyncio.create_task(page.play(server.url))
    await asyncio.sleep(0.5)
    found = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        await asyncio.sleep(SPAN)
        quiet = p95(gaps([page], begin, time.perf_counter()))
        attackers = await begin_attack(name, server.url)
        await asyncio.sleep(0.5)
        begin = time.perf_counter()
        newcomers = [await asyncio.to_thread(newcomer, server.url)]
        await asyncio.sleep(max(0, SPAN - newcomers[0]))
        newcomers.append(await asyncio.to_thread(newcomer, server.url))
        found.append((quiet, p95(gaps([page], begin, time.perf_counter())), max(newcomers)))
        most = open_files(server), server.memory()
        attackers.kill()
        await attackers.wait()
        print(name, found[-1], most, files, memory / 1e6)
    playing.cancel()
    await asyncio.gather(playing, return_exceptions=True)
    print(metrics_of(server.url))
    await asyncio.sleep(4)
    print(open_files(server), server.memory() / 1e6, len(server.output()) - log, server.output()[log:][:3000])
