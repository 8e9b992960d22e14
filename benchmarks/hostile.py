"""Do honest learners notice hostile clients? Twenty pages play, with and without twenty of each kind beside them.

half-open   10 connections that never finish their request, 10 websockets that say nothing and answer no ping
stalled     say hello, play at full speed, and read nothing from then on
flooding    send as fast as they can; when they are cut off, they come again three seconds later

`python benchmarks/hostile.py` prints the gaps between two frames of the honest ones, and how the hostile ones ended.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import re
import socket
import statistics
import sys
import time
import urllib.request
from pathlib import Path

import msgpack
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

KINDS = ["half-open", "stalled", "flooding"]
HELLO = {"type": "hello", "rev": 1, "link": "seed=0.3", "playing": True, "speed": "1"}
HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
RETURN = 3.0  # seconds until one that was cut off for flooding comes again
OPTIONS = ("--ping-seconds", "3", "--request-seconds", "3", "--send-seconds", "3")  # so that the end is seen, too


def masked(text: str) -> bytes:
    """Return a short message as a client's frame, with the mask 0."""
    data = text.encode()
    size = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0x80 | 126]) + len(data).to_bytes(2, "big")
    return b"\x81" + size + bytes(4) + data


class Honest:
    """A page that plays, draws every frame, and notes when it came."""

    def __init__(self) -> None:
        self.times: list[float] = []

    async def play(self, url: str) -> None:
        """Play until cancelled."""
        async with connect(url, compression=None, max_size=None) as page:
            await page.send(json.dumps(HELLO))
            async for data in page:
                unpacker = msgpack.Unpacker()
                unpacker.feed(data[:64])
                unpacker.read_map_header()
                if [unpacker.unpack(), unpacker.unpack(), unpacker.unpack()] == ["type", "frame", "frame"]:
                    self.times.append(time.perf_counter())
                    await page.send(f'{{"type":"drawn","frame":{unpacker.unpack()}}}')


def gaps(pages: list[Honest], begin: float, end: float) -> list[float]:
    """Return all times between two frames of a page, in milliseconds, in a span of time."""
    return [
        1000 * (after - before)
        for page in pages
        for before, after in itertools.pairwise(page.times)
        if begin <= before and after <= end
    ]


async def connected(port: int) -> socket.socket:
    """Open a connection by hand, with little room for what comes."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port))
    return connection


async def hold(port: int, *sent: bytes) -> None:
    """Send something and read nothing; until it is cancelled, come again when cut off."""
    loop = asyncio.get_running_loop()
    while True:
        with await connected(port) as connection, contextlib.suppress(OSError):
            for data in sent:
                await loop.sock_sendall(connection, data)
                await asyncio.sleep(0.2)
            while True:
                await asyncio.sleep(0.5)
                await loop.sock_sendall(connection, b"")
                if connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                    break


async def flood(url: str) -> None:
    """Send as fast as it goes, and come again."""
    while True:
        with contextlib.suppress(ConnectionClosed, OSError):
            async with connect(url, compression=None, max_size=None) as page:
                await page.send(json.dumps(HELLO))
                for i in itertools.count():
                    await page.send('{"type":"focus","unit":0}')
                    if i % 50 == 0:
                        await asyncio.sleep(0)
        await asyncio.sleep(RETURN)


def refusals(url: str) -> dict[str, int]:
    """Read how many were sent away, by reason."""
    with urllib.request.urlopen(url + "/metrics", timeout=10) as answer:
        found = re.findall(r'refusals_total\{reason="(\w+)"\} (\d+)', answer.read().decode())
    return {reason: int(count) for reason, count in found}


async def hostile(url: str, count: int, seconds: float, kinds: list[str]) -> None:
    """Be hostile for so long: in a process of its own, so that the honest ones' clocks are not held up."""
    port = int(url.rpartition(":")[2].partition("/")[0])
    stalled = masked(json.dumps({**HELLO, "speed": "max"}))
    works = {
        "half-open": [lambda: hold(port, b"GET / HTTP/1.1\r\nHost: x\r\nX: "), lambda: hold(port, HANDSHAKE)],
        "stalled": [lambda: hold(port, HANDSHAKE, stalled)],
        "flooding": [lambda: flood(url)],
    }
    tasks = [
        asyncio.create_task(work()) for kind in kinds for work in itertools.islice(itertools.cycle(works[kind]), count)
    ]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def measure(url: str, count: int, rounds: int, seconds: float, kinds: list[str]) -> dict[str, list[list[float]]]:
    """Return the gaps of each quiet and each hostile span; they alternate, so that a busy machine slows both alike."""
    socket_url = url.replace("http", "ws", 1) + "/ws"
    pages = [Honest() for _ in range(count)]
    tasks = [asyncio.create_task(page.play(socket_url)) for page in pages]
    attack = [sys.executable, __file__, "--attack", socket_url, "--count", str(count), "--seconds", str(seconds)]
    await asyncio.sleep(3)
    found: dict[str, list[list[float]]] = {"quiet": [], "hostile": []}
    for _ in range(rounds):
        begin = time.perf_counter()
        await asyncio.sleep(seconds)
        found["quiet"].append(gaps(pages, begin, time.perf_counter()))
        attackers = await asyncio.create_subprocess_exec(*attack, "--kinds", *kinds)
        begin = time.perf_counter()
        await attackers.wait()
        found["hostile"].append(gaps(pages, begin, time.perf_counter()))
        await asyncio.sleep(1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return found


def main() -> None:
    """Run it all and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--count", type=int, default=20, help="of honest pages, and of each hostile kind")
    parser.add_argument("--seconds", type=float, default=6, help="of a span")
    parser.add_argument("--rounds", type=int, default=5, help="of a quiet and a hostile span each")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, help="of hostile clients")
    parser.add_argument("--attack", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.attack:
        os.nice(19)  # what they do themselves is not to be measured: they would be on other machines
        asyncio.run(hostile(options.attack, options.count, options.seconds, options.kinds))
        return
    from live import ServerProcess  # the attackers, a process of their own, need none of it

    with ServerProcess(0, *OPTIONS) as server:
        server.wait_ready(kernels="compiled")
        before = refusals(server.url)
        found = asyncio.run(measure(server.url, options.count, options.rounds, options.seconds, options.kinds))
        after = refusals(server.url)
    sent_away = {reason: count - before[reason] for reason, count in after.items() if count > before[reason]}
    print(f"Milliseconds between two frames of {options.count} pages that play at speed 1, {options.rounds} rounds.\n")
    print(f"{'':9}{'frames/s':>10}{'mean':>9}{'median':>9}{'90 %':>9}{'99 %':>9}{'worst':>9}")
    for name, spans in found.items():
        values = [gap for span in spans for gap in span]
        cuts, mean = statistics.quantiles(values, n=100), statistics.mean(values)
        print(f"{name:9}{1000 / mean:10.1f}{mean:9.1f}{cuts[49]:9.1f}{cuts[89]:9.1f}{cuts[98]:9.1f}{max(values):9.1f}")
    for what, measured in (("mean", statistics.mean), ("median", statistics.median)):
        ratios = [measured(bad) / measured(good) for good, bad in zip(found["quiet"], found["hostile"], strict=True)]
        each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        print(f"\n{what} gap, hostile / quiet: {statistics.median(ratios):.2f} (goal 1.5; the rounds: {each})", end="")
    print()
    print("\nSent away, by reason:", ", ".join(f"{reason} {count}" for reason, count in sorted(sent_away.items())))


if __name__ == "__main__":
    main()
