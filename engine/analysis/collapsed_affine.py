"""Collapse the layers of a linear network into the single affine layer that they equal.

W2 (W1 x + b1) + b2 = (W2 W1) x + (W2 b1 + b2), and so on through any number of layers.
"""

from dataclasses import dataclass

import numpy as np

from engine.nn.network import split
from engine.numerics.types import Array
from engine.training.experiment import Experiment


@dataclass(frozen=True)
class CollapsedAffine:
    """The weighted sums of K outputs as z = weights x + biases, straight from the F inputs."""

    weights: Array  # (K, F)
    biases: Array  # (K,)


def collapsed_affine(experiment: Experiment, theta: Array) -> CollapsedAffine | None:
    """Multiply the layers of parameters theta (P,) into one; None if a hidden layer is not linear.

    Without hidden layers, the result is the output layer. Parameters near their bound may overflow, but never to NaN.
    """
    if any(name != "linear" for name in experiment.activations):
        return None
    weights, biases = np.eye(len(experiment.inputs)), np.zeros(len(experiment.inputs))
    with np.errstate(all="ignore"):
        for layer_weights, layer_biases in zip(*split(theta, experiment.sizes), strict=True):
            weights, biases = layer_weights @ weights, layer_weights @ biases + layer_biases
    return CollapsedAffine(np.nan_to_num(weights, nan=0.0), np.nan_to_num(biases, nan=0.0))
