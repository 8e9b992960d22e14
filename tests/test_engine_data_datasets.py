"""Test the datasets: number, position and labels of their points."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.datasets import DATASETS, above
from engine.data.formulas import parse
from engine.numerics.seedrandom import SeedRandom
from engine.training.experiment import TASKS
from tests.engine_helpers import assert_same_bits

TFP = ["circle", "xor", "gauss", "spiral", "reg-plane", "reg-gauss"]
# Every dataset with every number of classes it supports.
CASES = [(name, k) for name, dataset in DATASETS.items() for k in range(dataset.classes[0], dataset.classes[1] + 1)]
MANY = [(name, k) for name, k in CASES if k > 2]
OWN_REGRESSION = [name for name, dataset in DATASETS.items() if dataset.task == "regression" and name not in TFP]
seeds = st.integers(0, 10**6).map(str)
noises = st.floats(0, 0.8)
counts = st.integers(1, 60).map(lambda half: 2 * half)


def draw(name, n=500, noise=0.0, seed="0.5", classes=2):
    several = (classes,) if DATASETS[name].classes[1] > 2 else ()
    return DATASETS[name].points(SeedRandom(seed), n, noise, *several)


def test_tfps_datasets_come_first_in_its_order():
    assert list(DATASETS)[:6] == TFP


@pytest.mark.parametrize(("name", "classes"), CASES)
@given(n=counts, noise=noises, seed=seeds)
@settings(max_examples=20, deadline=None)
def test_points_and_labels_have_the_right_shapes_and_ranges(name, classes, n, noise, seed):
    points, labels = draw(name, n, noise, seed, classes)
    assert points.shape == (n, 2)
    assert labels.shape == (n,)
    assert points.dtype == labels.dtype == np.float64
    assert np.isfinite(points).all()
    if DATASETS[name].task == "regression":
        assert (np.abs(labels) <= 1.2 * (1 + 0.8)).all()  # the plane's corner, moved by the largest noise
    elif classes == 2:
        assert set(labels) <= {-1.0, 1.0}
    else:
        assert set(labels) == set(range(min(n, classes)))


@pytest.mark.parametrize(("name", "classes"), CASES)
@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_most_points_lie_on_the_visible_plane(name, classes, noise):
    points, _ = draw(name, noise=noise, classes=classes)
    assert (np.abs(points) <= 6).all(axis=1).mean() > 0.95


@pytest.mark.parametrize("name", DATASETS)
def test_the_classes_of_a_dataset_follow_from_its_task(name):
    fewest, most = DATASETS[name].classes
    if DATASETS[name].task == "regression":
        assert (fewest, most) == (1, 1)
    else:
        assert 2 <= fewest <= most <= 6


@pytest.mark.parametrize(("name", "classes"), CASES)
def test_noise_makes_nearest_neighbour_classification_worse(name, classes):
    def surprise(noise):
        points, labels = draw(name, 400, noise, classes=classes)
        distances = ((points[:, None] - points) ** 2).sum(axis=2) + 1e9 * np.eye(400)
        return np.abs(labels - labels[distances.argmin(axis=1)]).mean()

    assert surprise(0.0) < surprise(0.5)


@pytest.mark.parametrize(("name", "classes"), CASES)
@given(noise=noises, seed=seeds)
@settings(max_examples=10, deadline=None)
def test_equal_seeds_draw_equal_points(name, classes, noise, seed):
    first, second = (draw(name, 40, noise, seed, classes) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert_same_bits(one, other)


@pytest.mark.parametrize("name", DATASETS)
def test_different_seeds_draw_different_points(name):
    # A spiral without noise draws nothing at random.
    noise = 0.1 if name in ("spiral", "arms") else 0.0
    classes = DATASETS[name].classes[0]
    first, second = (draw(name, noise=noise, seed=seed, classes=classes)[0] for seed in ("0.5", "0.6"))
    assert not np.isclose(first, second).all()


def test_every_dataset_has_tfps_number_of_points():
    for dataset in DATASETS.values():
        assert dataset.task in TASKS
        assert dataset.count == {"classification": 500, "regression": 1200}[dataset.task]


@pytest.mark.parametrize("name", ["circle", "gauss", "spiral", "moons", "blobs"])
def test_half_of_the_points_belong_to_each_class(name):
    assert draw(name)[1].sum() == 0


@pytest.mark.parametrize("name", ["checkerboard", "heart", "above"])
def test_every_class_has_many_points(name):
    assert abs(draw(name)[1].mean()) < 0.2


@pytest.mark.parametrize(("name", "classes"), MANY)
@given(n=st.integers(1, 100))
@settings(max_examples=10, deadline=None)
def test_the_first_classes_get_the_remaining_points(name, classes, n):
    sizes = np.bincount(draw(name, n, classes=classes)[1].astype(int), minlength=classes)
    assert sizes.tolist() == [n // classes + (c < n % classes) for c in range(classes)]


@pytest.mark.parametrize("name", {name: None for name, _ in MANY})
def test_the_default_is_the_fewest_classes(name):
    dataset = DATASETS[name]
    for implied, said in zip(
        dataset.points(SeedRandom("0.5"), 50, 0.1), draw(name, 50, 0.1, classes=dataset.classes[0]), strict=True
    ):
        assert_same_bits(implied, said)


@pytest.mark.parametrize("name", ["circle", "xor", "spiral"])
@given(seed=seeds)
@settings(max_examples=10, deadline=None)
def test_points_without_noise_stay_on_the_visible_plane(name, seed):
    assert (np.abs(draw(name, seed=seed)[0]) <= 5.3).all()  # radius 5; xor is pushed out by 0.3


@given(seed=seeds)
@settings(max_examples=10, deadline=None)
def test_the_circle_and_the_ring_around_it_do_not_touch(seed):
    points, labels = draw("circle", seed=seed)
    r = np.hypot(*points.T)
    assert (labels == np.where(r < 2.5, 1, -1)).all()
    assert ((r < 2.5 + 1e-9) | (r > 3.5 - 1e-9)).all()


@given(seed=seeds, noise=noises)
@settings(max_examples=10, deadline=None)
def test_noise_changes_a_circles_labels_but_not_its_points(seed, noise):
    quiet, noisy = draw("circle", seed=seed), draw("circle", noise=noise, seed=seed)
    assert_same_bits(noisy[0], quiet[0])


@given(seed=seeds)
@settings(max_examples=10, deadline=None)
def test_xor_is_labelled_by_quadrant_and_keeps_off_the_axes(seed):
    points, labels = draw("xor", seed=seed)
    assert (labels == np.sign(points[:, 0] * points[:, 1])).all()
    assert (np.abs(points) >= 0.3).all()


@pytest.mark.parametrize("noise", [0.0, 0.25, 0.5])
def test_gaussians_have_the_right_means_and_variance(noise):
    n = 4000
    points, labels = draw("gauss", n, noise)
    variance = 0.5 + 7 * noise
    for label, centre in ((1, 2), (-1, -2)):
        cloud = points[labels == label]
        # five standard errors of a mean and of a variance
        assert np.abs(cloud.mean(axis=0) - centre).max() < 5 * math.sqrt(variance / (n / 2))
        assert np.abs(cloud.var(axis=0) / variance - 1).max() < 5 * math.sqrt(2 / (n / 2))


def test_a_spiral_without_noise_follows_its_formula():
    points, labels = draw("spiral", 500)
    for label, turn in ((1, 0.0), (-1, math.pi)):
        arm = points[labels == label]
        r = np.arange(250) / 250 * 5
        t = 1.75 * np.arange(250) / 250 * 2 * math.pi + turn
        np.testing.assert_allclose(arm, np.column_stack([r * np.sin(t), r * np.cos(t)]), rtol=0, atol=1e-13)


@given(seed=seeds, noise=noises)
@settings(max_examples=10, deadline=None)
def test_noise_moves_spiral_points_by_at_most_the_noise(seed, noise):
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
def test_hills_and_hollows_are_where_tfp_puts_them(seed):
    points, labels = draw("reg-gauss", seed=seed)
    centres = np.array([(-4, 2.5), (0, 2.5), (4, 2.5), (-4, -2.5), (0, -2.5), (4, -2.5)])
    signs = np.array([1, -1, 1, -1, 1, -1])
    distances = np.hypot(*(points[:, None] - centres).transpose(2, 0, 1))
    nearest = distances.argmin(axis=1)  # the centres are 4 and 5 apart, so no two hills overlap
    expected = signs[nearest] * np.maximum(0, 1 - distances.min(axis=1) / 2)
    np.testing.assert_allclose(labels, expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", ["reg-plane", "reg-gauss"])
def test_noise_changes_regression_labels_but_not_points(name):
    quiet, noisy = draw(name), draw(name, noise=0.3)
    assert_same_bits(noisy[0], quiet[0])
    assert not np.isclose(noisy[1], quiet[1]).all()


# The datasets that TFP does not have, without noise


def angles(points):
    """Return the angles of points, in turns clockwise from the top, from 0 to 1."""
    return np.arctan2(points[:, 0], points[:, 1]) / (2 * math.pi) % 1


@pytest.mark.parametrize("classes", range(3, 7))
def test_clouds_are_centred_on_a_circle(classes):
    points, labels = draw("clouds", 3000, classes=classes)
    for k in range(classes):
        cloud = points[labels == k]
        t = 2 * math.pi * k / classes
        # five standard errors of a mean and of a variance
        centre = np.array([3.5 * math.sin(t), 3.5 * math.cos(t)])
        assert np.abs(cloud.mean(axis=0) - centre).max() < 5 * math.sqrt(0.3 / len(cloud))
        assert np.abs(cloud.var(axis=0) / 0.3 - 1).max() < 5 * math.sqrt(2 / len(cloud))


@pytest.mark.parametrize("classes", range(3, 7))
@given(seed=seeds)
@settings(max_examples=5, deadline=None)
def test_rings_are_concentric_and_do_not_touch(classes, seed):
    points, labels = draw("rings", seed=seed, classes=classes)
    r = np.hypot(*points.T) * classes / 5
    assert (np.floor(r + 1e-9) == labels).all()
    assert (r - labels <= 0.7 + 1e-9).all()


@pytest.mark.parametrize("classes", range(3, 7))
@given(seed=seeds)
@settings(max_examples=5, deadline=None)
def test_the_blades_of_a_pinwheel_keep_apart(classes, seed):
    points, labels = draw("pinwheel", seed=seed, classes=classes)
    r = np.hypot(*points.T)
    assert ((r >= 1 - 1e-9) & (r <= 5)).all()
    straightened = (angles(points) - 0.25 * r / (2 * math.pi)) * classes - labels
    across = (straightened + classes / 2) % classes - classes / 2
    assert (np.abs(across) <= 0.3 + 1e-9).all()


@pytest.mark.parametrize("classes", range(3, 7))
def test_spiral_arms_are_evenly_rotated(classes):
    points, labels = draw("arms", classes=classes)
    for k in range(classes):
        arm = points[labels == k]
        r = np.hypot(*arm.T)
        np.testing.assert_allclose(r, 5 * np.arange(len(arm)) / len(arm), rtol=0, atol=1e-12)
        behind = (angles(arm)[1:] - 1.25 * r[1:] / 5 - k / classes + 0.5) % 1 - 0.5
        np.testing.assert_allclose(behind, 0, atol=1e-12)


@given(seed=seeds)
@settings(max_examples=5, deadline=None)
def test_moons_are_interlocking_half_circles(seed):
    points, labels = draw("moons", seed=seed)
    upright = points * labels[:, None] + (1.5, 0.75)
    np.testing.assert_allclose(np.hypot(*upright.T), 3)
    assert (upright[:, 1] >= -1e-9).all()


def test_blobs_overlap_even_without_noise():
    points, labels = draw("blobs", 4000)
    for label, variance in ((1, 0.8), (-1, 3.2)):
        blob = points[labels == label]
        assert np.abs(blob.mean(axis=0) - label).max() < 5 * math.sqrt(variance / 2000)
        assert np.abs(blob.var(axis=0) / variance - 1).max() < 5 * math.sqrt(2 / 2000)


REGIONS = {
    "checkerboard": {(1, 1): 1, (3, 1): -1, (1, 3): -1, (3, 3): 1, (-1, 1): -1, (-1, -1): 1, (-4, 4): -1},
    "heart": {(0, 0): 1, (0, 2.5): 1, (0, 3.6): -1, (2, 3.2): 1, (-2, 3.2): 1, (3, -3): -1, (0, -3.5): 1, (4.5, 0): -1},
    "above": {(0, 1): 1, (0, -1): -1, (1.57, 3.5): 1, (1.57, 2.5): -1, (-1.57, -2.5): 1, (-1.57, -3.5): -1},
}


@pytest.mark.parametrize("name", REGIONS)
def test_regions_have_the_right_labels(name):
    points, labels = draw(name, 10000)
    assert (np.abs(points) <= 5).all()
    for place, label in REGIONS[name].items():
        near = np.hypot(*(points - place).T) < 0.25
        assert near.sum() >= 3
        assert (labels[near] == label).all(), place


@given(slope=st.integers(-9, 9), seed=seeds)
@settings(max_examples=10, deadline=None)
def test_any_curve_can_be_the_boundary(slope, seed):
    points, labels = above(parse(f"{slope}*x1/10 + 1"))(SeedRandom(seed), 100, 0.0)
    assert (labels == np.where(points[:, 1] > slope * points[:, 0] / 10 + 1, 1, -1)).all()


@pytest.mark.parametrize("name", ["checkerboard", "heart", "above", *OWN_REGRESSION])
def test_noise_changes_a_regions_labels_but_not_its_points(name):
    quiet, noisy = draw(name), draw(name, noise=0.3)
    assert_same_bits(noisy[0], quiet[0])
    assert not np.isclose(noisy[1], quiet[1]).all()


@pytest.mark.parametrize(
    ("name", "height"),
    [
        ("reg-sine", lambda x, y: np.sin(x)),
        ("reg-saddle", lambda x, y: x * y / 36),
        ("reg-ripple", lambda x, y: np.cos(1.5 * np.hypot(x, y)) * (1 - np.hypot(x, y) / np.hypot(6, 6))),
    ],
)
@given(seed=seeds, noise=noises)
@settings(max_examples=5, deadline=None)
def test_a_surface_has_its_height_within_the_noise(name, height, seed, noise):
    points, targets = draw(name, 200, noise, seed)
    assert (np.abs(targets - height(*points.T)) <= noise + 1e-12).all()
    assert (np.abs(height(*points.T)) <= 1).all()
