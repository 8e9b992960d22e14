"""Assessment: when a frame says how good the predictions are.

A page that shows it has it in every frame. For those who have the page read to them it is there whenever a run stands,
and in about one frame a second of a run that plays: it costs a pass over all points.
"""

import time
from collections.abc import Callable
from typing import Any

from engine import Trainer
from engine.interchange.view import View
from server.protocol.frames import assessed

INTERVAL = 1.0  # seconds between two assessments of a run that plays, where the view does not ask for them


class Assessment:
    """What one session's frames say of its predictions; `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._trainer: Trainer | None = None
        self._due = 0.0

    def fields(self, trainer: Trainer, playing: bool, view: View) -> dict[str, Any]:
        """Return the frame's `metrics` and `wrong`."""
        now = self._clock()
        measures = view.measures or not playing or trainer is not self._trainer or now >= self._due
        if measures:
            self._trainer, self._due = trainer, now + INTERVAL
        return assessed(trainer, measures, view.mark_wrong)
