"""Test the features, the inputs of the network."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Experiment
from engine.data.features import FEATURES, feature_matrix

# An independent reference for each name.
MEANING = {
    "x": lambda x, y: x,
    "y": lambda x, y: y,
    "xSquared": lambda x, y: x**2,
    "ySquared": lambda x, y: y**2,
    "xTimesY": lambda x, y: x * y,
    "sinX": lambda x, y: np.sin(x),
    "sinY": lambda x, y: np.sin(y),
    "cosX": lambda x, y: np.cos(x),
    "cosY": lambda x, y: np.cos(y),
    "xCubed": lambda x, y: x**3,
    "yCubed": lambda x, y: y**3,
    "absX": lambda x, y: np.where(x < 0, -x, x),
    "absY": lambda x, y: np.where(y < 0, -y, y),
    "radius": np.hypot,
    "angle": lambda x, y: [math.atan2(b, a) for a, b in zip(x, y, strict=True)],
}
TFP = ["x", "y", "xSquared", "ySquared", "xTimesY", "sinX", "sinY", "cosX", "cosY"]
coordinates = st.floats(-100, 100)
clouds = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=20).map(np.array)


def test_tfps_features_come_first_in_its_order():
    assert list(FEATURES)[:9] == TFP
    assert FEATURES.keys() == MEANING.keys()


def test_the_angle_grows_from_the_first_axis_towards_the_second():
    around = np.array([(1, 0), (0, 2), (-3, 0), (0, -4), (0, 0)], float)
    assert feature_matrix(around, ["angle"])[0].tolist() == [0, np.pi / 2, np.pi, -np.pi / 2, 0]


@pytest.mark.parametrize("name", FEATURES)
@given(points=clouds)
def test_a_feature_computes_what_its_name_says(name, points):
    (row,) = feature_matrix(points, [name])
    # a few units in the last place; squares under a root underflow before their sides do
    np.testing.assert_allclose(row, MEANING[name](*points.T), rtol=1e-15, atol=1e-150)


@given(points=clouds, names=st.permutations(list(FEATURES)), count=st.integers(1, len(FEATURES)))
def test_the_matrix_has_a_contiguous_row_for_each_feature(points, names, count):
    matrix = feature_matrix(points, names[:count])
    assert matrix.shape == (count, len(points))
    assert matrix.flags.c_contiguous
    for name, row in zip(names[:count], matrix, strict=True):
        assert row.tolist() == feature_matrix(points, [name])[0].tolist()


def test_the_matrix_is_a_copy():
    points = np.array([[1.0, 2.0]])
    matrix = feature_matrix(points, ("x", "y"))
    points[:] = 9
    assert matrix.tolist() == [[1.0], [2.0]]


@given(names=st.lists(st.sampled_from(list(FEATURES)), min_size=1, max_size=len(FEATURES)))
def test_an_experiment_sorts_its_features_and_removes_repeats(names):
    assert Experiment(features=names).features == tuple(name for name in FEATURES if name in names)
