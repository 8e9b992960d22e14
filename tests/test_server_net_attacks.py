"""Attacks on the transport: honest pages keep their pace, newcomers are served, and nothing is left of the attack."""

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest
from attacks import ATTACKS, Honest, gaps, under_attack
from live import ServerProcess, metrics_of, wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(sys.platform != "linux", reason="open files are counted in /proc")]

OPTIONS = {
    "--max-connections": "100", "--max-learners": "40", "--request-seconds": "1.5", "--send-seconds": "1",
    "--ping-seconds": "2",
}  # fmt: skip
SPAN = 1.0  # seconds of quiet, and of attack
ROUNDS = 5  # of which one has to pass: other programs of a busy machine may disturb the others
SLOWER = 1.5  # how many times longer the gaps between an honest page's frames may become
UNNOTICED_MS = 60.0
NEWCOMER_SECONDS = 2.0
OWN_FILES = 20  # besides those of connections
MOST_BYTES = 150e6  # of memory that an attack may take
LEFT_BYTES = 80e6  # that the allocator may keep afterwards; the bodies that an attack leaves waiting are more than that


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    """Serve with low limits."""
    with ServerProcess(0, "--plain", *(part for option in OPTIONS.items() for part in option)) as server:
        yield server.wait_ready()


class Round(NamedTuple):
    """Hold the 95th percentile of gaps in milliseconds without and under attack, and a newcomer's seconds."""

    quiet: float
    attacked: float
    newcomer: float
    files: int
    memory: int

    @property
    def withstood(self) -> bool:
        """Say whether learners noticed nothing."""
        return self.attacked <= max(SLOWER * self.quiet, UNNOTICED_MS) and self.newcomer <= NEWCOMER_SECONDS


def open_files(server: ServerProcess) -> int:
    return len(os.listdir(f"/proc/{server.pid}/fd"))


def open_the_page(url: str) -> float:
    """Open the page as a newcomer; return how many seconds it took."""
    begin = time.perf_counter()
    assert httpx2.get(url + "/", timeout=10).status_code == 200
    return time.perf_counter() - begin


def processor_time(server: ServerProcess) -> float:
    """Return how many seconds the server's event loop has computed so far.

    Learners wait while the loop computes for others. Other programs of a busy machine don't change this time.
    """
    return int(Path(f"/proc/{server.pid}/task/{server.pid}/schedstat").read_text().split()[0]) / 1e9


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else values[0]


async def one_round(server: ServerProcess, page: Honest, name: str) -> Round:
    begin = page.clock()
    await asyncio.sleep(SPAN)
    quiet = p95(gaps([page], begin, page.clock()))
    async with under_attack(name, server.url):
        begin = page.clock()
        newcomer = await asyncio.to_thread(open_the_page, server.url)
        await asyncio.sleep(max(0, SPAN - newcomer))
        return Round(quiet, p95(gaps([page], begin, page.clock())), newcomer, open_files(server), server.memory())


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_on_the_transport_slows_nobody_and_leaves_nothing(server: ServerProcess, name: str) -> None:
    files, memory, lines = open_files(server), server.memory(), server.output()
    page = Honest(lambda: processor_time(server))
    playing = asyncio.create_task(page.play(server.url))
    rounds: list[Round] = []
    try:
        async with asyncio.timeout(10):
            while not page.times:
                await asyncio.sleep(0.05)
        while len(rounds) < ROUNDS and not any(each.withstood for each in rounds):
            rounds.append(await one_round(server, page, name))
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
    assert any(each.withstood for each in rounds), rounds
    limit = int(OPTIONS["--max-connections"]) + int(OPTIONS["--max-learners"]) + OWN_FILES
    assert max(each.files for each in rounds) <= limit
    assert max(each.memory for each in rounds) < memory + MOST_BYTES
    await asyncio.to_thread(wait_until, lambda: open_files(server) <= files, 10, "all sockets are closed")
    await asyncio.to_thread(wait_until, lambda: not metrics_of(server.url)["playground_learners"], 10, "seats are free")
    assert server.memory() < memory + LEFT_BYTES
    assert server.output() == lines  # strangers cannot fill the disk


async def test_few_open_files_mean_fewer_connections_and_no_flood_of_the_log() -> None:
    command = ("bash", "-c", f'ulimit -n 400; exec {sys.executable} -m server "$@"', "server")
    with ServerProcess(0, "--plain", "--max-learners", "40", command=command) as server:
        server.wait_ready()
        async with under_attack("closing", server.url, 400):
            await asyncio.sleep(2)
            assert await asyncio.to_thread(open_the_page, server.url) < 10
        said = server.output().splitlines()
        assert said[0] == "warning: the system allows too few open files max_connections=144"
        assert len(said) == 2
