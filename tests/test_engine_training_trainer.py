"""Trainer: batches, losses, divergence, stop conditions, editing, checkpoints, continued runs."""

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Experiment, Trainer
from engine.data.datasets import DATASETS
from engine.data.features import FEATURES, feature_matrix
from engine.nn.initializers import INITIALIZERS
from engine.nn.losses import LOSSES
from engine.nn.network import backward, workspace
from engine.numerics.seedrandom import SeedRandom
from engine.optim.optimizers import OPTIMIZERS
from engine.optim.penalties import PENALTIES
from engine.training.checkpoint import LARGEST, MAX_EPOCH
from engine.training.experiment import LIVE_SETTINGS
from engine.training.kernels import PLAIN
from engine.training.trainer import MAX_VALUE
from tests.engine_helpers import MODES, assert_same_bits, fewest_classes, kernels_of


class RecordingKernels(NamedTuple):
    """Kernels that record the batches they receive and train on none."""

    seen: list
    compiled: bool = False

    def train(self, parameters, network, config, batches, space, epochs, largest):
        for batch_x, batch_targets in zip(batches.x, batches.targets, strict=True):
            self.seen.append((batch_x, batch_targets))
        if batches.x_remainder.size:
            self.seen.append((batches.x_remainder, batches.targets_remainder))
        return epochs.keys.size


# --- data and batches


@given(batch_size=st.integers(1, 300), train_percent=st.integers(10, 90))
@settings(max_examples=40, deadline=None)
def test_one_epoch_visits_every_training_point_once_and_in_order(batch_size, train_percent):
    kernels = RecordingKernels([])
    trainer = Trainer(Experiment(batch_size=batch_size, train_percent=train_percent), kernels)
    trainer.run(1)
    x = np.concatenate([batch for batch, _ in kernels.seen], axis=1)
    targets = np.concatenate([batch for _, batch in kernels.seen], axis=1)
    assert_same_bits(x, feature_matrix(trainer.train_points, ("x", "y")))
    assert_same_bits(targets[0], trainer.train_labels)
    counts = [batch.shape[1] for batch, _ in kernels.seen]
    assert all(count == min(batch_size, x.shape[1]) for count in counts[:-1])
    assert 0 < counts[-1] <= batch_size


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("batch_size", [7, 100, 251, 1200])
def test_a_batch_size_that_does_not_divide_the_set_also_trains_on_the_remainder(batch_size, mode):
    # A step for each batch by the published config, with the slow but separate gradient of the whole batch.
    trainer = Trainer(Experiment(batch_size=batch_size, hidden_layers=(3,)), kernels_of(mode))
    theta, rate, network = trainer.theta, trainer.experiment.learning_rate, trainer.network
    for first in range(0, 250, batch_size):
        points = trainer.train_points[first : first + batch_size]
        x, targets = feature_matrix(points, ("x", "y")), trainer.train_labels[None, first : first + batch_size]
        space = workspace(trainer.experiment.sizes, x.shape[1])
        PLAIN.evaluate(theta, network, x, targets, space)
        backward(theta, network, x, targets, space)
        theta = theta - rate * space.gradient / len(points)
    trainer.run(1)
    np.testing.assert_allclose(trainer.theta, theta, rtol=1e-12, atol=1e-14)  # the same sums in another order


@pytest.mark.parametrize("percent", [10, 33, 50, 90])
@pytest.mark.parametrize("dataset", DATASETS)
def test_the_percentage_of_training_data_splits_the_points_without_loss(dataset, percent):
    classes = fewest_classes(dataset)
    trainer = Trainer(Experiment(dataset=dataset, classes=classes, train_percent=percent))
    count = DATASETS[dataset].count
    assert len(trainer.train_points) == len(trainer.train_labels) == math.floor(count * percent / 100)
    assert len(trainer.test_points) == len(trainer.test_labels) == count - len(trainer.train_points)
    half = Trainer(Experiment(dataset=dataset, classes=classes))
    assert_same_bits(
        np.concatenate([trainer.train_points, trainer.test_points]),
        np.concatenate([half.train_points, half.test_points]),
    )


# --- running


@pytest.mark.parametrize("mode", MODES)
def test_run_returns_the_epoch_reached(mode):
    trainer = Trainer(Experiment(), kernels_of(mode))
    assert trainer.epoch == 0
    assert trainer.run() == 1
    assert trainer.run(4) == trainer.epoch == 5
    assert trainer.run(0) == 5


@pytest.mark.parametrize("mode", MODES)
def test_many_epochs_at_once_are_as_many_single_ones(mode):
    experiment = Experiment(batch_size=7, penalty="L1", penalty_rate=0.03)
    at_once, one_by_one = (Trainer(experiment, kernels_of(mode)) for _ in range(2))
    at_once.run(9)
    for _ in range(9):
        one_by_one.run(1)
    assert_same_bits(at_once.theta, one_by_one.theta)


@pytest.mark.parametrize(
    "fields", [{}, {"dataset": "reg-gauss", "noise": 10}, {"activation": "relu", "noise": 30}], ids=str
)
def test_equal_experiments_give_equal_runs(fields):
    first, second = (Trainer(Experiment(seed="0.3", **fields)) for _ in range(2))
    assert first.run(20) == second.run(20)
    assert_same_bits(first.theta, second.theta)
    assert first.losses() == second.losses()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("loss", "dataset"),
    [
        (loss, name)
        for loss, entry in LOSSES.items()
        for name, data in DATASETS.items()
        if data.task in entry.output_activations
    ],
)
def test_losses_are_the_mean_over_each_set(loss, dataset, mode):
    fields = {"noise": 10, "train_percent": 70, "classes": fewest_classes(dataset)}
    trainer = Trainer(Experiment(dataset=dataset, loss=loss, **fields), kernels_of(mode))
    trainer.run(2)
    # The published formula of each loss for what `predict` gives, (N, K), and targets that are -1 and 1, or any number.
    formulas = {
        "square": lambda p, t: 0.5 * (p - t) ** 2,
        "square-each": lambda p, t: 0.5 * (p - (t + 1) / 2) ** 2,
        "log": lambda p, t: -np.log(np.where(t > 0, p, 1 - p)),
        "cross-entropy": lambda p, t: np.where(t > 0, -np.log(p), 0.0),
        "huber": lambda p, t: np.where(abs(p - t) <= 0.5, 0.5 * (p - t) ** 2, 0.5 * (abs(p - t) - 0.25)),
    }

    def mean_loss(points, labels):
        outputs = trainer.predict(points).reshape(len(points), -1)
        targets = labels[:, None]
        if outputs.shape[1] > 1:
            names = [-1, 1] if fields["classes"] == 2 else range(fields["classes"])
            targets = np.where(labels[:, None] == np.array(names), 1.0, -1.0)
        return float(np.mean(np.sum(formulas[loss](outputs, targets), axis=1)))

    expected = [
        mean_loss(points, labels)
        for points, labels in (
            (trainer.train_points, trainer.train_labels),
            (trainer.test_points, trainer.test_labels),
        )
    ]
    assert trainer.losses() == pytest.approx(expected, rel=1e-12)


def test_the_penalty_is_no_part_of_the_losses():
    plain, penalised = Trainer(Experiment()), Trainer(Experiment(penalty="L2", penalty_rate=10))
    assert plain.losses() == penalised.losses()


def test_weights_and_biases_are_what_predict_uses():
    trainer = Trainer(Experiment(hidden_layers=(4, 3)))
    points = np.array([[1.0, -2.0], [0.0, 0.0], [6.0, 6.0]])
    a = points.T
    for weights, biases in zip(trainer.weights, trainer.biases, strict=True):
        a = np.tanh(weights @ a + biases[:, None])
    np.testing.assert_allclose(trainer.predict(points), a[0], rtol=1e-13)


def test_no_points_have_no_outputs():
    assert Trainer(Experiment()).predict(np.empty((0, 2))).shape == (0,)


def test_a_trainer_returns_copies():
    trainer = Trainer(Experiment())
    before, losses = trainer.theta, trainer.losses()
    trainer.weights[0][:] = 5
    trainer.biases[1][:] = 5
    trainer.theta[:] = 5
    trainer.predict(trainer.train_points)[:] = 5
    stored = trainer.checkpoint()
    stored.theta[:] = 5
    stored.mask[:] = 0
    assert_same_bits(trainer.theta, before)
    assert not trainer.dead.any()
    trainer.run(1)
    fresh = Trainer(Experiment())
    assert fresh.losses() == losses
    fresh.run(1)
    assert_same_bits(trainer.theta, fresh.theta)


def test_a_checkpoint_does_not_move_with_the_run():
    trainer = Trainer(Experiment())
    stored, before = trainer.checkpoint(), trainer.theta
    trainer.run(3)
    assert_same_bits(stored.theta, before)
    assert stored.epoch == 0


def test_another_weights_seed_changes_the_weights_and_not_the_data():
    first, second, third = (Trainer(Experiment(weights_seed=seed)) for seed in (None, "a", "b"))
    assert_same_bits(first.train_points, second.train_points)
    assert_same_bits(first.test_labels, second.test_labels)
    assert not np.isclose(first.weights[0], second.weights[0]).any()
    assert not np.isclose(second.weights[0], third.weights[0]).any()
    other_data = Trainer(Experiment(seed="0.7", weights_seed="a"))
    assert_same_bits(other_data.theta, second.theta)


def test_zero_weights_start_everything_at_zero():
    assert not Trainer(Experiment(initializer="zero")).theta.any()


@pytest.mark.parametrize("name", INITIALIZERS)
def test_every_initializer_draws_one_number_per_weight(name):
    rng, twin = SeedRandom("0.5"), SeedRandom("0.5")
    INITIALIZERS[name].weight(rng, 7, 4, 0.5)
    twin.random()
    assert rng.random() == twin.random()


@pytest.mark.parametrize("name", INITIALIZERS)
def test_initial_parameters_are_those_of_the_initializer(name):
    trainer = Trainer(Experiment(initializer=name, hidden_layers=(32, 32)))
    assert all((biases == INITIALIZERS[name].bias).all() for biases in trainer.biases)
    weights = trainer.weights[1].ravel()  # 1024 of them, of neurons with 32 inputs
    deviation = {
        "uniform": 1 / math.sqrt(12),
        "zero": 0.0,
        "xavier": math.sqrt(2 / 64),
        "he": math.sqrt(2 / 32),
        "lecun": math.sqrt(1 / 32),
        "normal": 0.5,
    }[name]
    assert np.std(weights) == pytest.approx(deviation, rel=0.1)  # four standard errors
    assert abs(np.mean(weights)) <= 4 * deviation / math.sqrt(weights.size)
    largest = {"uniform": 0.5, "xavier": math.sqrt(6 / 64)}.get(name, math.inf)
    assert np.abs(weights).max() <= largest


@pytest.mark.parametrize("draw", [0.0, 1 - 2.0**-53])
def test_normal_weights_are_finite_for_the_smallest_and_the_largest_draw(draw):
    rng = SimpleNamespace(random=lambda: draw)
    assert 8 < abs(INITIALIZERS["normal"].weight(rng, 2, 4, 1.0)) < 9


def test_the_scale_of_normal_weights_is_their_deviation():
    small, large = (Trainer(Experiment(initializer="normal", init_scale=scale)).theta for scale in (0.1, 2.0))
    np.testing.assert_allclose(20 * small, large, rtol=1e-12)


def test_normal_weights_are_normal():
    theta = Trainer(Experiment(initializer="normal", init_scale=1, hidden_layers=(32, 32, 32))).weights
    sample = np.sort(np.concatenate([weights.ravel() for weights in theta]))
    expected = np.array([0.5 * (1 + math.erf(value / math.sqrt(2))) for value in sample])
    empirical = (np.arange(sample.size) + 0.5) / sample.size
    assert np.abs(empirical - expected).max() < 1.63 / math.sqrt(sample.size)  # Kolmogorov and Smirnov, 1 in 100


# --- divergence


DIVERGING = [
    {"dataset": "reg-plane", "hidden_layers": (), "learning_rate": 1.0},
    {"dataset": "reg-gauss", "activation": "relu", "learning_rate": 10.0},
    {"penalty": "L2", "penalty_rate": 10, "learning_rate": 3.0},
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("fields", DIVERGING, ids=str)
def test_a_diverging_run_names_the_epoch_and_keeps_the_one_before(fields, mode):
    trainer = Trainer(Experiment(**fields), kernels_of(mode))
    reached = trainer.run(100)
    assert trainer.diverged == reached + 1
    theta = trainer.theta
    assert (np.abs(theta) < LARGEST).all()
    assert trainer.run(10) == reached
    assert_same_bits(trainer.theta, theta)
    assert not np.isnan(trainer.losses()).any()
    assert not np.isnan(trainer.predict(trainer.test_points)).any()
    assert np.isfinite(trainer.boundary(20)).all()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_checkpoint_of_a_diverged_run_can_be_read(optimizer, mode):
    experiment = Experiment(optimizer=optimizer, activation="relu", dataset="reg-plane", penalty="L1", penalty_rate=1)
    checkpoint = Trainer(experiment).checkpoint()
    for huge in (1e30, 1e60, 1e90):
        start = replace(checkpoint, theta=checkpoint.theta * huge)
        trainer = Trainer.restore(experiment, start, kernels_of(mode))
        trainer.run(20)
        kept = trainer.checkpoint()
        assert experiment.read_checkpoint(kept.encode()).to_bytes() == kept.to_bytes()
        assert kept.to_bytes() == start.to_bytes() or trainer.diverged != 1


@pytest.mark.parametrize("fields", DIVERGING, ids=str)
def test_a_run_diverges_in_the_same_epoch_however_it_is_cut(fields):
    at_once, one_by_one = (Trainer(Experiment(**fields)) for _ in range(2))
    at_once.run(100)
    while one_by_one.diverged is None:
        one_by_one.run(1)
    assert one_by_one.diverged == at_once.diverged
    assert_same_bits(one_by_one.theta, at_once.theta)


@pytest.mark.parametrize("mode", MODES)
def test_huge_parameters_give_no_nan(mode):
    # Outputs overflow in every layer, and infinities of both signs meet in the next.
    calm = Trainer(
        Experiment(hidden_layers=(4, 4, 4, 4, 4), activation="linear", dataset="reg-plane"), kernels_of(mode)
    )
    stored = calm.checkpoint()
    wild = Trainer.restore(calm.experiment, replace(stored, theta=np.sign(stored.theta) * 9e99), kernels_of(mode))
    for _ in range(2):
        assert not np.isnan(wild.losses()).any()
        assert not np.isnan(wild.predict(wild.test_points)).any()
        assert np.isfinite(wild.boundary(20)).all()
        assert wild.run(1) == 0
    assert wild.diverged == 1


def test_editing_a_weight_lets_a_diverged_run_try_again():
    trainer = Trainer(Experiment(**DIVERGING[0]))
    trainer.run(100)
    reached = trainer.epoch
    for source in (0, 1, None):
        trainer.set_weight(0, 0, source, 0.0)
    assert trainer.diverged is None
    assert trainer.run(1) == reached + 1


# --- editing


def test_setting_a_weight_changes_the_losses_and_the_outputs_at_once():
    trainer = Trainer(Experiment(hidden_layers=(), features=("x",), dataset="reg-plane"))
    before = trainer.losses()
    trainer.set_weight(0, 0, 0, 2.5)
    trainer.set_weight(0, 0, None, -1.0)
    assert trainer.weights[0].tolist() == [[2.5]]
    assert trainer.biases[0].tolist() == [-1.0]
    assert trainer.losses() != before
    assert trainer.predict(np.array([[3.0, 0.0]])).tolist() == [6.5]  # 2.5 * 3 - 1


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_setting_a_parameter_changes_no_other(data):
    trainer = Trainer(Experiment(hidden_layers=(3, 5)))
    weights, biases = trainer.weights, trainer.biases
    layer = data.draw(st.integers(0, 2))
    neuron = data.draw(st.integers(0, len(biases[layer]) - 1))
    source = data.draw(st.none() | st.integers(0, weights[layer].shape[1] - 1))
    value = data.draw(st.floats(-MAX_VALUE, MAX_VALUE))
    trainer.set_weight(layer, neuron, source, value)
    if source is None:
        biases[layer][neuron] = value
    else:
        weights[layer][neuron, source] = value
    for expected, actual in zip(weights + biases, trainer.weights + trainer.biases, strict=True):
        assert_same_bits(actual, expected)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ((3, 0, 0), "layer 3: 0 to 2"),
        ((-1, 0, 0), "layer -1: 0 to 2"),
        ((0, 4, 0), "neuron 4: 0 to 3"),
        ((2, 1, None), "neuron 1: 0 to 0"),
        ((0, 0, 2), "input 2: 0 to 1"),
        ((1, 0, -1), "input -1: 0 to 3"),
    ],
)
def test_an_index_out_of_range_is_named_with_what_is_allowed(place, message):
    trainer = Trainer(Experiment(hidden_layers=(4, 2)))
    before = trainer.theta
    with pytest.raises(IndexError, match=f"^{message}$"):
        trainer.set_weight(*place, 1.0)
    assert_same_bits(trainer.theta, before)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1.1e6, -1.1e6])
def test_a_weight_out_of_range_is_named_with_what_is_allowed(value):
    trainer = Trainer(Experiment())
    before = trainer.theta
    with pytest.raises(ValueError, match=r"a number from -1e\+06 to 1e\+06"):
        trainer.set_weight(0, 0, 0, value)
    assert_same_bits(trainer.theta, before)


# --- dead weights


SPARSE = {"penalty": "L1", "penalty_rate": 0.1, "features": tuple(FEATURES), "hidden_layers": (3,)}


@pytest.mark.parametrize("mode", MODES)
def test_weights_that_L1_clamps_stay_0(mode):
    trainer = Trainer(Experiment(**SPARSE), kernels_of(mode))
    assert not trainer.dead.any()
    trainer.run(20)
    dead = trainer.dead
    assert 0 < dead.sum() < dead.size
    trainer.run(20)
    assert not (dead & ~trainer.dead).any()
    assert not trainer.theta[trainer.dead].any()
    weights = trainer.weights[0].size
    assert not trainer.dead[weights : weights + 3].any()  # no penalty touches a bias


def test_setting_a_dead_weight_frees_it():
    trainer = Trainer(Experiment(**SPARSE))
    trainer.run(20)
    neuron, source = np.argwhere(trainer.weights[0] == 0)[0]
    index = trainer.parameter_index(0, neuron, source)
    trainer.set_weight(0, neuron, source, 0.4)
    assert not trainer.dead[index]
    trainer.run(1)
    assert trainer.theta[index] not in (0.0, 0.4)


# --- stop conditions


def test_a_run_stops_at_the_epoch_asked_for():
    trainer = Trainer(Experiment(stop_epochs=7))
    assert trainer.run(5) == 5
    assert trainer.finished is None
    assert trainer.run(100) == 7
    assert trainer.finished == "stop_epochs"
    assert trainer.run(1) == 7


def test_a_step_goes_beyond_a_stop_condition():
    trainer, free = Trainer(Experiment(stop_epochs=7)), Trainer(Experiment())
    trainer.run(100)
    free.run(8)
    assert trainer.step() == 8
    assert trainer.finished is None
    assert np.array_equal(trainer.theta, free.theta)


def test_a_run_ends_at_the_last_epoch_that_a_checkpoint_can_store():
    trainer = Trainer(Experiment())
    late = replace(trainer.checkpoint(), epoch=MAX_EPOCH - 2)
    trainer = Trainer.restore(trainer.experiment, late)
    assert trainer.step() == MAX_EPOCH - 1
    assert trainer.run(100) == MAX_EPOCH
    assert trainer.finished == "stop_epochs"
    assert trainer.step() == MAX_EPOCH
    assert trainer.experiment.read_checkpoint(trainer.checkpoint().encode()).epoch == MAX_EPOCH


def test_a_run_stops_in_the_first_epoch_whose_test_loss_is_low_enough():
    free, stopping = Trainer(Experiment()), Trainer(Experiment(stop_loss=0.3))
    while free.losses()[1] >= 0.3:
        free.run(1)
    assert stopping.run(1000) == free.epoch
    assert stopping.finished == "stop_loss"


def test_a_run_stops_after_stop_patience_epochs_without_a_lower_test_loss():
    fields = {"noise": 50, "dataset": "xor", "learning_rate": 0.3}
    patience = 5
    free, stopping = Trainer(Experiment(**fields)), Trainer(Experiment(stop_patience=patience, **fields))
    losses = [free.losses()[1]]
    while len(losses) - 1 - int(np.argmin(losses)) < patience:
        free.run(1)
        losses.append(free.losses()[1])
    assert stopping.run(1000) == free.epoch
    assert stopping.finished == "stop_patience"
    assert stopping.run(1) == free.epoch

    stopping.resume()
    assert stopping.run(1) == free.epoch + 1


def test_a_loss_that_only_stays_the_same_is_no_improvement():
    assert Trainer(Experiment(learning_rate=0, stop_patience=4)).run(100) == 4


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("cut", range(1, 12))
def test_a_run_restored_while_it_waits_for_a_better_loss_stops_in_the_same_epoch(cut, mode):
    experiment = Experiment(stop_patience=5, noise=50, dataset="xor", learning_rate=0.3)
    whole, first_half = (Trainer(experiment, kernels_of(mode)) for _ in range(2))
    whole.run(1000)
    first_half.run(whole.epoch - cut)
    stored = first_half.checkpoint()
    for restored in (
        Trainer.restore(experiment, stored, kernels_of(mode)),
        Trainer(experiment.changed(start=stored.encode()), kernels_of(mode)),
    ):
        restored.resume()  # as a play button does
        assert restored.run(1000) == whole.epoch
        assert restored.finished == "stop_patience"
        assert restored.run(1000) == whole.epoch


# --- validation


VALIDATED = {"validation_percent": 20, "noise": 40, "dataset": "xor"}


def test_validation_takes_its_points_from_the_training_set_and_leaves_the_test_set_alone():
    whole, split = Trainer(Experiment()), Trainer(Experiment(validation_percent=20))
    assert [len(points) for points in (split.train_points, split.validation_points, split.test_points)] == [
        200,
        50,
        250,
    ]
    assert_same_bits(split.test_points, whole.test_points)
    assert_same_bits(np.concatenate([split.train_points, split.validation_points]), whole.train_points)
    assert_same_bits(np.concatenate([split.train_labels, split.validation_labels]), whole.train_labels)


@pytest.mark.parametrize("mode", MODES)
def test_the_validation_loss_is_the_mean_over_its_points_and_training_never_sees_them(mode):
    trainer = Trainer(Experiment(**VALIDATED), kernels_of(mode))
    trainer.run(20)
    errors = (trainer.predict(trainer.validation_points) - trainer.validation_labels) ** 2 / 2
    assert trainer.validation_loss() == pytest.approx(np.mean(errors), rel=1e-12)
    blind = Trainer(Experiment(**VALIDATED), kernels_of(mode))
    for part in blind._validation_set:
        part[:] = 1e9
    blind.run(20)
    assert_same_bits(blind.theta, trainer.theta)


def test_without_validation_points_there_is_no_validation_loss():
    trainer = Trainer(Experiment())
    assert trainer.validation_loss() is None
    assert trainer.validation_points.shape == (0, 2)


@pytest.mark.parametrize("stop", [{"stop_patience": 4}, {"stop_loss": 0.4}])
def test_where_there_is_a_validation_set_it_decides_about_stopping(stop):
    free, stopping = Trainer(Experiment(**VALIDATED)), Trainer(Experiment(**VALIDATED, **stop))
    losses = [free.validation_loss()]
    patience, bound = stop.get("stop_patience", math.inf), stop.get("stop_loss", 0)
    while len(losses) - 1 - int(np.argmin(losses)) < patience and losses[-1] >= bound:
        free.run(1)
        losses.append(free.validation_loss())
    assert stopping.run(1000) == free.epoch
    assert stopping.finished == next(iter(stop))


# --- storing


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("penalty", PENALTIES)
def test_a_restored_run_goes_on_number_for_number(penalty, optimizer, mode):
    fields = {**SPARSE, "penalty": penalty, "optimizer": optimizer, "batch_size": 7}
    whole, first_half = (Trainer(Experiment(**fields), kernels_of(mode)) for _ in range(2))
    whole.run(20)
    first_half.run(8)
    second_half = Trainer.restore(first_half.experiment, first_half.checkpoint(), kernels_of(mode))
    assert second_half.epoch == 8
    assert second_half.losses() == first_half.losses()
    assert second_half.run(12) == 20
    assert_same_bits(second_half.theta, whole.theta)
    assert second_half.dead.tolist() == whole.dead.tolist()


@pytest.mark.parametrize("penalty", PENALTIES)
def test_a_checkpoint_as_text_starts_the_same_run(penalty):
    whole = Trainer(Experiment(**{**SPARSE, "penalty": penalty}))
    whole.run(8)
    started = Trainer(whole.experiment.changed(start=whole.checkpoint().encode()))
    assert started.epoch == 8
    whole.run(5)
    started.run(5)
    assert_same_bits(started.theta, whole.theta)


def test_a_checkpoint_as_text_keeps_every_bit():
    trainer = Trainer(Experiment(**SPARSE))
    trainer.run(20)
    stored = trainer.checkpoint()
    read = trainer.experiment.read_checkpoint(stored.encode())
    assert read.epoch == 20
    assert_same_bits(read.theta, stored.theta)
    assert_same_bits(read.mask, stored.mask)


# --- continuing with other settings


def continued(before, **changes):
    trainer = Trainer(Experiment(**before))
    trainer.run(3)
    return trainer, trainer.continued(trainer.experiment.changed(**changes)), Trainer(Experiment(**(before | changes)))


@pytest.mark.parametrize(
    "changes",
    [
        {"learning_rate": 0.1},
        {"activation": "relu"},
        {"penalty": "L2", "penalty_rate": 0.1},
        {"batch_size": 30},
        {"dataset": "xor"},
        {"seed": "another"},
    ],
    ids=str,
)
def test_a_setting_that_leaves_the_shape_alone_keeps_epoch_and_parameters(changes):
    old, new, _ = continued({}, **changes)
    assert new.epoch == old.epoch == 3
    assert_same_bits(new.theta, old.theta)
    assert new.losses() == Trainer.restore(new.experiment, new.checkpoint()).losses()


def test_an_added_neuron_starts_fresh_and_the_others_keep_their_weights():
    old, new, fresh = continued({"hidden_layers": (4, 2)}, hidden_layers=(5, 2))
    assert_same_bits(new.weights[0][:4], old.weights[0])
    assert_same_bits(new.weights[0][4], fresh.weights[0][4])
    assert_same_bits(new.weights[1][:, :4], old.weights[1])
    assert_same_bits(new.weights[1][:, 4], fresh.weights[1][:, 4])
    assert_same_bits(new.weights[2], old.weights[2])
    assert new.biases[0].tolist() == [*old.biases[0], 0.1]


def test_a_removed_neuron_takes_only_its_own_weights():
    old, new, _ = continued({"hidden_layers": (4, 2)}, hidden_layers=(3, 2))
    assert_same_bits(new.weights[0], old.weights[0][:3])
    assert_same_bits(new.weights[1], old.weights[1][:, :3])
    assert_same_bits(new.weights[2], old.weights[2])


def test_an_added_layer_leaves_those_before_it_and_the_output_layer():
    old, new, fresh = continued({"hidden_layers": (4, 2)}, hidden_layers=(4, 2, 2))
    for layer in (0, 1):
        assert_same_bits(new.weights[layer], old.weights[layer])
        assert_same_bits(new.biases[layer], old.biases[layer])
    assert_same_bits(new.weights[2], fresh.weights[2])
    assert_same_bits(new.weights[3], old.weights[2])
    assert_same_bits(new.biases[3], old.biases[2])


def test_a_removed_layer_leaves_those_before_it_and_the_output_layer():
    old, new, _ = continued({"hidden_layers": (4, 3, 2)}, hidden_layers=(4, 3))
    for layer in (0, 1):
        assert_same_bits(new.weights[layer], old.weights[layer])
    assert_same_bits(new.weights[2][:, :2], old.weights[3])


def test_features_keep_their_weights_in_any_order():
    old, new, fresh = continued({"features": ("x", "y", "sinX")}, features=("x", "xSquared", "sinX"))
    assert_same_bits(new.weights[0][:, 0], old.weights[0][:, 0])
    assert_same_bits(new.weights[0][:, 1], fresh.weights[0][:, 1])
    assert_same_bits(new.weights[0][:, 2], old.weights[0][:, 2])
    assert_same_bits(new.weights[1], old.weights[1])


def test_the_first_layer_added_or_the_last_removed_starts_fresh_but_for_the_output_bias():
    # A weight from an input and one from a neuron mean different things.
    for shape, other in (((), (3,)), ((3,), ())):
        old, new, fresh = continued({"hidden_layers": shape}, hidden_layers=other)
        for layer in range(len(new.weights)):
            assert_same_bits(new.weights[layer], fresh.weights[layer])
        assert_same_bits(new.biases[-1], old.biases[-1])


def test_dead_weights_stay_dead_as_long_as_the_penalty_is_L1():
    trainer = Trainer(Experiment(**SPARSE))
    trainer.run(20)
    still = trainer.continued(trainer.experiment.changed(learning_rate=0.1))
    assert still.dead.tolist() == trainer.dead.tolist()
    free = trainer.continued(trainer.experiment.changed(penalty="none"))
    assert not free.dead.any()


@given(
    old=st.lists(st.integers(1, 6), max_size=4),
    new=st.lists(st.integers(1, 6), max_size=4),
    old_features=st.sets(st.sampled_from(list(FEATURES)), min_size=1),
    new_features=st.sets(st.sampled_from(list(FEATURES)), min_size=1),
)
@settings(max_examples=40, deadline=None)
def test_any_shape_continues_as_any_other(old, new, old_features, new_features):
    trainer = Trainer(Experiment(hidden_layers=old, features=tuple(old_features)))
    other = trainer.continued(trainer.experiment.changed(hidden_layers=new, features=tuple(new_features)))
    known = set(trainer.theta) | set(Trainer(other.experiment).theta)
    assert set(other.theta) <= known
    assert other.run(1) == 1


def test_another_class_adds_an_output_and_the_others_keep_their_weights():
    fields = {"dataset": "clouds", "classes": 3, "loss": "cross-entropy"}
    old, new, fresh = continued(fields, classes=4)
    assert_same_bits(new.weights[-1][:3], old.weights[-1])
    assert_same_bits(new.weights[-1][3], fresh.weights[-1][3])
    assert_same_bits(new.weights[0], old.weights[0])


def test_a_single_output_and_one_per_class_share_no_weights():
    old, new, fresh = continued({}, loss="cross-entropy")
    assert_same_bits(new.weights[-1], fresh.weights[-1])
    assert_same_bits(new.weights[0], old.weights[0])
    assert new.run(1) == 4


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_run_continued_with_the_same_settings_is_the_same_run(optimizer):
    fields = {"optimizer": optimizer, "schedule": "exponential", "dropout": 0.2, "shuffle": True, "learning_rate": 0.01}
    old, new, _ = continued(fields, stop_epochs=100)
    old.lock(0, 0, 0)
    new.lock(0, 0, 0)
    old.run(4)
    new.run(4)
    assert_same_bits(new.theta, old.theta)
    assert_same_bits(new.checkpoint().state, old.checkpoint().state)
    assert new.continued(new.experiment.changed(penalty="L2")).locked.tolist() == old.locked.tolist()


# --- settings changed while the run goes on

ANOTHER = {
    "learning_rate": 0.2, "schedule": "cosine", "schedule_epochs": 7, "schedule_factor": 0.9, "warmup_epochs": 5,
    "momentum": 0.5, "rho": 0.8, "beta1": 0.7, "beta2": 0.95, "weight_decay": 0.2, "clip_norm": 0.01, "dropout": 0.4,
    "shuffle": True, "stop_epochs": 6, "stop_loss": 5.0, "stop_patience": 1,
}  # fmt: skip


def test_every_live_setting_is_tried():
    assert ANOTHER.keys() == LIVE_SETTINGS <= Experiment.model_fields.keys()


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("optimizer", ["sgd", "adamw", "rmsprop"])
@pytest.mark.parametrize("name", sorted(ANOTHER))
def test_a_live_setting_gives_the_run_that_continuing_gives(name, optimizer, back):
    usual = Experiment(optimizer=optimizer, schedule="step", penalty="L1", penalty_rate=0.3, learning_rate=0.1)
    other = usual.changed(**{name: ANOTHER[name]})
    before, after = (other, usual) if back else (usual, other)
    trainer = Trainer(before)
    trainer.lock(0, 1, 0)
    trainer.run(4)
    expected = trainer.continued(after)
    trainer.apply_live_settings(after)
    assert trainer.experiment == expected.experiment
    assert_same_run(trainer, expected)
    assert (trainer.run(8), trainer.finished) == (expected.run(8), expected.finished)
    assert_same_run(trainer, expected)


def test_live_settings_revive_a_diverged_run_and_dead_weights_without_a_penalty():
    trainer = Trainer(Experiment(dataset="reg-gauss", activation="relu", learning_rate=10))
    trainer.run(200)
    assert trainer.diverged
    expected = trainer.continued(trainer.experiment.changed(learning_rate=0.01))
    trainer.apply_live_settings(expected.experiment)
    assert_same_run(trainer, expected)
    dead = Trainer(Experiment(**SPARSE))
    dead.run(20)
    trainer = Trainer.restore(Experiment(**SPARSE).changed(penalty="none"), dead.checkpoint())
    assert trainer.dead.any()
    expected = trainer.continued(trainer.experiment.changed(learning_rate=0.1))
    trainer.apply_live_settings(expected.experiment)
    assert_same_run(trainer, expected)


def test_other_settings_cannot_change_while_a_run_goes_on():
    trainer = Trainer(Experiment())
    with pytest.raises(ValueError, match="batch_size, noise cannot change"):
        trainer.apply_live_settings(trainer.experiment.changed(noise=5, batch_size=3, learning_rate=1))
    assert trainer.experiment == Experiment()


def test_a_run_that_starts_here_is_the_run_of_its_own_link():
    trainer = Trainer(Experiment(optimizer="adam"))
    trainer.start_here()
    assert trainer.experiment.start is None
    trainer.lock(0, 0, 0)
    trainer.start_here()
    assert_same_run(Trainer(trainer.experiment), trainer)
    trainer.run(3)
    trainer.start_here()
    assert_same_run(Trainer(trainer.experiment), trainer)
    assert trainer.experiment == trainer.experiment.changed(start=trainer.checkpoint().encode())


def assert_same_run(actual, expected):
    """Compare where two runs stand, bit by bit, and how they ended."""
    assert actual.checkpoint().encode() == expected.checkpoint().encode()
    assert (actual.diverged, actual.finished) == (expected.diverged, expected.finished)
    assert (actual.learning_rate, actual.losses()) == (expected.learning_rate, expected.losses())


# --- the loss and its gradient at any parameters


@pytest.mark.parametrize("mode", MODES)
def test_the_loss_at_any_parameters_is_that_of_a_run_with_them(mode):
    trainer = Trainer(Experiment(penalty="L2", penalty_rate=0.1), kernels_of(mode))
    theta = trainer.theta + 0.125
    before, losses = trainer.theta, trainer.losses()
    moved = Trainer.restore(trainer.experiment, replace(trainer.checkpoint(), theta=theta), trainer.kernels)
    assert trainer.loss_at(theta) == moved.losses()[0]
    assert trainer.loss_at(trainer.theta) == losses[0]
    assert trainer.loss_at(np.full_like(theta, math.nan)) == math.inf
    assert_same_bits(trainer.theta, before)
    assert trainer.losses() == losses


@pytest.mark.parametrize("mode", MODES)
def test_a_step_of_gradient_descent_follows_the_gradient_at_its_parameters(mode):
    trainer = Trainer(Experiment(batch_size=20_000, learning_rate=0.5), kernels_of(mode))
    before, gradient = trainer.theta, trainer.gradient_at(trainer.theta)
    assert_same_bits(trainer.theta, before)
    trainer.run()
    np.testing.assert_allclose(trainer.theta, before - 0.5 * gradient, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "fields", [{}, {"dataset": "reg-gauss"}, {"dataset": "rings", "classes": 4, "loss": "cross-entropy"}]
)
def test_the_outputs_of_both_sets_are_those_that_are_predicted(mode, fields):
    trainer = Trainer(Experiment(train_percent=30, **fields), kernels_of(mode))
    for change in (lambda: trainer.run(3), lambda: trainer.set_weight(0, 0, 0, 2.0), lambda: trainer.prune(0.5)):
        change()
        train, test = trainer.outputs()
        assert_same_bits(train, trainer.predict(trainer.train_points))
        assert_same_bits(test, trainer.predict(trainer.test_points))
    train[:] = 9
    assert_same_bits(trainer.outputs()[0], trainer.predict(trainer.train_points))
