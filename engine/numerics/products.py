"""Compute the products and sums of training, adding the terms in TFP's order.

The order of additions decides the last bits, and `np.dot` and `np.sum` choose their own. Each function has two
implementations: NumPy with one statement per term, and the plain loops that compiled code runs. A test compares them
bit by bit.
"""

import numpy as np

from engine.numerics.jit import compiled_as
from engine.numerics.types import Array, Integers


def _compiled_weighted_sums(weights: Array, biases: Array, inputs: Array, z: Array) -> None:
    rows, columns = weights.shape
    batch = inputs.shape[1]
    for row in range(rows):
        for k in range(batch):
            z[row, k] = biases[row]
        for column in range(columns):
            weight = weights[row, column]
            for k in range(batch):
                z[row, k] += weight * inputs[column, k]


@compiled_as(_compiled_weighted_sums)
def weighted_sums(weights: Array, biases: Array, inputs: Array, z: Array) -> None:
    """Set z (U, B) to biases (U,) plus weights (U, I) times inputs (I, B), added in this order, input by input."""
    z[:] = biases[:, None]
    for column in range(weights.shape[1]):
        z += weights[:, column : column + 1] * inputs[column]


def _compiled_weight_gradients(delta: Array, inputs: Array, by_weights: Array, by_biases: Array) -> None:
    rows, columns = by_weights.shape
    batch = inputs.shape[1]
    for row in range(rows):
        total = 0.0
        for k in range(batch):
            total += delta[row, k]
        by_biases[row] = total
        for column in range(columns):
            total = 0.0
            for k in range(batch):
                total += delta[row, k] * inputs[column, k]
            by_weights[row, column] = total


@compiled_as(_compiled_weight_gradients)
def weight_gradients(delta: Array, inputs: Array, by_weights: Array, by_biases: Array) -> None:
    """Set dL/dw (U, I) and dL/db (U,), summed over the batch point by point, from delta (U, B) and inputs (I, B)."""
    terms = np.multiply(delta.T[:, :, None], inputs.T[:, None, :], order="C")
    if by_weights.size > 1:
        np.add.reduce(terms, axis=0, out=by_weights)  # along the first axis NumPy adds sequentially
    else:  # without another axis NumPy would add in pairs
        by_weights[:] = np.add.accumulate(terms, axis=0)[-1]
    by_biases[:] = np.add.accumulate(delta, axis=1)[:, -1]
    by_weights += 0.0  # turn -0 into 0: the compiled sums start from 0 and are never -0
    by_biases += 0.0


def _compiled_backprop_to_inputs(weights: Array, delta: Array, below: Array) -> None:
    rows, columns = weights.shape
    batch = delta.shape[1]
    for column in range(columns):
        for k in range(batch):
            below[column, k] = 0.0
        for row in range(rows):
            weight = weights[row, column]
            for k in range(batch):
                below[column, k] += weight * delta[row, k]


@compiled_as(_compiled_backprop_to_inputs)
def backprop_to_inputs(weights: Array, delta: Array, below: Array) -> None:
    """Set dL/da of a layer's inputs, `below` (I, B), from its weights (U, I) and delta (U, B), neuron by neuron."""
    below[:] = 0.0
    for row in range(weights.shape[0]):
        below += weights[row, :, None] * delta[row]


def _compiled_total(values: Array) -> float:
    total = 0.0
    for value in values:
        total += value
    return total


@compiled_as(_compiled_total)
def total(values: Array) -> float:
    """Return the sum of values (N,), added sequentially as TFP adds losses; `np.sum` would add eight strands."""
    return float(np.add.accumulate(values)[-1]) + 0.0


def _compiled_sum_of_squares(values: Array) -> float:
    total = 0.0
    for value in values:
        total += value * value
    return total


@compiled_as(_compiled_sum_of_squares)
def sum_of_squares(values: Array) -> float:
    """Return the sum of the squares of values (P,), added sequentially."""
    return float(np.add.accumulate(values * values)[-1])


def _compiled_take_columns(source: Array, chosen: Integers, target: Array) -> None:
    for row in range(source.shape[0]):
        for k in range(chosen.size):
            target[row, k] = source[row, chosen[k]]


@compiled_as(_compiled_take_columns)
def take_columns(source: Array, chosen: Integers, target: Array) -> None:
    """Set target (U, B) to the chosen columns (B,) of source (U, N)."""
    target[:] = source[:, chosen]
