"""Train epochs, evaluate the mean loss and its gradient, in plain NumPy or compiled.

Letters: F inputs, K outputs, B batch, R points in the remainder, N points, P parameters.
"""

from typing import NamedTuple

import numpy as np

from engine.nn.losses import loss_value
from engine.nn.network import NetworkSpec, Workspace, backward, forward, output_layer
from engine.numerics.counter_rng import fill_dropout_mask, shuffled_order
from engine.numerics.jit import borrowed, compile_kernel, kernel
from engine.numerics.products import take_columns, total
from engine.numerics.types import Array, Integers, Words
from engine.optim.optimizers import Parameters
from engine.optim.update import UpdateConfig, step


class Batches(NamedTuple):
    """The training set cut into full batches and a remainder, and in its own order, the source of shuffling."""

    x: Array  # (batches, F, B)
    targets: Array  # (batches, K, B)
    x_remainder: Array  # (F, R)
    targets_remainder: Array  # (K, R)
    all_x: Array  # (F, N)
    all_targets: Array  # (K, N)
    order: Integers  # (N,)


class Epochs(NamedTuple):
    """What differs between epochs: learning rates and keys of the random numbers, (epochs,) each."""

    learning_rates: Array
    keys: Words


@kernel
def _shuffle_into_batches(batches: Batches, key: np.uint64) -> None:
    """Shuffle the training set and copy it into the batches."""
    order, size = batches.order, batches.x.shape[2]
    shuffled_order(key, order)
    for batch in range(batches.x.shape[0]):
        chosen = order[batch * size : (batch + 1) * size]
        take_columns(batches.all_x, chosen, batches.x[batch])
        take_columns(batches.all_targets, chosen, batches.targets[batch])
    chosen = order[batches.x.shape[0] * size :]
    take_columns(batches.all_x, chosen, batches.x_remainder)
    take_columns(batches.all_targets, chosen, batches.targets_remainder)


def _train(
    parameters: Parameters,
    network: NetworkSpec,
    config: UpdateConfig,
    batches: Batches,
    space: Workspace,
    epochs: Epochs,
    largest: float,
) -> int:
    """Train the given epochs, each on every full batch, then on the remainder.

    Returns the number of epochs completed. It is smaller than requested if a parameter exceeds `largest` or the
    optimizer's state overflows; the parameters are then those at the start of the failed epoch. An overflowed state
    counts because the steps it makes are 0.
    """
    parameters, network, config, batches, space = borrowed((parameters, network, config, batches, space))
    theta, mask, state, beta_powers = parameters.theta, parameters.mask, parameters.state, parameters.beta_powers
    full, size, points = batches.x.shape[0], batches.x.shape[2], batches.order.size
    hidden = int(np.sum(network.sizes[1:-1]))
    for epoch in range(epochs.keys.size):
        before = theta.copy(), mask.copy(), state.copy(), beta_powers.copy()
        rate, key = epochs.learning_rates[epoch], epochs.keys[epoch]
        if config.shuffle:
            _shuffle_into_batches(batches, key)
        for batch in range(full + 1):
            x, targets = batches.x_remainder, batches.targets_remainder
            if batch < full:
                x, targets = batches.x[batch], batches.targets[batch]
            elif x.shape[1] == 0:
                break
            if space.dropout_mask.size > 0:
                place = (points + batch * size) * hidden  # the first `points` random numbers of the epoch shuffle
                fill_dropout_mask(key, place, config.dropout, space.dropout_mask[: hidden * x.shape[1]])
            forward(theta, network, x, space)
            backward(theta, network, x, targets, space)
            step(parameters, space.gradient, x.shape[1], rate, config)
        if not (np.all(np.abs(theta) < largest) and np.all(np.isfinite(state))):
            theta[:], mask[:], state[:], beta_powers[:] = before
            return epoch
    return int(epochs.keys.size)


def _evaluate(theta: Array, network: NetworkSpec, x: Array, targets: Array, space: Workspace) -> float:
    """Return the mean loss over the points x (F, N), targets (K, N)."""
    theta, network, x, targets, space = borrowed((theta, network, x, targets, space))
    points = x.shape[1]
    forward(theta, network, x, space)
    z, p = output_layer(space.z, network.sizes, points), output_layer(space.a, network.sizes, points)
    return float(total(loss_value(network.loss, network.huber_delta, z, p, targets)) / points)


def _gradient(theta: Array, network: NetworkSpec, x: Array, targets: Array, space: Workspace) -> None:
    """Fill space.gradient with the gradient of the loss, summed over the points x (F, N), targets (K, N)."""
    theta, network, x, targets, space = borrowed((theta, network, x, targets, space))
    forward(theta, network, x, space)
    backward(theta, network, x, targets, space)


class Kernels:
    """The entry points of training: `PLAIN` runs them as written, `compiled_kernels()` as machine code."""

    def __init__(self, compiled: bool) -> None:
        self.compiled = compiled
        self.train = compile_kernel(_train) if compiled else _train
        self.evaluate = compile_kernel(_evaluate) if compiled else _evaluate
        self.gradient = compile_kernel(_gradient) if compiled else _gradient


PLAIN = Kernels(compiled=False)
_compiled: list[Kernels] = []


def compiled_kernels() -> Kernels:
    """Return the compiled kernels, built once per process; RuntimeError without Numba."""
    if not _compiled:
        _compiled.append(Kernels(compiled=True))
    return _compiled[0]
