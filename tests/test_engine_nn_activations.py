"""Test the activations: the registry against the functions that branch on its codes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.nn.activations import ACTIVATIONS, activate, activate_fast, derivative
from tests.engine_helpers import MODES, assert_same_bits, in_mode

# An independent reference for each name.
MEANING = {
    "relu": lambda z: np.where(z > 0, z, 0.0),
    "tanh": np.tanh,
    "sigmoid": lambda z: 0.5 * (1 + np.tanh(0.5 * z)),
    "linear": lambda z: z,
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "gelu": lambda z: 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))),
    "silu": lambda z: z * 0.5 * (1 + np.tanh(0.5 * z)),
    "sine": np.sin,
    "softplus": lambda z: np.logaddexp(0, z),
}
GRID = np.linspace(-20.05, 20.05, 402).reshape(6, 67)  # both signs, without 0, where ReLU has its kink


def test_every_activation_has_a_reference_and_a_unique_code():
    assert ACTIVATIONS.keys() == MEANING.keys()
    assert len({activation.code for activation in ACTIVATIONS.values()}) == len(ACTIVATIONS)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values_match_the_reference(name, mode):
    values = in_mode(activate, mode)(ACTIVATIONS[name].code, GRID)
    # in the reference, 1 + tanh cancels for the smallest sigmoids, about 1e-9, and loses their last digits
    np.testing.assert_allclose(values, MEANING[name](GRID), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivatives_match_difference_quotients(name, mode):
    code, step = ACTIVATIONS[name].code, 1e-5
    quotients = (activate(code, GRID + step) - activate(code, GRID - step)) / (2 * step)
    slopes = in_mode(derivative, mode)(code, GRID, activate(code, GRID))
    np.testing.assert_allclose(slopes, quotients, rtol=0, atol=1e-9)  # step² / 6 of the third derivative, up to 2


@pytest.mark.parametrize("function", [activate, derivative])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_compiled_and_plain_activations_give_the_same_bits(name, function):
    z = np.concatenate([GRID.ravel(), [0.0, -0.0, 1e-300, -800.0, 800.0]])
    code = ACTIVATIONS[name].code
    arguments = (code, z, activate(code, z)) if function is derivative else (code, z)
    with np.errstate(all="ignore"):
        assert_same_bits(in_mode(function, "compiled")(*arguments), function(*arguments))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_fast_values_are_the_exact_ones_in_float32(name):
    code = ACTIVATIONS[name].code
    rounded = GRID.astype(np.float32)
    fast = activate_fast(code, rounded.copy())
    assert fast.dtype == np.float32
    # float32 rounds by 1.2e-7, and some intermediate numbers are ten times the result
    np.testing.assert_allclose(fast, activate(code, rounded.astype(np.float64)), rtol=2e-6, atol=2e-7)


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(z=st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1, max_size=20))
def test_fast_values_are_finite_for_any_argument(name, z):
    assert np.isfinite(activate_fast(ACTIVATIONS[name].code, np.array(z, np.float32))).all()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivatives_are_constant_for_large_arguments(name, mode):
    code, z = ACTIVATIONS[name].code, np.array([-1e100, -1e10, -1e3, 1e3, 1e10, 1e100])
    with np.errstate(all="ignore"):
        slopes = in_mode(derivative, mode)(code, z, activate(code, z))
    assert np.isfinite(slopes).all()
    if name != "sine":
        assert (slopes[:3] == slopes[0]).all()
        assert (slopes[3:] == slopes[-1]).all()


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(z=st.lists(st.floats(-1e100, 1e100), min_size=1, max_size=20))
def test_a_bounded_activation_never_leaves_its_bounds(name, z):
    with np.errstate(all="ignore"):
        values = activate(ACTIVATIONS[name].code, np.array(z))
    assert not np.isnan(values).any()
    if ACTIVATIONS[name].bounded:
        assert (np.abs(values) <= 1).all()


def test_an_unbounded_activation_exceeds_1_somewhere():
    for activation in ACTIVATIONS.values():
        assert (np.abs(activate(activation.code, GRID)).max() > 1) != activation.bounded


def test_the_derivative_of_relu_at_0_is_0_as_in_tfp():
    zero = np.zeros(1)
    assert derivative(ACTIVATIONS["relu"].code, zero, zero).tolist() == [0.0]
