"""Compute tanh, exp, sin, cos and log with the bits that JavaScript engines give.

TFP trains in a browser, and training can be chaotic: on the deep spiral, a difference in the last bit of one tanh
leads to a different boundary within a hundred epochs. NumPy and the C libraries round a few values in a thousand
differently. These functions therefore follow fdlibm, the origin of V8's functions (Sun Microsystems, 1993; k_sin.c,
k_cos.c, e_rem_pio2.c, e_exp.c, e_log.c, s_expm1.c, s_tanh.c). All take and return arrays and have no branches.
`elementary` has a second, deliberate port of the sine for compiled code.

fdlibm is Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunSoft, a Sun Microsystems,
Inc. business. Permission to use, copy, modify, and distribute this software is freely granted, provided that this
notice is preserved.
"""

from typing import Any

import numpy as np

from engine.numerics.jit import compiled_as, elementwise, inlined
from engine.numerics.types import Array, Flags, Integers

LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
INVERSE_LN2 = 1.44269504088896338700e00
# fdlibm compares the upper 32 bits of a number; its comparisons change their result at these numbers.
ABOVE_HALF_LN2 = float(np.array(0x3FD62E4300000000).view(np.float64))
BELOW_3_HALVES_LN2 = float(np.array(0x3FF0A2B200000000).view(np.float64))
ALIGN = 1.5 * 2.0**52 + 1023.0
SINE_3 = -1.66666666666666324348e-01  # the coefficient of x^3


def _compiled_choose(condition: bool, yes: float, no: float) -> float:
    return yes if condition else no


@compiled_as(_compiled_choose)
def choose(condition: Flags, yes: Array | float, no: Array | float) -> Array:
    """Return `yes` where the condition holds and `no` elsewhere, as np.where does."""
    return np.where(condition, yes, no)


@inlined
def power_of_two(k: Array) -> Array:
    """Return 2^k for whole numbers k from -1022 to 1023, assembled from its bits."""
    number: Any = np.float64(k + ALIGN)  # the lowest bits of this sum are those of k + 1023
    bits: Any = np.int64(number.view(np.int64) << np.int64(52))
    powers: Array = bits.view(np.float64)
    return powers


@inlined
def _multiples_of_ln2(x: Array) -> Array:
    """Return the whole number k that makes x - k ln 2 small; 0 if |x| is below half of ln 2."""
    size = np.abs(x)
    sign = choose(x < 0.0, -1.0, 1.0)
    k = choose(size < BELOW_3_HALVES_LN2, sign, np.trunc(INVERSE_LN2 * x + 0.5 * sign))
    return choose(size < ABOVE_HALF_LN2, 0.0, k)


@elementwise
def tanh(x: Array) -> Array:
    """Return tanh(x), computed from exp(±2x) - 1."""
    size = np.abs(x)
    small = size < 1.0
    doubled = 2.0 * choose(size < 22.0, size, 22.0)  # a NaN becomes 22 here and NaN again below
    t = choose(small, -doubled, doubled)

    k = _multiples_of_ln2(t)
    high, low = t - k * LN2_HIGH, k * LN2_LOW
    r = high - low
    c = (high - r) - low
    half = 0.5 * r
    s = r * half
    p = 1.0 + s * (
        -3.33333333333331316428e-02
        + s
        * (
            1.58730158725481460165e-03
            + s * (-7.93650757867487942473e-05 + s * (4.00821782732936239552e-06 + s * -2.01099218183624371326e-07))
        )
    )
    u = 3.0 - p * half
    e = s * ((p - u) / (6.0 - r * u))
    power = power_of_two(k)
    f = (r * (e - c) - c) - s
    by_1 = (1.0 - (f - r)) * power - 1.0
    by_complement = ((1.0 - power_of_two(-k)) - (f - r)) * power
    by_sum = ((r - (f + power_of_two(-k))) + 1.0) * power
    t = choose(k < 20.0, by_complement, by_sum)
    t = choose(k > 56.0, by_1, t)
    t = choose(k <= -2.0, by_1, t)
    t = choose(k == -1.0, 0.5 * (r - f) - 0.5, t)
    t = choose(k == 0.0, r - (r * e - s), t)

    ratio = choose(small, -t, 2.0) / (t + 2.0)
    value = choose(small, ratio, 1.0 - ratio)
    value = choose(size < 22.0, value, 1.0)
    value = choose(x < 0.0, -value, value)
    return choose(size >= 2.0**-28, value, x)  # NaN fails every comparison and stays; so does -0


@elementwise
def exp(x: Array) -> Array:
    """Return e^x; infinity above 709.78, 0 below -745.13."""
    inside = choose(x > -745.2, choose(x < 709.8, x, 0.0), 0.0)
    k = _multiples_of_ln2(inside)
    high, low = inside - k * LN2_HIGH, k * LN2_LOW
    r = high - low
    t = r * r
    c = r - t * (
        1.66666666666666019037e-01
        + t
        * (
            -2.77777777770155933842e-03
            + t * (6.61375632143793436117e-05 + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))
        )
    )
    without_k = 1.0 - ((r * c) / (c - 2.0) - r)
    with_k = 1.0 - ((low - (r * c) / (2.0 - c)) - high)
    # Scale in two steps: 2^k alone would overflow or underflow at both ends.
    first = choose(k < -1021.0, k + 1000.0, choose(k > 1023.0, 1023.0, k))
    second = choose(k < -1021.0, 2.0**-1000, choose(k > 1023.0, 2.0, 1.0))
    value = choose(k == 0.0, without_k, with_k * power_of_two(first) * second)
    value = choose(np.abs(x) < 2.0**-28, 1.0 + x, value)
    value = choose(inside == 1.0, 2.718281828459045, value)
    value = choose(x > 7.09782712893383973096e02, np.inf, value)
    value = choose(x < -7.45133219101941108420e02, 0.0, value)
    return choose(x == x, value, x)


def _upper_half(x: Array) -> Integers:
    """Return the upper 32 bits of |x|, which fdlibm uses for comparisons."""
    bits: Integers = np.abs(x).view(np.int64) >> 32
    return bits


def _quarter_turns(x: Array) -> tuple[Integers, Array, Array]:
    """Return n, y0, y1 such that x = n pi/2 + y0 + y1 and |y0| <= pi/4; accurate up to |x| = 800,000."""
    size = np.abs(x)
    n = np.where(_upper_half(size) <= 0x3FE921FB, 0.0, np.floor(size * 6.36619772367581382433e-01 + 0.5))
    remainder = size - n * 1.57079632673412561417e00
    low = n * 6.07710050650619224932e-11
    y0 = remainder - low
    lost_bits = (_upper_half(size) >> 20) - (_upper_half(y0) >> 20)
    near_multiple = _upper_half(size) == _upper_half(n * (np.pi / 2))
    again = (n > 0) & np.where(n < 32, near_multiple, lost_bits > 16)
    remainder2 = remainder - n * 6.07710050630396597660e-11
    low2 = n * 2.02226624879595063154e-21 - ((remainder - remainder2) - n * 6.07710050630396597660e-11)
    remainder, low = np.where(again, remainder2, remainder), np.where(again, low2, low)
    y0 = remainder - low
    y1 = (remainder - y0) - low
    negative = np.signbit(x)  # true for -0
    return (
        np.where(negative, -n, n).astype(np.int64),
        np.where(negative, -y0, y0),
        np.where(negative, -y1, y1),
    )


@inlined
def sine_polynomial(z: Array) -> Array:
    """Return fdlibm's polynomial of z = x^2 that continues x + x^3 (SINE_3 + z ...) to sin(x), |x| <= pi/4."""
    return 8.33333333332248946124e-03 + z * (
        -1.98412698298579493134e-04
        + z * (2.75573137070700676789e-06 + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10))
    )


@inlined
def cosine_polynomial(z: Array) -> Array:
    """Return fdlibm's polynomial of z = x^2 that continues 1 - z / 2 + z (...) to cos(x), |x| <= pi/4."""
    return z * (
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


def _reduced_sin(x: Array, y: Array) -> Array:
    """Return sin(x + y) for |x| <= pi/4 and a far smaller y."""
    z = x * x
    v = z * x
    r = sine_polynomial(z)
    value = np.where(y == 0, x + v * (SINE_3 + z * r), x - ((z * (0.5 * y - v * r) - y) - v * SINE_3))
    result: Array = np.where(np.abs(x) < 2.0**-27, x, value)  # keeps the sign of -0
    return result


def _reduced_cos(x: Array, y: Array) -> Array:
    """Return cos(x + y) for |x| <= pi/4 and a far smaller y."""
    z = x * x
    r = cosine_polynomial(z)
    upper = np.maximum(_upper_half(x), 0x3FD33332)  # any smaller x takes the branch `near` as well
    quarter = np.where(upper > 0x3FE90000, 0.28125, ((upper - 0x00200000) << 32).view(np.float64))
    near = 1.0 - (0.5 * z - (z * r - x * y))
    far = (1.0 - quarter) - ((0.5 * z - quarter) - (z * r - x * y))
    value: Array = np.where(upper < 0x3FD33333, near, far)
    return value


def _sine_of_turned(x: Array, turn: int) -> Array:
    """Return sin(x + turn * pi/2)."""
    x = np.asarray(x, np.float64)
    n, y0, y1 = _quarter_turns(x)
    n = n + turn
    value = np.where(n & 1, _reduced_cos(y0, y1), _reduced_sin(y0, y1))
    turned: Array = np.where(n & 2, -value, value)
    return turned


def sin(x: Array) -> Array:
    """Return sin(x) for |x| up to 800,000."""
    return _sine_of_turned(x, 0)


def cos(x: Array) -> Array:
    """Return cos(x) for |x| up to 800,000."""
    return _sine_of_turned(x, 1)


@elementwise
def log(x: Array) -> Array:
    """Return the natural logarithm of normal positive numbers; infinity and NaN stay what they are."""
    number: Any = np.float64(x)
    bits: Any = number.view(np.int64)
    upper: Any = bits >> np.int64(32)
    fraction: Any = upper & np.int64(0x000FFFFF)
    carry: Any = (fraction + np.int64(0x95F64)) & np.int64(0x100000)
    scaled: Any = np.int64((fraction | (carry ^ np.int64(0x3FF00000))) << np.int64(32) | (bits & np.int64(0xFFFFFFFF)))
    f = scaled.view(np.float64) - 1.0
    k = (upper >> np.int64(20)) - np.int64(1023) + (carry >> np.int64(20))
    dk: Any = np.float64(k)
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
    odd = z * (
        6.666666666666735130e-01
        + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01))
    )
    r = odd + even
    half_square = 0.5 * f * f
    exact = k == 0
    middle = ((fraction - np.int64(0x6147A)) | (np.int64(0x6B851) - fraction)) > 0
    with_square = choose(
        exact,
        f - (half_square - s * (half_square + r)),
        dk * LN2_HIGH - ((half_square - (s * (half_square + r) + dk * LN2_LOW)) - f),
    )
    without = choose(exact, f - s * (f - r), dk * LN2_HIGH - ((s * (f - r) - dk * LN2_LOW) - f))
    tiny_r = f * f * (0.5 - 0.33333333333333333 * f)
    near_one = choose(exact, f - tiny_r, dk * LN2_HIGH - ((tiny_r - dk * LN2_LOW) - f))
    near_one = choose(f == 0.0, choose(exact, 0.0, dk * LN2_HIGH + dk * LN2_LOW), near_one)
    value = choose(
        ((fraction + np.int64(2)) & np.int64(0x000FFFFF)) < 3, near_one, choose(middle, with_square, without)
    )
    return choose(x < np.inf, value, x)
