"""The data of a run: points in TFP's order, split into training and test set, and laid out for the kernels."""

import functools
import math
from typing import NamedTuple

import numpy as np

from engine.classes import targets_of
from engine.datasets import DATASETS
from engine.experiment import Experiment
from engine.features import feature_matrix
from engine.network import Batches
from engine.seedrandom import SeedRandom
from engine.types import Array


class Samples(NamedTuple):
    """Points (n, 2) and labels (n,) of both sets."""

    train_points: Array
    train_labels: Array
    test_points: Array
    test_labels: Array


@functools.lru_cache(maxsize=64)
def _shuffled_points(dataset: str, classes: int, seed: str, noise: float) -> tuple[Array, SeedRandom]:
    """Return the points (N, 3) of a dataset in shuffled order, and the generator as it stands after them."""
    rng = SeedRandom(seed)
    source = DATASETS[dataset]
    choice = (classes,) if source.classes[1] > 2 else ()
    points, labels = source.points(rng, source.count, noise / 100, *choice)
    order = list(range(len(points)))
    rng.shuffle(order)
    return np.column_stack([points, labels])[order], rng


def samples_of(experiment: Experiment) -> Samples:
    """Return the points of an experiment: the first of the shuffled ones are to train on."""
    samples, _ = _shuffled_points(experiment.dataset, experiment.classes, experiment.seed, experiment.noise)
    count = math.floor(len(samples) * experiment.train_percent / 100)
    train, test = samples[:count], samples[count:]
    return Samples(train[:, :2].copy(), train[:, 2].copy(), test[:, :2].copy(), test[:, 2].copy())


def weights_stream(experiment: Experiment) -> SeedRandom:
    """Return the generator that draws the weights: one of their own seed, or the data's where it stands after them."""
    if experiment.weights_seed is not None:
        return SeedRandom(experiment.weights_seed)
    return _shuffled_points(experiment.dataset, experiment.classes, experiment.seed, experiment.noise)[1].copy()


def laid_out(experiment: Experiment, points: Array, labels: Array) -> tuple[Array, Array]:
    """Return inputs (F, N) and targets (K, N) for points (N, 2) with labels (N,)."""
    return feature_matrix(points, experiment.features), targets_of(experiment, labels)


def batches_of(x: Array, targets: Array, batch_size: int) -> Batches:
    """Cut inputs (F, N) and targets (K, N) into full batches and a rest; more than there are is all of them."""
    points = x.shape[1]
    batch = min(batch_size, points)
    full = points // batch

    def cut(rows: Array) -> Array:
        stacked = rows[:, : full * batch].reshape(rows.shape[0], full, batch)
        return stacked.transpose(1, 0, 2).copy()  # never a view: shuffling deals from one into the other

    rest = [rows[:, full * batch :].copy() for rows in (x, targets)]
    return Batches(cut(x), cut(targets), rest[0], rest[1], x, targets, np.arange(points))
