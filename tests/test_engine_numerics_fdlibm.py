"""Test tanh, exp, sin, cos and log against values that `scripts/javascript_math.mjs` printed in Node's V8.

Every bit counts, since training on a chaotic problem carries one wrong bit to another boundary.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.numerics import fdlibm
from tests.engine_helpers import MODES, assert_same_bits, in_mode, read_fixture

# Each case has 32 hexadecimal digits: the bits of x, then the bits of f(x).
CASES = {
    name: np.array([[int(pair[:16], 16), int(pair[16:], 16)] for pair in pairs], np.uint64).view(np.float64).T.copy()
    for name, pairs in read_fixture("javascript_math.json").items()
}
IN_TRAINING = ("tanh", "exp", "log")  # the other functions only make data and inputs and are never compiled


@pytest.mark.parametrize("name", CASES)
def test_values_have_javascripts_bits(name):
    x, expected = CASES[name]
    # Only training switches NumPy's warnings off, so the functions for data and inputs must not warn.
    with np.errstate(**({"all": "ignore"} if name in IN_TRAINING else {})):
        assert_same_bits(getattr(fdlibm, name)(x), expected)


@pytest.mark.parametrize("name", IN_TRAINING)
def test_compiled_values_have_javascripts_bits(name):
    x, expected = CASES[name]
    assert_same_bits(in_mode(getattr(fdlibm, name), "compiled")(x), expected)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", IN_TRAINING)
def test_functions_keep_an_arrays_shape(name, mode):
    x = np.linspace(-3, 3, 12).reshape(3, 4)
    values = in_mode(getattr(fdlibm, name), mode)(x)
    assert_same_bits(values.ravel(), getattr(fdlibm, name)(x.ravel()))
    assert values.shape == x.shape


# Both libraries are accurate to one unit in the last place, so they may differ by two.
@pytest.mark.parametrize(
    ("name", "low", "high"), [("tanh", -30, 30), ("exp", -700, 700), ("sin", -8e5, 8e5), ("cos", -8e5, 8e5)]
)
@given(share=st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_values_match_numpy_up_to_rounding(name, low, high, share):
    x = low + (high - low) * np.array(share)
    np.testing.assert_array_max_ulp(getattr(fdlibm, name)(x), getattr(np, name)(x), maxulp=2)


@given(st.lists(st.floats(np.finfo(float).tiny, np.finfo(float).max), min_size=1, max_size=50))
def test_logarithms_match_numpy_up_to_rounding(numbers):
    np.testing.assert_array_max_ulp(fdlibm.log(np.array(numbers)), np.log(numbers), maxulp=2)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=50))
def test_tanh_is_odd_and_never_leaves_its_range(numbers):
    x = np.array(numbers)
    with np.errstate(all="ignore"):
        values = fdlibm.tanh(x)
        assert_same_bits(fdlibm.tanh(-x), -values)
    assert (np.abs(values) <= 1).all()


def test_powers_of_two_are_exact_over_their_whole_range():
    k = np.arange(-1022, 1024)
    assert fdlibm.power_of_two(k.astype(float)).tolist() == [2.0 ** int(power) for power in k]
