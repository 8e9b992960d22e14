"""Measure the gradient flow: for each layer, gradient norm, size of the next update, dead and saturated neurons.

Everything is computed on the whole training set without dropout, as the losses are. Letters: U units, N points.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.nn.activations import ACTIVATIONS, SOFTMAX, Activation, activate
from engine.nn.losses import SQUARE, loss_value
from engine.nn.network import NetworkSpec, backward, forward, layer_views, layout, workspace
from engine.numerics.types import Array, Flags, Integers
from engine.optim.update import step
from engine.training.samples import design_matrices
from engine.training.trainer import Trainer

BINS = 30
MOSTLY = 0.9  # of the training points: a neuron saturated at this fraction hardly learns
CHUNK = 1024  # points per pass, to bound memory

_BY_CODE = {entry.code: entry for entry in ACTIVATIONS.values()}


@dataclass(frozen=True)
class Histogram:
    """Counts of values in BINS equal bins between two ends, without infinite values."""

    low: float
    high: float
    counts: Integers  # (BINS,)


@dataclass(frozen=True)
class LayerFlow:
    """One layer.

    `gradient` is the norm of the mean training loss's gradient by weights and biases. `update` is the length of the
    optimizer's next step over that of the weights, biases apart, as if the whole training set were its batch; None
    where all weights are 0. `saturated` and `dead` count neurons as the activation's record defines them; None where
    it has no such thing, and of an output whose loss cancels the slope of the activation.
    """

    neurons: int
    gradient: float
    update: float | None
    saturated: int | None
    dead: int | None
    weights: Histogram
    activations: Histogram
    gradients: Histogram  # by each weight


@dataclass(frozen=True)
class GradientFlow:
    """All layers, the first hidden one first, the output last; `step` is as `update`, of the whole network.

    `stepped` is theta after that step. `zero_network_loss` is the training loss if all parameters were 0: what knowing
    nothing costs.
    """

    layers: list[LayerFlow]
    step: float | None
    stepped: Array
    zero_network_loss: float


def gradient_flow(trainer: Trainer) -> GradientFlow:
    """Return the gradient flow of a run without changing it."""
    x, targets = design_matrices(trainer.experiment, trainer.train_points, trainer.train_labels)
    parameters, network = trainer.parameters(), trainer.network
    theta, weights = trainer.theta, parameters.is_weight == 1
    with np.errstate(all="ignore"):
        gradient, activations = _passes(theta, network, x, targets)
        step(parameters, gradient.copy(), 1, trainer.learning_rate, trainer.update_config)
        moved = parameters.theta - theta
        layers = [
            LayerFlow(
                neurons=at.rows,
                gradient=_norm(gradient[at.start : at.end]),
                update=_ratio(moved[at.start : at.biases], theta[at.start : at.biases]),
                saturated=None if entry is None else saturated_neurons(entry, a),
                dead=None if entry is None else dead_neurons(entry, a),
                weights=_around_zero(theta[at.start : at.biases]),
                activations=_from_its_range(a),
                gradients=_around_zero(gradient[at.start : at.biases]),
            )
            for at, a, entry in zip(layout(network.sizes.tolist()), activations, _entries(network), strict=True)
        ]
        length = _ratio(moved[weights], theta[weights])
        return GradientFlow(layers, length, parameters.theta, _zero_network_loss(network, targets))


def saturated_neurons(entry: Activation, a: Array) -> int | None:
    """Count the neurons that are saturated on at least a fraction MOSTLY of the points; a is (U, N)."""
    if entry.saturated is None:
        return None
    low, high = entry.saturated
    beyond: Flags = (a < low) | (a > high)
    return int(np.sum(np.mean(beyond, axis=1) >= MOSTLY))


def dead_neurons(entry: Activation, a: Array) -> int | None:
    """Count the neurons that are inactive at every point, from activations a (U, N)."""
    return None if entry.dead is None else int(np.sum(np.max(a, axis=1) <= entry.dead))


def _entries(network: NetworkSpec) -> Iterator[Activation | None]:
    """Yield the record of each layer's activation; None for an output where nothing depends on its slope."""
    yield from (_BY_CODE[code] for code in network.codes[:-1].tolist())
    yield _BY_CODE.get(int(network.codes[-1])) if network.loss == SQUARE else None


def _passes(theta: Array, network: NetworkSpec, x: Array, targets: Array) -> tuple[Array, list[Array]]:
    """Return the gradient (P,) of the mean loss and each layer's activations (U, N)."""
    sizes: list[int] = network.sizes.tolist()
    total = np.zeros_like(theta)
    parts: list[list[Array]] = [[] for _ in sizes[1:]]
    for first in range(0, x.shape[1], CHUNK):
        part = np.ascontiguousarray(x[:, first : first + CHUNK])
        count = part.shape[1]
        space = workspace(sizes, count)
        forward(theta, network, part, space)
        backward(theta, network, part, np.ascontiguousarray(targets[:, first : first + CHUNK]), space)
        total += space.gradient
        for layer, units in enumerate(layer_views(space.a, sizes, count)):
            parts[layer].append(units)
    return total / x.shape[1], [np.concatenate(part, axis=1) for part in parts]


def _zero_network_loss(network: NetworkSpec, targets: Array) -> float:
    """Return the mean loss over targets (K, N) of outputs that are weighted sums of 0."""
    z = np.zeros_like(targets)
    p = np.full_like(z, 1 / len(z)) if network.codes[-1] == SOFTMAX else activate(int(network.codes[-1]), z)
    return float(np.mean(loss_value(network.loss, network.huber_delta, z, p, targets)))


def _norm(values: Array) -> float:
    """Return the length of a vector, infinite if it overflows."""
    length = float(np.sqrt(np.sum(values * values)))
    return np.inf if np.isnan(length) else length


def _ratio(moved: Array, weights: Array) -> float | None:
    length = _norm(weights)
    return None if length == 0 else _norm(moved) / length


def _around_zero(values: Array) -> Histogram:
    """Return a histogram centered at 0."""
    largest = _largest(values)
    return _histogram(values, -largest, largest)


def _from_its_range(values: Array) -> Histogram:
    """Return a histogram that begins at 0 if no value is negative."""
    largest = _largest(values)
    return _histogram(values, -largest if np.min(values) < 0 else 0.0, largest)


def _largest(values: Array) -> float:
    """Return the largest magnitude, or 1 if all values are 0."""
    known = np.abs(values[np.isfinite(values)])
    return float(np.max(known, initial=0.0)) or 1.0


def _histogram(values: Array, low: float, high: float) -> Histogram:
    counts, _ = np.histogram(values[np.isfinite(values)], BINS, (low, high))
    return Histogram(low, high, counts.astype(np.int64))
