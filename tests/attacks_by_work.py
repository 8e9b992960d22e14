"""Attacks by work: pages that ask for all the computing they may. `benchmarks/hostile.py` measures them, too."""

import asyncio
import base64
import contextlib
import json
import random
import struct
import time
from collections.abc import Awaitable, Callable
from typing import Any, Self

import msgpack
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

SUBPROTOCOL = "playground.v2"
LARGEST = [32] * 10


class Visitor:
    """A page that draws each frame at once, and records when it came."""

    def __init__(self, url: str, **options: Any) -> None:
        self._url, self._options = url.replace("http", "ws", 1) + "/ws", options
        self.times: list[float] = []
        self.last: dict[str, Any] = {}
        self.run: dict[str, Any] = {}
        self._news = asyncio.Event()
        self._rev = 0

    async def __aenter__(self) -> Self:
        self._socket: ClientConnection = await connect(
            self._url, subprotocols=[SUBPROTOCOL], max_size=None, compression=None, **self._options
        )
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionClosed):
            await self._reading
        self._socket.transport.abort()

    async def _read(self) -> None:
        async for data in self._socket:
            message = msgpack.unpackb(data)
            if message["type"] == "frame":
                self.times.append(time.perf_counter())
                await self._socket.send(json.dumps({"type": "drawn", "frame": message["frame"]}))
            self.run = message.get("run") if isinstance(message.get("run"), dict) else self.run
            self.last[message["type"]] = message
            self._news.set()

    async def closed(self) -> None:
        """Wait until the server closes the connection."""
        await self._socket.wait_closed()

    @property
    def close_code(self) -> int | None:
        """The code with which the connection was closed."""
        return self._socket.close_code

    async def say(self, kind: str, **fields: Any) -> int:
        """Send a command, and return its rev."""
        self._rev += 1
        await self._socket.send(json.dumps({"type": kind, "rev": self._rev, **fields}))
        return self._rev

    async def answered(self, kind: str, seconds: float = 20, **fields: Any) -> None:
        """Send a command, and wait until it is accepted or refused."""
        rev = await self.say(kind, **fields)
        async with asyncio.timeout(seconds):
            while rev not in [self.last.get(name, {}).get("rev") for name in ("accepted", "refused")]:
                self._news.clear()
                await self._news.wait()

    async def framed(self, kind: str, seconds: float = 20, **fields: Any) -> None:
        """Send a command, and wait for a frame that shows it."""
        rev = await self.say(kind, **fields)
        async with asyncio.timeout(seconds):
            while self.last.get("frame", {}).get("rev", 0) < rev:
                self._news.clear()
                await self._news.wait()


def own_data(rows: int) -> dict[str, Any]:
    """Return own data of some rows, as JSON."""
    places = random.Random(1)
    coded = [
        struct.pack("<3h", places.randrange(-25_000, 25_000), places.randrange(-25_000, 25_000), i % 2)
        for i in range(rows)
    ]
    text = base64.urlsafe_b64encode(b"".join(coded)).decode().rstrip("=")
    return {"task": "classification", "classes": ["a", "b"], "rows": text}


async def grow(url: str, speed: str) -> None:
    """Train a tiny network, then change it into the largest one with the most points."""
    async with Visitor(url) as page:
        await page.framed("hello", link="seed=0.3&networkShape=1", speed=speed)
        await page.answered("data", own=own_data(2))
        await page.framed("play")
        await asyncio.sleep(0.3)
        experiment = {**page.run["experiment"], "hidden_layers": LARGEST, "own": own_data(4500), "start": None}
        await page.answered("configure", experiment=experiment, view=page.run["view"], keep=True)
        assert "refused" not in page.last, page.last["refused"]
        await asyncio.sleep(60)


async def alternate(url: str) -> None:
    """Keep changing between a tiny and a huge network."""
    async with Visitor(url) as page:
        await page.framed("hello", link="seed=0.3&networkShape=1", speed="max", playing=True)
        tiny = page.run["experiment"]
        for i in range(1000):
            experiment = {**tiny, "hidden_layers": [] if i % 2 else LARGEST, "start": None}
            await page.answered("configure", experiment=experiment, view=page.run["view"], keep=True)
            await page.answered("play")
            await asyncio.sleep(0.1)


async def check(url: str) -> None:
    """Keep checking the gradient of a large network."""
    async with Visitor(url) as page:
        link = "dataset=spiral&networkShape=8,8,8,8,8,8&seed=0.3"
        await page.framed("hello", link=link, seconds=60, frames="none")
        while True:
            await page.answered("check", seconds=60)


WORK: dict[str, tuple[int, Callable[[str], Awaitable[None]]]] = {  # with the number of attackers in a test
    "growing at 100": (4, lambda url: grow(url, "100")),
    "growing at max": (4, lambda url: grow(url, "max")),
    "changing sizes": (6, alternate),
    "costly commands": (40, check),
}
