"""Sine, cosine and log(1 + y) for activations: the same bits in plain and compiled code, arguments of any size.

`fdlibm` has the sine of the features, which looks at the words of its arguments as JavaScript engines do; these are
made of arithmetic alone, so that compiled code runs them number by number. The polynomials are fdlibm's (Sun
Microsystems, 1993; k_sin.c, k_cos.c, s_log1p.c), and so is pi/2 in three parts.
"""

import numpy as np

from engine.numerics.fdlibm import LN2_HIGH, LN2_LOW, choose
from engine.numerics.jit import elementwise, inlined
from engine.numerics.types import Array

HALF_PI_HIGH = 1.57079632673412561417e00  # 33 bits, so that a multiple of it is exact
HALF_PI_MIDDLE = 6.07710050630396597660e-11
HALF_PI_LOW = 2.02226624879595063154e-21
FEW_TURNS = 1e5  # up to here the three parts are good for every bit


@inlined
def _wave(x: Array, turn: float) -> Array:
    """Return sin(x + turn * pi/2).

    Of a large x whole turns are taken away first: 2 pi is rounded, which moves the sine by less than rounding x does.
    """
    few = np.abs(x) < FEW_TURNS
    x = choose(few, x, np.fmod(choose(few, 0.0, x), 2.0 * np.pi))
    n = np.floor(x * (2.0 / np.pi) + 0.5)
    r = ((x - n * HALF_PI_HIGH) - n * HALF_PI_MIDDLE) - n * HALF_PI_LOW
    z = r * r
    sine = r + r * z * (
        -1.66666666666666324348e-01
        + z
        * (
            8.33333333332248946124e-03
            + z
            * (
                -1.98412698298579493134e-04
                + z * (2.75573137070700676789e-06 + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10))
            )
        )
    )
    tail = z * (
        4.16666666666666019037e-02
        + z
        * (
            -1.38888888888741095749e-03
            + z
            * (
                2.48015872894767294178e-05
                + z * (-2.75573143513906633035e-07 + z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11))
            )
        )
    )
    half = 0.5 * z
    w = 1.0 - half
    cosine = w + (((1.0 - w) - half) + z * tail)
    quarter = n + turn - 4.0 * np.floor((n + turn) * 0.25)
    value = choose(quarter == 0.0, sine, cosine)
    value = choose(quarter == 2.0, -sine, value)
    return choose(quarter == 3.0, -cosine, value)


@elementwise
def sine(x: Array) -> Array:
    """Return sin(x) of any finite x."""
    return _wave(x, 0.0)


@elementwise
def cosine(x: Array) -> Array:
    """Return cos(x) of any finite x."""
    return _wave(x, 1.0)


@elementwise
def log1p(y: Array) -> Array:
    """Return log(1 + y) for y from 0 to 1, good for small y too."""
    large = y > 0.41421356237309503  # sqrt(2) - 1: from here log 2 + log((1 + y) / 2)
    f = choose(large, 0.5 * (y - 1.0), y)
    s = f / (2.0 + f)
    z = s * s
    r = z * (
        6.666666666666735130e-01
        + z
        * (
            3.999999999940941908e-01
            + z
            * (
                2.857142874366239149e-01
                + z
                * (
                    2.222219843214978396e-01
                    + z * (1.818357216161805012e-01 + z * (1.531383769920937332e-01 + z * 1.479819860511658591e-01))
                )
            )
        )
    )
    half_square = 0.5 * f * f
    value = f - (half_square - s * (half_square + r))
    return choose(large, LN2_HIGH + (value + LN2_LOW), value)
