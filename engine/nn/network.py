"""Run a network forward and backward on one flat parameter vector, theta.

theta holds, layer by layer, the weights (rows: neurons, columns: inputs) and then the biases. All arrays are
feature-major, (units, batch). `sizes` counts the units of each layer, inputs first. `codes` holds the activation of
each layer; the last one is the output activation. z, a and delta are flat buffers that hold the layers one after
another, each as (units, batch); `layer_views` and `output_layer` give access to them. Letters: F inputs, U units of a
layer, K outputs, B batch, N points, P parameters.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from engine.nn.activations import SOFTMAX, activate, derivative, softmax
from engine.nn.losses import loss_gradient
from engine.numerics.jit import inlined, kernel
from engine.numerics.products import backprop_to_inputs, weight_gradients, weighted_sums
from engine.numerics.types import Array, Integers


class NetworkSpec(NamedTuple):
    """Describe a network to the kernels: layer sizes, activation codes and the loss."""

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
    """Locate a layer in theta: its weights are theta[start:biases], its biases theta[biases:end]."""

    start: int
    biases: int
    end: int
    rows: int
    columns: int


def layout(sizes: Sequence[int]) -> list[Slice]:
    """Return the slice of each layer in theta."""
    slices = []
    start = 0
    for columns, rows in pairwise(sizes):
        biases = start + rows * columns
        slices.append(Slice(start, biases, biases + rows, rows, columns))
        start = biases + rows
    return slices


def split(theta: Array, sizes: Sequence[int]) -> tuple[list[Array], list[Array]]:
    """Return the weights (U, inputs) and the biases (U,) of each layer, as views of theta."""
    places = layout(sizes)
    weights = [theta[at.start : at.biases].reshape(at.rows, at.columns) for at in places]
    return weights, [theta[at.biases : at.end] for at in places]


def workspace(sizes: Sequence[int], batch: int, dropout: bool = False) -> Workspace:
    """Allocate the buffers for batches of up to `batch` points."""
    units = sum(sizes[1:]) * batch
    kept = sum(sizes[1:-1]) * batch if dropout else 0
    parameters = layout(sizes)[-1].end
    return Workspace(*(np.zeros(count) for count in (units, units, units, kept, kept, parameters)))


def layer_views(buffer: Array, sizes: Sequence[int], batch: int) -> list[Array]:
    """Return each layer's values (units, batch), first hidden layer first, as views of a buffer of z, a or delta."""
    ends = np.cumsum([units * batch for units in sizes[1:]])
    return [buffer[end - units * batch : end].reshape(units, batch) for units, end in zip(sizes[1:], ends, strict=True)]


@inlined
def layer_view(buffer: Array, first: int, units: int, batch: int) -> Array:
    """Return the values (units, batch) of the layer that starts at unit `first`, as a view of a flat buffer."""
    return buffer[first * batch : (first + units) * batch].reshape(units, batch)


@inlined
def output_layer(buffer: Array, sizes: Integers, batch: int) -> Array:
    """Return the values (K, batch) of the output layer, as a view of a flat buffer."""
    return layer_view(buffer, int(np.sum(sizes[1:-1])), sizes[-1], batch)


@kernel
def forward(theta: Array, network: NetworkSpec, x: Array, space: Workspace) -> None:
    """Fill z and a from the inputs x (F, B). With dropout, each layer passes on `dropped` in place of a."""
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
        z_layer = layer_view(z, unit, rows, batch)
        a_layer = layer_view(a, unit, rows, batch)
        weighted_sums(weights, theta[biases : biases + rows], inputs, z_layer)
        if codes[layer] == SOFTMAX:
            softmax(z_layer, a_layer)
        else:
            a_layer[:] = activate(codes[layer], z_layer)
        inputs = a_layer
        if space.dropout_mask.size > 0 and layer < codes.size - 1:
            inputs = layer_view(space.dropped, unit, rows, batch)
            inputs[:] = a_layer * layer_view(space.dropout_mask, unit, rows, batch)
        start = biases + rows
        unit += rows


@kernel
def backward(theta: Array, network: NetworkSpec, x: Array, targets: Array, space: Workspace) -> None:
    """Fill delta = dL/dz of every unit and the gradient summed over the batch; call `forward` first."""
    sizes, codes = network.sizes, network.codes
    batch = x.shape[1]
    end = theta.size
    unit = np.sum(sizes[1:])
    z_layer = output_layer(space.z, sizes, batch)
    a_layer = output_layer(space.a, sizes, batch)
    delta = output_layer(space.delta, sizes, batch)
    delta[:] = loss_gradient(network.loss, network.huber_delta, codes[-1], z_layer, a_layer, targets)
    for above in range(codes.size):
        layer = codes.size - 1 - above
        columns, rows = sizes[layer], sizes[layer + 1]
        unit -= rows
        biases = end - rows
        start = biases - rows * columns
        below = unit - columns
        inputs = x
        if layer > 0:
            inputs = layer_view(space.a, below, columns, batch)
            if space.dropout_mask.size > 0:
                inputs = layer_view(space.dropped, below, columns, batch)
        by_weights = space.gradient[start:biases].reshape(rows, columns)
        weight_gradients(delta, inputs, by_weights, space.gradient[biases:end])
        if layer > 0:
            delta_below = layer_view(space.delta, below, columns, batch)
            backprop_to_inputs(theta[start:biases].reshape(rows, columns), delta, delta_below)
            z_below, a_below = layer_view(space.z, below, columns, batch), layer_view(space.a, below, columns, batch)
            delta_below *= derivative(codes[layer - 1], z_below, a_below)
            if space.dropout_mask.size > 0:
                delta_below *= layer_view(space.dropout_mask, below, columns, batch)
            delta = delta_below
        end = start
