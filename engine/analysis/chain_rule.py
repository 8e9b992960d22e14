"""The chain rule unfolded: the derivative by one weight as a sum over all paths from the loss down to it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from engine.analysis.explain import Explanation

MOST_PATHS = 12  # that are told one by one


@dataclass(frozen=True)
class Path:
    """One way from the loss to a weight: the neuron of each layer that it passes, the output first, and its factors.

    The factors: dL/dp and dp/dz of the output (their product alone, where the output is a softmax, since each z moves
    every output), then for each layer down the weight that leads there and its neuron's slope, at last the input.
    """

    neurons: tuple[int, ...]
    factors: tuple[float, ...]
    product: float


@dataclass(frozen=True)
class Paths:
    """The largest paths to a weight, largest first; the others only counted and summed up."""

    shown: list[Path]
    count: int
    rest: float
    total: float


def paths_to(explanation: Explanation, softmax: bool, layer: int, neuron: int, source: int | None) -> Paths:
    """Return the paths to a weight, or with `source` None to a bias, largest product first.

    In each neuron only the MOST_PATHS largest ways down to it are kept: what follows multiplies all of them alike, so
    the largest in the end are among them, however many there are.
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
    rest = total - math.fsum(path.product for path in ends) if count > len(ends) else 0.0
    return Paths(ends, count, rest, total)


def _path(neurons: tuple[int, ...], factors: tuple[float, ...]) -> Path:
    numbers = tuple(float(factor) for factor in factors)
    return Path(neurons, numbers, math.prod(numbers))


def _largest(paths: Iterable[Path]) -> list[Path]:
    return sorted(paths, key=lambda path: -abs(path.product))[:MOST_PATHS]
