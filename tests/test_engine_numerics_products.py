"""Test the matrix products of training: plain and compiled give equal bits, and NumPy's values up to rounding."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.numerics.jit import compile_kernel
from engine.numerics.products import backprop_to_inputs, weight_gradients, weighted_sums
from tests.engine_helpers import MODES, assert_same_bits


def _weighted_sums(weights, biases, inputs, z):
    weighted_sums(weights, biases, inputs, z)


def _gradient_sums(delta, inputs, by_weights, by_biases):
    weight_gradients(delta, inputs, by_weights, by_biases)


def _sums_below(weights, delta, below):
    backprop_to_inputs(weights, delta, below)


PLAIN = weighted_sums, weight_gradients, backprop_to_inputs


@pytest.fixture(scope="module")
def compiled():
    """Return the compiled products."""
    return tuple(compile_kernel(entry) for entry in (_weighted_sums, _gradient_sums, _sums_below))


@pytest.fixture(scope="module", params=MODES)
def products(request):
    """Return the plain, then the compiled products."""
    return PLAIN if request.param == "plain" else request.getfixturevalue("compiled")


def run(products, weights, biases, inputs, delta):
    """Return z (U, B), dL/dw (U, I), dL/db (U,) and dL/da below (I, B)."""
    results = [np.full_like(like, np.nan) for like in (delta, weights, biases, inputs)]
    z, by_weights, by_biases, below = results
    products[0](weights, biases, inputs, z)
    products[1](delta, inputs, by_weights, by_biases)
    products[2](weights, delta, below)
    return results


shapes = st.tuples(st.integers(1, 32), st.integers(1, 32), st.integers(1, 40))  # U, I, B
seeds = st.integers(0, 2**32 - 1)


def operands(shape, seed):
    """Return weights (U, I), biases (U,), inputs (I, B), delta (U, B) of very different magnitudes, with signed 0."""
    units, inputs, batch = shape
    rng = np.random.default_rng(seed)
    sizes = (units, inputs), (units,), (inputs, batch), (units, batch)
    scales = [0.0, 1e-3, 1e-2, 0.1, 1.0, 10.0, 1e3]
    return [rng.normal(size=size) * rng.choice(scales, size=size) for size in sizes]


def close(actual, expected, terms):
    """Compare sums; each of up to 41 additions may round by about 1e-16 of the sum of magnitudes."""
    assert (np.abs(actual - expected) <= 1e-14 * terms).all()


@given(shape=shapes, seed=seeds)
@settings(max_examples=40, deadline=None)
def test_the_products_match_numpy(products, shape, seed):
    weights, biases, inputs, delta = operands(shape, seed)
    z, by_weights, by_biases, below = run(products, weights, biases, inputs, delta)
    large = [np.abs(operand) for operand in (weights, biases, inputs, delta)]
    close(z, weights @ inputs + biases[:, None], large[0] @ large[2] + large[1][:, None])
    close(by_weights, delta @ inputs.T, large[3] @ large[2].T)
    close(by_biases, delta.sum(axis=1), large[3].sum(axis=1))
    close(below, weights.T @ delta, large[0].T @ large[3])


def in_order(terms):
    """Add sequentially, like TFP's loops."""
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


@given(shape=shapes, seed=seeds)
@settings(max_examples=25, deadline=None)
def test_each_sum_follows_tfps_order(products, shape, seed):
    # The order decides the last bit. Plain and compiled code must both match these sums.
    weights, biases, inputs, delta = operands(shape, seed)
    z, by_weights, by_biases, below = run(products, weights, biases, inputs, delta)
    units, columns, batch = shape
    row, column, k = (seed % size for size in (units, columns, batch))
    assert_same_bits(z[row, k], in_order([biases[row], *(weights[row] * inputs[:, k])]))
    assert_same_bits(by_weights[row, column], in_order([0.0, *(delta[row] * inputs[column])]))
    assert_same_bits(by_biases[row], in_order([0.0, *delta[row]]))
    assert_same_bits(below[column, k], in_order([0.0, *(weights[:, column] * delta[:, k])]))


@given(shape=shapes, seed=seeds)
@example(shape=(1, 1, 29), seed=0)  # with one weight and many points, NumPy's sum would add in pairs
@settings(max_examples=40, deadline=None)
def test_compiled_and_plain_products_give_the_same_bits(compiled, shape, seed):
    numbers = operands(shape, seed)
    for actual, expected in zip(run(compiled, *numbers), run(PLAIN, *numbers), strict=True):
        assert_same_bits(actual, expected)
