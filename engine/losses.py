"""LOSSES: each names the output activations (links) it goes with, and gives its gradient at the logit z."""

from dataclasses import dataclass

import numpy as np

from engine.activations import slope
from engine.compiled import kernel
from engine.types import Array

SQUARE = 0


@dataclass(frozen=True)
class Loss:
    """A loss summed over the K outputs of one example; `links` maps a task to its output activation."""

    code: int
    label: str
    formula: str
    links: dict[str, str]


LOSSES: dict[str, Loss] = {
    "square": Loss(SQUARE, "Squared error", "1/2 (p - t)^2", {"classification": "tanh", "regression": "linear"}),
}


@kernel
def loss_value(code: int, z: Array, p: Array, t: Array) -> Array:
    """Return the loss of each example, (B,), from logits, outputs and targets, each (K, B)."""
    # One loss so far: the code is what the next ones will be told apart by.
    losses: Array = 0.5 * np.sum((p - t) * (p - t), axis=0)
    return losses


@kernel
def output_gradient(code: int, p: Array, t: Array) -> Array:
    """Return dL/dp at the output, (K, B)."""
    return p - t


@kernel
def loss_gradient(code: int, link: int, z: Array, p: Array, t: Array) -> Array:
    """Return dL/dz at the output, (K, B); the link's slope is part of it."""
    return output_gradient(code, p, t) * slope(link, z, p)
