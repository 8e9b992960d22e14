"""Define the activation functions: ACTIVATIONS for hidden layers, OUTPUT_ACTIVATIONS for the output layer.

Compiled code cannot look into a dictionary, so `activate` and `derivative` branch on an entry's integer code. To add
an activation, edit this file in four places:

1. the list of codes below,
2. the registry ACTIVATIONS,
3. a branch in `_other_value` for a(z),
4. a branch in `_other_derivative` for da/dz.

`activate_fast` needs a branch only if float32 pictures should be faster than the exact function. A code without a
branch computes NaN, so a run with it diverges in its first epoch, and tests/test_engine_registries.py fails.
"""

import math
from dataclasses import dataclass

import numpy as np

from engine.numerics import elementary, fdlibm
from engine.numerics.fdlibm import choose
from engine.numerics.jit import compiled_as, inlined, kernel
from engine.numerics.types import Array, Single
from engine.text.spelling import Spelling

RELU, TANH, SIGMOID, LINEAR, LEAKY_RELU, ELU, GELU, SILU, SINE, SOFTPLUS, SOFTMAX = range(11)

LEAK = 0.01
GELU_SCALE, GELU_CUBE = 0.7978845608028654, 0.044715  # sqrt(2/pi); Hendrycks and Gimpel (2016)
GELU_FLAT = 40.0  # beyond ±40 GELU is z or 0 to the last bit
STEEP = np.float32(80.0)  # exp overflows beyond 88 in float32; a sigmoid is 0 or 1 long before


@dataclass(frozen=True)
class Activation:
    """Describe an activation function to the kernels, the page and the exports.

    `bounded`: |a(z)| never exceeds 1. `has_kink`: the derivative jumps at z = 0. `tex` is a(z) and `derivative_tex` is
    da/dz in TeX, with \\Z for z and \\A for a(z). `saturated` is a pair (low, high): outputs below low or above high
    let hardly any gradient through; None if the function does not saturate. A unit whose output never exceeds `dead` on
    the training set has zero derivative everywhere; None if it cannot die.
    """

    code: int
    label: str
    formula: str
    bounded: bool
    spelling: Spelling
    tex: str
    derivative_tex: str
    has_kink: bool = False
    saturated: tuple[float, float] | None = None
    dead: float | None = None


_SINE_CLASS = """\
class Sine(nn.Module):
    def forward(self, z):
        return torch.sin(z)"""

ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation(
        RELU,
        "ReLU",
        "max(0, z)",
        False,
        Spelling("np.maximum(z, 0)", "nn.ReLU()", 'layers.Activation("relu")', "relu"),
        r"\max(0,\,\Z)",
        r"\begin{cases}1,&\Z>0\\0,&\Z\le0\end{cases}",
        has_kink=True,
        dead=0.0,
    ),
    "tanh": Activation(
        TANH,
        "Tanh",
        "tanh(z)",
        True,
        Spelling("np.tanh(z)", "nn.Tanh()", 'layers.Activation("tanh")', "tanh"),
        r"\tanh(\Z)",
        r"1-\A^2",
        saturated=(-0.97, 0.97),
    ),
    "sigmoid": Activation(
        SIGMOID,
        "Sigmoid",
        "1 / (1 + exp(-z))",
        True,
        Spelling("(1 + np.tanh(z / 2)) / 2", "nn.Sigmoid()", 'layers.Activation("sigmoid")', "logistic"),
        r"\frac{1}{1+e^{-\Z}}",
        r"\A\cdot(1-\A)",
        saturated=(0.03, 0.97),
    ),
    "linear": Activation(
        LINEAR,
        "Linear",
        "z",
        False,
        Spelling("z", "nn.Identity()", 'layers.Activation("linear")', "identity"),
        r"\Z",
        r"1",
    ),
    "leaky_relu": Activation(
        LEAKY_RELU,
        "Leaky ReLU",
        "z if z > 0, else 0.01 z",
        False,
        Spelling("np.where(z > 0, z, 0.01 * z)", "nn.LeakyReLU(0.01)", "layers.LeakyReLU(negative_slope=0.01)"),
        r"\begin{cases}\Z,&\Z>0\\0.01\cdot\Z,&\Z\le0\end{cases}",
        r"\begin{cases}1,&\Z>0\\0.01,&\Z\le0\end{cases}",
        has_kink=True,
    ),
    "elu": Activation(
        ELU,
        "ELU",
        "z if z > 0, else exp(z) - 1",
        False,
        Spelling("np.where(z > 0, z, np.expm1(np.minimum(z, 0)))", "nn.ELU()", 'layers.Activation("elu")'),
        r"\begin{cases}\Z,&\Z>0\\e^{\Z}-1,&\Z\le0\end{cases}",
        r"\begin{cases}1,&\Z>0\\\A+1,&\Z\le0\end{cases}",
        saturated=(-0.97, math.inf),
    ),
    "gelu": Activation(
        GELU,
        "GELU",
        "z / 2 (1 + tanh(0.79788 (z + 0.044715 z^3)))",
        False,
        Spelling(
            "z / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))",
            'nn.GELU(approximate="tanh")',
            "layers.Activation(lambda z: keras.activations.gelu(z, approximate=True))",
        ),
        r"\frac{\Z}{2}\left(1+\tanh\left(0.79788\cdot(\Z+0.044715\cdot\Z^3)\right)\right)",
        r"s+\Z\cdot s\cdot(1-s)\cdot1.59577\cdot(1+0.134145\cdot\Z^2),"
        r"\;s=\frac{1}{1+e^{-1.59577\cdot(\Z+0.044715\cdot\Z^3)}}",
    ),
    "silu": Activation(
        SILU,
        "SiLU",
        "z / (1 + exp(-z))",
        False,
        Spelling("z * (1 + np.tanh(z / 2)) / 2", "nn.SiLU()", 'layers.Activation("silu")'),
        r"\frac{\Z}{1+e^{-\Z}}",
        r"s+\A\cdot(1-s),\;s=\frac{1}{1+e^{-\Z}}",
    ),
    "sine": Activation(
        SINE,
        "Sine",
        "sin(z)",
        True,
        Spelling("np.sin(z)", "Sine()", "layers.Activation(keras.ops.sin)", torch_class=_SINE_CLASS),
        r"\sin(\Z)",
        r"\cos(\Z)",
    ),
    "softplus": Activation(
        SOFTPLUS,
        "Softplus",
        "log(1 + exp(z))",
        False,
        Spelling("np.logaddexp(0, z)", "nn.Softplus(threshold=40)", 'layers.Activation("softplus")'),
        r"\ln(1+e^{\Z})",
        r"\frac{1}{1+e^{-\Z}}",
        saturated=(0.03, math.inf),
    ),
}

OUTPUT_ACTIVATIONS: dict[str, Activation] = {
    **{name: ACTIVATIONS[name] for name in ("linear", "tanh", "sigmoid")},
    "softmax": Activation(
        SOFTMAX,
        "Softmax",
        "exp(z_k) / sum of exp(z)",
        True,
        Spelling(
            "np.exp(z - np.logaddexp.reduce(z, axis=1, keepdims=True))",
            "nn.Softmax(dim=1)",
            'layers.Activation("softmax")',
            "softmax",
        ),
        r"\frac{e^{\Z}}{\sum_j e^{z_j}}",
        r"\A\cdot(1-\A)",
    ),
}


@inlined
def _other_value(code: int, z: Array) -> Array:
    """Return a(z) of the activations that TFP lacks; those built on one exponential share it."""
    if code == LEAKY_RELU:
        return choose(z > 0.0, z, LEAK * z)
    if code == SINE:
        return elementary.sine(z)
    if code == ELU:
        power = np.minimum(z, 0.0)
    elif code == GELU:
        power = -_doubled_gelu_argument(z)
    elif code == SILU:
        power = -z
    else:
        power = -np.abs(z)
    e = fdlibm.exp(power)
    if code == ELU:
        return choose(z > 0.0, z, e - 1.0)
    if code == SOFTPLUS:
        return np.maximum(z, 0.0) + elementary.log1p(e)
    if code in (GELU, SILU):
        return z * (1.0 / (1.0 + e))
    return z * np.nan  # an activation without a branch diverges at once


@inlined
def _doubled_gelu_argument(z: Array) -> Array:
    """Return 2u for GELU = z / 2 (1 + tanh(u)), which equals z times the sigmoid of 2u."""
    return 2.0 * GELU_SCALE * (z + GELU_CUBE * z * z * z)


@inlined
def _other_derivative(code: int, z: Array, a: Array) -> Array:
    """Return da/dz of the activations that TFP lacks."""
    if code == LEAKY_RELU:
        return choose(z > 0.0, 1.0, LEAK)
    if code == ELU:
        return choose(z > 0.0, 1.0, a + 1.0)
    if code == SINE:
        return elementary.cosine(z)
    y = np.minimum(np.maximum(z, -GELU_FLAT), GELU_FLAT)
    s = 1.0 / (1.0 + fdlibm.exp(-_doubled_gelu_argument(y) if code == GELU else -z))
    if code == GELU:
        return s + y * s * (1.0 - s) * (2.0 * GELU_SCALE * (1.0 + 3.0 * GELU_CUBE * y * y))
    if code == SILU:
        return s + a * (1.0 - s)
    if code == SOFTPLUS:
        return s
    return z * np.nan


def _compiled_other_values(code: int, z: Array) -> Array:
    result = np.empty_like(z)
    flat, source = result.reshape(-1), z.reshape(-1)
    for i in range(source.size):
        flat[i] = _other_value(code, source[i])
    return result


@compiled_as(_compiled_other_values)
def _other_values(code: int, z: Array) -> Array:
    return _other_value(code, z)


def _compiled_other_derivatives(code: int, z: Array, a: Array) -> Array:
    result = np.empty_like(z)
    flat, of_z, of_a = result.reshape(-1), z.reshape(-1), a.reshape(-1)
    for i in range(flat.size):
        flat[i] = _other_derivative(code, of_z[i], of_a[i])
    return result


@compiled_as(_compiled_other_derivatives)
def _other_derivatives(code: int, z: Array, a: Array) -> Array:
    return _other_derivative(code, z, a)


@kernel
def activate(code: int, z: Array) -> Array:
    """Return a(z), elementwise, in float64 with the bits of JavaScript."""
    if code == RELU:
        return np.maximum(z, 0.0) + 0.0  # -0 becomes 0, as in JavaScript
    if code == TANH:
        return fdlibm.tanh(z)
    if code == SIGMOID:
        return 1.0 / (1.0 + fdlibm.exp(-z))
    if code == LINEAR:
        return z + 0.0
    return _other_values(code, z)


@kernel
def derivative(code: int, z: Array, a: Array) -> Array:
    """Return da/dz from z and a = a(z), elementwise. ReLU's is 0 at z = 0, as in TFP; softmax's is da_k/dz_k."""
    if code == RELU:
        return np.where(z > 0.0, 1.0, 0.0)
    if code == TANH:
        return 1.0 - a * a
    if code in (SIGMOID, SOFTMAX):
        return a * (1.0 - a)
    if code == LINEAR:
        return np.ones_like(z)
    return _other_derivatives(code, z, a)


def _compiled_softmax(z: Array, a: Array) -> None:
    outputs, batch = z.shape
    for b in range(batch):
        largest, total = z[0, b], 0.0
        for k in range(1, outputs):
            largest = np.maximum(largest, z[k, b])
        for k in range(outputs):
            a[k, b] = fdlibm.exp(z[k, b] - largest)
            total += a[k, b]
        for k in range(outputs):
            a[k, b] /= total


@compiled_as(_compiled_softmax)
def softmax(z: Array, a: Array) -> None:
    """Set a (K, B) to the probabilities exp(z_k) / sum of exp(z), without overflow; the sum runs output by output."""
    a[:] = fdlibm.exp(z - np.max(z, axis=0))
    a /= np.add.accumulate(a, axis=0)[-1]


def _fast_sigmoid(z: Single) -> Single:
    value: Single = np.float32(1.0) / (np.float32(1.0) + np.exp(-np.maximum(z, -STEEP)))
    return value


def activate_fast(code: int, z: Single) -> Single:
    """Return a(z) in float32 for pictures; NumPy's functions are many times faster than the exact ones.

    May overwrite z. The softmax runs over the rows of z (K, B).
    """
    zero = np.float32(0.0)
    value = z
    if code == LINEAR:
        pass
    elif code == RELU:
        value = np.maximum(z, zero, out=z)
    elif code == TANH:
        value = np.tanh(z, out=z)
    elif code == SIGMOID:
        value = _fast_sigmoid(z)
    elif code == LEAKY_RELU:
        value = np.maximum(z, z * np.float32(LEAK))
    elif code == ELU:
        value = np.maximum(z, zero) + np.expm1(np.minimum(z, zero))
    elif code == GELU:
        y = np.clip(z, np.float32(-GELU_FLAT), np.float32(GELU_FLAT))
        value = z * _fast_sigmoid(np.float32(2 * GELU_SCALE) * (y + np.float32(GELU_CUBE) * y * y * y))
    elif code == SILU:
        value = z * _fast_sigmoid(z)
    elif code == SINE:
        value = np.sin(z)
    elif code == SOFTPLUS:
        value = np.maximum(z, zero) + np.log1p(np.exp(-np.minimum(np.abs(z), STEEP)))
    elif code == SOFTMAX:
        powers = np.exp(z - np.max(z, axis=0))
        value = powers / np.sum(powers, axis=0)
    else:
        value = activate(code, z.astype(np.float64)).astype(np.float32)
    return value
