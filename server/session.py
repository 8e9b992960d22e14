"""Session: what one tab trains and sees, as synchronous state without a socket; `run` joins it to messages.

Commands are applied between two slices of training, so nothing needs a lock. The session owns the clock: a slice
lasts about 10 ms, and the next frame is made only when the page has drawn all but one of the last two.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor
from enum import Enum
from typing import Any

from pydantic import ValidationError

from engine import Experiment, Trainer, View, read_link, write_link
from engine.checkpoint import decode_checkpoint
from engine.optimizers import OPTIMIZERS
from engine.validation import Mistake, mistakes, shown
from server import protocol
from server.kernels import KernelSource
from server.protocol import COMMAND, MAX_MESSAGE, Accepted, Error, Frame, Message, Problem, Status, Welcome
from server.wire import feature_pictures, pack, pictures, points_of, thumbnails

SLICE = 0.010  # seconds of training between two looks at the messages
PACE = 1 / 60  # seconds between two frames
HIDDEN_PACE = 1.0
IN_FLIGHT = 2
EPOCHS = {"1": 1, "10": 10, "100": 100, "max": 1_000_000_000}

# Fields that a run under way takes up as it goes on; a new `seed` brings new data only, as TFP's regenerate does.
LIVE = {"learning_rate", "stop_epochs", "stop_loss", "stop_patience"}


class Mode(Enum):
    """What the session does."""

    PAUSED = "paused"
    PLAYING = "playing"
    DIVERGED = "diverged"


LEGAL = {
    (Mode.PAUSED, Mode.PLAYING),
    (Mode.PLAYING, Mode.PAUSED),
    (Mode.PLAYING, Mode.DIVERGED),
    (Mode.PAUSED, Mode.DIVERGED),
    (Mode.DIVERGED, Mode.PAUSED),
}


class Refused(Exception):
    """A command cannot be carried out; nothing has changed."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(mistake)
        self.mistake = mistake


def random_seed() -> str:
    """Return a seed as TFP draws it at page load: five digits."""
    return f"0.{secrets.randbelow(100_000):05d}"


class Session:
    """One learner's run. `handle` takes a command's text and returns the answers; `advance` trains a slice."""

    def __init__(self, kernels: KernelSource) -> None:
        self._kernels = kernels
        self.mode = Mode.PAUSED
        self.view = View()
        self.trainer = Trainer(Experiment(seed=random_seed()), kernels.current)
        self.visible = True
        self.greeted = False
        self.dirty = False  # something to show that no frame has shown
        self._rev = 0
        self._speed = "1"
        self._focus: int | None = None
        self._net = self._data = 1
        self._data_sent = 0
        self._frames = self._drawn = 0
        self._left = 0  # epochs still to train before the next frame
        self._epoch_seconds = 0.001

    # Modes

    def _enter(self, mode: Mode) -> None:
        if mode is self.mode:
            return
        if (self.mode, mode) not in LEGAL:
            raise ValueError(f"from {self.mode.value} to {mode.value}")
        self.mode = mode
        self.dirty = True

    # Commands

    def handle(self, text: str | bytes) -> list[Message]:
        """Carry out one message of the page; each wrong value is one error, and then nothing changes."""
        if isinstance(text, bytes):
            return [_error(None, Mistake("message", "binary", "JSON text"))]
        if len(text) > MAX_MESSAGE:
            return [_error(None, Mistake("message", f"{len(text)} characters", f"up to {MAX_MESSAGE} characters"))]
        try:
            command = COMMAND.validate_json(text, strict=True)
        except ValidationError as error:
            first = mistakes(error, COMMAND)[0]
            return [_error(_rev_in(text), first if first.field else Mistake("message", first.value, first.allowed))]
        rev = getattr(command, "rev", None)
        if not self.greeted and command.type != "hello":
            return [_error(rev, Mistake("type", command.type, "hello first"))]
        try:
            answers = self._carry_out(command)
        except Refused as refused:
            return [_error(rev, refused.mistake)]
        if rev is not None:
            self._rev = rev
            self.dirty = True
        return answers

    def _carry_out(self, command: Any) -> list[Message]:
        match command:
            case protocol.Hello():
                return self._hello(command)
            case protocol.Configure():
                return [self._configure(command.rev, command.experiment, command.view, command.keep)]
            case protocol.Play():
                self._play()
            case protocol.Pause():
                if self.mode is Mode.PLAYING:
                    self._enter(Mode.PAUSED)
            case protocol.Step():
                if self.mode is Mode.DIVERGED:
                    raise Refused(self._diverged())
                self.trainer.resume()
                self._enter(Mode.PAUSED)
                self.trainer.kernels = self._kernels.current
                self.trainer.run(1)
                self._notice_end()
            case protocol.Reset():
                return [self._reset(command.rev, command.new_weights)]
            case protocol.Edit():
                return [self._edit(command)]
            case protocol.SetSpeed():
                self._speed = command.speed
                self._left = 0
            case protocol.Focus():
                self._focus = command.unit
                self.dirty = True
            case protocol.Visible():
                self.visible = command.visible
            case protocol.Drawn():
                self._drawn = max(self._drawn, min(command.frame, self._frames))
        return []

    def _play(self) -> None:
        if self.mode is Mode.DIVERGED:
            raise Refused(self._diverged())
        self.trainer.resume()
        self._enter(Mode.PLAYING)

    def _diverged(self) -> Mistake:
        return Mistake("mode", f"diverged in epoch {self.trainer.diverged}", "reset, or another setting first")

    def _hello(self, command: protocol.Hello) -> list[Message]:
        if command.version != protocol.VERSION:
            raise Refused(Mistake("version", str(command.version), f"{protocol.VERSION}: reload the page"))
        notices: tuple[Mistake, ...] = ()
        if command.experiment is not None:
            experiment, view = command.experiment, command.view or View()
        else:
            link = read_link(command.link or "", seed=random_seed())
            experiment, view, notices = link.experiment, link.view, link.notices
        if command.checkpoint is None:
            trainer = Trainer(experiment, self._kernels.current)
        else:
            slots = OPTIMIZERS[experiment.optimizer].slots
            try:
                checkpoint = decode_checkpoint(command.checkpoint, experiment.parameter_count, slots)
            except ValueError as error:
                raise Refused(Mistake("checkpoint", shown(command.checkpoint), str(error))) from error
            trainer = Trainer.restore(experiment, checkpoint, self._kernels.current)
        self._take(trainer, new_data=True)
        self.view, self._speed, self.greeted = view, command.speed, True
        self.mode = Mode.PLAYING if command.playing else Mode.PAUSED
        return [
            Welcome(datasets=thumbnails(), features=feature_pictures()),
            self._kernels.status,
            self._accepted(command.rev, "restart", notices),
        ]

    def _configure(self, rev: int, wanted: Experiment, view: View, keep: bool) -> Message:
        old = self.trainer.experiment
        changed = {name for name in Experiment.model_fields if getattr(old, name) != getattr(wanted, name)} - {"start"}
        self.view = view
        if not changed:
            return self._accepted(rev, "none")
        if changed <= LIVE or changed == {"seed"} or keep:
            effect = "live" if changed <= LIVE else "data" if changed == {"seed"} else "live"
            self._take(
                self._moved(self.trainer.continued(wanted.changed(start=None))),
                new_data=bool(changed & {"seed", "dataset", "noise", "train_percent"}),
            )
            if self.mode is Mode.DIVERGED:
                self._enter(Mode.PAUSED)
            return self._accepted(rev, effect)
        self._restart(wanted.changed(start=None))
        return self._accepted(rev, "restart")

    def _restart(self, experiment: Experiment) -> None:
        old = self.trainer.experiment
        data = ("dataset", "seed", "noise", "train_percent")
        self._take(
            Trainer(experiment, self._kernels.current),
            new_data=any(getattr(old, name) != getattr(experiment, name) for name in data),
        )
        self._enter(Mode.PAUSED)

    def _reset(self, rev: int, new_weights: bool) -> Message:
        experiment = self.trainer.experiment
        start = experiment.start_checkpoint()
        if new_weights:
            experiment = experiment.changed(start=None, weights_seed=random_seed())
        elif start is not None and start.epoch > 0:
            experiment = experiment.changed(start=None)
        self._restart(experiment)
        return self._accepted(rev, "restart")

    def _edit(self, command: protocol.Edit) -> Message:
        if command.net != self._net:
            raise Refused(Mistake("net", str(command.net), f"{self._net}: the network has changed since"))
        try:
            self.trainer.set_weight(command.layer, command.neuron, command.input, command.value)
        except IndexError as error:
            name, _, allowed = str(error).partition(": ")
            field, _, value = name.partition(" ")
            raise Refused(Mistake(field, value, allowed)) from error
        net = self._net
        self._take(self._moved(self.trainer), new_data=False)
        self._net = net  # the same network with one other number
        if self.mode is Mode.DIVERGED:
            self._enter(Mode.PAUSED)
        return self._accepted(command.rev, "live")

    def _moved(self, trainer: Trainer) -> Trainer:
        """Return the trainer with an experiment whose link begins at this very point of the run."""
        checkpoint = trainer.checkpoint()
        fresh = Trainer(trainer.experiment.changed(start=None), trainer.kernels)
        start = None
        if checkpoint.epoch > 0 or checkpoint.to_bytes() != fresh.checkpoint().to_bytes():
            start = checkpoint.encode()
        return Trainer.restore(trainer.experiment.changed(start=start), checkpoint, trainer.kernels)

    def _take(self, trainer: Trainer, new_data: bool) -> None:
        self.trainer = trainer
        self._net += 1
        self._data += new_data
        self._left = 0
        self.dirty = True

    def _accepted(self, rev: int, effect: Any, notices: tuple[Mistake, ...] = ()) -> Accepted:
        experiment = self.trainer.experiment
        return Accepted(
            rev=rev,
            experiment=experiment.model_dump(),
            view=self.view.model_dump(),
            link=write_link(experiment, self.view),
            effect=effect,
            notices=[Problem(field=notice.field, value=notice.value, allowed=notice.allowed) for notice in notices],
            safe_penalty_rate=experiment.safe_penalty_rate(),
            smaller_learning_rate=experiment.smaller_learning_rate(),
            parameters=experiment.parameter_count,
            output_activation=experiment.output_activation,
        )

    # Training

    def advance(self) -> None:
        """Train for one slice, or until the next frame has its epochs."""
        self.trainer.kernels = self._kernels.current
        if self._left <= 0:
            self._left = EPOCHS[self._speed]
        end = time.perf_counter() + SLICE
        while self._left > 0 and self.mode is Mode.PLAYING:
            now = time.perf_counter()
            if now >= end:
                break
            chunk = min(self._left, max(1, int((end - now) / self._epoch_seconds)), 1000)
            before = self.trainer.epoch
            self.trainer.run(chunk)
            done = self.trainer.epoch - before
            self._left -= max(done, 1)
            self._epoch_seconds = (time.perf_counter() - now) / max(done, 1)
            self._notice_end()
        self.dirty = True

    def _notice_end(self) -> None:
        if self.trainer.diverged is not None:
            self._enter(Mode.DIVERGED)
        elif self.trainer.finished is not None and self.mode is Mode.PLAYING:
            self._enter(Mode.PAUSED)

    @property
    def playing(self) -> bool:
        """Whether there is something to train."""
        return self.greeted and self.mode is Mode.PLAYING

    @property
    def may_send(self) -> bool:
        """Whether the page keeps up with the frames."""
        return self.visible and self._frames - self._drawn < IN_FLIGHT

    @property
    def frame_due(self) -> bool:
        """Whether a frame would show enough that is new: at x10 and x100 all the epochs between two frames."""
        return self.dirty and (
            not self.playing or self._left <= 0 or self._speed == "max" or self._epoch_seconds > PACE
        )

    def snapshot(self) -> Frame:
        """Return a frame of the run as it stands."""
        trainer = self.trainer
        train_loss, test_loss = trainer.losses()
        self._frames += 1
        new_data = self._data_sent != self._data
        self._data_sent = self._data
        self.dirty = False
        return Frame(
            frame=self._frames,
            rev=self._rev,
            net=self._net,
            data=self._data,
            mode=self.mode.value,
            epoch=trainer.epoch,
            train_loss=train_loss,
            test_loss=test_loss,
            sizes=list(trainer.experiment.sizes),
            features=list(trainer.experiment.features),
            activation=trainer.experiment.activation,
            checkpoint=trainer.checkpoint().to_bytes(),
            points=points_of(trainer) if new_data else None,
            diverged=trainer.diverged,
            finished=trainer.finished,
            **pictures(trainer, self._focus),
        )

    @property
    def status(self) -> Status:
        """How the kernels are."""
        return self._kernels.status


def _error(rev: int | None, mistake: Mistake) -> Error:
    return Error(rev=rev, field=mistake.field, value=mistake.value, allowed=mistake.allowed)


def _rev_in(text: str) -> int | None:
    """Return the rev of a refused message where it can be read, so that the page can put its change back."""
    from pydantic_core import from_json

    with contextlib.suppress(ValueError):
        message = from_json(text)
        if isinstance(message, dict) and type(message.get("rev")) is int and message["rev"] >= 0:
            return int(message["rev"])
    return None


async def run(
    session: Session,
    messages: AsyncIterator[str | bytes],
    send: Callable[[bytes], Awaitable[None]],
    pool: Executor | None = None,
) -> None:
    """Serve one session until its messages end: commands in, training, answers and frames out."""
    inbox: asyncio.Queue[str | bytes | None] = asyncio.Queue(maxsize=64)

    async def read() -> None:
        try:
            async for message in messages:
                await inbox.put(message)
        finally:
            await inbox.put(None)

    loop = asyncio.get_running_loop()
    reader = asyncio.create_task(read())
    last_frame, told = 0.0, session.status
    try:
        while True:
            wait = _patience(session, loop.time() - last_frame, told)
            try:
                # A short wait even when training: it lets the messages of other learners through.
                message = await asyncio.wait_for(inbox.get(), wait) if wait > 0 else inbox.get_nowait()
            except (TimeoutError, asyncio.QueueEmpty):
                pass
            else:
                if message is None:
                    return
                for answer in session.handle(message):
                    await send(pack(answer))
                if not inbox.empty():
                    continue
            if session.greeted and session.status is not told:
                told = session.status
                await send(pack(told))
            pace = PACE if session.may_send else HIDDEN_PACE
            if session.playing and not session.frame_due and (session.may_send or loop.time() - last_frame >= pace):
                await loop.run_in_executor(pool, session.advance)
            if session.greeted and session.frame_due and loop.time() - last_frame >= pace * 0.95:
                frame = await loop.run_in_executor(pool, session.snapshot)
                last_frame = loop.time()
                await send(await loop.run_in_executor(pool, pack, frame))
                if session.playing and session.may_send:
                    await loop.run_in_executor(pool, session.advance)
    finally:
        reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reader


def _patience(session: Session, since_frame: float, told: Status) -> float:
    """Return for how long to wait for a message before looking at the session again, in seconds."""
    pace = PACE if session.may_send else HIDDEN_PACE
    if session.greeted and session.frame_due:
        return max(0.0, pace * 0.95 - since_frame)
    if session.playing:
        return 0.0 if session.may_send else max(0.0, pace - since_frame)
    return 0.25 if told.kernels == "compiling" else 3600.0
