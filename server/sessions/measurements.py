"""Decide when a frame includes the costly measurements of a run, and take them."""

import time
from collections.abc import Callable

from engine import View, diagnose, gradient_flow
from engine.analysis.diagnosis import Finding, Trend
from engine.text.phrases import Catalogue
from server.protocol.answers import FoundProblem, Gradients
from server.protocol.frames import Quality, Reading, layers_of, quality_of
from server.sessions.runner import Runner

QUALITY_SECONDS = 1.0  # between two measurements of a playing run's predictions, if the view does not show them
GRADIENT_SECONDS = 0.1  # between two measurements of a playing run's gradients, at least
GRADIENT_FRACTION = 0.05  # the share of a playing run's time that measuring gradients may take


class QualityMeter:
    """Measures how good the predictions of a session's run are; `clock` returns seconds.

    A measurement costs a pass over all points. Frames include it while the view shows it or the run is paused. While a
    run plays, screen readers still get one about once a second.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._version = -1  # of the run, at the last measurement
        self._due = 0.0

    def measure(self, runner: Runner, view: View) -> Quality:
        """Return the frame's `metrics` and `wrong`."""
        now, playing = self._clock(), runner.training.playing
        measures = view.measures or not playing or runner.version != self._version or now >= self._due
        if measures:
            self._version, self._due = runner.version, now + QUALITY_SECONDS
        return quality_of(runner.trainer, measures, view.mark_wrong)


class GradientMeter:
    """Measures the gradients of a session's run for the gradient panel; `clock` returns seconds.

    A measurement costs a forward and a backward pass over the training set. A playing run is measured at most ten times
    a second and for at most a twentieth of its time. A paused run is measured once.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._trend = Trend()
        self._measured: tuple[int, int, int | None] | None = None  # version and epoch of the run, its divergence
        self._due = 0.0

    def follow(self, readings: list[Reading], new_data: bool) -> None:
        """Add readings of the losses to the trend; start a new trend with new data."""
        self._trend = (Trend() if new_data else self._trend).after(readings)

    def forget(self) -> None:
        """Measure again at the next call."""
        self._measured = None

    def measure(self, runner: Runner, catalogue: Catalogue) -> Gradients | None:
        """Return the layers and the findings of a run; None if they are unchanged or not yet due."""
        trainer, begun = runner.trainer, self._clock()
        moment = (runner.version, trainer.epoch, trainer.diverged)
        changed = self._measured is None or self._measured[0] != runner.version
        if moment == self._measured or (runner.training.playing and not changed and begun < self._due):
            return None
        flow = gradient_flow(trainer)
        findings = [_in_words(finding, catalogue) for finding in diagnose(trainer, self._trend, flow)]
        self._measured = moment
        self._due = begun + max(GRADIENT_SECONDS, (self._clock() - begun) / GRADIENT_FRACTION)
        return Gradients(layers=layers_of(flow), findings=findings)


def _in_words(finding: Finding, catalogue: Catalogue) -> FoundProblem:
    return FoundProblem(
        kind=finding.kind,
        layer=finding.layer,
        text=finding.text.render(catalogue),
        advice=None if finding.advice is None else finding.advice.render(catalogue),
    )
