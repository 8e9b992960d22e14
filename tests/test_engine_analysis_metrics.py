"""Metrics agree with examples worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analysis.metrics import accuracy, confusion, misclassified, precision, r_squared, recall

# Ten examples of three classes; the third class is never predicted.
#   true       0 0 0 0 1 1 1 2 2 2
#   predicted  0 0 0 1 1 1 0 0 1 1
LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2])
PREDICTED = np.array([0, 0, 0, 1, 1, 1, 0, 0, 1, 1])


def test_misclassified_examples_are_marked():
    assert misclassified(LABELS, PREDICTED).tolist() == [False] * 3 + [True] + [False] * 2 + [True] * 4


def test_accuracy_is_the_fraction_of_correct_predictions():
    assert accuracy(LABELS, PREDICTED) == 0.5
    assert accuracy(LABELS, LABELS) == 1
    assert accuracy(LABELS[:0], PREDICTED[:0]) is None


def test_the_confusion_matrix_has_true_classes_in_its_rows():
    counts = confusion(LABELS, PREDICTED, 3)
    assert counts.tolist() == [[3, 1, 0], [1, 2, 0], [1, 2, 0]]
    assert counts.dtype == np.int64
    assert confusion(LABELS[:0], PREDICTED[:0], 2).tolist() == [[0, 0], [0, 0]]


def test_precision_is_a_fraction_of_a_column_and_recall_of_a_row():
    counts = confusion(LABELS, PREDICTED, 3)
    # predicted 0 five times, three of them rightly; 1 five times, two rightly; 2 never
    assert precision(counts).values.tolist() == [3 / 5, 2 / 5, 0]
    assert precision(counts).defined.tolist() == [True, True, False]
    # of four, three and three examples
    assert recall(counts).values.tolist() == [3 / 4, 2 / 3, 0]
    assert recall(counts).defined.tolist() == [True, True, True]


def test_a_class_without_examples_has_no_recall():
    counts = confusion(np.array([0, 0]), np.array([0, 1]), 3)
    assert recall(counts).values.tolist() == [0.5, 0, 0]
    assert recall(counts).defined.tolist() == [True, False, False]
    assert precision(counts).values.tolist() == [1, 0, 0]
    assert precision(counts).defined.tolist() == [True, True, False]


def test_r_squared_compares_the_residual_with_the_spread():
    # mean 2.5, spread 2.25 + 0.25 + 0.25 + 2.25 = 5, residual 0.25 + 0 + 0 + 1 = 1.25
    assert r_squared([1, 2, 3, 4], [1.5, 2, 3, 5]) == 0.75
    assert r_squared([1, 2, 3, 4], [1, 2, 3, 4]) == 1
    assert r_squared([1, 2, 3, 4], [2.5] * 4) == 0
    assert r_squared([1, 2, 3, 4], [4, 3, 2, 1]) == -3  # rest 9 + 1 + 1 + 9 = 20


@pytest.mark.parametrize(
    ("targets", "predicted"),
    [([], []), ([1], [1]), ([0.1] * 7, [0.1] * 7), ([2, 2], [2, 3]), ([1, 2], [1e200, 1e200]), ([0, 1e-200], [0, 0])],
)
def test_undefined_r_squared_is_none(targets, predicted):
    assert r_squared(targets, predicted) is None


pairs = st.integers(2, 6).flatmap(
    lambda k: st.tuples(
        st.just(k), st.lists(st.tuples(st.integers(0, k - 1), st.integers(0, k - 1)), min_size=1, max_size=40)
    )
)


@given(drawn=pairs)
def test_the_figures_agree_with_each_other(drawn):
    classes, examples = drawn
    labels, predicted = np.array(examples).T
    counts = confusion(labels, predicted, classes)
    assert counts.sum() == len(labels)
    assert accuracy(labels, predicted) == pytest.approx(np.trace(counts) / len(labels))
    assert misclassified(labels, predicted).sum() == len(labels) - np.trace(counts)
    assert (confusion(predicted, labels, classes) == counts.T).all()
    for rates, swapped in ((precision(counts), recall(counts.T)), (recall(counts), precision(counts.T))):
        assert rates.values.tolist() == swapped.values.tolist()
        assert rates.defined.tolist() == swapped.defined.tolist()
        assert ((rates.values >= 0) & (rates.values <= 1)).all()
    # Each class's recall, weighted by its size, is the accuracy.
    assert (recall(counts).values * counts.sum(axis=1)).sum() == pytest.approx(np.trace(counts))
