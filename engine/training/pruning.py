"""Choose weights whose removal should raise the loss least.

Setting a weight w to 0 changes the loss by about h w^2 / 2 - g w, where g and h are the first and second derivatives
of the loss with respect to w. LeCun, Denker and Solla ("Optimal Brain Damage", 1989) assume a minimum, where g = 0 and
h >= 0. Training rarely ends in one. A saliency is therefore max(h, 0) w^2 / 2 + |g w|: neither a negative curvature nor
a slope, which hold only near w, make a large weight look cheap. The prediction keeps the sign of the slope.
`benchmarks/pruning.py` compares predictions with what happens.
"""

import math
from dataclasses import dataclass

import numpy as np

from engine.nn.activations import ACTIVATIONS
from engine.nn.network import NetworkSpec, workspace
from engine.numerics.types import Array, Flags, Integers
from engine.optim.optimizers import Parameters
from engine.text.phrases import InvalidValue, Phrase
from engine.training.kernels import Kernels

SIZE, SALIENCY = "size", "saliency"
FORMER_NAMES = {"damage": SALIENCY}
_BY_CODE = {entry.code: entry for entry in ACTIVATIONS.values()}
METHODS = {SIZE: "Smallest weights", SALIENCY: "Optimal brain damage"}
STEP = 1e-5  # near the cube root of 2^-52, where central differences err least
NARROWER = 0.03  # times the step, if the points on both sides lie beyond a kink
ATTEMPTS = 3
MAX_WORK = 3e8  # products of weights, parameters and points that second derivatives may cost


@dataclass(frozen=True)
class Pruned:
    """How many weights were pruned, the predicted and actual rise of the training loss, and the loss before and after.

    A rise is None if it is not a number. The predicted rise is also None if computing it would take too long.
    """

    count: int
    predicted: float | None
    actual: float | None
    before: float
    after: float


def _curvatures(
    theta: Array, network: NetworkSpec, train_set: tuple[Array, Array], kernels: Kernels, indices: Integers
) -> Array:
    """Return the second derivatives of the loss with respect to theta[indices], by central differences.

    A jump of the derivative at a kink is no curvature: the step becomes shorter until no point of the training set
    crosses a kink, and a weight at which one always does counts as 0.
    """
    x, targets = train_set
    points = x.shape[1]
    space = workspace(network.sizes.tolist(), points)
    kinks = np.array([_BY_CODE[code].has_kink for code in network.codes[:-1].tolist()], bool)
    bent = np.repeat(kinks, network.sizes[1:-1] * points)

    def derivative(i: int, value: float) -> tuple[float, Flags]:
        moved = theta.copy()
        moved[i] = value
        kernels.gradient(moved, network, x, targets, space)
        return float(space.gradient[i] / points), space.z[: bent.size][bent] > 0

    second = np.zeros(indices.size)
    for k, i in enumerate(indices):
        width = STEP * max(1.0, abs(theta[i]))
        for _ in range(ATTEMPTS):
            (above, right), (below, left) = (derivative(i, theta[i] + side) for side in (width, -width))
            if np.array_equal(left, right):
                second[k] = (above - below) / (2 * width)
                break
            width *= NARROWER
    return second


def prune(
    parameters: Parameters,
    network: NetworkSpec,
    train_set: tuple[Array, Array],
    kernels: Kernels,
    fraction: float,
    method: str,
) -> tuple[Integers, Pruned]:
    """Choose a fraction of the free nonzero weights, those of the smallest |w| or saliency; change nothing."""
    if not 0 <= fraction <= 1:
        raise ValueError(f"fraction {fraction!r}: a number from 0 to 1")
    method = FORMER_NAMES.get(method, method)
    if method not in METHODS:
        raise ValueError(f"method {method!r}: one of {', '.join(METHODS)}")
    x, targets = train_set
    theta = parameters.theta
    space = workspace([int(size) for size in network.sizes], x.shape[1])
    free = np.flatnonzero((parameters.is_weight == 1) & (parameters.mask == 1) & (theta != 0))
    count = round(fraction * free.size)
    candidates = free if method == SALIENCY else free[np.argsort(np.abs(theta[free]), kind="stable")[:count]]
    work = float(candidates.size) * theta.size * x.shape[1]
    if work > MAX_WORK and method == SALIENCY:
        allowed = int(MAX_WORK / (theta.size * x.shape[1]))
        fitting = {"count": allowed, "weights": int(candidates.size), "points": x.shape[1]}
        raise InvalidValue(
            Phrase.counted(
                "can’t be computed for so many weights; prune the smallest, or leave at most {count} of "
                "{weights} weight unlocked (training points: {points})",
                "can’t be computed for so many weights; prune the smallest, or leave at most {count} of "
                "{weights} weights unlocked (training points: {points})",
                fitting,
                by="weights",
            )
        )
    chosen, predicted = candidates, math.nan
    if work <= MAX_WORK:
        kernels.gradient(theta, network, x, targets, space)
        slope = -space.gradient[candidates] / x.shape[1] * theta[candidates]
        bend = np.maximum(_curvatures(theta, network, train_set, kernels, candidates), 0.0) * theta[candidates] ** 2 / 2
        order = np.argsort(bend + np.abs(slope), kind="stable")[:count] if method == SALIENCY else np.arange(count)
        chosen, predicted = candidates[order], float(np.sum((bend + slope)[order]))
    without = theta.copy()
    without[chosen] = 0.0
    before, after = (_loss(float(kernels.evaluate(at, network, x, targets, space))) for at in (theta, without))
    return chosen, Pruned(int(count), _rise(predicted), _rise(after - before), before, after)


def _loss(value: float) -> float:
    """Return a loss, infinite if it is not a number, as a trainer does."""
    return math.inf if math.isnan(value) else value


def _rise(value: float) -> float | None:
    return None if math.isnan(value) else value
