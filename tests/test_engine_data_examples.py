"""Test the example tables for learners without data of their own."""

import numpy as np
import pytest

from engine.data.examples import EXAMPLES
from engine.data.own_data import MAX_LINK_ROWS, OwnData
from engine.data.tables import read_table


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_has_no_problems_and_fits_into_a_link(name):
    example = EXAMPLES[name]
    table = read_table(example.table())
    assert table.problems.count == 0
    data = example.data()
    assert data is example.data()
    assert data.columns == example.columns
    assert len(data.rows) == len(table.rows) <= MAX_LINK_ROWS
    assert set(data.rows[:, 2]) == set(range(len(data.classes)))
    assert OwnData.from_link(data.to_link()) == data


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_labels_are_unique(name):
    assert [example.label for example in EXAMPLES.values()].count(EXAMPLES[name].label) == 1


def test_iris_has_the_means_that_fisher_published():
    # Sepal length and width, petal length and width of fifty plants of each species, in centimetres.
    published = {
        "setosa": (5.006, 3.428, 1.462, 0.246),
        "versicolor": (5.936, 2.770, 4.260, 1.326),
        "virginica": (6.588, 2.974, 5.552, 2.026),
    }
    rows = read_table(EXAMPLES["iris-petals"].table()).rows
    for species, means in published.items():
        plants = np.array([row[:4] for row in rows if row[4] == species], float)
        assert plants.shape == (50, 4)
        np.testing.assert_allclose(plants.mean(axis=0), means, atol=1e-12)


def test_longer_bills_are_deeper_within_a_species_and_flatter_over_all():
    rows = EXAMPLES["penguins"].data().rows
    assert np.corrcoef(rows[:, 0], rows[:, 1])[0, 1] < -0.1
    for species in range(3):
        assert np.corrcoef(*rows[rows[:, 2] == species, :2].T)[0, 1] > 0.3
