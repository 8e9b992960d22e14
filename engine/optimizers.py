"""OPTIMIZERS: a step on the flat parameter vector, in place; `slots` is how many vectors of state each keeps."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from engine.compiled import kernel
from engine.types import Array

SGD = 0


@dataclass(frozen=True)
class Optimizer:
    """A rule that turns a gradient into a step."""

    code: int
    label: str
    formula: str
    slots: int


OPTIMIZERS: dict[str, Optimizer] = {
    "sgd": Optimizer(SGD, "Gradient descent", "w - rate * gradient", 0),
}


class Parameters(NamedTuple):
    """What training changes, and what it may change: theta, mask, is_weight (P,), state (slots, P)."""

    theta: Array
    mask: Array  # 0 freezes a parameter
    is_weight: Array  # 0 for biases, which no penalty touches
    state: Array


@kernel
def optimizer_step(code: int, parameters: Parameters, gradient: Array, batch: int, learning_rate: float) -> None:
    """Move theta (P,) against the mean of the gradient (P,), which comes as its sum over the batch."""
    # One rule so far: the code is what the next ones will be told apart by. TFP divides in this order, for weights
    # and for biases, and the last bit depends on it.
    for_weights = learning_rate / batch * gradient
    for_biases = learning_rate * gradient / batch
    theta = parameters.theta
    theta -= np.where(parameters.is_weight == 1.0, for_weights, for_biases)
