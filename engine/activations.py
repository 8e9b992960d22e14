"""ACTIVATIONS: value and slope in one record; `activate` and `slope` choose by the record's integer code.

The two functions stand beside the registry because compiled code cannot look into a dictionary; a test walks
the registry and holds both together.
"""

from dataclasses import dataclass

import numpy as np

from engine import fdlibm
from engine.compiled import kernel
from engine.types import Array, Single

RELU, TANH, SIGMOID, LINEAR = range(4)


@dataclass(frozen=True)
class Activation:
    """A hidden layer's function: `bounded` says that |value| never exceeds 1."""

    code: int
    label: str
    formula: str
    bounded: bool


ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation(RELU, "ReLU", "max(0, z)", False),
    "tanh": Activation(TANH, "Tanh", "tanh(z)", True),
    "sigmoid": Activation(SIGMOID, "Sigmoid", "1 / (1 + exp(-z))", True),
    "linear": Activation(LINEAR, "Linear", "z", False),
}


@kernel
def activate(code: int, z: Array) -> Array:
    """Return a(z), elementwise; float64 to the last bit as in JavaScript."""
    if code == RELU:
        return np.maximum(z, 0.0) + 0.0  # -0 becomes 0, as in JavaScript, whichever of the two was chosen
    if code == TANH:
        return fdlibm.tanh(z)
    if code == SIGMOID:
        return 1.0 / (1.0 + fdlibm.exp(-z))
    return z + 0.0


def activate_fast(code: int, z: Single) -> Single:
    """Return a(z) in float32, for pictures: NumPy's own functions are many times faster than exact ones."""
    value = z
    if code == RELU:
        value = np.maximum(z, np.float32(0.0))
    elif code == TANH:
        value = np.tanh(z)
    elif code == SIGMOID:
        value = np.float32(1.0) / (np.float32(1.0) + np.exp(-np.maximum(z, np.float32(-80.0))))  # overflows past 88
    return value


@kernel
def slope(code: int, z: Array, a: Array) -> Array:
    """Return da/dz from z and a = a(z), elementwise; ReLU's is 0 at 0, as in TFP."""
    if code == RELU:
        return np.where(z > 0.0, 1.0, 0.0)
    if code == TANH:
        return 1.0 - a * a
    if code == SIGMOID:
        return a * (1.0 - a)
    return np.ones_like(z)
