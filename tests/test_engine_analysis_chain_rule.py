"""The paths of the chain rule to a weight add up to its derivative."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Experiment, Trainer, explain
from engine.analysis.chain_rule import MOST_PATHS, paths_to


def explained(loss="square", **fields):
    trainer = Trainer(Experiment(loss=loss, weights_seed="0.7", **fields))
    return explain(trainer, (1.5, -2.0), 1.0)


@given(
    hidden=st.lists(st.integers(1, 5), max_size=4),
    loss=st.sampled_from(["square", "log", "square-each", "cross-entropy"]),
    data=st.data(),
)
@settings(max_examples=60, deadline=None)
def test_all_paths_add_up_to_the_derivative(hidden, loss, data):
    explanation = explained(loss, hidden_layers=hidden, activation="sigmoid")
    layer = data.draw(st.integers(0, len(explanation.layers) - 1))
    at = explanation.layers[layer]
    neuron = data.draw(st.integers(0, len(at.delta) - 1))
    source = data.draw(st.none() | st.integers(0, len(at.inputs) - 1))
    paths = paths_to(explanation, loss == "cross-entropy", layer, neuron, source)
    expected = at.bias_gradient[neuron] if source is None else at.weight_gradient[neuron, source]
    assert paths.total == expected
    assert math.fsum(path.product for path in paths.shown) + paths.remainder == pytest.approx(
        expected, rel=1e-9, abs=1e-15
    )
    assert paths.count == math.prod(len(above.delta) for above in explanation.layers[layer + 1 :])
    assert len(paths.shown) == min(paths.count, MOST_PATHS)
    for path in paths.shown:
        assert path.product == math.prod(path.factors)
        assert len(path.neurons) == len(explanation.layers) - layer
        assert path.neurons[-1] == neuron


def test_the_paths_shown_are_the_largest():
    explanation = explained(hidden_layers=(4, 5, 6))
    layers = explanation.layers
    products = []
    for k, second, first in itertools.product(range(1), range(6), range(5)):
        product = (
            layers[3].a_gradient[k]
            * layers[3].derivative[k]
            * layers[3].weights[k, second]
            * layers[2].derivative[second]
        )
        product *= layers[2].weights[second, first] * layers[1].derivative[first]
        product *= layers[1].weights[first, 2] * layers[0].derivative[2] * explanation.inputs[1]
        products.append(abs(product))
    told = paths_to(explanation, False, 0, 2, 1)
    assert [abs(path.product) for path in told.shown] == pytest.approx(sorted(products, reverse=True)[:MOST_PATHS])


def test_a_deep_networks_paths_are_counted_without_walking_them():
    explanation = explained(hidden_layers=(32,) * 10)
    told = paths_to(explanation, False, 0, 0, 0)
    assert told.count == 32**9
    assert len(told.shown) == MOST_PATHS
