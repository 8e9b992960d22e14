"""Train one run in slices: a trainer with a mode and a speed. The engine itself has no clock."""

import functools
import time
from collections.abc import Callable
from enum import Enum

from engine import Experiment, Trainer
from engine.text.phrases import Phrase
from engine.text.validation import Mistake
from engine.training.remedy import Remedy, remedy_for
from server.kernels.kernel_source import KernelSource
from server.protocol.errors import Refused
from server.protocol.frames import Reading
from server.protocol.message import Speed
from server.sessions.cost import expected_epoch_seconds, has_large_pictures, is_small, work_of

EPOCHS_PER_TICK: dict[Speed, float] = {"1": 1, "10": 10, "100": 100, "max": float("inf")}
MAX_EPOCHS_PER_CALL = 1000
MAX_WORK_PER_CALL = 10_000_000  # parameters times points times epochs: a few slices, whatever the last epochs took
SLICE_SECONDS = 0.010  # of training between two checks for messages
READINGS_PER_BEAT = 4  # at most this many readings of the losses
MIN_EPOCHS_PER_READING = 10  # unless a beat is shorter: a reading takes nearly as long as an epoch
MAX_READINGS = 1024  # kept while a page gets no frames


class Mode(Enum):
    """Whether a run is paused, is playing, or has diverged."""

    PAUSED = "paused"
    PLAYING = "playing"
    DIVERGED = "diverged"


TRANSITIONS = {
    (Mode.PAUSED, Mode.PLAYING),
    (Mode.PLAYING, Mode.PAUSED),
    (Mode.PLAYING, Mode.DIVERGED),
    (Mode.PAUSED, Mode.DIVERGED),
    (Mode.DIVERGED, Mode.PAUSED),
}


class Training:
    """Trains the current run in beats of one or more ticks; `left` counts the remaining epochs of the current beat."""

    def __init__(self, trainer: Trainer, kernels: KernelSource) -> None:
        self._replace(trainer)
        self.mode = Mode.PAUSED
        self.speed: Speed = "1"
        self.left = 0.0
        self.epochs = 0  # trained in all runs
        self._kernels = kernels
        self._epoch_seconds: float | None = None  # not measured since the last change
        self._readings: list[Reading] = []
        self._remedy: tuple[Experiment, Remedy] | None = None  # and the diverged experiment for which it was found

    @property
    def remedy(self) -> Remedy | None:
        """A setting with which the diverged run would learn; None until `find_remedy` has found it."""
        if self.trainer.diverged is None or self._remedy is None or self._remedy[0] is not self.trainer.experiment:
            return None
        return self._remedy[1]

    @property
    def needs_remedy(self) -> bool:
        """Whether the run has diverged and its remedy is unknown."""
        return self.trainer.diverged is not None and self.remedy is None

    def find_remedy(self) -> None:
        """Train copies of the diverged run with smaller rates; this takes longer than a slice."""
        experiment = self.trainer.experiment
        self._remedy = experiment, remedy_for(experiment, self.trainer.kernels)

    @property
    def playing(self) -> bool:
        """Whether training continues until it is paused."""
        return self.mode is Mode.PLAYING

    @property
    def epoch_is_long(self) -> bool:
        """Whether an epoch takes longer than a slice: as measured, or as expected after a change."""
        seconds = self._epoch_seconds
        if seconds is None:
            seconds = expected_epoch_seconds(self.trainer.experiment, self._kernels.current.compiled)
        return seconds > SLICE_SECONDS

    def enter(self, mode: Mode) -> None:
        """Change the mode; raise ValueError with both modes if the transition is illegal."""
        if mode is self.mode:
            return
        if (self.mode, mode) not in TRANSITIONS:
            raise ValueError(f"from {self.mode.value} to {mode.value}")
        self.mode = mode

    def take(self, trainer: Trainer) -> None:
        """Replace the trainer; drop the rest of the beat and the old trainer's readings."""
        self._replace(trainer)
        self.left = 0
        self._epoch_seconds = None
        self._readings = []

    def _replace(self, trainer: Trainer) -> None:
        self.trainer = trainer
        # Every turn needs these, and an experiment would count its units and points each time.
        self.is_small, self.has_large_pictures = is_small(trainer.experiment), has_large_pictures(trainer.experiment)
        self._most_epochs = min(MAX_EPOCHS_PER_CALL, MAX_WORK_PER_CALL // work_of(trainer.experiment))

    def set_speed(self, speed: Speed) -> None:
        """Change the speed, starting with the next beat."""
        self.speed = speed
        self.left = 0

    def play(self) -> None:
        """Train until paused."""
        self._refuse_diverged()
        self.trainer.resume()
        self.enter(Mode.PLAYING)

    def pause(self) -> None:
        """Stop training; a diverged run stays diverged."""
        if self.playing:
            self.enter(Mode.PAUSED)

    def step(self) -> None:
        """Stop after one more epoch."""
        self._refuse_diverged()
        self.trainer.resume()
        self.enter(Mode.PAUSED)
        self._train(1, self.trainer.step)

    def revive(self) -> None:
        """Leave the diverged mode, because the parameters or the settings have changed."""
        if self.mode is Mode.DIVERGED:
            self.enter(Mode.PAUSED)

    def begin_beat(self, ticks: int = 1) -> None:
        """Begin a beat of `ticks` ticks, with the epochs that the speed gives it."""
        self.left = EPOCHS_PER_TICK[self.speed] * ticks

    def advance(self, seconds: float) -> None:
        """Train the rest of the beat, for at most about `seconds`; after a change, begin with one measured epoch."""
        end = time.perf_counter() + seconds
        while self.left > 0 and self.playing and (now := time.perf_counter()) < end:
            fitting = 0.0
            if self._epoch_seconds is not None:
                fitting = min(seconds / READINGS_PER_BEAT, end - now) / self._epoch_seconds
            to_reading = max(MIN_EPOCHS_PER_READING, EPOCHS_PER_TICK[self.speed] / READINGS_PER_BEAT)
            chunk = int(min(self.left, max(1, min(fitting, to_reading, self._most_epochs))))
            done = self._train(chunk, functools.partial(self.trainer.run, chunk))
            self.left -= max(done, 1)
            self._epoch_seconds = (time.perf_counter() - now) / max(done, 1)

    def take_readings(self) -> list[Reading]:
        """Return the losses read since the last call; the last reading is of the current epoch."""
        readings, self._readings = self._readings, []
        if not readings or readings[-1][0] != self.trainer.epoch:
            readings.append((self.trainer.epoch, *self.trainer.losses()))
        return readings

    def _train(self, epochs: int, train: Callable[[], int]) -> int:
        trainer = self.trainer
        trainer.kernels = self._kernels.current
        before = trainer.epoch
        train()
        if self.left > epochs:  # the last reading of a beat comes with the frame
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
