"""DATASETS: how many points, where they lie and what they are labelled."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.datasets import DATASETS
from engine.experiment import TASKS
from engine.seedrandom import SeedRandom
from tests.engine_helpers import assert_same_bits

seeds = st.integers(0, 10**6).map(str)
noises = st.floats(0, 0.8)
counts = st.integers(1, 60).map(lambda half: 2 * half)


def draw(name, n=500, noise=0.0, seed="0.5"):
    return DATASETS[name].points(SeedRandom(seed), n, noise)


@pytest.mark.parametrize("name", DATASETS)
@given(n=counts, noise=noises, seed=seeds)
@settings(max_examples=20, deadline=None)
def test_points_and_labels_have_their_shapes_and_ranges(name, n, noise, seed):
    points, labels = draw(name, n, noise, seed)
    assert points.shape == (n, 2)
    assert labels.shape == (n,)
    assert points.dtype == labels.dtype == np.float64
    assert np.isfinite(points).all()
    if DATASETS[name].task == "classification":
        assert set(labels) <= {-1.0, 1.0}
    else:
        assert (np.abs(labels) <= 1.2 * (1 + 0.8)).all()  # the plane's corner, moved by the largest noise


@pytest.mark.parametrize("name", DATASETS)
@given(noise=noises, seed=seeds)
@settings(max_examples=10, deadline=None)
def test_the_same_seed_draws_the_same_points(name, noise, seed):
    for first, second in zip(draw(name, 40, noise, seed), draw(name, 40, noise, seed), strict=True):
        assert_same_bits(first, second)


@pytest.mark.parametrize("name", DATASETS)
def test_another_seed_draws_other_points(name):
    # The spiral without noise has no chance in it.
    noise = 0.1 if name == "spiral" else 0.0
    assert not np.isclose(draw(name, noise=noise)[0], draw(name, noise=noise, seed="0.6")[0]).all()


def test_the_counts_are_those_of_tfp():
    for dataset in DATASETS.values():
        assert dataset.task in TASKS
        assert dataset.count == {"classification": 500, "regression": 1200}[dataset.task]


@pytest.mark.parametrize("name", ["circle", "gauss", "spiral"])
def test_half_of_the_points_belong_to_each_class(name):
    assert draw(name)[1].sum() == 0


@pytest.mark.parametrize("name", ["circle", "xor", "spiral"])
@given(seed=seeds)
@settings(max_examples=10, deadline=None)
def test_points_without_noise_stay_on_the_plane_shown(name, seed):
    assert (np.abs(draw(name, seed=seed)[0]) <= 5.3).all()  # radius 5; xor is pushed out by 0.3


@given(seed=seeds)
@settings(max_examples=10, deadline=None)
def test_a_circle_lies_within_a_ring_that_it_does_not_touch(seed):
    points, labels = draw("circle", seed=seed)
    r = np.hypot(*points.T)
    assert (labels == np.where(r < 2.5, 1, -1)).all()
    assert ((r < 2.5 + 1e-9) | (r > 3.5 - 1e-9)).all()


@given(seed=seeds, noise=noises)
@settings(max_examples=10, deadline=None)
def test_noise_moves_the_labels_of_a_circle_and_not_its_points(seed, noise):
    quiet, noisy = draw("circle", seed=seed), draw("circle", noise=noise, seed=seed)
    assert_same_bits(noisy[0], quiet[0])


@given(seed=seeds)
@settings(max_examples=10, deadline=None)
def test_exclusive_or_is_labelled_by_the_quadrant_and_keeps_off_the_axes(seed):
    points, labels = draw("xor", seed=seed)
    assert (labels == np.sign(points[:, 0] * points[:, 1])).all()
    assert (np.abs(points) >= 0.3).all()


@pytest.mark.parametrize("noise", [0.0, 0.25, 0.5])
def test_gaussians_have_their_centres_and_their_variance(noise):
    n = 4000
    points, labels = draw("gauss", n, noise)
    variance = 0.5 + 7 * noise
    for label, centre in ((1, 2), (-1, -2)):
        cloud = points[labels == label]
        # five standard errors of a mean and of a variance
        assert np.abs(cloud.mean(axis=0) - centre).max() < 5 * math.sqrt(variance / (n / 2))
        assert np.abs(cloud.var(axis=0) / variance - 1).max() < 5 * math.sqrt(2 / (n / 2))


def test_a_spiral_without_noise_winds_outwards_by_its_formula():
    points, labels = draw("spiral", 500)
    for label, turn in ((1, 0.0), (-1, math.pi)):
        arm = points[labels == label]
        r = np.arange(250) / 250 * 5
        t = 1.75 * np.arange(250) / 250 * 2 * math.pi + turn
        np.testing.assert_allclose(arm, np.column_stack([r * np.sin(t), r * np.cos(t)]), rtol=0, atol=1e-13)


@given(seed=seeds, noise=noises)
@settings(max_examples=10, deadline=None)
def test_noise_moves_a_spiral_by_at_most_itself(seed, noise):
    away = draw("spiral", noise=noise, seed=seed)[0] - draw("spiral")[0]
    assert (np.abs(away) <= noise + 1e-12).all()


@given(seed=seeds)
@settings(max_examples=10, deadline=None)
def test_a_plane_is_a_tenth_of_the_sum_of_the_coordinates(seed):
    points, labels = draw("reg-plane", seed=seed)
    np.testing.assert_allclose(labels, points.sum(axis=1) / 10, rtol=1e-15)
    assert (np.abs(points) <= 6).all()


@given(seed=seeds)
@settings(max_examples=10, deadline=None)
def test_hills_and_hollows_stand_where_tfp_puts_them(seed):
    points, labels = draw("reg-gauss", seed=seed)
    centres = np.array([(-4, 2.5), (0, 2.5), (4, 2.5), (-4, -2.5), (0, -2.5), (4, -2.5)])
    signs = np.array([1, -1, 1, -1, 1, -1])
    distances = np.hypot(*(points[:, None] - centres).transpose(2, 0, 1))
    nearest = distances.argmin(axis=1)  # the centres are 4 and 5 apart, so no two hills overlap
    expected = signs[nearest] * np.maximum(0, 1 - distances.min(axis=1) / 2)
    np.testing.assert_allclose(labels, expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", ["reg-plane", "reg-gauss"])
def test_noise_moves_regression_labels_and_not_the_points(name):
    quiet, noisy = draw(name), draw(name, noise=0.3)
    assert_same_bits(noisy[0], quiet[0])
    assert not np.isclose(noisy[1], quiet[1]).all()
