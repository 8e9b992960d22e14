"""The network on one flat parameter vector theta: layout, forward, backward, epochs of training.

Layer after layer theta holds the weights (rows: neurons, columns: inputs), then the biases. Everything is
feature-major, (units, batch). `sizes` counts the units of each layer, inputs first; `codes` holds the activation
of each layer, the last being the loss's link. z, a and delta are flat buffers that hold the layers one after
another, each as (units, batch). Letters: F inputs, U units of a layer, K outputs, B batch, N points, P parameters.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from engine.nn.activations import SOFTMAX, activate, derivative, softmax
from engine.nn.losses import loss_gradient
from engine.numerics.jit import kernel
from engine.numerics.products import backprop_to_inputs, weight_gradients, weighted_sums
from engine.numerics.types import Array, Integers


class NetworkSpec(NamedTuple):
    """What the kernels need to know of a network."""

    sizes: Integers  # (layers + 1,)
    codes: Integers  # (layers,)
    loss: int
    huber_delta: float


class Workspace(NamedTuple):
    """Buffers reused from step to step: z, a, delta (units * B,), gradient (P,) and, for dropout, two more.

    `dropout_mask` (hidden units * B,) multiplies each hidden activation by 0 or 1 / (1 - dropout), and `dropped` holds
    the products. Both are empty without dropout.
    """

    z: Array
    a: Array
    delta: Array
    dropout_mask: Array
    dropped: Array
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


def workspace(sizes: Sequence[int], batch: int, dropout: bool = False) -> Workspace:
    """Allocate the buffers for batches of up to so many points."""
    units = sum(sizes[1:]) * batch
    kept = sum(sizes[1:-1]) * batch if dropout else 0
    parameters = layout(sizes)[-1].end
    return Workspace(*(np.zeros(count) for count in (units, units, units, kept, kept, parameters)))


@kernel
def forward(theta: Array, network: NetworkSpec, x: Array, space: Workspace) -> None:
    """Fill z and a from the inputs x (F, B), each layer's being the values of `dropped` where there is dropout."""
    sizes, codes = network.sizes, network.codes
    z, a = space.z, space.a
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
        if codes[layer] == SOFTMAX:
            softmax(z_layer, a_layer)
        else:
            a_layer[:] = activate(codes[layer], z_layer)
        inputs = a_layer
        if space.dropout_mask.size > 0 and layer < codes.size - 1:
            here, end = unit * batch, (unit + rows) * batch
            inputs = space.dropped[here:end].reshape(rows, batch)
            inputs[:] = a_layer * space.dropout_mask[here:end].reshape(rows, batch)
        start = biases + rows
        unit += rows


@kernel
def backward(theta: Array, network: NetworkSpec, x: Array, targets: Array, space: Workspace) -> None:
    """Fill delta = dL/dz of every unit and the gradient, summed over the batch, after `forward`."""
    sizes, codes = network.sizes, network.codes
    batch = x.shape[1]
    end = theta.size
    unit = np.sum(sizes[1:])
    outputs = sizes[-1]
    first = (unit - outputs) * batch
    last = unit * batch
    z_layer = space.z[first:last].reshape(outputs, batch)
    a_layer = space.a[first:last].reshape(outputs, batch)
    delta = space.delta[first:last].reshape(outputs, batch)
    delta[:] = loss_gradient(network.loss, network.huber_delta, codes[-1], z_layer, a_layer, targets)
    for above in range(codes.size):
        layer = codes.size - 1 - above
        columns, rows = sizes[layer], sizes[layer + 1]
        unit -= rows
        biases = end - rows
        start = biases - rows * columns
        if layer > 0:
            below = (unit - columns) * batch
            here = unit * batch
            inputs = space.a[below:here].reshape(columns, batch)
            if space.dropout_mask.size > 0:
                inputs = space.dropped[below:here].reshape(columns, batch)
        else:
            inputs = x
        by_weights = space.gradient[start:biases].reshape(rows, columns)
        weight_gradients(delta, inputs, by_weights, space.gradient[biases:end])
        if layer > 0:
            delta_below = space.delta[below:here].reshape(columns, batch)
            backprop_to_inputs(theta[start:biases].reshape(rows, columns), delta, delta_below)
            a_below = space.a[below:here].reshape(columns, batch)
            delta_below *= derivative(codes[layer - 1], space.z[below:here].reshape(columns, batch), a_below)
            if space.dropout_mask.size > 0:
                delta_below *= space.dropout_mask[below:here].reshape(columns, batch)
            delta = delta_below
        end = start
