"""An explained example has the numbers that training uses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Experiment, Trainer, explain
from engine.analysis.explain import explain_inputs
from engine.data.features import FEATURES
from engine.nn.activations import ACTIVATIONS
from engine.nn.losses import LOSSES
from tests.engine_helpers import (
    MODES,
    assert_same_bits,
    kernels_of,
    network_spec,
    parameter_count,
    parameters_of,
    take_steps,
    update_config,
)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("hidden", ACTIVATIONS)
@given(
    sizes=st.lists(st.integers(1, 6), min_size=2, max_size=5),
    data=st.data(),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=15, deadline=None)
def test_the_gradients_are_those_by_which_a_batch_of_one_trains(hidden, loss, mode, sizes, data, seed):
    rng = np.random.default_rng(seed)
    output = data.draw(st.sampled_from(list(LOSSES[loss].output_activations.values())))
    network, theta = network_spec(sizes, hidden, output, loss), rng.normal(size=parameter_count(sizes))
    x, target = rng.normal(size=sizes[0]), rng.normal(size=sizes[-1])
    explanation = explain_inputs(theta, network, x, target)
    parameters = parameters_of(theta, sizes)
    space = take_steps(kernels_of(mode), parameters, network, update_config(), 0.1, x[:, None], target[:, None])
    flat = [part.ravel() for layer in explanation.layers for part in (layer.weight_gradient, layer.bias_gradient)]
    assert_same_bits(np.concatenate(flat), space.gradient)


@given(
    activation=st.sampled_from(list(ACTIVATIONS)),
    hidden=st.lists(st.integers(1, 8), max_size=4),
    seed=st.integers(0, 10**6),
    point=st.tuples(st.floats(-6, 6), st.floats(-6, 6)),
    target=st.floats(-1, 1),
)
@settings(max_examples=40, deadline=None)
def test_every_layer_follows_from_the_one_before(activation, hidden, seed, point, target):
    fields = {"activation": activation, "hidden_layers": hidden, "seed": str(seed), "features": tuple(FEATURES)}
    trainer = Trainer(Experiment(**fields))
    explanation = explain(trainer, point, target)
    close = {"rtol": 1e-9, "atol": 1e-12}  # sums of up to eight terms in another order
    inputs = explanation.inputs
    for layer, weights, biases in zip(explanation.layers, trainer.weights, trainer.biases, strict=True):
        assert_same_bits(layer.weights, weights)
        assert_same_bits(layer.biases, biases)
        assert_same_bits(layer.inputs, inputs)
        np.testing.assert_allclose(layer.z, weights @ inputs + biases, **close)
        np.testing.assert_allclose(layer.delta, layer.a_gradient * layer.derivative, **close)
        np.testing.assert_allclose(layer.weight_gradient, np.outer(layer.delta, layer.inputs), **close)
        np.testing.assert_allclose(layer.bias_gradient, layer.delta, **close)
        inputs = layer.a
    for layer, above in zip(explanation.layers[:-1], explanation.layers[1:], strict=True):
        np.testing.assert_allclose(layer.a_gradient, above.weights.T @ above.delta, **close)
    assert_same_bits(explanation.output, explanation.layers[-1].a)
    assert_same_bits(explanation.output, trainer.predict(np.array([point])))
    assert explanation.point == point
    assert explanation.target.tolist() == [target]


def test_the_loss_is_that_of_the_example():
    explanation = explain(Trainer(Experiment()), (1.0, 2.0), -1.0)
    assert explanation.loss == pytest.approx(0.5 * (explanation.output[0] + 1.0) ** 2, rel=1e-15)


def test_explaining_changes_nothing_and_gives_copies():
    trainer, twin = Trainer(Experiment()), Trainer(Experiment())
    explanation = explain(trainer, (1.0, 2.0), 1.0)
    for layer in explanation.layers:
        layer.weights[:] = 9
        layer.weight_gradient[:] = 9
    trainer.run(2)
    twin.run(2)
    assert_same_bits(trainer.theta, twin.theta)
