"""Measure whether hostile clients slow honest learners: twenty pages play, with and without twenty clients of a kind.

half-open   10 connections never finish their request, 10 websockets send nothing and answer no ping
stalled     send hello, play at full speed, then read nothing
flooding    send as fast as they can, and reconnect three seconds after being cut off

`python benchmarks/hostile.py` prints the gaps between the honest pages' frames, and why hostile clients were refused.
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

SUBPROTOCOL = "playground.v2"
KINDS = ["half-open", "stalled", "flooding"]
HELLO = {"type": "hello", "rev": 1, "link": "seed=0.3", "playing": True, "speed": "1"}
HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: playground.v2\r\n\r\n"
)
RETURN = 3.0  # seconds until a client cut off for flooding reconnects
OPTIONS = (
    "--ping-seconds",
    "3",
    "--request-seconds",
    "3",
    "--send-seconds",
    "3",
)  # short, so that cut-offs happen during the run


def masked(text: str) -> bytes:
    """Return a short message as a client's websocket frame with mask 0."""
    data = text.encode()
    size = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0x80 | 126]) + len(data).to_bytes(2, "big")
    return b"\x81" + size + bytes(4) + data


class Honest:
    """An honest page: plays, draws every frame and records its time."""

    def __init__(self) -> None:
        self.times: list[float] = []

    async def play(self, url: str) -> None:
        """Play until cancelled."""
        async with connect(url, subprotocols=[SUBPROTOCOL], compression=None, max_size=None) as page:
            await page.send(json.dumps(HELLO))
            async for data in page:
                unpacker = msgpack.Unpacker()
                unpacker.feed(data[:64])
                unpacker.read_map_header()
                if [unpacker.unpack(), unpacker.unpack(), unpacker.unpack()] == ["type", "frame", "frame"]:
                    self.times.append(time.perf_counter())
                    await page.send(f'{{"type":"drawn","frame":{unpacker.unpack()}}}')


def gaps(pages: list[Honest], begin: float, end: float) -> list[float]:
    """Return the gaps between a page's frames within a time span, in milliseconds."""
    return [
        1000 * (after - before)
        for page in pages
        for before, after in itertools.pairwise(page.times)
        if begin <= before and after <= end
    ]


async def connected(port: int) -> socket.socket:
    """Open a plain socket with a small receive buffer."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port))
    return connection


async def hold(port: int, *sent: bytes) -> None:
    """Send something and read nothing. Reconnect after being cut off, until cancelled."""
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
    """Send as fast as possible, and reconnect after being cut off."""
    while True:
        with contextlib.suppress(ConnectionClosed, OSError):
            async with connect(url, subprotocols=[SUBPROTOCOL], compression=None, max_size=None) as page:
                await page.send(json.dumps(HELLO))
                for i in itertools.count():
                    await page.send('{"type":"focus","unit":0}')
                    if i % 50 == 0:
                        await asyncio.sleep(0)
        await asyncio.sleep(RETURN)


def refusals(url: str) -> dict[str, int]:
    """Return the number of refusals by reason, from the metrics."""
    with urllib.request.urlopen(url + "/metrics", timeout=10) as answer:
        found = re.findall(r'refusals_total\{reason="(\w+)"\} (\d+)', answer.read().decode())
    return {reason: int(count) for reason, count in found}


async def hostile(url: str, count: int, seconds: float, kinds: list[str]) -> None:
    """Run hostile clients for some seconds. Runs in its own process, so that it doesn't delay the honest clients."""
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
    """Return the gaps of each quiet and each hostile span. They alternate, so that a busy machine slows both alike."""
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
    """Measure every kind and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--count", type=int, default=20, help="number of honest pages, and of hostile clients of each kind"
    )
    parser.add_argument("--seconds", type=float, default=6, help="length of a span")
    parser.add_argument("--rounds", type=int, default=5, help="number of rounds; each has a quiet and a hostile span")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, help="kinds of hostile clients")
    parser.add_argument("--attack", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.attack:
        os.nice(19)  # real attackers use their own machines, so this process yields to the server
        asyncio.run(hostile(options.attack, options.count, options.seconds, options.kinds))
        return
    from live import ServerProcess  # the attackers' process doesn't need it

    with ServerProcess(0, *OPTIONS) as server:
        server.wait_ready(kernels="compiled")
        before = refusals(server.url)
        found = asyncio.run(measure(server.url, options.count, options.rounds, options.seconds, options.kinds))
        after = refusals(server.url)
    sent_away = {reason: count - before[reason] for reason, count in after.items() if count > before[reason]}
    print(f"Milliseconds between frames; {options.count} pages at speed 1, {options.rounds} rounds.\n")
    print(f"{'':9}{'frames/s':>10}{'mean':>9}{'median':>9}{'p90':>9}{'p99':>9}{'worst':>9}")
    for name, spans in found.items():
        values = [gap for span in spans for gap in span]
        cuts, mean = statistics.quantiles(values, n=100), statistics.mean(values)
        print(f"{name:9}{1000 / mean:10.1f}{mean:9.1f}{cuts[49]:9.1f}{cuts[89]:9.1f}{cuts[98]:9.1f}{max(values):9.1f}")
    for what, measured in (("mean", statistics.mean), ("median", statistics.median)):
        ratios = [measured(bad) / measured(good) for good, bad in zip(found["quiet"], found["hostile"], strict=True)]
        each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        print(f"\n{what} gap, hostile / quiet: {statistics.median(ratios):.2f} (goal 1.5; the rounds: {each})", end="")
    print()
    print("\nRefused, by reason:", ", ".join(f"{reason} {count}" for reason, count in sorted(sent_away.items())))


if __name__ == "__main__":
    main()
