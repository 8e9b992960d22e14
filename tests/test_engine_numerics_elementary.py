"""Test sine, cosine and log(1 + y) against the C library and exact values, with the same bits in both modes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.numerics.elementary import cosine, log1p, sine
from tests.engine_helpers import assert_same_bits, in_mode

POINTS = np.concatenate(
    [np.linspace(-50, 50, 10_001), np.arange(-64, 65) * np.pi / 4, [0.0, -0.0, 1e-300, 99_999.0, -99_999.0]]
)
HUGE = np.array([1.0000001e5, 1e8, 1e15, 1e22, 1e100, 1e300])


@pytest.mark.parametrize(("function", "theirs"), [(sine, np.sin), (cosine, np.cos)])
def test_they_agree_with_the_c_library(function, theirs):
    np.testing.assert_allclose(function(POINTS), theirs(POINTS), rtol=3e-16, atol=1e-16)


@pytest.mark.parametrize(("function", "theirs"), [(sine, np.sin), (cosine, np.cos)])
def test_errors_for_large_arguments_are_below_the_arguments_rounding(function, theirs):
    near = HUGE[:3]
    assert (np.abs(function(near) - theirs(near)) <= np.spacing(near)).all()
    assert (np.abs(function(HUGE)) <= 1).all()
    assert_same_bits(sine(-HUGE), -sine(HUGE))
    assert_same_bits(cosine(-HUGE), cosine(HUGE))


def test_log1p_agrees_with_the_c_library():
    y = np.concatenate([np.linspace(0, 1, 10_001), 2.0 ** np.arange(-1000.0, 0)])
    np.testing.assert_allclose(log1p(y), np.log1p(y), rtol=4e-16)


@pytest.mark.parametrize("function", [sine, cosine, log1p])
@given(x=st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=20))
@settings(deadline=None)  # the first call compiles
def test_compiled_code_gives_the_same_bits(function, x):
    values = np.array(x) if function is not log1p else np.abs(np.array(x)) / 1e300
    assert_same_bits(in_mode(function, "compiled")(values), function(values))
