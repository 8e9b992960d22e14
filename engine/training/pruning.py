"""Choose weights whose removal should raise the loss least.

The saliency of a weight w is h w^2 / 2, where h is the second derivative of the loss with respect to w. At a minimum,
setting w to 0 raises the loss by about that much (LeCun, Denker and Solla, "Optimal Brain Damage", 1989).
"""

import math
from dataclasses import dataclass

import numpy as np

from engine.nn.network import NetworkSpec, workspace
from engine.numerics.types import Array, Integers
from engine.optim.optimizers import Parameters
from engine.text.phrases import InvalidValue, Phrase
from engine.training.kernels import Kernels

SIZE, SALIENCY = "size", "saliency"
FORMER_NAMES = {"damage": SALIENCY}
METHODS = {SIZE: "Smallest weights", SALIENCY: "Optimal brain damage"}
STEP = 1e-5  # near the cube root of 2^-52, where central differences err least
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
    """Return the second derivatives of the loss with respect to theta[indices], by central differences."""
    x, targets = train_set
    space = workspace(network.sizes.tolist(), x.shape[1])

    def derivative(i: int, value: float) -> float:
        moved = theta.copy()
        moved[i] = value
        kernels.gradient(moved, network, x, targets, space)
        return float(space.gradient[i] / x.shape[1])

    second = np.empty(indices.size)
    for k, i in enumerate(indices):
        width = STEP * max(1.0, abs(theta[i]))
        second[k] = (derivative(i, theta[i] + width) - derivative(i, theta[i] - width)) / (2 * width)
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
        saliency = 0.5 * _curvatures(theta, network, train_set, kernels, candidates) * theta[candidates] ** 2
        order = np.argsort(saliency, kind="stable")[:count] if method == SALIENCY else np.arange(count)
        chosen, predicted = candidates[order], float(np.sum(saliency[order]))
    without = theta.copy()
    without[chosen] = 0.0
    before, after = (_loss(float(kernels.evaluate(at, network, x, targets, space))) for at in (theta, without))
    return chosen, Pruned(int(count), _rise(predicted), _rise(after - before), before, after)


def _loss(value: float) -> float:
    """Return a loss, infinite if it is not a number, as a trainer does."""
    return math.inf if math.isnan(value) else value


def _rise(value: float) -> float | None:
    return None if math.isnan(value) else value
