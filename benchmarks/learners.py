"""Provide a server process and learners for the server's benchmarks.

A learner receives and acknowledges each frame as the page does. To keep the load's own cost low, it decompresses only
the first few fields of a frame.
"""

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgpack
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, PerMessageDeflate
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

ROOT = Path(__file__).resolve().parent.parent
SUBPROTOCOL = "playground.v2"
BEGINNING = 500  # bytes of a frame that contain the fields needed
FRAME = msgpack.packb("type") + msgpack.packb("frame")  # follows the one to three bytes that start a map
SEVEN = "x=true&y=true&xSquared=true&ySquared=true&xTimesY=true&sinX=true&sinY=true"
DEFAULT = "seed=0.3"
LARGEST = f"dataset=spiral&networkShape=8,8,8,8,8,8&{SEVEN}&seed=0.3"


@dataclass
class Running:
    """A running server: its process id, its address, and the lines it has printed."""

    pid: int
    host: str
    said: list[str]

    @property
    def page(self) -> str:
        """The page's address."""
        return f"http://{self.host}/"

    @property
    def socket(self) -> str:
        """The websocket's address."""
        return f"ws://{self.host}/ws"

    def cpu_seconds(self) -> float:
        """Return the processor time of all its processes (Linux; elsewhere 0)."""
        ticks = sum(int(fields[11]) + int(fields[12]) for fields in self._stats())
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Return the resident memory of all its processes in MB (Linux; elsewhere 0)."""
        return sum(int(fields[21]) for fields in self._stats()) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def _stats(self) -> Iterator[list[str]]:
        with contextlib.suppress(OSError):
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
            for pid in [str(self.pid), *children]:
                yield Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()


@contextlib.contextmanager
def running_server(*options: str) -> Iterator[Running]:
    """Start a server, wait until its kernels are compiled, and stop it afterwards."""
    command = [sys.executable, "-m", "server", "--port", "0", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        said: list[str] = []
        try:
            for line in process.stdout:
                if found := re.search(r"http://(\S+?)/ ", line):
                    threading.Thread(target=said.extend, args=(process.stdout,), daemon=True).start()
                    _wait_for_kernels(f"http://{found[1]}/healthz")
                    yield Running(process.pid, found[1], said)
                    break
                said.append(line)
            else:
                raise RuntimeError("".join(said))
        finally:
            process.send_signal(signal.SIGTERM)


def _wait_for_kernels(address: str) -> None:
    ready = 0
    while ready < 10:  # with several processes, each must have them
        with urllib.request.urlopen(address) as answer:
            ready = ready + 1 if json.load(answer)["kernels"] != "compiling" else 0
        time.sleep(0.02)


class Glance(PerMessageDeflate):
    """Decompress the start of a frame, and other messages completely."""

    def decode(self, frame: Frame, *, max_size: int | None = None) -> Frame:
        """Return the message, or its start."""
        if not frame.rsv1 or frame.opcode is not Opcode.BINARY:
            return super().decode(frame, max_size=max_size)
        decoder = zlib.decompressobj(wbits=-15)
        data = decoder.decompress(bytes(frame.data), BEGINNING)
        if FRAME not in data[:20]:
            data += decoder.decompress(decoder.unconsumed_tail)
        return Frame(frame.opcode, data, frame.fin)


class Glancing(ClientPerMessageDeflateFactory):
    """Request compression without context takeover, so that messages can be read one by one."""

    def process_response_params(self, params: Any, accepted: Any) -> Glance:
        """Return the decompressor."""
        agreed = super().process_response_params(params, accepted)
        return Glance(
            agreed.remote_no_context_takeover, agreed.local_no_context_takeover,
            agreed.remote_max_window_bits, agreed.local_max_window_bits, agreed.compress_settings,
        )  # fmt: skip


def glanced(data: bytes) -> dict[str, Any]:
    """Return the fields of a message; of a frame, only the first few."""
    unpacker = msgpack.Unpacker()
    unpacker.feed(data)
    message: dict[str, Any] = {}
    for _ in range(unpacker.read_map_header()):
        key = unpacker.unpack()
        message[key] = unpacker.unpack()
        if key == "epoch" or message["type"] == "welcome":
            break
    return message


class Learner(asyncio.Protocol):
    """One open page. `frames` holds the time and epoch of each frame received."""

    def __init__(self, address: str, acknowledges: Callable[["Learner", int], None] | None = None) -> None:
        compression = Glancing(server_no_context_takeover=True, compress_settings={"level": 1})
        self._protocol = ClientProtocol(
            parse_uri(address), extensions=[compression], subprotocols=[Subprotocol(SUBPROTOCOL)], max_size=None
        )
        self._acknowledges = acknowledges or Learner.draw
        self._answered: dict[int, asyncio.Future[float]] = {}
        self._open = asyncio.get_running_loop().create_future()
        self._closing = False
        self.rev = 0
        self.received = 0  # bytes
        self.frames: list[tuple[float, int]] = []
        self.errors: list[dict[str, Any]] = []
        self.accepted: dict[str, Any] = {}
        self.lost_early = False

    @classmethod
    async def connected(cls, address: str, **options: Any) -> "Learner":
        """Connect, and wait until the socket is open."""
        learner = cls(address, **options)
        uri = parse_uri(address)
        await asyncio.get_running_loop().create_connection(lambda: learner, uri.host, uri.port)
        await asyncio.wait_for(learner._open, 30)
        return learner

    def connection_made(self, transport: Any) -> None:
        """Request the websocket."""
        self._transport = transport
        self._protocol.send_request(self._protocol.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Process received bytes."""
        self.received += len(data)
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if not isinstance(event, Frame):
                self._open.set_result(None)
            elif event.opcode is Opcode.BINARY:
                self._take(glanced(event.data))
        self._flush()

    def connection_lost(self, error: Exception | None) -> None:
        """Fail every wait that the lost connection leaves unanswered."""
        self.lost_early = not self._closing
        for waiting in self._answered.values():
            if self.lost_early and not waiting.done():
                waiting.set_exception(ConnectionError("the server has ended the connection"))
        if not self._open.done():
            self._open.set_exception(ConnectionError("the server does not answer"))

    def say(self, kind: str, **fields: Any) -> "asyncio.Future[float]":
        """Send a command. The future yields the seconds until a frame reflects it."""
        if kind not in ("focus", "visible", "drawn"):
            self.rev += 1
            fields["rev"] = self.rev
        answered = asyncio.get_running_loop().create_future()
        if "rev" in fields:
            answered.began = time.perf_counter()  # type: ignore[attr-defined]
            self._answered[self.rev] = answered
        if self._protocol.state is State.OPEN:
            self._protocol.send_text(json.dumps({"type": kind, **fields}).encode())
            self._flush()
        return answered

    def hello(self, link: str, **fields: Any) -> "asyncio.Future[float]":
        """Start a session."""
        return self.say("hello", link=link, **{"frames": "delta", **fields})

    def draw(self, frame: int) -> None:
        """Acknowledge a frame."""
        self.say("drawn", frame=frame)

    def close(self) -> None:
        """Close the connection."""
        self._closing = True
        self._transport.close()

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "refused":
            self.errors.append(message)
        if message["type"] == "accepted" and message["run"] is not None:
            self.accepted = message["run"]
        if message["type"] != "frame":
            return
        now = time.perf_counter()
        self.frames.append((now, message["epoch"]))
        for rev in [rev for rev in self._answered if rev <= message["rev"]]:
            answered = self._answered.pop(rev)
            answered.set_result(now - answered.began)  # type: ignore[attr-defined]
        self._acknowledges(self, message["frame"])

    def _flush(self) -> None:
        self._transport.writelines(self._protocol.data_to_send())
