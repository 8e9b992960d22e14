"""Attacks on the transport, and the honest pages beside them. `benchmarks/hostile.py` uses both at larger sizes.

Attackers run in a process of their own, `python tests/attacks.py NAME URL`, until they are killed.
"""

import asyncio
import contextlib
import itertools
import json
import os
import re
import socket
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import msgpack
from attacks_by_work import WORK
from websockets.asyncio.client import connect

SUBPROTOCOL = "playground.v2"
HELLO = {"type": "hello", "rev": 1, "link": "seed=0.3", "playing": True, "speed": "1"}
HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: playground.v2\r\n"
)
OPEN = HANDSHAKE + b"\r\n"
FOREIGN = HANDSHAKE + b"Origin: https://evil.example\r\n\r\n"
LARGE_FILE = "vendor/katex/katex.mjs"
SEGMENT_BYTES = 1460  # as on Ethernet: loopback's large segments fill buffers that hide a client that doesn't read
UPLOAD = b"POST /table HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"


def masked(data: bytes, kind: int = 0x81) -> bytes:
    """Return a client's websocket frame of up to 65,535 bytes, with an all-zero mask."""
    size = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0x80 | 126]) + len(data).to_bytes(2, "big")
    return bytes([kind]) + size + bytes(4) + data


GREETING = masked(json.dumps(HELLO).encode())
RICH_GREETING = masked(json.dumps({**HELLO, "link": "networkShape=16,16", "speed": "max"}).encode())
SAVE = masked(json.dumps({"type": "save", "rev": 2, "what": "model"}).encode())


# Honest pages


class Honest:
    """An honest page: plays, draws every frame and records its time."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.times: list[float] = []
        self.clock = clock

    async def play(self, url: str) -> None:
        """Play until cancelled."""
        address = url.replace("http", "ws", 1) + "/ws"
        async with connect(address, subprotocols=[SUBPROTOCOL], compression=None, max_size=None) as page:
            await page.send(json.dumps(HELLO))
            async for data in page:
                unpacker = msgpack.Unpacker()
                unpacker.feed(data[:64])
                unpacker.read_map_header()
                if [unpacker.unpack(), unpacker.unpack(), unpacker.unpack()] == ["type", "frame", "frame"]:
                    self.times.append(self.clock())
                    await page.send(f'{{"type":"drawn","frame":{unpacker.unpack()}}}')


def gaps(pages: list[Honest], begin: float, end: float) -> list[float]:
    """Return the gaps between a page's frames in milliseconds; a gap counts if it overlaps the time span.

    So a page that gets no frame at all has one gap, as long as the span.
    """
    found = []
    for page in pages:
        times = [*(time for time in page.times if time <= end), end]
        found += [1000 * (after - before) for before, after in itertools.pairwise(times) if after > begin]
    return found


# Attackers


@dataclass
class Target:
    """The server under attack."""

    port: int
    large_file: bytes  # a request for it, without the end of its head

    @classmethod
    def of(cls, url: str) -> "Target":
        """Find out what the attackers have to know."""
        with urllib.request.urlopen(url + "/", timeout=10) as answer:
            folder = re.search(r"/static/[0-9a-f]{12}/", answer.read().decode())
        assert folder
        return cls(int(url.rpartition(":")[2]), f"GET {folder[0]}{LARGE_FILE} HTTP/1.1\r\nHost: localhost\r\n".encode())

    @contextlib.asynccontextmanager
    async def connected(self) -> AsyncIterator[socket.socket]:
        """Open a bare connection with small buffers."""
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            if hasattr(socket, "TCP_MAXSEG"):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT_BYTES)
            connection.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(connection, ("127.0.0.1", self.port))
            yield connection


async def send(connection: socket.socket, data: bytes) -> None:
    """Send everything."""
    await asyncio.get_running_loop().sock_sendall(connection, data)


async def opened(connection: socket.socket, *sent: bytes) -> None:
    """Open a websocket, and send more once it is open."""
    await send(connection, OPEN)
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        byte = await asyncio.get_running_loop().sock_recv(connection, 1)
        if not byte:
            raise ConnectionResetError
        answer += byte
    await send(connection, b"".join(sent))


async def until_cut(connection: socket.socket) -> None:
    """Hold a connection without reading until the server resets or closes it."""
    while not connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) and connection_state(connection) == 1:
        await asyncio.sleep(0.1)


def connection_state(connection: socket.socket) -> int:
    """Return the state of a TCP connection; 1 means established."""
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] if sys.platform == "linux" else 1


async def holding(target: Target, *sent: bytes, pause: float = 0.2) -> None:
    """Send something and read nothing."""
    async with target.connected() as connection:
        for data in sent:
            await send(connection, data)
            await asyncio.sleep(pause)
        await until_cut(connection)


async def slow_cookies(target: Target) -> None:
    """Send cookies whose values take quadratic time to unquote: one of 60 kB, and one as long as a header may be."""
    for length in (30_000, 7_000):
        async with target.connected() as connection:
            cookie = b'Cookie: lang="' + rb"\"" * length + b'"\r\n'
            await send(connection, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + cookie + b"\r\n")
            await asyncio.get_running_loop().sock_recv(connection, 1000)


async def one_byte_chunks(target: Target, path: bytes = b"/table") -> None:
    """Send a body of countless chunks."""
    async with target.connected() as connection:
        await send(connection, b"POST %b HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" % path)
        while True:
            await send(connection, b"1\r\nx\r\n" * 10_000)


async def pongs(target: Target) -> None:
    """Send unsolicited pongs."""
    async with target.connected() as connection:
        await opened(connection, GREETING)
        while True:
            await send(connection, masked(b"", 0x8A) * 10_000)


async def closing(target: Target) -> None:
    """Ask for a large file and for the end of the connection, and read nothing."""
    await holding(target, target.large_file + b"Connection: close\r\n\r\n")


async def slow_reader(target: Target) -> None:
    """Ask for a large file again and again, and read a few bytes now and then."""
    async with target.connected() as connection:
        await send(connection, (target.large_file + b"\r\n") * 20)
        while await asyncio.get_running_loop().sock_recv(connection, 100):
            await asyncio.sleep(0.2)


async def unread_close(target: Target) -> None:
    """Send a Close frame while many frames are unread."""
    async with target.connected() as connection:
        await opened(connection, RICH_GREETING)
        for _ in range(8):
            await send(connection, SAVE * 5)
            await asyncio.sleep(0.01)
        await send(connection, masked(b"\x03\xe8", 0x88))
        await until_cut(connection)


async def refused_handshake_after_a_file(target: Target) -> None:
    """Ask for a large file and then for a websocket with a foreign origin, and read nothing."""
    await holding(target, target.large_file + b"\r\n" + FOREIGN)


async def handshakes_beyond_the_seats(target: Target) -> None:
    """Open a websocket on a full server, and read nothing."""
    await holding(target, OPEN)


async def waiting_uploads(target: Target) -> None:
    """Send a table of 5 MB and wait for it to be read."""
    async with target.connected() as connection:
        row = "x,ж,1\n".encode()
        body = (row * (5_000_000 // len(row) + 1))[:5_000_000]
        await send(connection, UPLOAD % len(body) + body)
        await asyncio.get_running_loop().sock_recv(connection, 1000)


async def dripping_uploads(target: Target) -> None:
    """Send a table byte by byte."""
    async with target.connected() as connection:
        await send(connection, UPLOAD % 100_000)
        while True:
            await send(connection, b"x")
            await asyncio.sleep(0.2)


async def no_utf8(target: Target) -> None:
    """Send text that is not UTF-8."""
    async with target.connected() as connection:
        await opened(connection, masked(b"\xff\xfe"))
        await until_cut(connection)


async def half_open(target: Target) -> None:
    """Never finish a request."""
    await holding(target, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")


async def stalled(target: Target) -> None:
    """Play at full speed and read nothing."""
    async with target.connected() as connection:
        await opened(connection, masked(json.dumps({**HELLO, "speed": "max"}).encode()))
        await until_cut(connection)


async def messages(target: Target) -> None:
    """Send messages as fast as possible, and return three seconds after being cut off."""
    with contextlib.suppress(OSError):
        async with target.connected() as connection:
            await opened(connection, GREETING)
            while True:
                await send(connection, masked(b'{"type":"focus","unit":0}') * 50)
    await asyncio.sleep(3)


Attack = Callable[[Target], Awaitable[None]]
ATTACKS: dict[str, tuple[int, Attack]] = {  # with the number of attackers in a test
    "slow cookies": (2, slow_cookies),
    "one-byte chunks": (4, one_byte_chunks),
    "one-byte chunks elsewhere": (4, lambda target: one_byte_chunks(target, b"/healthz")),
    "pongs": (4, pongs),
    "closing": (200, closing),
    "slow readers": (60, slow_reader),
    "unread close": (30, unread_close),
    "refused handshakes": (200, refused_handshake_after_a_file),
    "beyond the seats": (80, handshakes_beyond_the_seats),
    "waiting uploads": (20, waiting_uploads),
    "dripping uploads": (12, dripping_uploads),
    "no UTF-8": (10, no_utf8),
    "half-open": (20, half_open),
    "stalled": (20, stalled),
    "messages": (10, messages),
}


async def attack(name: str, url: str, count: int) -> None:
    """Keep a number of attackers busy until the process is killed."""
    target = Target.of(url)

    async def attacker(target: Target) -> None:
        await (WORK[name][1](url) if name in WORK else ATTACKS[name][1](target))

    async def again() -> None:
        while True:
            with contextlib.suppress(OSError):
                await attacker(target)
            await asyncio.sleep(0.02)

    tasks = [asyncio.create_task(again()) for _ in range(count)]
    await asyncio.sleep(0.3)
    print("attacking", flush=True)
    await asyncio.gather(*tasks)


@contextlib.asynccontextmanager
async def under_attack(name: str, url: str, count: int | None = None) -> AsyncIterator[None]:
    """Run attackers in a separate process."""
    command = [sys.executable, __file__, name, url, str(count or (ATTACKS | WORK)[name][0])]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert await process.stdout.readline(), "the attackers have ended"
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


if __name__ == "__main__":
    with contextlib.suppress(AttributeError):
        os.nice(19)  # real attackers use their own machines, so this process yields to the server
    asyncio.run(attack(sys.argv[1], sys.argv[2], int(sys.argv[3])))
