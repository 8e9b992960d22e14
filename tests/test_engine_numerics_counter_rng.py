"""Test the random numbers of shuffling and dropout: published values, both modes, resumed runs."""

import numpy as np
import pytest

from engine import Experiment, Trainer
from engine.data.features import feature_matrix
from engine.numerics.counter_rng import GOLDEN, epoch_keys, fill_dropout_mask, fill_uniforms, mix64, shuffled_order
from engine.training.kernels import PLAIN
from tests.engine_helpers import MODES, assert_same_bits, kernels_of
from tests.test_engine_training_trainer import RecordingKernels


def test_the_words_match_splitmix64():
    # The first five outputs of Vigna's splitmix64.c for the seed 1234567.
    published = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    states = np.uint64(1234567) + np.arange(1, 6).astype(np.uint64) * GOLDEN
    assert mix64(states).tolist() == published
    numbers = np.empty(5)
    fill_uniforms(np.uint64(1234567), 0, numbers)
    assert numbers.tolist() == [(word >> 11) / 2**53 for word in published]


def test_a_number_depends_only_on_its_index():
    whole, part = np.empty(100), np.empty(30)
    fill_uniforms(np.uint64(99), 0, whole)
    fill_uniforms(np.uint64(99), 40, part)
    assert_same_bits(part, whole[40:70])


def test_numbers_are_uniform():
    numbers = np.sort(np.concatenate([_numbers(key) for key in epoch_keys("0.5", 0, 10)]))
    assert np.abs(numbers - (np.arange(numbers.size) + 0.5) / numbers.size).max() < 1.63 / np.sqrt(numbers.size)


def _numbers(key):
    numbers = np.empty(1000)
    fill_uniforms(key, 0, numbers)
    return numbers


def test_keys_differ_between_epochs_and_seeds():
    keys = [epoch_keys(seed, 0, 1000) for seed in ("0.5", "0.6", "", "ü")]
    assert np.unique(np.concatenate(keys)).size == 4000
    assert epoch_keys("0.5", 300, 20).tolist() == keys[0][300:320].tolist()


def test_an_order_is_a_permutation_and_all_are_equally_likely():
    counts = {}
    for key in epoch_keys("0.5", 0, 6000):
        order = np.zeros(3, np.int64)
        shuffled_order(key, order)
        counts[tuple(order)] = counts.get(tuple(order), 0) + 1
    assert len(counts) == 6
    assert all(abs(count - 1000) < 4 * np.sqrt(1000) for count in counts.values())


def test_dropout_preserves_the_mean():
    keep = np.empty(100_000)
    fill_dropout_mask(np.uint64(7), 0, 0.3, keep)
    assert set(keep) == {0.0, 1 / 0.7}
    assert np.mean(keep) == pytest.approx(1, abs=4 * np.sqrt(0.3 / 0.7 / keep.size))


class DealingKernels(RecordingKernels):
    """Plain kernels that record the shuffled batches."""

    def train(self, parameters, network, config, batches, space, epochs, largest):
        PLAIN.train(parameters, network, config, batches, space, epochs, largest)
        copied = batches._replace(**{name: getattr(batches, name).copy() for name in batches._fields})
        return super().train(parameters, network, config, copied, space, epochs, largest)


@pytest.mark.parametrize("batch_size", [1, 7, 250, 20_000])
def test_a_shuffled_epoch_visits_every_point_once_with_its_own_target(batch_size):
    kernels = DealingKernels([])
    trainer = Trainer(Experiment(shuffle=True, batch_size=batch_size), kernels)
    rows = feature_matrix(trainer.train_points, ("x", "y"))
    expected = sorted(map(tuple, np.vstack([rows, trainer.train_labels]).T.tolist()))
    orders = []
    for _ in range(3):
        kernels.seen.clear()
        trainer.run(1)
        visited = [tuple(row) for x, t in kernels.seen for row in np.vstack([x, t]).T.tolist()]
        assert sorted(visited) == expected
        orders.append(visited)
    assert orders[0] != orders[1] != orders[2]


CHANCE = {"shuffle": True, "dropout": 0.4, "batch_size": 7, "optimizer": "adam", "schedule": "cosine"}


@pytest.mark.parametrize("mode", MODES)
def test_random_numbers_continue_from_a_checkpoint(mode):
    whole, cut = (Trainer(Experiment(**CHANCE), kernels_of(mode)) for _ in range(2))
    whole.run(9)
    for epochs in (2, 1, 3):
        cut.run(epochs)
        start = cut.checkpoint().encode()
        cut = Trainer(Experiment(**CHANCE, start=start), kernels_of(mode))
    cut.run(3)
    assert_same_bits(cut.theta, whole.theta)


def test_the_data_seed_decides_the_order_and_the_weights_seed_does_not():
    one, same, other = (
        Trainer(Experiment(shuffle=True, learning_rate=0.1, weights_seed="w", **fields)) for fields in ({}, {}, {})
    )
    one.run(2)
    same.run(2)
    assert_same_bits(one.theta, same.theta)
    plain = Trainer(other.experiment.changed(shuffle=False))
    plain.run(2)
    assert one.theta.tolist() != plain.theta.tolist()


@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_dropped_outside_of_training(mode):
    trainer = Trainer(Experiment(dropout=0.9), kernels_of(mode))
    plain = Trainer(Experiment(), kernels_of(mode))
    assert trainer.losses() == plain.losses()
    assert_same_bits(trainer.predict(trainer.test_points), plain.predict(trainer.test_points))
    trainer.run(1)
    assert trainer.losses() == Trainer.restore(plain.experiment, trainer.checkpoint(), kernels_of(mode)).losses()


def test_dropout_has_no_effect_without_hidden_layers():
    one, other = (Trainer(Experiment(hidden_layers=(), dropout=share)) for share in (0.0, 0.5))
    one.run(3)
    other.run(3)
    assert_same_bits(one.theta, other.theta)
