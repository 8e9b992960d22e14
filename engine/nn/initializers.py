"""Define how weights are initialized (INITIALIZERS).

Every initializer draws one uniform number per weight, so runs with the same seed stay comparable. Normal numbers are
the inverse normal distribution function (Wichura's AS241, in Python's `statistics`) of that number, not truncated.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

from engine.numerics.seedrandom import SeedRandom

_INVERSE = NormalDist().inv_cdf
BELOW_1 = 1.0 - 2.0**-53  # the largest number below 1


@dataclass(frozen=True)
class Initializer:
    """Draw a weight of a layer with `weight(rng, inputs, outputs, scale)`; every bias starts at `bias`."""

    label: str
    formula: str
    weight: Callable[[SeedRandom, int, int, float], float]
    bias: float
    hyperparameters: tuple[str, ...] = ()  # the fields of an Experiment that it reads


def _uniform(rng: SeedRandom, inputs: int, outputs: int, scale: float) -> float:
    return rng.random() - 0.5


def _zero(rng: SeedRandom, inputs: int, outputs: int, scale: float) -> float:
    return 0.0 * rng.random()  # TFP's initZero draws too


def _xavier(rng: SeedRandom, inputs: int, outputs: int, scale: float) -> float:
    """Draw from the uniform distribution of Glorot and Bengio (2010)."""
    limit = math.sqrt(6 / (inputs + outputs))
    return rng.uniform(-limit, limit)


def _he(rng: SeedRandom, inputs: int, outputs: int, scale: float) -> float:
    """Draw from the normal distribution of He, Zhang, Ren and Sun (2015)."""
    return _normal(rng, inputs, outputs, math.sqrt(2 / inputs))


def _lecun(rng: SeedRandom, inputs: int, outputs: int, scale: float) -> float:
    """Draw from the normal distribution of LeCun, Bottou, Orr and Müller (1998)."""
    return _normal(rng, inputs, outputs, math.sqrt(1 / inputs))


def _normal(rng: SeedRandom, inputs: int, outputs: int, scale: float) -> float:
    """Draw a normal number. The inverse of 0 and of 1 is infinite, so both ends are moved inward."""
    return scale * _INVERSE(min(rng.random() + 2.0**-54, BELOW_1))


INITIALIZERS: dict[str, Initializer] = {
    "uniform": Initializer("Uniform within ±0.5", "uniform within ±0.5, biases 0.1", _uniform, 0.1),
    "zero": Initializer("All zero", "0", _zero, 0.0),
    "xavier": Initializer("Xavier", "uniform within ±sqrt(6 / (inputs + neurons))", _xavier, 0.0),
    "he": Initializer("He", "normal, standard deviation sqrt(2 / inputs)", _he, 0.0),
    "lecun": Initializer("LeCun", "normal, standard deviation sqrt(1 / inputs)", _lecun, 0.0),
    "normal": Initializer("Normal", "normal, with the given standard deviation", _normal, 0.0, ("init_scale",)),
}
