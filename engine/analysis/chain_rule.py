"""Unfold the chain rule: write the derivative with respect to one weight as a sum over paths from the loss."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from engine.analysis.explain import Explanation

MOST_PATHS = 12  # shown one by one


@dataclass(frozen=True)
class Path:
    """One path from the loss to a weight: the neuron it passes in each layer, output first, and its factors.

    The factors: dL/dp and dp/dz of the output (their product alone, where the output is a softmax, since each z moves
    every output), then for each layer down the weight that leads there and its neuron's slope, at last the input.
    """

    neurons: tuple[int, ...]
    factors: tuple[float, ...]
    product: float


@dataclass(frozen=True)
class Paths:
    """The largest paths to a weight, largest first; `remainder` sums up the others, `total` all `count` paths."""

    shown: list[Path]
    count: int
    remainder: float
    total: float


def paths_to(explanation: Explanation, softmax: bool, layer: int, neuron: int, source: int | None) -> Paths:
    """Return the paths to a weight, or to a bias if `source` is None, largest product first.

    Each neuron keeps only its MOST_PATHS largest partial paths. Further factors multiply all of them alike, so the
    largest complete paths are among them.
    """
    layers = explanation.layers
    last = layers[-1]
    ways: list[list[Path]] = []
    for k in range(len(last.delta)):
        factors = (last.delta[k],) if softmax else (last.a_gradient[k], last.derivative[k])
        ways.append([_path((k,), factors)])
    for at in range(len(layers) - 2, layer - 1, -1):
        above, here = layers[at + 1], layers[at]
        ways = [
            _largest(
                _path((*way.neurons, unit), (*way.factors, above.weights[way.neurons[-1], unit], here.derivative[unit]))
                for from_above in ways
                for way in from_above
            )
            for unit in range(len(here.delta))
        ]
    at_weight = layers[layer]
    ends = ways[neuron]
    if source is not None:
        ends = _largest(_path(way.neurons, (*way.factors, at_weight.inputs[source])) for way in ends)
        total = float(at_weight.weight_gradient[neuron, source])
    else:
        total = float(at_weight.bias_gradient[neuron])
    count = math.prod(len(above.delta) for above in layers[layer + 1 :])
    remainder = total - math.fsum(path.product for path in ends) if count > len(ends) else 0.0
    return Paths(ends, count, remainder, total)


def _path(neurons: tuple[int, ...], factors: tuple[float, ...]) -> Path:
    numbers = tuple(float(factor) for factor in factors)
    return Path(neurons, numbers, math.prod(numbers))


def _largest(paths: Iterable[Path]) -> list[Path]:
    return sorted(paths, key=lambda path: -abs(path.product))[:MOST_PATHS]
