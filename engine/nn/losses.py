"""Define the loss functions (LOSSES), each with its output activation for every task.

Targets depend on the output activation: -1 and 1 for tanh, 0 and 1 for sigmoid, one-hot for softmax, any number for
linear. To add a loss, add a code and a registry entry, and branch on the code in `_of_one`, `output_gradient` and
`loss_gradient`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.nn.activations import derivative
from engine.numerics import elementary, fdlibm
from engine.numerics.fdlibm import choose
from engine.numerics.jit import compiled_as, inlined, kernel
from engine.numerics.types import Array
from engine.text.spelling import Spelling

SQUARE, BCE, CROSS_ENTROPY, HUBER = range(4)
SMALLEST = 1e-300  # replaces a probability of 0 in divisions


@dataclass(frozen=True)
class Loss:
    """A loss, summed over the K outputs of one example; `output_activations` maps each task to its output activation.

    `tex` is the term of one output and `derivative_tex` its derivative, in TeX, with \\Out for the output and \\Target
    for the target. `spelling` is the mean over a batch: in PyTorch an expression in logits z, outputs p and targets
    t (B, K); in Keras a loss for `compile`; in scikit-learn the estimator that uses it.
    """

    code: int
    label: str
    formula: str
    output_activations: dict[str, str]
    spelling: Spelling
    tex: str
    derivative_tex: str
    hyperparameters: tuple[str, ...] = ()  # the fields of an Experiment that it reads
    per_class: bool = False  # two classes get one output each, too


_HALVED = Spelling(
    torch="((p - t) ** 2 / 2).sum(dim=1).mean()",
    keras="lambda t, p: keras.ops.sum((p - t) ** 2 / 2, axis=-1)",
    sklearn="MLPRegressor",
)
_HALVED_TEX = r"\tfrac{1}{2}(\Out-\Target)^2", r"\Out-\Target"

LOSSES: dict[str, Loss] = {
    "square": Loss(
        SQUARE,
        "Squared error",
        "1/2 (p - t)^2",
        {"classification": "tanh", "regression": "linear"},
        _HALVED,
        *_HALVED_TEX,
    ),
    "square-each": Loss(
        SQUARE,
        "Squared error (one output per class)",
        "1/2 sum of (p - t)^2",
        {"classification": "sigmoid"},
        _HALVED,
        *_HALVED_TEX,
        per_class=True,
    ),
    "log": Loss(
        BCE,
        "Log loss",
        "-t log p - (1 - t) log(1 - p)",
        {"classification": "sigmoid"},
        Spelling(
            torch='nn.BCEWithLogitsLoss(reduction="sum")(z, t) / len(t)',
            keras="lambda t, p: keras.ops.sum(keras.ops.binary_crossentropy(t, p), axis=-1)",
            sklearn="MLPClassifier",
        ),
        r"-\Target\cdot\ln\Out-(1-\Target)\cdot\ln(1-\Out)",
        r"\frac{1-\Target}{1-\Out}-\frac{\Target}{\Out}",
    ),
    "cross-entropy": Loss(
        CROSS_ENTROPY,
        "Cross-entropy",
        "-sum of t log p",
        {"classification": "softmax"},
        Spelling(torch="nn.CrossEntropyLoss()(z, t)", keras='"categorical_crossentropy"', sklearn="MLPClassifier"),
        r"-\Target\cdot\ln\Out",
        r"-\frac{\Target}{\Out}",
        per_class=True,
    ),
    "huber": Loss(
        HUBER,
        "Huber loss",
        "1/2 (p - t)^2 up to |p - t| = d, then d (|p - t| - d/2)",
        {"regression": "linear"},
        Spelling(
            torch="nn.HuberLoss(delta={huber_delta})(p, t)",
            keras="keras.losses.Huber(delta={huber_delta})",
        ),
        r"\begin{cases}\tfrac{1}{2}(\Out-\Target)^2,&|\Out-\Target|\le\HuberDelta"
        r"\\\HuberDelta\cdot(|\Out-\Target|-\tfrac{1}{2}\cdot\HuberDelta),&|\Out-\Target|>\HuberDelta\end{cases}",
        r"\max(-\HuberDelta,\,\min(\HuberDelta,\,\Out-\Target))",
        ("huber_delta",),
    ),
}


@inlined
def _of_one(code: int, huber_delta: float, z: Array, p: Array, t: Array, whole: Array) -> Array:
    """Return the term of one output; `whole` is log(sum of exp(z)) for cross-entropy and unused otherwise."""
    if code == BCE:  # from the logits, which avoids overflow and log(0)
        return np.maximum(z, 0.0) - t * z + elementary.log1p(fdlibm.exp(-np.abs(z)))
    if code == CROSS_ENTROPY:
        return t * (whole - z)
    distance = np.abs(p - t)
    if code == HUBER:
        far = huber_delta * (distance - 0.5 * huber_delta)
        return choose(distance <= huber_delta, 0.5 * distance * distance, far)
    return 0.5 * distance * distance


def _compiled_loss_value(code: int, huber_delta: float, z: Array, p: Array, t: Array) -> Array:
    outputs, batch = z.shape
    losses = np.zeros(batch)
    for b in range(batch):
        whole: Any = 0.0
        if code == CROSS_ENTROPY:
            largest = z[0, b]
            for k in range(1, outputs):
                largest = np.maximum(largest, z[k, b])
            for k in range(outputs):
                whole += fdlibm.exp(z[k, b] - largest)
            whole = largest + fdlibm.log(whole)
        for k in range(outputs):
            losses[b] += _of_one(code, huber_delta, z[k, b], p[k, b], t[k, b], whole)
    return losses


@compiled_as(_compiled_loss_value)
def loss_value(code: int, huber_delta: float, z: Array, p: Array, t: Array) -> Array:
    """Return the loss of each example, (B,), from logits, outputs and targets, each (K, B); added output by output."""
    largest = np.max(z, axis=0)
    whole = largest
    if code == CROSS_ENTROPY:
        whole = largest + fdlibm.log(np.add.accumulate(fdlibm.exp(z - largest), axis=0)[-1])
    losses: Array = np.add.accumulate(_of_one(code, huber_delta, z, p, t, whole), axis=0)[-1]
    return losses + 0.0  # -0 becomes 0, as in compiled code


@inlined
def _huber_gradient(huber_delta: float, p: Array, t: Array) -> Array:
    return np.minimum(np.maximum(p - t, -huber_delta), huber_delta)


def output_gradient(code: int, huber_delta: float, p: Array, t: Array) -> Array:
    """Return dL/dp (K, B), the derivative with respect to the outputs."""
    if code == BCE:
        return (1.0 - t) / np.maximum(1.0 - p, SMALLEST) - t / np.maximum(p, SMALLEST)
    if code == CROSS_ENTROPY:
        return -t / np.maximum(p, SMALLEST)
    if code == HUBER:
        return _huber_gradient(huber_delta, p, t)
    return p - t


@kernel
def loss_gradient(code: int, huber_delta: float, output_activation: int, z: Array, p: Array, t: Array) -> Array:
    """Return dL/dz (K, B), the derivative with respect to the logits."""
    if code == SQUARE:
        return (p - t) * derivative(output_activation, z, p)
    if code == HUBER:  # whose output activation is linear
        return _huber_gradient(huber_delta, p, t)
    return p - t  # with a log loss, the derivative of the sigmoid or softmax cancels
