"""The gradient of one batch at any parameters, by the very kernel that trains."""

import math

import numpy as np

from engine.nn.network import NetworkSpec, workspace
from engine.numerics.types import Array
from engine.optim.optimizers import BETA_POWERS, MAX_SLOTS, SGD, Hyperparameters, Parameters
from engine.optim.penalties import NONE
from engine.optim.update import UpdateConfig
from engine.training.kernels import Epochs, Kernels
from engine.training.samples import batches_of


class BatchGradient:
    """The mean gradient of the loss over inputs x (F, B) with targets (K, B); no dropout, no penalty, no clipping.

    An epoch at learning rate 0 on the whole batch leaves its gradient in the workspace, and theta as it was.
    """

    def __init__(self, network: NetworkSpec, x: Array, targets: Array, kernels: Kernels) -> None:
        self._network, self._kernels = network, kernels
        self._batches = batches_of(x, targets, x.shape[1])
        self._space = workspace([int(size) for size in network.sizes], x.shape[1])
        self._update_config = UpdateConfig(SGD, Hyperparameters(), NONE, 0.0, 0.0, math.inf, 0.0, False)
        self._epoch = Epochs(np.zeros(1), np.zeros(1, np.uint64))

    def at(self, theta: Array) -> Array:
        """Return the gradient (P,) at theta (P,)."""
        free = np.ones_like(theta)
        parameters = Parameters(theta.copy(), free, free, np.zeros((MAX_SLOTS, theta.size)), np.ones(BETA_POWERS))
        self._kernels.train(
            parameters, self._network, self._update_config, self._batches, self._space, self._epoch, math.inf
        )
        mean: Array = self._space.gradient / self._batches.x.shape[2]
        return mean
