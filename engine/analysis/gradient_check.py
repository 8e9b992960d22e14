"""The gradient check: what backpropagation gives for every parameter, beside the difference quotient of the loss.

The quotient is (f(w + h) - f(w - h)) / 2h, where f is the mean loss over a batch. It errs by f''' h^2 / 6, and by the
rounding of f divided by h, about 2^-52 f / h. The sum of both is least where h is near the cube root of 2^-52, that
is 6e-6: about ten of the sixteen digits of a number are left. What h has to be small against is the weighted sum z
that a weight moves by its input, so h is that number times max(1, |w|) and divided by the input's largest magnitude in
the batch, where that is above 1.

ReLU and leaky ReLU bend at z = 0: they have no slope there. Where an example's z passes 0 between w - h and w + h, the
quotient is a mean of the slopes on both sides, and says nothing about either. Such parameters are marked, and do not
count. ELU and the Huber loss have a slope everywhere that only bends itself: there the error is of the order of h.
"""

import math
from dataclasses import dataclass

import numpy as np

from engine.nn.activations import ACTIVATIONS
from engine.nn.network import forward, layer_views, split, workspace
from engine.numerics.types import Array, Flags, Integers
from engine.text.phrases import InvalidValue, Phrase
from engine.training.kernels import Kernels
from engine.training.samples import design_matrices
from engine.training.trainer import Trainer

EPSILON = float(np.finfo(np.float64).eps)
STEP = math.cbrt(EPSILON)
RESOLVED = 1e5  # a gradient is compared with itself if it is so many times larger than the quotient's rounding
AGREEMENT = 1e-3  # relative differences below are those of the quotient; a mistake makes larger ones
MAX_DIGITS = 15

MAX_WORK = 4e8  # products of a weight and an input, each about half a nanosecond when compiled
COMPILED_COST = 1, 4_000  # of a product, and of what a layer costs besides, in such products
PLAIN_COST = 10, 100_000


@dataclass(frozen=True)
class GradientCheck:
    """What was compared, for P parameters in the order of theta, on the first `points` of the training set.

    `worst` is where the relative difference is largest, None where every parameter is at a bend.
    """

    epoch: int
    points: int
    gradient: Array  # (P,) by backpropagation, the mean over the batch
    quotient: Array  # (P,) by central differences
    difference: Array  # (P,) relative
    bent: Flags  # (P,) an example's z passes the bend of a ReLU between w - h and w + h
    worst: int | None

    @property
    def agrees(self) -> bool:
        """Whether no difference is larger than what the quotient's own error explains."""
        return self.worst is None or bool(self.difference[self.worst] < AGREEMENT)

    @property
    def digits(self) -> int:
        """How many digits all parameters agree to that count; 0 to 15."""
        largest = 0.0 if self.worst is None else float(self.difference[self.worst])
        return MAX_DIGITS if largest == 0 else max(0, min(MAX_DIGITS, math.floor(-math.log10(largest))))


def relative_differences(gradient: Array, quotient: Array, rounding: Array) -> Array:
    """Return |gradient - quotient| (P,) relative to the larger of the two, or to 1e5 times the quotient's rounding.

    The latter is for gradients so small that the quotient has too few digits left to be compared with.
    """
    larger = np.maximum(np.abs(gradient), np.abs(quotient))
    scale = np.maximum(larger, RESOLVED * rounding)
    return np.abs(gradient - quotient) / np.where(scale > 0, scale, 1.0)


def check_gradient(trainer: Trainer) -> GradientCheck:
    """Compare both gradients at the trainer's parameters, on its current batch.

    The batch is the first `batch_size` points of the unshuffled training set, without dropout and without the penalty,
    whose step is no part of the gradient. The check takes 2 P passes over the batch. Raises InvalidValue if they
    exceed MAX_WORK.
    """
    experiment, theta, network, kernels = trainer.experiment, trainer.theta, trainer.network, trainer.kernels
    points = min(experiment.batch_size, len(trainer.train_points))
    _refuse_too_much(theta.size, points, len(experiment.sizes) - 1, kernels)
    x, targets = design_matrices(experiment, trainer.train_points[:points], trainer.train_labels[:points])
    space = workspace(experiment.sizes, points)
    bends = _places_of_bends(trainer, points)
    quotient, bent = np.empty_like(theta), np.zeros(theta.size, np.bool_)
    with np.errstate(all="ignore"):
        kernels.gradient(theta, network, x, targets, space)
        gradient = space.gradient / points
        loss = float(kernels.evaluate(theta, network, x, targets, space))
        forward(theta, network, x, space)
        steps = _steps(theta, experiment.sizes, x, space.a)
        moved = theta.copy()
        for i in range(theta.size):
            above, below = theta[i] + steps[i], theta[i] - steps[i]
            moved[i] = above
            upper = kernels.evaluate(moved, network, x, targets, space)
            side = space.z[bends] > 0
            moved[i] = below
            lower = kernels.evaluate(moved, network, x, targets, space)
            bent[i] = bool(np.any(side != (space.z[bends] > 0)))
            quotient[i] = (upper - lower) / (above - below)  # as they are after rounding
            moved[i] = theta[i]
    if not (np.all(np.isfinite(gradient)) and np.all(np.isfinite(quotient))):
        raise InvalidValue(Phrase("can’t be computed because the loss is too large; make the weights smaller"))
    difference = relative_differences(gradient, quotient, EPSILON * loss / steps)
    counted = np.flatnonzero(~bent)
    worst = int(counted[np.argmax(difference[counted])]) if counted.size else None
    return GradientCheck(trainer.epoch, points, gradient, quotient, difference, bent, worst)


def _refuse_too_much(parameters: int, points: int, layers: int, kernels: Kernels) -> None:
    product, layer = COMPILED_COST if kernels.compiled else PLAIN_COST
    left = MAX_WORK / (2 * parameters) - layer * layers
    fitting = math.floor(left / (product * parameters))
    if fitting < 1:
        raise InvalidValue(Phrase("would take too long; use a smaller network"))
    if points > fitting:
        raise InvalidValue(
            Phrase.counted(
                "would take too long; with this network, use batches of at most {count} point",
                "would take too long; with this network, use batches of at most {count} points",
                {"count": fitting},
            )
        )


def _places_of_bends(trainer: Trainer, points: int) -> Integers:
    """Return where z of the units that bend stand in the workspace of so many points."""
    experiment = trainer.experiment
    counts = [points * neurons for neurons in experiment.hidden_layers]
    return np.flatnonzero(np.repeat([ACTIVATIONS[name].has_kink for name in experiment.activations], counts))


def _steps(theta: Array, sizes: tuple[int, ...], x: Array, a: Array) -> Array:
    """Return h of each parameter, (P,), from inputs x (F, B) and the buffer of activations after `forward`."""
    steps = STEP * np.maximum(1.0, np.abs(theta))
    inputs = [x, *layer_views(a, sizes, x.shape[1])[:-1]]
    for weights, layer_inputs in zip(split(steps, sizes)[0], inputs, strict=True):
        weights /= np.maximum(1.0, np.max(np.abs(layer_inputs), axis=1))  # a view, so this changes `steps`
    return steps
