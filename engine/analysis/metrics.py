"""Score predictions: accuracy, confusion matrix, precision, recall, R². Classes are indices 0..K-1.

Nothing is ever NaN. Undefined accuracy and R² are None; precision and recall of 0/0 are 0 and not `defined`.
"""

from dataclasses import dataclass

import numpy as np

from engine.numerics.types import Array, Flags, Integers


@dataclass(frozen=True)
class Rates:
    """A rate for each class (K,), and whether it is defined; an undefined rate is 0."""

    values: Array
    defined: Flags


def misclassified(labels: Integers, predicted: Integers) -> Flags:
    """Return True for each example (N,) whose predicted class is not its label."""
    wrong: Flags = np.asarray(labels) != np.asarray(predicted)
    return wrong


def accuracy(labels: Integers, predicted: Integers) -> float | None:
    """Return the fraction of correctly classified examples; None without examples."""
    wrong = misclassified(labels, predicted)
    return 1.0 - int(wrong.sum()) / wrong.size if wrong.size else None


def confusion(labels: Integers, predicted: Integers, classes: int) -> Integers:
    """Count the examples of each true class (rows) by the class predicted (columns): (K, K)."""
    pairs = np.asarray(labels, np.int64) * classes + np.asarray(predicted, np.int64)
    counts: Integers = np.bincount(pairs, minlength=classes * classes).astype(np.int64).reshape(classes, classes)
    return counts


def precision(counts: Integers) -> Rates:
    """Return, for each class, the fraction of its predictions that are correct, from a confusion matrix (K, K)."""
    return _rates(np.diag(counts), counts.sum(axis=0))


def recall(counts: Integers) -> Rates:
    """Return, for each class, the fraction of its examples that were recognized, from a confusion matrix (K, K)."""
    return _rates(np.diag(counts), counts.sum(axis=1))


def _rates(hits: Integers, of: Integers) -> Rates:
    defined: Flags = of > 0
    return Rates(hits / np.where(defined, of, 1), defined)


def r_squared(targets: Array, predicted: Array) -> float | None:
    """Return R² = 1 - Σ(t - p)² / Σ(t - mean t)²: 1 is perfect, 0 as good as the mean, below is worse.

    None if all targets are equal, or if a sum overflows or underflows.
    """
    targets, predicted = np.asarray(targets, np.float64), np.asarray(predicted, np.float64)
    if targets.size == 0 or targets.min() == targets.max():
        return None
    with np.errstate(all="ignore"):
        residual = np.square(targets - predicted).sum()
        spread = np.square(targets - targets.mean()).sum()
        value = float(1.0 - residual / spread)
    return value if np.isfinite(value) else None
