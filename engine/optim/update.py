"""One step of training from a gradient: clipping, the optimizer, then the penalty.

Letters: P parameters.
"""

from typing import NamedTuple

import numpy as np

from engine.numerics.jit import kernel
from engine.numerics.products import sum_of_squares
from engine.numerics.types import Array
from engine.optim.optimizers import Hyperparameters, Parameters, optimizer_step
from engine.optim.penalties import ELASTIC, L1, NONE, penalty_derivative

NORM_EPSILON = 1e-6  # PyTorch's, in clip_grad_norm_


class UpdateConfig(NamedTuple):
    """What the kernels need to know of training, besides the learning rate; the floats must be floats."""

    optimizer: int
    hyperparameters: Hyperparameters
    penalty: int
    penalty_rate: float
    elastic_ratio: float
    clip_norm: float  # infinity clips nothing
    dropout: float
    shuffle: bool


@kernel
def clip(gradient: Array, batch: int, largest: float) -> None:
    """Shorten the gradient, a sum over the batch, so that the norm of its mean is `largest` at most."""
    norm = np.sqrt(sum_of_squares(gradient)) / batch
    if norm + NORM_EPSILON > largest:
        gradient *= largest / (norm + NORM_EPSILON)


@kernel
def step(parameters: Parameters, gradient: Array, batch: int, learning_rate: float, config: UpdateConfig) -> None:
    """Take one step from the gradient (P,) summed over the batch, then the penalty's step.

    As in TFP the penalty's slope is that of the weights before.
    """
    theta, mask = parameters.theta, parameters.mask
    gradient *= mask
    if config.clip_norm < np.inf:
        clip(gradient, batch, config.clip_norm)
    if config.penalty == NONE or config.penalty_rate == 0.0:
        optimizer_step(config.optimizer, parameters, gradient, batch, learning_rate, config.hyperparameters)
        return
    pull = penalty_derivative(config.penalty, theta, config.elastic_ratio) * parameters.is_weight * mask
    optimizer_step(config.optimizer, parameters, gradient, batch, learning_rate, config.hyperparameters)
    pull *= learning_rate * config.penalty_rate
    if config.penalty in (L1, ELASTIC):
        for i in range(theta.size):
            pulled = theta[i] - pull[i]
            if theta[i] * pulled < 0.0:  # the penalty flips the sign: the weight is dead from now on
                theta[i] = 0.0
                mask[i] = 0.0
            else:
                theta[i] = pulled
    else:
        theta -= pull
