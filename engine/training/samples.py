"""Generate the points of a run in TFP's order, split them into training and test sets, and cut batches."""

import functools
import math
from typing import NamedTuple

import numpy as np

from engine.data.datasets import DATASETS, Generator, above
from engine.data.features import feature_matrix
from engine.data.formulas import read_formula
from engine.data.own_data import OwnData
from engine.numerics.seedrandom import SeedRandom
from engine.numerics.types import Array
from engine.text.phrases import InvalidValue, Phrase
from engine.training.classes import targets_of
from engine.training.experiment import AFTER_DATA, CURVED, OWN, Experiment
from engine.training.kernels import Batches


class Samples(NamedTuple):
    """Points (N, 2) and labels (N,) of the training, test and validation sets; only the last may be empty."""

    train_points: Array
    train_labels: Array
    test_points: Array
    test_labels: Array
    validation_points: Array
    validation_labels: Array


def _shuffled(rng: SeedRandom, points: Array, labels: Array) -> tuple[Array, SeedRandom]:
    order = list(range(len(points)))
    rng.shuffle(order)
    return np.column_stack([points, labels])[order], rng


@functools.lru_cache(maxsize=64)
def _generated(dataset: str, classes: int, curve: str, seed: str, noise: float) -> tuple[Array, SeedRandom]:
    rng = SeedRandom(seed)
    source = DATASETS[dataset]
    generator: Generator = above(read_formula(curve)) if dataset == CURVED else source.points
    choice = (classes,) if source.classes[1] > 2 else ()
    return _shuffled(rng, *generator(rng, source.count, noise / 100, *choice))


@functools.lru_cache(maxsize=8)
def _brought(own: OwnData, seed: str) -> tuple[Array, SeedRandom]:
    return _shuffled(SeedRandom(seed), *own.samples())


def _shuffled_points(experiment: Experiment) -> tuple[Array, SeedRandom]:
    """Return all points (N, 3) in shuffled order, and the random generator in its state after drawing them."""
    if experiment.dataset != OWN:
        curve = experiment.curve if experiment.dataset == CURVED else ""
        return _generated(experiment.dataset, experiment.classes, curve, experiment.seed, experiment.noise)
    if experiment.own is None:
        raise InvalidValue(Phrase("the dataset is your own, so the field {field} must hold its data", {"field": OWN}))
    return _brought(experiment.own, experiment.seed)


def samples_of(experiment: Experiment) -> Samples:
    """Split the shuffled points of an experiment: first those for training, then for validation, then for testing.

    The test set is the same with and without validation. A training set of one point leaves none for validation.
    """
    samples, _ = _shuffled_points(experiment)
    training, held_out, _ = sample_counts(experiment)
    train, validation, test = np.split(samples, [training, training + held_out])
    return Samples(*(part for rows in (train, test, validation) for part in (rows[:, :2].copy(), rows[:, 2].copy())))


def sample_counts(experiment: Experiment) -> tuple[int, int, int]:
    """Return the number of points for training, validation and testing."""
    points = experiment.point_count
    first = _share(points, experiment.train_percent)
    held_out = _share(first, experiment.validation_percent) if experiment.validation_percent else 0
    return first - held_out, held_out, points - first


def _share(count: int, percent: float) -> int:
    """Return a percentage of a count, at least 1, unless nothing would be left of the count."""
    return min(max(math.floor(count * percent / 100), 1), count - 1)


def weights_stream(experiment: Experiment) -> SeedRandom:
    """Return the generator that draws the weights: seeded with `weights_seed`, or continuing a stream of data.

    That is the stream of the run's own data, or of the data with the seed that `weights_seed` names after the mark.
    """
    named = experiment.weights_seed
    if named is not None and named.startswith(AFTER_DATA):
        experiment = experiment.model_copy(update={"seed": named.removeprefix(AFTER_DATA)})
    elif named is not None:
        return SeedRandom(named)
    return _shuffled_points(experiment)[1].copy()


def design_matrices(experiment: Experiment, points: Array, labels: Array) -> tuple[Array, Array]:
    """Return inputs (F, N) and targets (K, N) for points (N, 2) with labels (N,)."""
    return feature_matrix(points, experiment.inputs), targets_of(experiment, labels)


def batches_of(x: Array, targets: Array, batch_size: int) -> Batches:
    """Cut inputs (F, N) and targets (K, N) into full batches and a remainder; a batch has at most N points."""
    points = x.shape[1]
    batch = min(batch_size, points)
    full = points // batch

    def cut(rows: Array) -> Array:
        stacked = rows[:, : full * batch].reshape(rows.shape[0], full, batch)
        return stacked.transpose(1, 0, 2).copy()  # a copy, since shuffling copies from `all_x` into the batches

    remainder = [rows[:, full * batch :].copy() for rows in (x, targets)]
    return Batches(cut(x), cut(targets), remainder[0], remainder[1], x, targets, np.arange(points))
