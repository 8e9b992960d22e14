"""Test the outputs of all units over the plane, and their pictures."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Experiment, Trainer
from engine.data.features import FEATURES, feature_matrix
from engine.nn.activations import ACTIVATIONS
from engine.nn.boundary import picture, picture_scale, plane
from engine.training.experiment import MAX_LAYERS, MAX_NEURONS
from engine.training.trainer import MAX_VALUE


@given(hidden=st.lists(st.integers(1, 8), max_size=6), resolution=st.integers(2, 30))
@settings(max_examples=20, deadline=None)
def test_there_is_a_map_for_every_input_and_every_neuron(hidden, resolution):
    trainer = Trainer(Experiment(hidden_layers=hidden, features=("x", "y", "sinX")))
    maps = trainer.boundary(resolution)
    assert maps.shape == (3 + sum(hidden) + 1, resolution, resolution)
    assert maps.dtype == np.float32


def test_the_default_resolution_is_tfps():
    assert Trainer(Experiment()).boundary().shape == (2 + 6 + 1, 100, 100)


def test_the_first_row_is_the_top_and_the_first_column_the_left():
    trainer = Trainer(Experiment(features=("x", "y"), hidden_layers=(), dataset="reg-plane"))
    trainer.set_weight(0, 0, 0, 0.0)
    trainer.set_weight(0, 0, 1, 1.0)
    trainer.set_weight(0, 0, None, 0.0)
    x, y, output = trainer.boundary(13)  # a linear output that repeats y
    assert output[:, 0].tolist() == output[:, 12].tolist() == list(range(6, -7, -1))
    assert y.tolist() == output.tolist()
    assert x[0].tolist() == x[12].tolist() == list(range(-6, 7))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("dataset", ["spiral", "reg-gauss"])
def test_the_output_map_equals_predict_on_the_grid(dataset, activation):
    fields = {"dataset": dataset, "activation": activation, "features": tuple(FEATURES), "learning_rate": 0.003}
    trainer = Trainer(Experiment(hidden_layers=(8, 8), **fields))
    trainer.run(3)
    axis = np.linspace(-6, 6, 40)
    x, y = np.meshgrid(axis, axis[::-1])
    expected = trainer.predict(np.column_stack([x.ravel(), y.ravel()])).reshape(40, 40)
    # float32 rounds by 1.2e-7; inputs reach 36, and three layers of up to eight terms add to that
    np.testing.assert_allclose(trainer.boundary(40)[-1], expected, rtol=1e-5, atol=1e-4)


def test_input_maps_are_the_features():
    maps = Trainer(Experiment(features=tuple(FEATURES), hidden_layers=())).boundary(25)
    axis = np.linspace(-6, 6, 25)
    x, y = np.meshgrid(axis, axis[::-1])
    expected = feature_matrix(np.column_stack([x.ravel(), y.ravel()]), tuple(FEATURES)).reshape(-1, 25, 25)
    np.testing.assert_allclose(maps[:-1], expected, rtol=1e-6, atol=1e-6)  # float32


@pytest.mark.parametrize("value", [1e2, 1e3, 9e3, -9e3, MAX_VALUE, -MAX_VALUE])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("dataset", ["circle", "reg-plane"])
def test_maps_of_the_largest_network_stay_finite_with_large_weights(dataset, activation, value):
    # Eleven layers multiply, so moderate weights already exceed float32's largest number, 3.4e38.
    experiment = Experiment(hidden_layers=(MAX_NEURONS,) * MAX_LAYERS, activation=activation, dataset=dataset)
    trainer = Trainer(experiment)
    stored = trainer.checkpoint()
    signs = np.where(np.arange(stored.theta.size) % 7 < 4, 1.0, -1.0)
    for theta in (np.full_like(stored.theta, value), signs * value):
        assert np.isfinite(Trainer.restore(experiment, replace(stored, theta=theta)).boundary(10)).all()


@pytest.mark.parametrize("inputs", [{"features": ("xCubed",)}, {"features": (), "formulas": ("999*x1^3",)}])
def test_maps_stay_finite_with_large_inputs(inputs):
    trainer = Trainer(Experiment(dataset="reg-plane", hidden_layers=(), **inputs))
    stored = trainer.checkpoint()
    maps = Trainer.restore(trainer.experiment, replace(stored, theta=np.full_like(stored.theta, 4e36))).boundary(10)
    assert np.isfinite(maps).all()


def test_boundary_returns_a_copy():
    trainer = Trainer(Experiment())
    before = trainer.boundary(10)
    trainer.boundary(10)[:] = 7
    assert trainer.boundary(10).tolist() == before.tolist()
    assert plane("x", 10)[0].max() == plane("x", 10)[1] == 6


# float32 cannot hold ratios below 1e-45, so values that small relative to their scale are excluded.
magnitudes = st.floats(2.0**-60, 2.0**60, width=32)


@given(
    values=st.lists(st.sampled_from([0.0, -0.0]) | magnitudes | magnitudes.map(lambda v: -v), min_size=1, max_size=50),
    scale=st.floats(1e-6, 1e12),
)
def test_a_picture_has_bytes_from_1_to_255_that_show_the_sign(values, scale):
    values = np.array(values, np.float32)
    quantised = picture(values, scale)
    assert quantised.dtype == np.uint8
    assert quantised.min() >= 1
    assert ((quantised >= 128) == (values >= 0)).all()  # -0 counts as 0


def test_a_picture_is_linear_within_its_scale_and_clamped_beyond():
    values = np.array([-9, -2, -1, 0, 1, 2, 9], np.float32)
    # 128 + floor(127 v / 2): floor(-63.5) = -64 and floor(63.5) = 63
    assert picture(values, 2.0).tolist() == [1, 1, 64, 128, 191, 255, 255]


def test_the_scale_is_the_largest_magnitude_or_1_for_bounded_units():
    values = np.array([[0.5, -3.0], [2.0, 0.0]], np.float32)
    assert picture_scale(values, bounded=False) == 3.0
    assert picture_scale(values, bounded=True) == 1.0
    assert picture_scale(np.zeros((2, 2), np.float32), bounded=False) > 0  # no division by 0
