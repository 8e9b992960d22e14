"""Define the learning rate schedules (SCHEDULES): a factor for every epoch.

During a warm-up of W epochs the rate rises in equal steps, 1/W, 2/W, ..., 1; the schedule counts its epochs from
there. Step and cosine equal PyTorch's StepLR and CosineAnnealingLR, joined by SequentialLR, but the cosine stays at 0
once it reaches it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.numerics import fdlibm
from engine.numerics.types import Array


@dataclass(frozen=True)
class Schedule:
    """A schedule: `factor(e, period, decay)` returns the factors of epochs e (N,).

    `hyperparameters` are the fields of an Experiment that it reads. `python` is the factor of an epoch e as an
    expression for exported scripts.
    """

    label: str
    formula: str
    factor: Callable[[Array, int, float], Array]
    python: str
    hyperparameters: tuple[str, ...] = ()


def _power(decay: float, exponents: Array) -> Array:
    """Return decay^exponents, with the same bits on every machine and for every way to slice an array."""
    return fdlibm.exp(fdlibm.log(np.array([decay])) * exponents)


def _constant(e: Array, period: int, decay: float) -> Array:
    return np.ones_like(e)


def _step(e: Array, period: int, decay: float) -> Array:
    return _power(decay, np.floor(e / period))


def _exponential(e: Array, period: int, decay: float) -> Array:
    return _power(decay, e / period)


def _cosine(e: Array, period: int, decay: float) -> Array:
    return 0.5 * (1.0 + fdlibm.cos(np.pi * np.minimum(e, period) / period))


_FIELDS = ("schedule_epochs", "schedule_factor")
SCHEDULES: dict[str, Schedule] = {
    "constant": Schedule("Constant", "rate", _constant, "1.0"),
    "step": Schedule(
        "Step decay",
        "rate * factor^floor(epoch / epochs)",
        _step,
        "{schedule_factor} ** (e // {schedule_epochs})",
        _FIELDS,
    ),
    "exponential": Schedule(
        "Exponential",
        "rate * factor^(epoch / epochs)",
        _exponential,
        "{schedule_factor} ** (e / {schedule_epochs})",
        _FIELDS,
    ),
    "cosine": Schedule(
        "Cosine",
        "rate * (1 + cos(pi min(epoch / epochs, 1))) / 2",
        _cosine,
        "(1 + np.cos(np.pi * min(e / {schedule_epochs}, 1))) / 2",
        ("schedule_epochs",),
    ),
}


def schedule_factors(name: str, first: int, count: int, period: int, decay: float, warmup: int) -> Array:
    """Return the factors (count,) for `count` epochs from `first` on."""
    if name == "constant" and not warmup:  # the common case, called many times per frame
        return np.ones(count)
    e = np.arange(first, first + count, dtype=np.float64)
    factors = SCHEDULES[name].factor(np.maximum(e - warmup, 0.0), period, decay)
    return factors * np.minimum((e + 1.0) / warmup, 1.0) if warmup else factors
