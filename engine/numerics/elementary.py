"""Compute sine, cosine and log(1 + y) for activations, with the same bits in plain and compiled code.

`fdlibm.sin` and `fdlibm.cos` reproduce JavaScript by inspecting the bits of their arguments, which only NumPy arrays
allow, and only up to 800,000. The functions here use arithmetic alone, so compiled code can run them number by number,
for arguments of any size. The two ports of the sine are therefore a deliberate duplicate. They share fdlibm's
polynomials; log1p's polynomial is fdlibm's s_log1p.c (Sun Microsystems, 1993), and so is pi/2 in three parts.
"""

import numpy as np

from engine.numerics.fdlibm import LN2_HIGH, LN2_LOW, SINE_3, choose, cosine_polynomial, sine_polynomial
from engine.numerics.jit import elementwise, inlined
from engine.numerics.types import Array

HALF_PI_HIGH = 1.57079632673412561417e00  # 33 bits, so multiples below 2^20 are exact
HALF_PI_MIDDLE = 6.07710050630396597660e-11
HALF_PI_LOW = 2.02226624879595063154e-21
LARGEST_EXACT = 1e5  # up to here the three parts of pi/2 give every bit


@inlined
def _sine_of_turned(x: Array, turn: float) -> Array:
    """Return sin(x + turn * pi/2).

    Whole turns are first removed from a large x. The rounding of 2 pi moves the sine by less than the rounding of x.
    """
    near = np.abs(x) < LARGEST_EXACT
    x = choose(near, x, np.fmod(choose(near, 0.0, x), 2.0 * np.pi))
    n = np.floor(x * (2.0 / np.pi) + 0.5)
    r = ((x - n * HALF_PI_HIGH) - n * HALF_PI_MIDDLE) - n * HALF_PI_LOW
    z = r * r
    sine = r + r * z * (SINE_3 + z * sine_polynomial(z))
    tail = cosine_polynomial(z)
    half = 0.5 * z
    w = 1.0 - half
    cosine = w + (((1.0 - w) - half) + z * tail)
    quarter = n + turn - 4.0 * np.floor((n + turn) * 0.25)
    value = choose(quarter == 0.0, sine, cosine)
    value = choose(quarter == 2.0, -sine, value)
    return choose(quarter == 3.0, -cosine, value)


@elementwise
def sine(x: Array) -> Array:
    """Return sin(x) for any finite x."""
    return _sine_of_turned(x, 0.0)


@elementwise
def cosine(x: Array) -> Array:
    """Return cos(x) for any finite x."""
    return _sine_of_turned(x, 1.0)


@elementwise
def log1p(y: Array) -> Array:
    """Return log(1 + y) for y in [0, 1], accurate for small y as well."""
    large = y > 0.41421356237309503  # sqrt(2) - 1: above, use log 2 + log((1 + y) / 2)
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
