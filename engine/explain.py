"""One example through the network and back: every number of the forward and the backward pass, by name."""

from dataclasses import dataclass

import numpy as np

from engine.activations import slope
from engine.features import feature_matrix
from engine.losses import loss_value
from engine.network import backward, forward, split, workspace
from engine.trainer import Trainer
from engine.types import Array


@dataclass(frozen=True)
class LayerPass:
    """One layer of U neurons with I inputs, both ways. All gradients are those of this example's loss."""

    inputs: Array  # (I,)
    weights: Array  # (U, I)
    biases: Array  # (U,)
    z: Array  # (U,) weighted sums
    a: Array  # (U,) activations
    slope: Array  # (U,) da/dz
    a_gradient: Array  # (U,) dL/da
    delta: Array  # (U,) dL/dz
    weight_gradient: Array  # (U, I)
    bias_gradient: Array  # (U,)


@dataclass(frozen=True)
class Explanation:
    """The forward and the backward pass of one example; `layers` from the first hidden one to the output."""

    point: tuple[float, float]
    target: Array  # (K,)
    inputs: Array  # (F,)
    layers: list[LayerPass]
    output: Array  # (K,)
    loss: float


def explain(trainer: Trainer, point: tuple[float, float], target: float | list[float] | Array) -> Explanation:
    """Take a point of the plane with its target through the trainer's network and back."""
    x1, x2 = float(point[0]), float(point[1])
    x = feature_matrix(np.array([[x1, x2]]), trainer.experiment.features)
    return explain_inputs(trainer.theta, trainer.model, x[:, 0], np.atleast_1d(target), (x1, x2))
