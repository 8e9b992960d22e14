"""The gradient flow has the numbers of explanations and training, and counts stuck neurons."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Experiment, Trainer, explain
from engine.analysis.gradient_flow import BINS, CHUNK, MOSTLY, gradient_flow
from engine.nn.activations import ACTIVATIONS, activate, derivative
from engine.nn.losses import LOSSES
from engine.numerics.types import Array
from engine.optim.optimizers import OPTIMIZERS
from engine.optim.penalties import PENALTIES

FLAT = 0.12  # of the steepest slope: what is left of it in a saturated neuron at most


def trained(epochs: int = 5, **fields: object) -> Trainer:
    trainer = Trainer(Experiment(**{"seed": "0.3", **fields}))
    trainer.run(epochs)
    return trainer


def with_theta(trainer: Trainer, theta: Array) -> Trainer:
    """Return the same run with other parameters."""
    for layer, (weights, biases) in enumerate(zip(trainer.weights, trainer.biases, strict=True)):
        for neuron in range(len(biases)):
            for source in range(weights.shape[1]):
                index = trainer.parameter_index(layer, neuron, source)
                trainer.set_weight(layer, neuron, source, float(theta[index]))
            trainer.set_weight(layer, neuron, None, float(theta[trainer.parameter_index(layer, neuron, None)]))
    return trainer


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "elu"])
def test_the_norms_are_those_of_the_gradients_that_explain_gives_for_each_point(activation: str, loss: str) -> None:
    dataset = "circle" if "classification" in LOSSES[loss].output_activations else "reg-gauss"
    trainer = trained(hidden_layers=(5, 3), activation=activation, loss=loss, dataset=dataset, train_percent=20)
    passes = [explain(trainer, tuple(point), float(label)).layers for point, label in examples(trainer)]
    for layer, flow in enumerate(gradient_flow(trainer).layers):
        by_weights = np.mean([each[layer].weight_gradient for each in passes], axis=0)
        by_biases = np.mean([each[layer].bias_gradient for each in passes], axis=0)
        norm = math.sqrt(np.sum(by_weights**2) + np.sum(by_biases**2))
        assert flow.gradient == pytest.approx(norm, rel=1e-9)
        assert flow.gradients.high == pytest.approx(np.abs(by_weights).max(), rel=1e-9)
        activations = np.array([each[layer].a for each in passes])
        assert flow.activations.high == pytest.approx(np.abs(activations).max(), rel=1e-12)


def examples(trainer: Trainer) -> list[tuple[Array, float]]:
    return list(zip(trainer.train_points, trainer.train_labels, strict=True))


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_update_is_the_step_that_training_takes_next_on_the_whole_set(optimizer: str, penalty: str) -> None:
    # So many points that they take several chunks.
    fields = {"dataset": "reg-plane", "train_percent": 90, "batch_size": 2000, "clip_norm": 0.05, "schedule": "cosine"}
    trainer = trained(3, optimizer=optimizer, penalty=penalty, penalty_rate=0.01, **fields)
    assert len(trainer.train_points) > CHUNK
    before, flow = trainer.weights, gradient_flow(trainer)
    trainer.step()
    moved = [now - then for now, then in zip(trainer.weights, before, strict=True)]
    for layer, step, weights in zip(flow.layers, moved, before, strict=True):
        assert layer.update == pytest.approx(np.linalg.norm(step) / np.linalg.norm(weights), rel=1e-9)
    whole = math.sqrt(sum(np.sum(step**2) for step in moved) / sum(np.sum(each**2) for each in before))
    assert flow.step == pytest.approx(whole, rel=1e-9)


def test_a_locked_layer_has_a_gradient_and_no_update() -> None:
    trainer = trained(hidden_layers=(3, 2))
    for neuron in range(3):
        trainer.lock_neuron(0, neuron)
    first, second, _ = gradient_flow(trainer).layers
    assert first.gradient > 0
    assert first.update == 0
    assert second.update is not None
    assert second.update > 0


def test_measuring_changes_nothing() -> None:
    fields = {"optimizer": "adam", "penalty": "L1", "penalty_rate": 0.3, "dropout": 0.2, "shuffle": True}
    watched, other = trained(10, **fields), trained(10, **fields)
    gradient_flow(watched)
    assert watched.checkpoint().to_bytes() == other.checkpoint().to_bytes()
    watched.run(5)
    other.run(5)
    assert watched.theta.tobytes() == other.theta.tobytes()


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_saturated_and_dead_activations_are_flat(activation: str) -> None:
    entry = ACTIVATIONS[activation]
    z = np.linspace(-9, 9, 2001)
    a = activate(entry.code, z)
    steepness = np.abs(derivative(entry.code, z, a))
    if entry.saturated is not None:
        low, high = entry.saturated
        beyond = (a < low) | (a > high)
        assert beyond.any()
        assert steepness[beyond].max() < FLAT * steepness.max()
    if entry.dead is not None:
        assert steepness[a <= entry.dead].max() == 0


@pytest.mark.parametrize(("activation", "most"), [("tanh", 0.97), ("sigmoid", 0.97)])
def test_a_neuron_is_saturated_where_nearly_all_points_drive_it_to_an_end(activation: str, most: float) -> None:
    trainer = trained(0, hidden_layers=(3,), activation=activation)
    for neuron, bias in enumerate([30.0, -30.0, 0.0]):
        trainer.set_weight(0, neuron, None, bias)
    outputs = np.array([explain(trainer, tuple(point), label).layers[0].a for point, label in examples(trainer)])
    low = -most if activation == "tanh" else 1 - most
    shares = np.mean((outputs < low) | (outputs > most), axis=0)
    assert gradient_flow(trainer).layers[0].saturated == sum(shares >= MOSTLY) == 2
    assert gradient_flow(trainer).layers[0].dead is None


def test_a_relu_that_no_point_activates_is_dead() -> None:
    trainer = trained(0, hidden_layers=(4, 2), activation="relu")
    for neuron in (1, 3):
        trainer.set_weight(0, neuron, None, -100.0)
    flow = gradient_flow(trainer).layers[0]
    assert (flow.dead, flow.neurons, flow.saturated) == (2, 4, None)


def test_an_output_is_saturated_only_where_its_loss_keeps_the_slope() -> None:
    for loss, saturated in (("square", 1), ("log", None), ("cross-entropy", None)):
        trainer = trained(0, hidden_layers=(2,), loss=loss)
        trainer.set_weight(1, 0, None, 50.0)
        assert gradient_flow(trainer).layers[-1].saturated == saturated


@given(seed=st.integers(0, 10**6), sizes=st.lists(st.integers(1, 5), max_size=3))
@settings(max_examples=20, deadline=None)
def test_every_weight_and_activation_is_counted_once(seed: int, sizes: list[int]) -> None:
    trainer = trained(0, seed=str(seed), hidden_layers=sizes)
    for layer, weights in zip(gradient_flow(trainer).layers, trainer.weights, strict=True):
        assert len(layer.weights.counts) == BINS
        assert layer.weights.counts.sum() == layer.gradients.counts.sum() == weights.size
        assert layer.activations.counts.sum() == layer.neurons * len(trainer.train_points)
        assert layer.weights.low == -layer.weights.high
        edges = np.linspace(layer.weights.low, layer.weights.high, BINS + 1)
        assert layer.weights.counts.tolist() == np.histogram(weights, edges)[0].tolist()


def test_weights_that_are_all_0_have_no_relative_update_and_one_histogram_bar() -> None:
    flow = gradient_flow(trained(0, initializer="zero"))
    assert flow.step is None
    assert [layer.update for layer in flow.layers] == [None] * 3
    assert (flow.layers[0].weights.low, flow.layers[0].weights.high) == (-1, 1)
    assert np.count_nonzero(flow.layers[0].weights.counts) == 1


def test_activations_that_are_never_negative_begin_at_0() -> None:
    assert gradient_flow(trained(hidden_layers=(4,), activation="relu")).layers[0].activations.low == 0
    assert gradient_flow(trained(hidden_layers=(4,), activation="tanh")).layers[0].activations.low < 0


def test_huge_parameters_give_infinity_and_no_nan() -> None:
    trainer = trained(0, dataset="reg-plane", activation="relu")
    other = with_theta(trainer, np.full(trainer.theta.size, 1e6))
    other.run(1)
    numbers = [layer.gradient for layer in gradient_flow(other).layers]
    assert not np.isnan(numbers).any()
    for layer in gradient_flow(other).layers:
        for histogram in (layer.weights, layer.activations, layer.gradients):
            assert math.isfinite(histogram.low)
            assert math.isfinite(histogram.high)


def test_the_zero_network_loss_is_that_of_a_network_of_zeros() -> None:
    for fields in ({}, {"loss": "log"}, {"dataset": "clouds", "classes": 4, "loss": "cross-entropy"}):
        trainer = trained(5, **fields)
        zero = Trainer(Experiment(seed="0.3", initializer="zero", **fields))
        assert gradient_flow(trainer).zero_network_loss == pytest.approx(zero.losses()[0], rel=1e-12)
