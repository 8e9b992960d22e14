"""PENALTIES: what each adds to the loss, and its step on the weights; biases are never penalised."""

from dataclasses import dataclass

import numpy as np

from engine.compiled import kernel
from engine.types import Array

NONE, L1, L2 = range(3)


@dataclass(frozen=True)
class Penalty:
    """A penalty on every weight w, scaled by the penalty rate."""

    code: int
    label: str
    formula: str


PENALTIES: dict[str, Penalty] = {
    "none": Penalty(NONE, "None", "0"),
    "L1": Penalty(L1, "L1", "|w|"),
    "L2": Penalty(L2, "L2", "1/2 w^2"),
}


@kernel
def penalty_value(code: int, weights: Array) -> float:
    """Return the penalty of these weights at rate 1."""
    if code == L1:
        return float(np.sum(np.abs(weights)))
    if code == L2:
        return 0.5 * float(np.sum(weights * weights))
    return 0.0


@kernel
def penalty_slope(code: int, weights: Array) -> Array:
    """Return the derivative of the penalty at rate 1, elementwise."""
    if code == L1:
        return np.sign(weights)
    if code == L2:
        return weights + 0.0
    return np.zeros_like(weights)
