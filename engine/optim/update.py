"""Take one step of training from a gradient: clip it, run the optimizer, then apply the penalty.

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
    """Describe a step to the kernels. The learning rate comes separately; an int for a float would recompile them."""

    optimizer: int
    hyperparameters: Hyperparameters
    penalty: int
    penalty_rate: float
    elastic_ratio: float
    clip_norm: float  # infinity for no clipping
    dropout: float
    shuffle: bool


@kernel
def clip(gradient: Array, batch: int, largest: float) -> None:
    """Scale down the gradient, a sum over the batch, so that the norm of its mean is at most `largest`."""
    norm = np.sqrt(sum_of_squares(gradient)) / batch
    if norm + NORM_EPSILON > largest:
        gradient *= largest / (norm + NORM_EPSILON)


@kernel
def step(parameters: Parameters, gradient: Array, batch: int, learning_rate: float, config: UpdateConfig) -> None:
    """Take the optimizer's step from the gradient (P,) summed over the batch, then the penalty's step.

    As in TFP, the penalty's derivative is taken at the weights before the step.
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
            if theta[i] * pulled < 0.0:  # the penalty flips the sign: the weight stays at 0 from now on
                theta[i] = 0.0
                mask[i] = 0.0
            else:
                theta[i] = pulled
    else:
        theta -= pull
