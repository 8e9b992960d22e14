"""Clients for tests of the server: a page without a browser, in three forms."""

import asyncio
import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import msgpack
import numpy as np
from websockets.sync.client import ClientConnection, connect

from engine.numerics.types import Array
from server.kernels.kernel_source import KernelSource
from server.protocol.answers import Accepted, Frame, Refusal, RunDescription
from server.protocol.message import SUBPROTOCOL, Message
from server.sessions.session import Session
from server.sessions.training import Mode

FIXTURES = Path(__file__).resolve().parent / "fixtures"
TFP_RUNS: dict[str, dict[str, Any]] = json.loads((FIXTURES / "tf_playground_runs.json").read_text())
TFP_LINK: str = TFP_RUNS["default_circle"]["hash"]
DIVERGING = "regularization=L2&learningRate=10&regularizationRate=10&seed=0.1"


UNNUMBERED = ("focus", "unfold", "visible", "drawn")


def run_of(answer: Message) -> RunDescription:
    """Return the description of the run that an answer brings."""
    assert isinstance(answer, Accepted), answer
    assert answer.run is not None
    return answer.run


def checkpoint_text(frame: Any) -> str:
    """Return the text with which a later hello resumes a run, built from a frame as the page does."""
    body = base64.urlsafe_b64encode(frame["checkpoint"]).decode().rstrip("=")
    return f"{frame['epoch']}.{body}"


def theta_of(frame: Any) -> Array:
    """Return the parameters in a frame."""
    count = sum(rows * (columns + 1) for columns, rows in zip(frame["sizes"], frame["sizes"][1:], strict=False))
    return np.frombuffer(frame["checkpoint"], "<f8", count)


class Decoder:
    """Reads the messages of one connection as the page does; frames come out whole."""

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
        self.greeting = self.say("hello", link=link, **hello)

    def say(self, kind: str, **fields: Any) -> list[Message]:
        """Send a command and return the answers."""
        if kind not in UNNUMBERED:
            self.rev += 1
            fields = {"rev": self.rev, **fields}
        return self.session.handle(json.dumps({"type": kind, **fields}))

    def accepted(self, kind: str, **fields: Any) -> Accepted:
        """Send a command that must be accepted."""
        (answer,) = self.say(kind, **fields)
        assert isinstance(answer, Accepted), answer
        return answer

    def described(self, kind: str, **fields: Any) -> RunDescription:
        """Send a command that is accepted, and return what runs then."""
        return run_of(self.accepted(kind, **fields))

    def refused(self, kind: str, **fields: Any) -> Refusal:
        """Send a command that is refused."""
        (answer,) = self.say(kind, **fields)
        assert isinstance(answer, Refusal), answer
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
    """A page at the other end of `run`: it gives messages, takes bytes, and draws frames."""

    def __init__(self, *messages: dict[str, Any], draws: bool = True) -> None:
        self.received: list[dict[str, Any]] = []
        self._decoder = Decoder()
        self.receiving = False  # the session waits for a message
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

    async def receive(self) -> str | None:
        """Return the next message that the page says; None when it is closed."""
        self.receiving = True
        try:
            return await self._outbox.get()
        finally:
            self.receiving = False

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
        options = {"subprotocols": [SUBPROTOCOL], **self._options}
        self._context = connect(self._address, max_size=None, **options)
        self.connection: ClientConnection = self._context.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._context.__exit__(None, None, None)

    def send(self, data: str | bytes) -> None:
        """Send raw data."""
        self.connection.send(data)

    def say(self, kind: str, **fields: Any) -> None:
        """Send a command."""
        if kind not in UNNUMBERED:
            self.rev += 1
            fields = {"rev": self.rev, **fields}
        self.send(json.dumps({"type": kind, **fields}))

    def hello(self, link: str = "seed=0.3", **fields: Any) -> dict[str, Any]:
        """Start a session and return the first frame."""
        self.say("hello", link=link, **{"frames": "delta", **fields})
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
        """Return the next message of a kind; a refusal on the way is a failure."""
        while (message := self.receive(seconds))["type"] != kind:
            assert message["type"] != "refused", message
        return message
