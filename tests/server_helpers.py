"""Helpers for tests of the server: three kinds of pages without a browser."""

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any, Self

import msgpack
import numpy as np
from websockets.sync.client import ClientConnection, connect

from engine.numerics.types import Array
from server.kernels.kernel_source import KernelSource
from server.protocol.messages import VERSION, Accepted, Error, Frame, Message
from server.sessions.session import Session
from server.sessions.training import Mode

FIXTURES = Path(__file__).resolve().parent / "fixtures"
TFP_RUNS: dict[str, dict[str, Any]] = json.loads((FIXTURES / "tf_playground_runs.json").read_text())
TFP_LINK: str = TFP_RUNS["default_circle"]["hash"]
DIVERGING = "regularization=L2&learningRate=10&regularizationRate=10&seed=0.1"


def checkpoint_text(frame: Any) -> str:
    """Return the text with which a later hello resumes a run, built from a frame as the page does."""
    body = base64.urlsafe_b64encode(frame["checkpoint"]).decode().rstrip("=")
    return f"{frame['epoch']}.{body}"


def theta_of(frame: Any) -> Array:
    """Return the parameters in a frame."""
    count = sum(rows * (columns + 1) for columns, rows in zip(frame["sizes"], frame["sizes"][1:], strict=False))
    return np.frombuffer(frame["checkpoint"], "<f8", count)


class Decoder:
    """Decode the messages of one connection as the page does, with complete frames."""

    def __init__(self) -> None:
        self._before: dict[str, Any] = {}

    def read(self, data: bytes) -> dict[str, Any]:
        """Return a message."""
        message: dict[str, Any] = msgpack.unpackb(data)
        if message["type"] == "frame":
            message = self._before = _whole(message, self._before)
        return message


def _whole(frame: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    if frame["base"] is None:
        return frame
    assert frame["base"] == before["frame"]
    restored: dict[str, Any] = {"base": None}
    for name in ("boundary", "chosen", "pictures", "line_pictures"):
        restored[name] = None
        if frame[name] is not None:
            change = np.cumsum(np.frombuffer(frame[name], np.uint8), dtype=np.uint8)
            restored[name] = (np.frombuffer(before[name], np.uint8) + change).tobytes()
    return {**frame, **restored}


class Tab:
    """A page that calls a Session directly, without socket or clock."""

    def __init__(self, link: str | None = "seed=0.3", **hello: Any) -> None:
        self.session = Session(KernelSource(plain=True))
        self.rev = 0
        self.greeting = self.say("hello", version=VERSION, link=link, **hello)

    def say(self, kind: str, **fields: Any) -> list[Message]:
        """Send a command and return the answers."""
        if kind not in ("focus", "unfold", "visible", "drawn"):
            self.rev += 1
            fields = {"rev": self.rev, **fields}
        return self.session.handle(json.dumps({"type": kind, **fields}))

    def accepted(self, kind: str, **fields: Any) -> Accepted:
        """Send a command that must be accepted."""
        (answer,) = self.say(kind, **fields)
        assert isinstance(answer, Accepted), answer
        return answer

    def refused(self, kind: str, **fields: Any) -> Error:
        """Send a command that must be refused."""
        (answer,) = self.say(kind, **fields)
        assert isinstance(answer, Error), answer
        return answer

    def configure(self, keep: bool = False, view: dict[str, Any] | None = None, **changes: Any) -> Accepted:
        """Configure the experiment with some fields changed."""
        wanted = {**self.session.trainer.experiment.model_dump(mode="json"), **changes}
        return self.accepted("configure", experiment=wanted, view=view or {}, keep=keep)

    def train(self, epochs: int) -> None:
        """Play for some epochs, then pause."""
        self.say("play")
        for _ in range(epochs):
            self.session.training.begin_beat()
            self.session.advance(60)
        self.say("pause")

    def frame(self) -> dict[str, Any]:
        """Return the current frame."""
        frame: Frame = self.session.snapshot()
        return frame.model_dump()

    @property
    def mode(self) -> Mode:
        """The session's mode."""
        return self.session.training.mode

    @property
    def epoch(self) -> int:
        """The run's epoch."""
        return self.session.trainer.epoch

    @property
    def theta(self) -> Array:
        """All parameters."""
        return self.session.trainer.theta

    def state(self) -> list[object]:
        """Return everything an error must leave unchanged."""
        trainer = self.session.trainer
        return [self.mode, trainer.experiment, trainer.epoch, trainer.theta.tobytes(), self.session.view]


class Page:
    """A page for `run`: iterates asynchronously over commands, receives bytes when called, and acknowledges frames."""

    def __init__(self, *messages: dict[str, Any], draws: bool = True) -> None:
        self.received: list[dict[str, Any]] = []
        self._decoder = Decoder()
        self.closed = False
        self._draws = draws
        self._outbox: asyncio.Queue[str | None] = asyncio.Queue()
        self._news = asyncio.Event()
        for message in messages:
            self.say(**message)

    def say(self, **message: Any) -> None:
        """Send a message."""
        self._outbox.put_nowait(json.dumps(message))

    def close(self) -> None:
        """Close the page: no more commands follow."""
        self._outbox.put_nowait(None)

    async def messages(self) -> AsyncGenerator[str, None]:
        """Yield commands until closed."""
        try:
            while (message := await self._outbox.get()) is not None:
                yield message
        finally:
            self.closed = True

    async def send(self, data: bytes) -> None:
        """Receive a message from the server."""
        message = self._decoder.read(data)
        self.received.append(message)
        if message["type"] == "frame" and self._draws:
            self.say(type="drawn", frame=message["frame"])
        self._news.set()

    @property
    def frames(self) -> list[dict[str, Any]]:
        """All frames received."""
        return [message for message in self.received if message["type"] == "frame"]

    async def until(self, condition: Callable[[], Any], seconds: float = 10) -> None:
        """Wait until the received messages fulfil a condition."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._news.clear()
                await self._news.wait()


class Socket:
    """A page connected by a real websocket."""

    def __init__(self, url: str, query: str = "", **options: Any) -> None:
        self._address = url.replace("http", "ws", 1) + "/ws" + query
        self._options = options
        self._decoder = Decoder()
        self.rev = 0

    def __enter__(self) -> Self:
        self._context = connect(self._address, max_size=None, **self._options)
        self.connection: ClientConnection = self._context.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._context.__exit__(None, None, None)

    def send(self, data: str | bytes) -> None:
        """Send raw data."""
        self.connection.send(data)

    def say(self, kind: str, **fields: Any) -> None:
        """Send a command."""
        if kind not in ("focus", "unfold", "visible", "drawn"):
            self.rev += 1
            fields = {"rev": self.rev, **fields}
        self.send(json.dumps({"type": kind, **fields}))

    def hello(self, link: str = "seed=0.3", **fields: Any) -> dict[str, Any]:
        """Start a session and return the first frame."""
        self.say("hello", version=VERSION, link=link, **fields)
        return self.next("frame")

    def receive(self, seconds: float = 10) -> dict[str, Any]:
        """Return the next message, and acknowledge it if it is a frame."""
        data = self.connection.recv(seconds)
        assert isinstance(data, bytes)
        message = self._decoder.read(data)
        if message["type"] == "frame":
            self.say("drawn", frame=message["frame"])
        return message

    def next(self, kind: str, seconds: float = 10) -> dict[str, Any]:
        """Return the next message of a kind; fail on an error."""
        while (message := self.receive(seconds))["type"] != kind:
            assert message["type"] != "error", message
        return message
