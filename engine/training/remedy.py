"""Find settings with which a diverged run learns, by trying them."""

import functools
import math
import statistics
from dataclasses import dataclass
from typing import Literal

from engine.training.experiment import PENALTY_RATES, Experiment
from engine.training.kernels import Kernels
from engine.training.trainer import Trainer

EPOCHS = 200  # of a trial
MAX_WORK = 2e6  # products of parameters, points and epochs in a trial, about 20 ms of compiled code
SLOWER = 10  # plain code, about
FEWEST_EPOCHS = 5
READINGS = 5  # of the loss in a trial


@dataclass(frozen=True)
class Remedy:
    """A setting that lets a diverged run learn: the field of an Experiment, and the value that was tried."""

    field: Literal["learning_rate", "penalty_rate"]
    value: float


@functools.lru_cache(maxsize=64)
def remedy_for(experiment: Experiment, kernels: Kernels) -> Remedy:
    """Return the largest rate of the menu with which the run learns from its beginning.

    That is the penalty rate if the penalty itself makes weights grow, otherwise (or if no penalty rate helps) the
    learning rate. If no rate works, the smallest is returned.
    """
    start = experiment.start_checkpoint()
    begun = experiment.changed(
        start=experiment.start if start is not None and start.epoch == 0 else None,
        stop_epochs=None,
        stop_loss=None,
        stop_patience=None,
    )
    safe = experiment.safe_penalty_rate()
    penalty_rates = [] if safe is None else [rate for rate in reversed(PENALTY_RATES) if rate <= safe]
    candidates = [
        *(Remedy("penalty_rate", rate) for rate in penalty_rates),
        *(Remedy("learning_rate", rate) for rate in experiment.smaller_learning_rates()),
    ]
    working = (each for each in candidates if _learns(begun.changed(**{each.field: each.value}), kernels))
    return next(working, candidates[-1])


def _learns(experiment: Experiment, kernels: Kernels) -> bool:
    """Train a copy for some epochs; return whether its loss is mostly below where it began."""
    trainer = Trainer(experiment, kernels)
    began, _ = trainer.losses()
    work = MAX_WORK if kernels.compiled else MAX_WORK / SLOWER
    fitting = int(work / (experiment.parameter_count * experiment.point_count))
    epochs = min(max(fitting, FEWEST_EPOCHS), EPOCHS)
    losses = []
    for _ in range(READINGS):
        trainer.run(math.ceil(epochs / READINGS))
        losses.append(trainer.losses()[0])
        if trainer.diverged is not None:
            return False
    return statistics.median(losses[READINGS // 2 :]) < began
