"""Test backpropagation against central differences, for every activation, loss and penalty, and networks of any shape.

The loss is computed by the forward pass alone, so a wrong derivative anywhere in the backward pass shows.
"""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.nn.activations import ACTIVATIONS, LEAKY_RELU, OUTPUT_ACTIVATIONS, RELU, activate, derivative, softmax
from engine.nn.losses import LOSSES, loss_gradient, loss_value, output_gradient
from engine.nn.network import backward, forward, workspace
from engine.optim.penalties import PENALTIES, penalty_derivative, penalty_value
from tests.engine_helpers import HUBER_DELTA, network_spec, parameter_count

STEP = 1e-6
RATIO = 0.3  # of the elastic net


def assert_close(gradient, quotients, value):
    """Compare with difference quotients; they err by rounding(value) / STEP and by about STEP^2."""
    np.testing.assert_allclose(gradient, quotients, rtol=1e-6, atol=1e-8 * (1 + abs(value)))


shapes = st.tuples(
    st.integers(1, 7),  # inputs
    st.lists(st.integers(1, 5), max_size=3),
    st.integers(1, 3),  # outputs
).map(lambda parts: [parts[0], *parts[1], parts[2]])


def targets_for(link, rng, outputs, batch):
    """Draw targets (K, B) in the range of the output activation; one-hot for a softmax."""
    if link == "softmax":
        return np.eye(outputs)[rng.integers(outputs, size=batch)].T.copy()
    return rng.uniform(0 if link == "sigmoid" else -1, 1, size=(outputs, batch))


def summed_loss(theta, network, x, targets):
    """Return the loss summed over the batch, from the forward pass alone."""
    space = workspace(list(network.sizes), x.shape[1])
    forward(theta, network, x, space)
    outputs = int(network.sizes[-1]) * x.shape[1]
    z, p = (buffer[-outputs:].reshape(-1, x.shape[1]) for buffer in (space.z, space.a))
    return float(np.sum(loss_value(network.loss, network.huber_delta, z, p, targets)))


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
    ("loss", "link"), [(name, link) for name, loss in LOSSES.items() for link in loss.output_activations.values()]
)
@given(sizes=shapes, batch=st.integers(1, 4), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_the_gradient_matches_difference_quotients_of_the_loss(loss, link, hidden, sizes, batch, seed):
    rng = np.random.default_rng(seed)
    network = network_spec(sizes, hidden, link, loss)
    theta = rng.normal(size=parameter_count(sizes))
    x, targets = rng.normal(size=(sizes[0], batch)), targets_for(link, rng, sizes[-1], batch)
    space = workspace(sizes, batch)
    forward(theta, network, x, space)
    if {RELU, LEAKY_RELU} & set(network.codes):  # avoid quotients across the kink; a step moves z by far less than 1e-3
        assume(np.min(np.abs(space.z)) > 1e-3)
    if loss == "huber":  # the same for the kink in Huber's derivative
        p = space.a[-targets.size :].reshape(targets.shape)
        assume(np.min(np.abs(np.abs(p - targets) - network.huber_delta)) > 1e-3)
    backward(theta, network, x, targets, space)
    expected = central_differences(lambda moved: summed_loss(moved, network, x, targets), theta)
    assert_close(space.gradient, expected, summed_loss(theta, network, x, targets))


@pytest.mark.parametrize(
    ("loss", "link"), [(name, link) for name, loss in LOSSES.items() for link in loss.output_activations.values()]
)
@given(seed=st.integers(0, 2**32 - 1), outputs=st.integers(1, 4))
@settings(max_examples=20, deadline=None)
def test_the_output_gradient_gives_the_logit_gradient_by_the_chain_rule(loss, link, seed, outputs):
    # dL/dz = J^T dL/dp, with the Jacobian J of the output activation from differences
    rng = np.random.default_rng(seed)
    z, t = rng.uniform(-2, 2, size=(outputs, 1)), targets_for(link, rng, outputs, 1)
    code = OUTPUT_ACTIVATIONS[link].code

    def linked(at):
        if link == "softmax":
            shares = np.empty_like(at)
            softmax(at, shares)
            return shares
        return activate(code, at)

    p = linked(z)
    assume(loss != "huber" or np.min(np.abs(np.abs(p - t) - HUBER_DELTA)) > 1e-3)
    jacobian = np.empty((outputs, outputs))
    for k in range(outputs):
        ahead, behind = z.copy(), z.copy()
        ahead[k] += STEP
        behind[k] -= STEP
        jacobian[:, k] = ((linked(ahead) - linked(behind)) / (2 * STEP))[:, 0]
    by_output = output_gradient(LOSSES[loss].code, HUBER_DELTA, p, t)[:, 0]
    expected = loss_gradient(LOSSES[loss].code, HUBER_DELTA, code, z, p, t)[:, 0]
    np.testing.assert_allclose(jacobian.T @ by_output, expected, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(np.diag(jacobian), derivative(code, z, p)[:, 0], rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", PENALTIES)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 30))
@settings(max_examples=20, deadline=None)
def test_a_penaltys_derivative_matches_difference_quotients(name, seed, count):
    weights = np.random.default_rng(seed).normal(size=count)
    assume(np.min(np.abs(weights)) > 1e-3)  # L1 has a kink at 0
    code = PENALTIES[name].code
    expected = central_differences(lambda moved: penalty_value(code, moved, RATIO), weights)
    assert_close(penalty_derivative(code, weights, RATIO), expected, penalty_value(code, weights, RATIO))


@pytest.mark.parametrize("name", PENALTIES)
def test_a_penalty_is_zero_at_zero_and_symmetric(name):
    code, weights = PENALTIES[name].code, np.array([0.3, -2.0, 1.5])
    assert penalty_value(code, np.zeros(3), RATIO) == 0
    assert penalty_derivative(code, np.zeros(3), RATIO).tolist() == [0, 0, 0]
    assert penalty_value(code, weights, RATIO) == penalty_value(code, -weights, RATIO)


def test_penalties_match_their_formulas():
    weights = np.array([3.0, -4.0])
    assert penalty_value(PENALTIES["none"].code, weights, RATIO) == 0
    assert penalty_value(PENALTIES["L1"].code, weights, RATIO) == 7  # |3| + |-4|
    assert penalty_value(PENALTIES["L2"].code, weights, RATIO) == 12.5  # (9 + 16) / 2
    assert penalty_value(PENALTIES["elastic"].code, weights, 0.25) == 0.25 * 7 + 0.75 * 12.5
