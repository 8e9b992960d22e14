"""Pruning: which weights can be set to 0 at the least loss, as the loss's second derivatives predict it, and the loss.

LeCun, Denker and Solla, "Optimal Brain Damage" (1989): at a minimum, setting the weight w to 0 raises the loss by
about h w^2 / 2, where h is the second derivative of the loss by w.
"""

import math
from dataclasses import dataclass

import numpy as np

from engine.nn.network import NetworkSpec, workspace
from engine.numerics.types import Array, Integers
from engine.optim.optimizers import Parameters
from engine.text.phrases import InvalidValue, Phrase
from engine.training.kernels import Kernels

METHODS = {"size": "Smallest weights", "saliency": "Optimal brain damage"}
STEP = 1e-5  # near the cube root of 2^-52, where central differences err least
MAX_WORK = 3e8  # products of weights, parameters and points that second derivatives may cost


@dataclass(frozen=True)
class Pruned:
    """What pruning did: how many weights, the rise of the training loss predicted and actual, the losses.

    A rise is None where it has no value; the predicted one also where it would take too long.
    """

    count: int
    predicted: float | None
    actual: float | None
    before: float
    after: float


def _curvatures(
    theta: Array, network: NetworkSpec, train_set: tuple[Array, Array], kernels: Kernels, indices: Integers
) -> Array:
    """Return the second derivatives of the mean training loss by theta[indices], by central differences."""
    x, targets = train_set
    space = workspace(network.sizes.tolist(), x.shape[1])

    def slope_at(i: int, value: float) -> float:
        moved = theta.copy()
        moved[i] = value
        kernels.gradient(moved, network, x, targets, space)
        return float(space.gradient[i] / x.shape[1])

    second = np.empty(indices.size)
    for k, i in enumerate(indices):
        width = STEP * max(1.0, abs(theta[i]))
        second[k] = (slope_at(i, theta[i] + width) - slope_at(i, theta[i] - width)) / (2 * width)
    return second


def prune(
    parameters: Parameters,
    network: NetworkSpec,
    train_set: tuple[Array, Array],
    kernels: Kernels,
    share: float,
    method: str,
) -> tuple[Integers, Pruned]:
    """Choose a share of the free weights that are not 0, by size |w| or by the damage predicted; change nothing."""
    if not 0 <= share <= 1:
        raise ValueError(f"share {share!r}: a number from 0 to 1")
    if method not in METHODS:
        raise ValueError(f"method {method!r}: one of {', '.join(METHODS)}")
    x, targets = train_set
    theta = parameters.theta
    space = workspace([int(size) for size in network.sizes], x.shape[1])
    free = np.flatnonzero((parameters.is_weight == 1) & (parameters.mask == 1) & (theta != 0))
    count = round(share * free.size)
    asked = free if method == "saliency" else free[np.argsort(np.abs(theta[free]), kind="stable")[:count]]
    work = float(asked.size) * theta.size * x.shape[1]
    if work > MAX_WORK and method == "saliency":
        allowed = int(MAX_WORK / (theta.size * x.shape[1]))
        fitting = {"count": allowed, "weights": int(asked.size), "points": x.shape[1]}
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
    chosen, predicted = asked, math.nan
    if work <= MAX_WORK:
        damage = 0.5 * _curvatures(theta, network, train_set, kernels, asked) * theta[asked] ** 2
        order = np.argsort(damage, kind="stable")[:count] if method == "saliency" else np.arange(count)
        chosen, predicted = asked[order], float(np.sum(damage[order]))
    without = theta.copy()
    without[chosen] = 0.0
    before, after = (_loss(float(kernels.evaluate(at, network, x, targets, space))) for at in (theta, without))
    return chosen, Pruned(int(count), _rise(predicted), _rise(after - before), before, after)


def _loss(value: float) -> float:
    """Return a loss; one that is no number is too large, as in a trainer."""
    return math.inf if math.isnan(value) else value


def _rise(value: float) -> float | None:
    return None if math.isnan(value) else value
