"""Locks and pruning: locked parameters do not change, and second derivatives match those of the loss."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.pruning import SETTINGS, ratios
from engine import Experiment, Trainer
from engine.training.pruning import METHODS
from tests.engine_helpers import MODES, assert_same_bits, kernels_of

SPARSE = {"penalty": "L1", "penalty_rate": 0.1, "hidden_layers": (3,)}


def weights_of(trainer):
    return np.concatenate([weights.ravel() for weights in trainer.weights])


# --- locks


def test_a_lock_holds_one_parameter_until_it_is_freed():
    trainer = Trainer(Experiment())
    index = trainer.parameter_index(1, 0, 2)
    trainer.lock(1, 0, 2)
    assert np.flatnonzero(trainer.locked).tolist() == [index]
    assert not trainer.dead.any()
    before = trainer.theta
    trainer.run(2)
    assert (trainer.theta == before).sum() == 1
    trainer.lock(1, 0, 2, locked=False)
    assert not trainer.locked.any()
    trainer.run(1)
    assert trainer.theta[index] != before[index]


def test_a_locked_bias_and_a_locked_neuron():
    trainer = Trainer(Experiment(hidden_layers=(4, 2)))
    trainer.lock(0, 3, None)
    trainer.lock_neuron(1, 1)
    before_weights, before_biases = trainer.weights, trainer.biases
    trainer.run(2)
    assert trainer.biases[0][3] == before_biases[0][3]
    assert trainer.biases[0][2] != before_biases[0][2]
    assert_same_bits(trainer.weights[1][1], before_weights[1][1])
    assert trainer.biases[1][1] == before_biases[1][1]
    assert (trainer.weights[1][0] != before_weights[1][0]).all()
    trainer.lock_neuron(1, 1, locked=False)
    assert trainer.locked.sum() == 1


@pytest.mark.parametrize(
    ("place", "message"), [((3, 0, 0), "layer 3: 0 to 2"), ((0, 4, None), "neuron 4: 0 to 3"), ((0, 0, 2), "input 2")]
)
def test_a_lock_out_of_range_names_what_is_allowed(place, message):
    trainer = Trainer(Experiment())
    with pytest.raises(IndexError, match=message):
        trainer.lock(*place)
    with pytest.raises(IndexError, match="neuron"):
        trainer.lock_neuron(0, 9)
    assert not trainer.locked.any()


def test_a_locked_weight_that_is_set_stays_locked():
    trainer = Trainer(Experiment())
    trainer.lock(0, 0, 0)
    trainer.set_weight(0, 0, 0, 0.75)
    trainer.run(2)
    assert trainer.weights[0][0, 0] == 0.75


def test_a_dead_weight_is_not_locked():
    trainer = Trainer(Experiment(**SPARSE))
    trainer.run(40)
    dead = trainer.dead
    assert dead.any()
    assert not trainer.locked.any()
    stored = trainer.checkpoint()
    trainer.lock_neuron(0, 0)
    again = Trainer.restore(trainer.experiment, trainer.experiment.read_checkpoint(trainer.checkpoint().encode()))
    assert again.locked.tolist() == trainer.locked.tolist()
    assert again.dead.tolist() == trainer.dead.tolist()
    assert Trainer.restore(trainer.experiment, stored).dead.tolist() == dead.tolist()


def test_a_link_and_a_continued_run_keep_locks():
    trainer = Trainer(Experiment())
    trainer.lock_neuron(0, 1)
    before = trainer.weights[0][1]
    linked = Trainer(trainer.experiment.changed(start=trainer.checkpoint().encode()))
    wider = trainer.continued(trainer.experiment.changed(hidden_layers=(5, 2), penalty="L2", penalty_rate=0.1))
    for other in (linked, wider):
        assert other.locked.sum() == 3
        other.run(3)
        assert_same_bits(other.weights[0][1], before)


def test_a_penalty_leaves_a_locked_weight_alone():
    trainer = Trainer(Experiment(penalty="L1", penalty_rate=1))
    trainer.lock(0, 0, 0)
    before = trainer.weights[0][0, 0]
    trainer.run(20)
    assert trainer.weights[0][0, 0] == before
    assert trainer.locked.sum() == 1


# --- pruning


@pytest.mark.parametrize("mode", MODES)
def test_the_smallest_weights_are_pruned_and_stay_0(mode):
    trainer = Trainer(Experiment(hidden_layers=(4, 2)), kernels_of(mode))
    trainer.run(20)
    weights, biases = weights_of(trainer), trainer.biases
    before = trainer.losses()[0]
    pruned = trainer.prune(0.5)
    assert pruned.count == 9  # of 18
    kept = np.sort(np.abs(weights))[9:]
    assert np.sort(np.abs(weights_of(trainer)))[9:].tolist() == kept.tolist()
    assert (weights_of(trainer) == 0).sum() == trainer.locked.sum() == 9
    for old, new in zip(biases, trainer.biases, strict=True):
        assert_same_bits(new, old)
    assert (pruned.before, pruned.after) == pytest.approx((before, trainer.losses()[0]), rel=1e-12)
    assert pruned.actual == pytest.approx(pruned.after - pruned.before, abs=1e-15)
    trainer.run(20)
    assert (weights_of(trainer) == 0).sum() == 9


@pytest.mark.parametrize("mode", MODES)
def test_the_saliency_of_a_linear_neuron_is_exact(mode):
    # p = w x + b with the square loss: the loss is a parabola, its second derivative with respect to w the mean of x^2.
    fields = {"hidden_layers": (), "features": ("x",), "batch_size": 600, "learning_rate": 0.1}
    trainer = Trainer(Experiment(dataset="reg-plane", **fields), kernels_of(mode))
    trainer.run(500)  # to the minimum, where the derivative is 0
    w = trainer.weights[0][0, 0]
    pruned = trainer.prune(1, "saliency")
    expected = 0.5 * np.mean(trainer.train_points[:, 0] ** 2) * w**2
    assert pruned.count == 1
    assert pruned.predicted == pytest.approx(expected, rel=1e-8)
    assert pruned.actual == pytest.approx(expected, rel=1e-8)


def test_the_former_name_of_a_method_is_accepted():
    pruned = [Trainer(Experiment()).prune(0.2, method) for method in ("saliency", "damage")]
    assert pruned[0] == pruned[1]


def test_the_saliency_agrees_with_differences_of_the_loss():
    trainer = Trainer(Experiment(loss="log", hidden_layers=(3,), dataset="xor"))
    trainer.run(50)
    step = 1e-3
    saliencies, rises = [], []
    for layer, weights in enumerate(trainer.weights):
        for (neuron, source), w in np.ndenumerate(weights):
            losses = []
            for value in (w + step, w, w - step):
                trainer.set_weight(layer, neuron, source, value)
                losses.append(trainer.losses()[0])
            trainer.set_weight(layer, neuron, source, w)
            bend = max((losses[0] - 2 * losses[1] + losses[2]) / step**2, 0) * w * w / 2
            slope = -(losses[0] - losses[2]) / (2 * step) * w
            saliencies.append(bend + abs(slope))
            rises.append(bend + slope)
    pruned = trainer.prune(0.4, "saliency")
    chosen = np.flatnonzero(trainer.locked[np.flatnonzero(trainer._parameters.is_weight)])
    assert chosen.tolist() == sorted(np.argsort(saliencies)[: pruned.count])
    assert pruned.predicted == pytest.approx(np.sum(np.array(rises)[chosen]), rel=1e-4, abs=1e-6)


def test_a_negative_curvature_does_not_make_a_large_weight_look_cheap():
    # One tanh neuron far on the wrong side, where the loss bends downward: removing the large weight still matters.
    trainer = Trainer(Experiment(hidden_layers=(), dataset="gauss"))
    x = trainer.train_points[:, 0]
    wrong = -1.0 if np.mean(x * trainer.train_labels) > 0 else 1.0
    for source, value in ((0, wrong), (1, 0.001), (None, 0.0)):
        trainer.set_weight(0, 0, source, value)
    losses = [trainer.loss_at(np.array([w, 0.001, 0.0])) for w in (wrong - 0.01, wrong, wrong + 0.01)]
    assert losses[0] - 2 * losses[1] + losses[2] < 0
    trainer.prune(0.5, "saliency")
    assert trainer.weights[0].tolist() == [[wrong, 0.0]]


def test_a_kink_is_no_curvature():
    # For x > 0 the neuron is a line through 0. A difference quotient across w = 0 would see the derivative jump.
    trainer = Trainer(Experiment(activation="relu", hidden_layers=(1,), features=("x",), dataset="reg-plane"))
    for place, value in (((0, 0, 0), 3e-6), ((0, 0, None), 0.0), ((1, 0, 0), 1.0), ((1, 0, None), 0.0)):
        trainer.set_weight(*place, value)
    theta, i = trainer.theta, trainer.parameter_index(0, 0, 0)
    pruned = trainer.prune(0.5, "saliency")
    assert trainer.locked[i]
    assert pruned.predicted == pytest.approx(-trainer.gradient_at(theta)[i] * theta[i], rel=1e-3)
    assert pruned.predicted == pytest.approx(pruned.actual, rel=1e-3)


@pytest.mark.parametrize("name", SETTINGS)
def test_the_predicted_rise_is_what_happens_for_small_shares(name):
    ratio = ratios(SETTINGS[name], 0.05, seeds=9)
    assert 0.8 <= np.median(ratio) <= 1.25


@pytest.mark.parametrize("method", METHODS)
def test_pruning_again_skips_pruned_and_locked_weights(method):
    trainer = Trainer(Experiment(hidden_layers=(4,)))  # 12 weights
    trainer.lock(0, 0, 0)
    locked = trainer.weights[0][0, 0]
    assert [trainer.prune(0.5, method).count for _ in range(4)] == [6, 2, 2, 0]  # of 11, 5, 3, 1: round half to even
    assert trainer.weights[0][0, 0] == locked
    assert trainer.prune(0, method).count == 0
    assert trainer.prune(1, method).count == 1
    assert trainer.prune(1, method).count == 0


def test_pruning_revives_a_diverged_run_and_predicts_without_changing_it():
    trainer = Trainer(Experiment(dataset="reg-plane", hidden_layers=(), learning_rate=1.0))
    trainer.run(100)
    assert trainer.diverged
    trainer.prune(1)
    assert trainer.diverged is None
    assert not weights_of(trainer).any()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", [9e99, 1e80, 1e60])
def test_undefined_rises_are_none_if_the_losses_overflow(value, method):
    fields = {"dataset": "reg-plane", "activation": "linear", "hidden_layers": (8,) * 6}
    trainer = Trainer(Experiment(**fields))
    stored = trainer.checkpoint()
    trainer = Trainer.restore(trainer.experiment, replace(stored, theta=np.full_like(stored.theta, value)))
    pruned = trainer.prune(0.3, method)
    assert pruned.count > 0
    for number in (pruned.predicted, pruned.actual):
        assert number is None or not np.isnan(number)
    assert not np.isnan([pruned.before, pruned.after]).any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((-0.1,), "fraction -0.1: a number from 0 to 1"), ((1.5,), "fraction"), ((0.5, "luck"), "one of size, saliency")],
)
def test_a_wrong_fraction_or_method_is_refused_with_the_right_ones(arguments, message):
    trainer = Trainer(Experiment())
    before = trainer.theta
    with pytest.raises(ValueError, match=message):
        trainer.prune(*arguments)
    assert_same_bits(trainer.theta, before)


def test_too_large_a_network_is_pruned_only_by_size_and_without_a_prediction():
    trainer = Trainer(Experiment(hidden_layers=(32,) * 10))
    with pytest.raises(ValueError, match=r"prune the smallest, or leave at most 124 of 9,312 weights unlocked"):
        trainer.prune(0.1, "saliency")
    assert trainer.prune(0.01).predicted is not None
    pruned = trainer.prune(0.5)
    assert (pruned.count, pruned.predicted) == (4610, None)
    assert pruned.actual == pruned.after - pruned.before
