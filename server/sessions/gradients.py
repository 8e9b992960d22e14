"""Gradients: when the gradient panel's numbers are due, and what they say in the reader's language.

They cost a pass over the whole training set, both ways. So a run that plays gets them ten times a second at most, and
never for more than a twentieth of the time; one that stands gets them once.
"""

import time
from collections.abc import Callable
from typing import Any

from engine import Trainer
from engine.analysis.diagnosis import Finding, Trend, diagnose
from engine.analysis.gradient_flow import gradient_flow
from engine.text.phrases import Catalogue
from server.protocol.frames import layers_of

INTERVAL = 0.1  # seconds between two looks at a run that plays, and
SHARE = 0.05  # of its time that looking may take


class Gradients:
    """What one session knows of its gradients; `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._trend = Trend()
        self._told: object = None  # the moment of the newest numbers that were told
        self._due = 0.0

    def follow(self, readings: list[tuple[int, float, float]]) -> None:
        """Learn of epoch, training and test loss, where they were read."""
        self._trend = self._trend.after(readings)

    def forget(self, new_data: bool = False) -> None:
        """Have the numbers told anew; with other data, losses of before mean nothing."""
        self._told, self._due = None, 0.0
        if new_data:
            self._trend = Trend()

    def fields(self, trainer: Trainer, playing: bool, catalogue: Catalogue) -> dict[str, Any] | None:
        """Return the numbers and findings of a run as it stands; None where they are told already, or not yet due."""
        begun, moment = self._clock(), (trainer.epoch, trainer.diverged)
        if moment == self._told or (playing and begun < self._due):
            return None
        flow = gradient_flow(trainer)
        told = {
            "layers": layers_of(flow),
            "findings": [_said(finding, catalogue) for finding in diagnose(trainer, self._trend, flow)],
        }
        self._told = moment
        self._due = begun + max(INTERVAL, (self._clock() - begun) / SHARE)
        return told


def _said(finding: Finding, catalogue: Catalogue) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "layer": finding.layer,
        "text": finding.text.render(catalogue),
        "advice": None if finding.advice is None else finding.advice.render(catalogue),
    }
