"""The network on one flat parameter vector theta: layout, forward, backward, one step of training.

Layer after layer theta holds the weights (rows: neurons, columns: inputs), then the biases. Everything is
feature-major, (units, batch). `sizes` counts the units of each layer, inputs first; `codes` holds the activation
of each layer, the last being the loss's link. z, a and delta are flat buffers that hold the layers one after
another, each as (units, batch). Letters: F inputs, U units of a layer, K outputs, B batch, P parameters.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from engine.activations import activate, slope
from engine.compiled import compile_kernel, kernel
from engine.losses import loss_gradient, loss_value
from engine.optimizers import Parameters, optimizer_step
from engine.penalties import L1, NONE, penalty_slope
from engine.products import gradient_sums, sums_below, weighted_sums
from engine.types import Array, Integers


class Model(NamedTuple):
    """What the kernels need to know of a network."""

    sizes: Integers  # (layers + 1,)
    codes: Integers  # (layers,)
    loss: int


class Rule(NamedTuple):
    """What the kernels need to know of a training step."""

    optimizer: int
    learning_rate: float
    penalty: int
    penalty_rate: float


class Workspace(NamedTuple):
    """Buffers that outlive a step: z, a, delta (units * B,), gradient (P,)."""

    z: Array
    a: Array
    delta: Array
    gradient: Array


class Slice(NamedTuple):
    """Where a layer stands in theta: weights theta[start:biases], biases theta[biases:end]."""

    start: int
    biases: int
    end: int
    rows: int
    columns: int


def layout(sizes: Sequence[int]) -> list[Slice]:
    """Return the place of each layer in theta."""
    slices = []
    start = 0
    for columns, rows in pairwise(sizes):
        biases = start + rows * columns
        slices.append(Slice(start, biases, biases + rows, rows, columns))
        start = biases + rows
    return slices


def split(theta: Array, sizes: Sequence[int]) -> tuple[list[Array], list[Array]]:
    """Return views: the weights (U, inputs) and the biases (U,) of each layer."""
    places = layout(sizes)
    weights = [theta[at.start : at.biases].reshape(at.rows, at.columns) for at in places]
    return weights, [theta[at.biases : at.end] for at in places]


def workspace(sizes: Sequence[int], batch: int) -> Workspace:
    """Allocate the buffers for batches of up to so many points."""
    units = sum(sizes[1:]) * batch
    parameters = layout(sizes)[-1].end
    return Workspace(np.zeros(units), np.zeros(units), np.zeros(units), np.zeros(parameters))


@kernel
def forward(theta: Array, model: Model, x: Array, z: Array, a: Array) -> None:
    """Fill z and a from the inputs x (F, B)."""
    sizes, codes = model.sizes, model.codes
    batch = x.shape[1]
    inputs = x
    start = 0
    unit = 0
    for layer in range(codes.size):
        columns, rows = sizes[layer], sizes[layer + 1]
        biases = start + rows * columns
        weights = theta[start:biases].reshape(rows, columns)
        z_layer = z[unit * batch : (unit + rows) * batch].reshape(rows, batch)
        a_layer = a[unit * batch : (unit + rows) * batch].reshape(rows, batch)
        weighted_sums(weights, theta[biases : biases + rows], inputs, z_layer)
        a_layer[:] = activate(codes[layer], z_layer)
        inputs = a_layer
        start = biases + rows
        unit += rows


@kernel
def backward(theta: Array, model: Model, x: Array, targets: Array, space: Workspace) -> None:
    """Fill delta = dL/dz of every unit and the gradient, summed over the batch, after `forward`."""
    sizes, codes = model.sizes, model.codes
    batch = x.shape[1]
    end = theta.size
    unit = np.sum(sizes[1:])
    outputs = sizes[-1]
    first = (unit - outputs) * batch
    last = unit * batch
    z_layer = space.z[first:last].reshape(outputs, batch)
    a_layer = space.a[first:last].reshape(outputs, batch)
    delta = space.delta[first:last].reshape(outputs, batch)
    delta[:] = loss_gradient(model.loss, codes[-1], z_layer, a_layer, targets)
    for step in range(codes.size):
        layer = codes.size - 1 - step
        columns, rows = sizes[layer], sizes[layer + 1]
        unit -= rows
        biases = end - rows
        start = biases - rows * columns
        if layer > 0:
            below = (unit - columns) * batch
            here = unit * batch
            inputs = space.a[below:here].reshape(columns, batch)
        else:
            inputs = x
        by_weights = space.gradient[start:biases].reshape(rows, columns)
        gradient_sums(delta, inputs, by_weights, space.gradient[biases:end])
        if layer > 0:
            delta_below = space.delta[below:here].reshape(columns, batch)
            sums_below(theta[start:biases].reshape(rows, columns), delta, delta_below)
            delta_below *= slope(codes[layer - 1], space.z[below:here].reshape(columns, batch), inputs)
            delta = delta_below
        end = start


@kernel
def step(parameters: Parameters, gradient: Array, batch: int, rule: Rule) -> None:
    """Take one step from the gradient summed over the batch, then the penalty's step.

    As in TFP the penalty's slope is that of the weights before.
    """
    theta, mask = parameters.theta, parameters.mask
    gradient *= mask
    if rule.penalty == NONE or rule.penalty_rate == 0.0:
        optimizer_step(rule.optimizer, parameters, gradient, batch, rule.learning_rate)
        return
    pull = penalty_slope(rule.penalty, theta) * parameters.is_weight * mask
    optimizer_step(rule.optimizer, parameters, gradient, batch, rule.learning_rate)
    pull *= rule.learning_rate * rule.penalty_rate
    if rule.penalty == L1:
        for i in range(theta.size):
            pulled = theta[i] - pull[i]
            if theta[i] * pulled < 0.0:  # the penalty flips the sign: the weight is dead from now on
                theta[i] = 0.0
                mask[i] = 0.0
            else:
                theta[i] = pulled
    else:
        theta -= pull


def _train(
    parameters: Parameters,
    model: Model,
    rule: Rule,
    x: Array,
    targets: Array,
    x_rest: Array,
    targets_rest: Array,
    space: Workspace,
    epochs: int,
    largest: float,
) -> int:
    """Train on full batches x (batches, F, B), targets (batches, K, B), then the rest (F, R), (K, R).

    Returns the epochs done. Fewer than asked: a parameter passed `largest` in the next one, whose start is kept.
    """
    theta = parameters.theta
    for epoch in range(epochs):
        before = theta.copy()
        for batch in range(x.shape[0]):
            forward(theta, model, x[batch], space.z, space.a)
            backward(theta, model, x[batch], targets[batch], space)
            step(parameters, space.gradient, x.shape[2], rule)
        if x_rest.shape[1] > 0:
            forward(theta, model, x_rest, space.z, space.a)
            backward(theta, model, x_rest, targets_rest, space)
            step(parameters, space.gradient, x_rest.shape[1], rule)
        if not np.all(np.abs(theta) < largest):
            theta[:] = before
            return epoch
    return epochs


def _evaluate(theta: Array, model: Model, x: Array, targets: Array, space: Workspace) -> float:
    """Return the mean loss over the points x (F, N), targets (K, N)."""
    points = x.shape[1]
    outputs = model.sizes[-1]
    forward(theta, model, x, space.z, space.a)
    first = (np.sum(model.sizes[1:]) - outputs) * points
    last = first + outputs * points
    z = space.z[first:last].reshape(outputs, points)
    p = space.a[first:last].reshape(outputs, points)
    return float(np.sum(loss_value(model.loss, z, p, targets)) / points)


class Kernels:
    """The two entry points of training: `PLAIN` runs as written, `compiled_kernels()` gives the compiled twin."""

    def __init__(self, compiled: bool) -> None:
        self.compiled = compiled
        self.train = compile_kernel(_train) if compiled else _train
        self.evaluate = compile_kernel(_evaluate) if compiled else _evaluate


PLAIN = Kernels(compiled=False)
_compiled: list[Kernels] = []


def compiled_kernels() -> Kernels:
    """Return the compiled kernels, made once a process; RuntimeError without Numba."""
    if not _compiled:
        _compiled.append(Kernels(compiled=True))
    return _compiled[0]
