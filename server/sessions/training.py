"""Training: a trainer with a mode and a speed, run in slices; the session's clock is here, the engine has none."""

import functools
import time
from collections.abc import Callable
from enum import Enum

from engine import Trainer
from engine.text.phrases import Phrase
from engine.text.validation import Mistake
from server.kernels.kernel_source import KernelSource
from server.protocol.messages import Speed

EPOCHS: dict[Speed, float] = {"1": 1, "10": 10, "100": 100, "max": float("inf")}  # in a sixtieth of a second
LARGEST_CHUNK = 1000
READINGS = 4  # of the losses in a slice or beat
FEWEST = 10  # epochs between two of them, or all of a beat: a reading takes nearly as long as an epoch
MAX_READINGS = 1024  # kept for a page that does not look


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


class Training:
    """One run under way. It trains in beats of some sixtieths of a second; `left` of a beat's epochs are to come."""

    def __init__(self, trainer: Trainer, kernels: KernelSource) -> None:
        self.trainer = trainer
        self.mode = Mode.PAUSED
        self.speed: Speed = "1"
        self.left = 0.0
        self.epochs = 0  # trained, of all runs
        self._kernels = kernels
        self._epoch_seconds = 0.001
        self._readings: list[tuple[int, float, float]] = []

    @property
    def playing(self) -> bool:
        """Whether it trains by itself."""
        return self.mode is Mode.PLAYING

    def enter(self, mode: Mode) -> None:
        """Change the mode; ValueError names both where there is no such way."""
        if mode is self.mode:
            return
        if (self.mode, mode) not in LEGAL:
            raise ValueError(f"from {self.mode.value} to {mode.value}")
        self.mode = mode

    def take(self, trainer: Trainer) -> None:
        """Train this one from now on."""
        self.trainer = trainer
        self.left = 0
        self._readings = []

    def set_speed(self, speed: Speed) -> None:
        """Train so fast from the next beat on."""
        self.speed = speed
        self.left = 0

    def play(self) -> None:
        """Train from now on."""
        self._refuse_diverged()
        self.trainer.resume()
        self.enter(Mode.PLAYING)

    def pause(self) -> None:
        """Stop training; a diverged run stays what it is."""
        if self.playing:
            self.enter(Mode.PAUSED)

    def step(self) -> None:
        """Stop after one more epoch."""
        self._refuse_diverged()
        self.trainer.resume()
        self.enter(Mode.PAUSED)
        self._train(1, self.trainer.step)

    def revive(self) -> None:
        """Leave the diverged mode: the parameters or what acts on them have changed."""
        if self.mode is Mode.DIVERGED:
            self.enter(Mode.PAUSED)

    def begin_beat(self, sixtieths: int = 1) -> None:
        """Ask for the epochs of a beat that lasts so many sixtieths of a second."""
        self.left = EPOCHS[self.speed] * sixtieths

    def advance(self, seconds: float) -> None:
        """Train what is left of the beat, for about so long at most."""
        end = time.perf_counter() + seconds
        while self.left > 0 and self.playing and (now := time.perf_counter()) < end:
            fitting = min(seconds / READINGS, end - now) / self._epoch_seconds
            share = max(1, min(fitting, max(FEWEST, EPOCHS[self.speed] / READINGS), LARGEST_CHUNK))
            chunk = int(min(self.left, share))
            done = self._train(chunk, functools.partial(self.trainer.run, chunk))
            self.left -= max(done, 1)
            self._epoch_seconds = (time.perf_counter() - now) / max(done, 1)

    def readings(self) -> list[tuple[int, float, float]]:
        """Return epoch, training and test loss where they were read since the last call, the newest being now."""
        readings, self._readings = self._readings, []
        if not readings or readings[-1][0] != self.trainer.epoch:
            readings.append((self.trainer.epoch, *self.trainer.losses()))
        return readings

    def _train(self, epochs: int, train: Callable[[], int]) -> int:
        trainer = self.trainer
        trainer.kernels = self._kernels.current
        before = trainer.epoch
        train()
        if self.left > epochs:  # the last reading of a beat is the frame's
            self._readings.append((trainer.epoch, *trainer.losses()))
            if len(self._readings) > MAX_READINGS:
                del self._readings[::2]
        if trainer.diverged is not None:
            self.enter(Mode.DIVERGED)
        elif trainer.finished is not None:
            self.enter(Mode.PAUSED)
        self.epochs += trainer.epoch - before
        return trainer.epoch - before

    def _refuse_diverged(self) -> None:
        if self.mode is Mode.DIVERGED:
            allowed = Phrase(
                "can’t continue because it diverged in epoch {epoch}; reset the run or change a setting first",
                {"epoch": self.trainer.diverged},
            )
            raise Refused(Mistake("mode", "", allowed))
