"""INITIALIZERS: how weights start. Every one draws the same count of numbers, so that seeds stay comparable."""

from collections.abc import Callable
from dataclasses import dataclass

from engine.seedrandom import SeedRandom


@dataclass(frozen=True)
class Initializer:
    """`weight(rng)` draws one weight; every bias starts at `bias`."""

    label: str
    weight: Callable[[SeedRandom], float]
    bias: float


INITIALIZERS: dict[str, Initializer] = {
    "uniform": Initializer("Uniform in ±0.5", lambda rng: rng.random() - 0.5, 0.1),
    "zero": Initializer("All zero", lambda rng: 0.0 * rng.random(), 0.0),  # TFP's initZero draws too
}
