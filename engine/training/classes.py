"""Convert between labels, targets and classes.

Labels come with the data: -1 and 1 for two classes, 0 to K - 1 for more, any number for regression. Targets are the
numbers that the loss compares with the outputs. A class is an index: 0 for the label -1, 1 for the label 1. Letters:
N points, K outputs.
"""

import numpy as np

from engine.numerics.types import Array, Integers
from engine.training.experiment import Experiment


def class_indices(labels: Array, classes: int) -> Integers:
    """Return the class index of each label, (N,)."""
    indices: Integers = (np.asarray(labels) > 0 if classes == 2 else np.asarray(labels)).astype(np.int64)
    return indices


def targets_of(experiment: Experiment, labels: Array) -> Array:
    """Return the targets (K, N) for labels (N,): -1 and 1 if the output activation is tanh, otherwise 0 and 1."""
    link = experiment.output_activation
    if experiment.task == "regression" or (experiment.outputs == 1 and link == "tanh"):
        return np.array(labels, np.float64).reshape(1, -1)
    if experiment.outputs == 1:
        return (np.asarray(labels, np.float64).reshape(1, -1) + 1.0) / 2.0
    chosen = np.arange(experiment.outputs)[:, None] == class_indices(labels, experiment.class_count)
    return np.where(chosen, 1.0, -1.0 if link == "tanh" else 0.0)


def predicted_classes(experiment: Experiment, outputs: Array) -> Integers:
    """Return the predicted classes (N,) for outputs (N, K), or for outputs (N,) with a threshold in the middle."""
    if outputs.ndim == 2:
        chosen: Integers = np.argmax(outputs, axis=1)
        return chosen
    middle = 0.0 if experiment.output_activation == "tanh" else 0.5
    return (outputs >= middle).astype(np.int64)
