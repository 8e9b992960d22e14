"""INITIALIZERS: how weights start. Every one draws the same count of numbers, so that seeds stay comparable.

Normal numbers are made of one uniform number each, by the inverse of the normal distribution function (Wichura's
AS241, as Python has it), and are not cut off.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

from engine.numerics.seedrandom import SeedRandom

_INVERSE = NormalDist().inv_cdf


@dataclass(frozen=True)
class Initializer:
    """`weight(rng, inputs, outputs, scale)` draws one weight of a layer of that size; every bias starts at `bias`."""

    label: str
    formula: str
    weight: Callable[[SeedRandom, int, int, float], float]
    bias: float
    hyperparameters: tuple[str, ...] = ()  # fields of an Experiment that it reads


def _uniform(rng: SeedRandom, inputs: int, outputs: int, scale: float) -> float:
    return rng.random() - 0.5


def _zero(rng: SeedRandom, inputs: int, outputs: int, scale: float) -> float:
    return 0.0 * rng.random()  # TFP's initZero draws too


def _xavier(rng: SeedRandom, inputs: int, outputs: int, scale: float) -> float:
    """Glorot and Bengio (2010), their uniform form."""
    limit = math.sqrt(6 / (inputs + outputs))
    return rng.uniform(-limit, limit)


def _he(rng: SeedRandom, inputs: int, outputs: int, scale: float) -> float:
    """He, Zhang, Ren and Sun (2015)."""
    return _normal(rng, inputs, outputs, math.sqrt(2 / inputs))


def _lecun(rng: SeedRandom, inputs: int, outputs: int, scale: float) -> float:
    """LeCun, Bottou, Orr and Müller (1998)."""
    return _normal(rng, inputs, outputs, math.sqrt(1 / inputs))


def _normal(rng: SeedRandom, inputs: int, outputs: int, scale: float) -> float:
    return scale * _INVERSE(rng.random() + 2.0**-54)  # never 0, which has no inverse


INITIALIZERS: dict[str, Initializer] = {
    "uniform": Initializer("Uniform within ±0.5", "uniform within ±0.5, biases 0.1", _uniform, 0.1),
    "zero": Initializer("All zero", "0", _zero, 0.0),
    "xavier": Initializer("Xavier", "uniform within ±sqrt(6 / (inputs + neurons))", _xavier, 0.0),
    "he": Initializer("He", "normal, standard deviation sqrt(2 / inputs)", _he, 0.0),
    "lecun": Initializer("LeCun", "normal, standard deviation sqrt(1 / inputs)", _lecun, 0.0),
    "normal": Initializer("Normal", "normal, with the given standard deviation", _normal, 0.0, ("init_scale",)),
}
