"""Attacks by work: pages ask for all the computing they may; honest pages keep their frames, and newcomers get in."""

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from statistics import quantiles

import pytest
from attacks_by_work import WORK, Visitor, grow
from live import ServerProcess
from websockets.exceptions import ConnectionClosed

pytestmark = pytest.mark.anyio
QUIET_SECONDS, ATTACK_SECONDS = 1.5, 3.0
ROUNDS = 3  # the best one counts: other work on the machine delays frames too
FLOOR_MS = 100.0  # no one notices a shorter gap


def percentile_95(pages: list[Visitor], began: float) -> float:
    """Return the 95th percentile of the gaps between frames since then, in ms; a gap may still be open."""
    now = time.perf_counter()
    gaps = [
        1000 * (after - before)
        for page in pages
        for before, after in pairwise([*(at for at in page.times if at >= began), now])
    ]
    return quantiles(gaps, n=20)[-1] if len(gaps) > 1 else 1000 * (now - began)


@contextlib.asynccontextmanager
async def honest_pages(url: str, count: int = 3) -> AsyncIterator[list[Visitor]]:
    """Open pages that play the default experiment."""
    async with contextlib.AsyncExitStack() as stack:
        pages = [await stack.enter_async_context(Visitor(url)) for _ in range(count)]
        for page in pages:
            await page.framed("hello", link="seed=0.3", playing=True)
        yield pages


async def withstands(url: str, name: str, newcomer_seconds: float = 1.5) -> None:
    """Check that honest pages keep their frames during an attack, and that a newcomer is served."""
    count, attack = WORK[name]
    found = []
    async with honest_pages(url) as pages:
        await asyncio.sleep(0.5)
        for _ in range(ROUNDS):
            began = time.perf_counter()
            await asyncio.sleep(QUIET_SECONDS)
            quiet = percentile_95(pages, began)
            attacking = asyncio.gather(*(attack(url) for _ in range(count)))
            began = time.perf_counter()
            await asyncio.sleep(ATTACK_SECONDS / 2)
            arrived = time.perf_counter()
            async with Visitor(url) as newcomer:
                with contextlib.suppress(TimeoutError):
                    await newcomer.framed("hello", link="seed=0.4", seconds=10)
            waited = time.perf_counter() - arrived
            await asyncio.sleep(max(0.0, began + ATTACK_SECONDS - time.perf_counter()))
            hostile = percentile_95(pages, began)
            attacking.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionClosed):
                await attacking
            found.append((round(quiet), round(hostile), round(waited, 2)))
            if hostile <= max(1.5 * quiet, FLOOR_MS) and waited <= newcomer_seconds:
                return
    pytest.fail(f"gaps in ms without and with the attack, seconds a newcomer waited: {found}")


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    """Serve with compiled kernels; an attack that freezes the server must not freeze the tests' own."""
    with ServerProcess(0) as server:
        yield server.wait_ready(kernels="compiled")
        assert "Traceback" not in server.output()


@pytest.mark.parametrize("speed", ["100", "max"])
async def test_a_tiny_run_that_becomes_a_huge_one_freezes_nobody(server: ServerProcess, speed: str) -> None:
    await withstands(server.url, f"growing at {speed}")


async def test_pages_that_keep_changing_between_tiny_and_huge_networks_delay_nobody(server: ServerProcess) -> None:
    await withstands(server.url, "changing sizes")


async def test_many_costly_commands_delay_nobody(server: ServerProcess) -> None:
    await withstands(server.url, "costly commands")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_a_server_that_trains_huge_networks_stops_in_time_and_tells_its_pages(how: signal.Signals) -> None:
    with ServerProcess(0) as server:
        server.wait_ready(kernels="compiled")
        attacks = [asyncio.create_task(grow(server.url, "max")) for _ in range(4)]
        async with honest_pages(server.url) as pages:
            await asyncio.sleep(1.5)
            began = time.monotonic()
            await asyncio.to_thread(server.stop, how)
            assert time.monotonic() - began < 5
            for page in pages:
                await asyncio.wait_for(page.closed(), 1)
                assert page.close_code == 1012
        await asyncio.gather(*attacks, return_exceptions=True)
        assert "Traceback" not in server.output()
