"""Backpropagation against central differences: every activation, loss, link and penalty, networks of any shape.

The loss is computed by the forward pass alone, so a wrong derivative anywhere in the backward pass shows.
"""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.activations import ACTIVATIONS, RELU
from engine.losses import LOSSES, loss_value, output_gradient
from engine.network import backward, forward, workspace
from engine.penalties import PENALTIES, penalty_slope, penalty_value
from tests.engine_helpers import model_of, parameter_count

STEP = 1e-6


def assert_close(gradient, quotients, value):
    """Compare with difference quotients, which err by rounding of the value / STEP and by STEP^2 of the slope."""
    np.testing.assert_allclose(gradient, quotients, rtol=1e-6, atol=1e-8 * (1 + abs(value)))


shapes = st.tuples(
    st.integers(1, 7),  # inputs
    st.lists(st.integers(1, 5), max_size=3),
    st.integers(1, 3),  # outputs
).map(lambda parts: [parts[0], *parts[1], parts[2]])


def summed_loss(theta, model, x, targets):
    """Return the loss summed over the batch, by the forward pass alone."""
    space = workspace(list(model.sizes), x.shape[1])
    forward(theta, model, x, space.z, space.a)
    outputs = int(model.sizes[-1]) * x.shape[1]
    z, p = (buffer[-outputs:].reshape(-1, x.shape[1]) for buffer in (space.z, space.a))
    return float(np.sum(loss_value(model.loss, z, p, targets)))


def central_differences(function, at):
    gradient = np.empty_like(at)
    for i in range(at.size):
        ahead, behind = at.copy(), at.copy()
        ahead[i] += STEP
        behind[i] -= STEP
        gradient[i] = (function(ahead) - function(behind)) / (2 * STEP)
    return gradient


@pytest.mark.parametrize("hidden", ACTIVATIONS)
@pytest.mark.parametrize(
    ("loss", "link"), [(name, link) for name, loss in LOSSES.items() for link in loss.links.values()]
)
@given(sizes=shapes, batch=st.integers(1, 4), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_the_gradient_is_the_slope_of_the_loss(loss, link, hidden, sizes, batch, seed):
    rng = np.random.default_rng(seed)
    model = model_of(sizes, hidden, link, loss)
    theta = rng.normal(size=parameter_count(sizes))
    x, targets = rng.normal(size=(sizes[0], batch)), rng.uniform(-1, 1, size=(sizes[-1], batch))
    space = workspace(sizes, batch)
    forward(theta, model, x, space.z, space.a)
    if RELU in model.codes:  # no difference quotient across the kink: one step moves z by far less than 1e-3
        assume(np.min(np.abs(space.z)) > 1e-3)
    backward(theta, model, x, targets, space)
    expected = central_differences(lambda moved: summed_loss(moved, model, x, targets), theta)
    assert_close(space.gradient, expected, summed_loss(theta, model, x, targets))


@pytest.mark.parametrize("name", LOSSES)
@given(seed=st.integers(0, 2**32 - 1), outputs=st.integers(1, 4))
@settings(max_examples=20, deadline=None)
def test_the_gradient_at_the_output_is_the_slope_of_the_loss(name, seed, outputs):
    rng = np.random.default_rng(seed)
    p, t = rng.uniform(-1, 1, size=(2, outputs, 1))
    code = LOSSES[name].code
    expected = central_differences(lambda q: float(loss_value(code, q[:, None], q[:, None], t)[0]), p[:, 0])
    assert_close(output_gradient(code, p, t)[:, 0], expected, float(loss_value(code, p, p, t)[0]))


@pytest.mark.parametrize("name", PENALTIES)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 30))
@settings(max_examples=20, deadline=None)
def test_the_slope_of_a_penalty_is_that_of_its_value(name, seed, count):
    weights = np.random.default_rng(seed).normal(size=count)
    assume(np.min(np.abs(weights)) > 1e-3)  # L1 has a kink at 0
    code = PENALTIES[name].code
    expected = central_differences(lambda moved: penalty_value(code, moved), weights)
    assert_close(penalty_slope(code, weights), expected, penalty_value(code, weights))


@pytest.mark.parametrize("name", PENALTIES)
def test_a_penalty_costs_nothing_at_zero_and_the_same_for_both_signs(name):
    code, weights = PENALTIES[name].code, np.array([0.3, -2.0, 1.5])
    assert penalty_value(code, np.zeros(3)) == 0
    assert penalty_slope(code, np.zeros(3)).tolist() == [0, 0, 0]
    assert penalty_value(code, weights) == penalty_value(code, -weights)


def test_penalties_are_what_their_formulas_say():
    weights = np.array([3.0, -4.0])
    assert penalty_value(PENALTIES["none"].code, weights) == 0
    assert penalty_value(PENALTIES["L1"].code, weights) == 7  # |3| + |-4|
    assert penalty_value(PENALTIES["L2"].code, weights) == 12.5  # (9 + 16) / 2
