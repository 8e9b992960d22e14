"""Functions shared by tests of the engine."""

import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from engine.data.datasets import DATASETS
from engine.nn.activations import ACTIVATIONS, OUTPUT_ACTIVATIONS, activate, derivative
from engine.nn.losses import LOSSES
from engine.nn.network import NetworkSpec, Workspace, workspace
from engine.numerics import elementary, fdlibm
from engine.numerics.jit import compile_kernel
from engine.numerics.types import Array
from engine.optim.optimizers import BETA_POWERS, MAX_SLOTS, OPTIMIZERS, Hyperparameters, Parameters
from engine.optim.penalties import PENALTIES
from engine.optim.update import UpdateConfig
from engine.training.kernels import PLAIN, Epochs, Kernels, compiled_kernels
from engine.training.samples import batches_of

FIXTURES = Path(__file__).parent / "fixtures"
MODES = ("plain", "compiled")
HUBER_DELTA = 0.75


def kernels_of(mode: str) -> Kernels:
    """Return the plain NumPy kernels or the compiled ones."""
    return compiled_kernels() if mode == "compiled" else PLAIN


def read_fixture(name: str) -> Any:
    """Return the content of a JSON file in tests/fixtures."""
    return json.loads((FIXTURES / name).read_text())


def network_spec(
    sizes: Sequence[int], hidden: str = "tanh", output: str = "linear", loss: str = "square"
) -> NetworkSpec:
    """Return a network of these sizes, with one activation for all hidden layers and one for the output."""
    codes = [ACTIVATIONS[hidden].code] * (len(sizes) - 2) + [OUTPUT_ACTIVATIONS[output].code]
    return NetworkSpec(np.array(sizes), np.array(codes), LOSSES[loss].code, HUBER_DELTA)


def fewest_classes(dataset: str) -> int:
    """Return the smallest `classes` that an experiment on this dataset accepts."""
    return max(2, DATASETS[dataset].classes[0])


def parameter_count(sizes: Sequence[int]) -> int:
    """Count weights and biases independently of the code under test."""
    return sum((columns + 1) * rows for columns, rows in pairwise(sizes))


def weight_flags(sizes: Sequence[int]) -> Array:
    """Return 1 for each weight and 0 for each bias, in theta's order."""
    return np.concatenate([np.repeat([1.0, 0.0], [columns * rows, rows]) for columns, rows in pairwise(sizes)])


def parameters_of(theta: Array, sizes: Sequence[int], mask: Array | None = None) -> Parameters:
    """Return trainable parameters; a mask can exclude some."""
    return Parameters(
        theta=theta.copy(),
        mask=np.ones_like(theta) if mask is None else mask.copy(),
        is_weight=weight_flags(sizes),
        state=np.zeros((MAX_SLOTS, theta.size)),
        beta_powers=np.ones(BETA_POWERS),
    )


def update_config(
    penalty: str = "none",
    penalty_rate: float = 0.0,
    optimizer: str = "sgd",
    clip_norm: float = np.inf,
    elastic_ratio: float = 0.5,
    **hyperparameters: float,
) -> UpdateConfig:
    """Return an update rule described by names."""
    return UpdateConfig(
        OPTIMIZERS[optimizer].code,
        Hyperparameters(**hyperparameters),
        PENALTIES[penalty].code,
        penalty_rate,
        elastic_ratio,
        clip_norm,
        0.0,
        False,
    )


def take_steps(
    kernels: Kernels,
    parameters: Parameters,
    network: NetworkSpec,
    config: UpdateConfig,
    learning_rate: float,
    x: Array,
    targets: Array,
    steps: int = 1,
) -> Workspace:
    """Take some steps, all on one batch x (F, B) with targets (K, B); return the buffers of the last."""
    space = workspace(list(network.sizes), x.shape[1])
    epochs = Epochs(np.full(steps, learning_rate), np.zeros(steps, np.uint64))
    assert kernels.train(parameters, network, config, batches_of(x, targets, x.shape[1]), space, epochs, 1e100) == steps
    return space


def assert_same_bits(actual: Array, expected: Array) -> None:
    """Compare float64 arrays bit by bit. Unlike ==, this distinguishes -0 from 0 and finds NaN equal to itself."""
    actual, expected = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    assert actual.shape == expected.shape
    np.testing.assert_array_equal(_bits(actual), _bits(expected))


def _bits(values: Array) -> Array:
    same_nan = np.where(np.isnan(values), np.nan, values)  # all NaNs count as the same
    return np.ascontiguousarray(same_nan).view(np.uint64)


def _tanh(x: Array) -> Array:
    return fdlibm.tanh(x)


def _exp(x: Array) -> Array:
    return fdlibm.exp(x)


def _log(x: Array) -> Array:
    return fdlibm.log(x)


def _sine(x: Array) -> Array:
    return elementary.sine(x)


def _cosine(x: Array) -> Array:
    return elementary.cosine(x)


def _log1p(y: Array) -> Array:
    return elementary.log1p(y)


def _activate(code: int, z: Array) -> Array:
    return activate(code, z)


def _derivative(code: int, z: Array, a: Array) -> Array:
    return derivative(code, z, a)


_ENTRY_POINTS: dict[Any, Callable[..., Any]] = {
    fdlibm.tanh: _tanh,
    fdlibm.exp: _exp,
    fdlibm.log: _log,
    elementary.sine: _sine,
    elementary.cosine: _cosine,
    elementary.log1p: _log1p,
    activate: _activate,
    derivative: _derivative,
}
_compiled: dict[Any, Callable[..., Any]] = {}


def in_mode(function: Callable[..., Any], mode: str) -> Callable[..., Any]:
    """Return a shared function as plain Python or as compiled code calls it."""
    if mode == "plain":
        return function
    if function not in _compiled:
        _compiled[function] = compile_kernel(_ENTRY_POINTS[function])
    return _compiled[function]
