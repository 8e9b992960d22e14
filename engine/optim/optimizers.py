"""Define the optimizers (OPTIMIZERS): steps on the flat parameter vector, in place, equal to PyTorch's.

A step changes a parameter only where its mask is 1. Adam also keeps beta1^t and beta2^t as running products, so a run
can resume from a checkpoint even with other betas.

To add an optimizer, add a code and a registry entry, and branch on the code in `_update_rule`. A code without a branch
diverges at once, and tests/test_engine_registries.py fails. A new hyperparameter is a field of `Hyperparameters` and
of Experiment.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from engine.numerics.jit import compiled_as, inlined, kernel
from engine.numerics.types import Array
from engine.text.spelling import Spelling

SGD, MOMENTUM, NESTEROV, RMSPROP, ADAGRAD, ADAM, ADAMW = range(7)
MAX_SLOTS, BETA_POWERS = 2, 2
EPSILON, ADAGRAD_EPSILON = 1e-8, 1e-10  # PyTorch's defaults


class Hyperparameters(NamedTuple):
    """The fields of an Experiment that an optimizer may read; the values must be floats, or the kernels recompile."""

    momentum: float = 0.0
    rho: float = 0.0
    beta1: float = 0.0
    beta2: float = 0.0
    weight_decay: float = 0.0


@dataclass(frozen=True)
class Optimizer:
    """A rule that turns a gradient g into a step.

    `slots` counts its state vectors, and `hyperparameters` are the fields of an Experiment that it reads. `tex` is the
    update rule in TeX for each state vector and, last, the weight "w". \\Weight, \\Gradient and \\Rate are w, g and
    the learning rate; \\First and \\Second the state before the step, \\FirstNew and \\SecondNew after it; \\DecayOne
    and \\DecayTwo are beta1^t and beta2^t; \\Momentum, \\Rho, \\BetaOne, \\BetaTwo and \\WeightDecay the
    hyperparameters.
    """

    code: int
    label: str
    formula: str
    slots: int
    spelling: Spelling  # PyTorch, Keras: the optimizer's constructor; scikit-learn: settings of an MLP
    tex: dict[str, str]
    hyperparameters: tuple[str, ...] = ()

    def state_size(self, parameters: int) -> int:
        """Return how many numbers its state has for this many parameters."""
        return self.slots * parameters + (BETA_POWERS if self.slots == MAX_SLOTS else 0)


_MOMENTUM_TEX = r"\Momentum\cdot\First+\Gradient"
_ADAM_TEX = {
    "m": r"\BetaOne\cdot\First+(1-\BetaOne)\cdot\Gradient",
    "v": r"\BetaTwo\cdot\Second+(1-\BetaTwo)\cdot\Gradient^2",
}
_ADAM_MOVE = r"\Rate\cdot\frac{\FirstNew\,/\,(1-\DecayOne)}{\sqrt{\SecondNew\,/\,(1-\DecayTwo)}+10^{-8}}"
_ADAM = "m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2; w - rate m' / (sqrt(v') + 1e-8)"
OPTIMIZERS: dict[str, Optimizer] = {
    "sgd": Optimizer(
        SGD,
        "Gradient descent",
        "w - rate g",
        0,
        Spelling(
            torch="torch.optim.SGD(model.parameters(), lr={learning_rate})",
            keras="keras.optimizers.SGD(learning_rate={learning_rate})",
            sklearn='solver="sgd", momentum=0',
        ),
        {"w": r"\Weight-\Rate\cdot\Gradient"},
    ),
    "momentum": Optimizer(
        MOMENTUM,
        "Momentum",
        "m = momentum m + g; w - rate m",
        1,
        Spelling(
            torch="torch.optim.SGD(model.parameters(), lr={learning_rate}, momentum={momentum})",
            keras="keras.optimizers.SGD(learning_rate={learning_rate}, momentum={momentum})",
            sklearn='solver="sgd", momentum={momentum}, nesterovs_momentum=False',
        ),
        {"m": _MOMENTUM_TEX, "w": r"\Weight-\Rate\cdot\FirstNew"},
        ("momentum",),
    ),
    "nesterov": Optimizer(
        NESTEROV,
        "Nesterov",
        "m = momentum m + g; w - rate (g + momentum m)",
        1,
        Spelling(
            torch="torch.optim.SGD(model.parameters(), lr={learning_rate}, momentum={momentum}, nesterov=True)",
            keras="keras.optimizers.SGD(learning_rate={learning_rate}, momentum={momentum}, nesterov=True)",
            sklearn='solver="sgd", momentum={momentum}, nesterovs_momentum=True',
        ),
        {"m": _MOMENTUM_TEX, "w": r"\Weight-\Rate\cdot(\Gradient+\Momentum\cdot\FirstNew)"},
        ("momentum",),
    ),
    "rmsprop": Optimizer(
        RMSPROP,
        "RMSProp",
        "v = rho v + (1 - rho) g^2; w - rate g / (sqrt(v) + 1e-8)",
        1,
        Spelling(
            torch="torch.optim.RMSprop(model.parameters(), lr={learning_rate}, alpha={rho})",
            keras="keras.optimizers.RMSprop(learning_rate={learning_rate}, rho={rho}, epsilon=1e-16)",
        ),
        {
            "v": r"\Rho\cdot\First+(1-\Rho)\cdot\Gradient^2",
            "w": r"\Weight-\Rate\cdot\frac{\Gradient}{\sqrt{\FirstNew}+10^{-8}}",
        },
        ("rho",),
    ),
    "adagrad": Optimizer(
        ADAGRAD,
        "Adagrad",
        "v = v + g^2; w - rate g / (sqrt(v) + 1e-10)",
        1,
        Spelling(
            torch="torch.optim.Adagrad(model.parameters(), lr={learning_rate})",
            keras="keras.optimizers.Adagrad(learning_rate={learning_rate}, initial_accumulator_value=0, epsilon=1e-20)",
        ),
        {"v": r"\First+\Gradient^2", "w": r"\Weight-\Rate\cdot\frac{\Gradient}{\sqrt{\FirstNew}+10^{-10}}"},
    ),
    "adam": Optimizer(
        ADAM,
        "Adam",
        _ADAM,
        2,
        Spelling(
            torch="torch.optim.Adam(model.parameters(), lr={learning_rate}, betas=({beta1}, {beta2}))",
            keras="keras.optimizers.Adam(learning_rate={learning_rate}, beta_1={beta1}, beta_2={beta2}, epsilon=1e-8)",
            sklearn='solver="adam", beta_1={beta1}, beta_2={beta2}, epsilon=1e-8',
        ),
        {**_ADAM_TEX, "w": r"\Weight-" + _ADAM_MOVE},
        ("beta1", "beta2"),
    ),
    "adamw": Optimizer(
        ADAMW,
        "AdamW",
        f"w - rate weight_decay w, then {_ADAM}",
        2,
        Spelling(
            torch="torch.optim.AdamW(model.parameters(), "
            "lr={learning_rate}, betas=({beta1}, {beta2}), weight_decay={weight_decay})",
            keras="keras.optimizers.AdamW(learning_rate={learning_rate}, "
            "beta_1={beta1}, beta_2={beta2}, weight_decay={weight_decay}, epsilon=1e-8)",
        ),
        {**_ADAM_TEX, "w": r"(1-\Rate\cdot\WeightDecay)\cdot\Weight-" + _ADAM_MOVE},
        ("beta1", "beta2", "weight_decay"),
    ),
}


class Parameters(NamedTuple):
    """Hold what training reads and changes: theta, mask, is_weight (P,), and the optimizer's state."""

    theta: Array
    mask: Array  # 0 freezes a parameter
    is_weight: Array  # 1 for weights, 0 for biases, which are not penalized
    state: Array  # (MAX_SLOTS, P)
    beta_powers: Array  # (BETA_POWERS,): beta1^t and beta2^t after t steps


@inlined
def _update_rule(
    code: int, g: Array, m: Array, v: Array, hyperparameters: Hyperparameters, beta_powers: Array
) -> tuple[Array, Array, Array]:
    """Return the new state for gradient g, and the moves at learning rate 1."""
    if code == MOMENTUM:
        m = hyperparameters.momentum * m + g
        return m, v, m
    if code == NESTEROV:
        m = hyperparameters.momentum * m + g
        return m, v, g + hyperparameters.momentum * m
    if code == RMSPROP:
        m = hyperparameters.rho * m + (1.0 - hyperparameters.rho) * g * g
        return m, v, g / (np.sqrt(m) + EPSILON)
    if code == ADAGRAD:
        m = m + g * g
        return m, v, g / (np.sqrt(m) + ADAGRAD_EPSILON)
    if code in (ADAM, ADAMW):
        m = hyperparameters.beta1 * m + (1.0 - hyperparameters.beta1) * g
        v = hyperparameters.beta2 * v + (1.0 - hyperparameters.beta2) * g * g
        return m, v, m / (1.0 - beta_powers[0]) / (np.sqrt(v) / np.sqrt(1.0 - beta_powers[1]) + EPSILON)
    return m, v, g * np.nan  # an optimizer without a branch diverges at once


def _compiled_move(
    code: int,
    parameters: Parameters,
    gradient: Array,
    batch: int,
    learning_rate: float,
    hyperparameters: Hyperparameters,
) -> None:
    theta, first, second = parameters.theta, parameters.state[0], parameters.state[1]
    for i in range(theta.size):
        g = gradient[i] / batch
        m, v, move = _update_rule(code, g, first[i], second[i], hyperparameters, parameters.beta_powers)
        first[i], second[i] = m, v
        theta[i] -= learning_rate * move * parameters.mask[i]


@compiled_as(_compiled_move)
def _move(
    code: int,
    parameters: Parameters,
    gradient: Array,
    batch: int,
    learning_rate: float,
    hyperparameters: Hyperparameters,
) -> None:
    """Move theta by an optimizer with state, given the gradient summed over the batch."""
    first, second = parameters.state
    first[:], second[:], move = _update_rule(
        code, gradient / batch, first, second, hyperparameters, parameters.beta_powers
    )
    theta = parameters.theta
    theta -= learning_rate * move * parameters.mask


@kernel
def _decay(theta: Array, mask: Array, amount: float) -> None:
    """Shrink every free parameter by the fraction `amount`."""
    theta -= amount * theta * mask


def _compiled_descend(theta: Array, is_weight: Array, gradient: Array, batch: int, learning_rate: float) -> None:
    for_weights = learning_rate / batch
    for i in range(theta.size):
        for_bias = learning_rate * gradient[i] / batch
        theta[i] -= for_weights * gradient[i] if is_weight[i] == 1.0 else for_bias


@compiled_as(_compiled_descend)
def _descend(theta: Array, is_weight: Array, gradient: Array, batch: int, learning_rate: float) -> None:
    """Take a step of gradient descent, dividing in TFP's order, which decides the last bit."""
    for_weights = learning_rate / batch * gradient
    for_biases = learning_rate * gradient / batch
    theta -= np.where(is_weight == 1.0, for_weights, for_biases)


@kernel
def optimizer_step(
    code: int,
    parameters: Parameters,
    gradient: Array,
    batch: int,
    learning_rate: float,
    hyperparameters: Hyperparameters,
) -> None:
    """Move theta (P,) against the mean gradient; `gradient` (P,) is its sum over the batch."""
    if code == SGD:
        _descend(parameters.theta, parameters.is_weight, gradient, batch, learning_rate)
        return
    if code == ADAMW:
        _decay(parameters.theta, parameters.mask, learning_rate * hyperparameters.weight_decay)
    if code in (ADAM, ADAMW):
        parameters.beta_powers[0] *= hyperparameters.beta1
        parameters.beta_powers[1] *= hyperparameters.beta2
    _move(code, parameters, gradient, batch, learning_rate, hyperparameters)
