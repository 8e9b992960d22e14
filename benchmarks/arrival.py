"""Open the page in a whole class at once: each visitor loads what a browser loads and gets a first frame.

A visitor fetches the page, then its files over three connections (as a cold browser would, compressed), and meanwhile
opens the websocket and says hello. The visitor's first boundary is there when all of that is. Visitors come at random
moments within five seconds. Meanwhile one learner trains, and the gaps between the learner's frames are measured.
Server and visitors share this machine's cores; drawing the page takes a visitor's own machine.
"""

import argparse
import asyncio
import gzip
import random
import re
import time
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from urllib.parse import urlsplit

from learners import DEFAULT, Learner, running_server

ARRIVAL_SECONDS = 5.0
CONNECTIONS = 3
FONT = "vendor/inter/inter-latin.woff2"
LAST_GOAL, GAP_GOAL = 3000, 100  # ms


@dataclass
class Visit:
    """What one visitor needed."""

    seconds: float
    requests: int
    received: int  # bytes


class Fetcher:
    """One keep-alive connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str) -> None:
        self._reader, self._writer, self._host = reader, writer, host

    @classmethod
    async def connected(cls, host: str) -> "Fetcher":
        """Connect."""
        address = urlsplit(f"//{host}")
        return cls(*await asyncio.open_connection(address.hostname, address.port), host)

    async def fetch(self, path: str) -> bytes:
        """Return a file as it was sent."""
        self._writer.write(f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        if not head.startswith("HTTP/1.1 200 "):
            raise RuntimeError(f"{path}: {head.partition(chr(13))[0]}")
        length = re.search(r"(?i)^content-length: (\d+)", head, re.MULTILINE)
        assert length
        return await self._reader.readexactly(int(length[1]))

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()


async def visit(host: str) -> tuple[Visit, Learner]:
    """Open the page; return what that took, and the learner whose websocket is still open."""
    began = time.perf_counter()
    fetchers = [await Fetcher.connected(host)]
    page = await fetchers[0].fetch("/")
    greeting = asyncio.create_task(_greet(f"ws://{host}/ws"))
    html = gzip.decompress(page).decode()
    paths = {path.partition("#")[0] for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', html)}
    static = re.search(r'"(/static/[^/"]+/)', html)
    assert static
    waiting = [*sorted(paths), static[1] + FONT]  # the font is named in the style sheet
    received = len(page)

    async def work(fetcher: Fetcher) -> None:
        nonlocal received
        while waiting:
            content = await fetcher.fetch(waiting.pop())
            received += len(content)

    requests = len(waiting) + 2  # the page and the websocket
    fetchers += await asyncio.gather(*(Fetcher.connected(host) for _ in range(CONNECTIONS - 1)))
    await asyncio.gather(*map(work, fetchers))
    for fetcher in fetchers:
        fetcher.close()
    learner = await greeting
    return Visit(time.perf_counter() - began, requests, received + learner.received), learner


async def _greet(address: str) -> Learner:
    learner = await Learner.connected(address)
    await learner.hello("")
    return learner


async def arrive(host: str, delay: float) -> Visit:
    """Come after a delay, and stay for some seconds."""
    await asyncio.sleep(delay)
    visit_, learner = await visit(host)
    await asyncio.sleep(1)
    learner.close()
    return visit_


async def measure(visitors: int, workers: int) -> bool:
    """Let a class arrive, print what it took, and return whether the goals are reached."""
    room = "--max-learners", str(visitors + 1), "--max-learners-per-address", str(visitors + 1)
    with running_server("--workers", str(workers), *room) as server:
        training = await Learner.connected(server.socket)
        await training.hello(DEFAULT)
        await training.say("play")
        await asyncio.sleep(2)
        began, processor = time.perf_counter(), server.cpu_seconds()
        delays = [random.uniform(0, ARRIVAL_SECONDS) for _ in range(visitors)]
        visits = await asyncio.gather(*(arrive(server.host, delay) for delay in delays))
        processor = (server.cpu_seconds() - processor) * 1000 / visitors
        during = [at for at, _ in training.frames if at > began]
        quiet = [at for at, _ in training.frames if at < began]
        training.close()
    times = sorted(each.seconds * 1000 for each in visits)
    gap, before = (percentile([(b - a) * 1000 for a, b in pairwise(each)], 0.95) for each in (during, quiet))
    reached = times[-1] < LAST_GOAL and gap < GAP_GOAL
    kilobytes = median(each.received for each in visits) / 1000
    print(
        f"{visitors} visitors within {ARRIVAL_SECONDS:.0f} s, {workers} workers: first boundary median "
        f"{median(times):.0f} ms, last {times[-1]:.0f} ms (goal < {LAST_GOAL}); each {visits[0].requests} requests, "
        f"{kilobytes:.0f} kB and {processor:.0f} ms of the server's processor time; frames of a learner who trains: "
        f"gap p95 {gap:.0f} ms (goal < {GAP_GOAL}), before the class came {before:.0f} ms: "
        f"{'reached' if reached else 'MISSED'}"
    )
    return reached


def percentile(values: list[float], share: float) -> float:
    """Return the value below which this share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("inf")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    for _ in range(arguments.rounds):
        asyncio.run(measure(arguments.visitors, arguments.workers))


if __name__ == "__main__":
    main()
