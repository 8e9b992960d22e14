"""Represent a formula as a syntax tree: evaluate it over arrays of points and write it as text or NumPy code.

`formulas` parses and checks what a learner types; this module does not know the parser.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from engine.numerics import fdlibm
from engine.numerics.types import Array

LARGEST_ANGLE = 8e5  # up to here fdlibm's sine is accurate
LARGEST_PRODUCT = 16  # whole powers up to here are products, which give the same bits on every machine


def _power(base: Array, exponent: Array) -> Array:
    times = exponent.flat[0] if exponent.size else 0.0
    if times in range(1, LARGEST_PRODUCT + 1) and bool((exponent == times).all()):
        product = base
        for _ in range(int(times) - 1):
            product = product * base
        return product
    return np.power(base, exponent)


def _sin(x: Array) -> Array:
    near = np.abs(x) <= LARGEST_ANGLE
    return np.where(near, fdlibm.sin(np.where(near, x, 0.0)), np.sin(x))


def _cos(x: Array) -> Array:
    near = np.abs(x) <= LARGEST_ANGLE
    return np.where(near, fdlibm.cos(np.where(near, x, 0.0)), np.cos(x))


def _log(x: Array) -> Array:
    normal = (x >= np.finfo(np.float64).tiny) & (x < np.inf)
    return np.where(normal, fdlibm.log(np.where(normal, x, 1.0)), np.log(x))


@dataclass(frozen=True)
class Function:
    """A function of one or two arrays; `numpy` is its code in an exported script."""

    arguments: int
    value: Callable[..., Array]
    numpy: str


FUNCTIONS: dict[str, Function] = {
    "sin": Function(1, _sin, "np.sin({})"),
    "cos": Function(1, _cos, "np.cos({})"),
    "tan": Function(1, lambda x: _sin(x) / _cos(x), "np.tan({})"),
    "exp": Function(1, lambda x: np.asarray(fdlibm.exp(x)), "np.exp({})"),
    "log": Function(1, _log, "np.log({})"),
    "sqrt": Function(1, np.sqrt, "np.sqrt({})"),
    "abs": Function(1, np.abs, "np.abs({})"),
    "tanh": Function(1, lambda x: np.asarray(fdlibm.tanh(x)), "np.tanh({})"),
    "atan2": Function(2, np.arctan2, "np.arctan2({}, {})"),
    "min": Function(2, np.minimum, "np.minimum({}, {})"),
    "max": Function(2, np.maximum, "np.maximum({}, {})"),
    "sign": Function(1, np.sign, "np.sign({})"),
    "step": Function(1, lambda x: np.where(np.isnan(x), x, x >= 0), "np.heaviside({}, 1)"),
}
CONSTANTS = {"pi": np.pi, "e": np.e}
VARIABLES = ("x1", "x2")
_OPERATORS: dict[tuple[str, int], Callable[..., Array]] = {
    ("+", 2): np.add,
    ("-", 2): np.subtract,
    ("*", 2): np.multiply,
    ("/", 2): np.divide,
    ("^", 2): _power,
    ("-", 1): np.negative,
}
# Precedence of an operator, and the precedence that its left and right operand need to go without parentheses.
_BINDING = {("+", 2): (1, 1, 2), ("-", 2): (1, 1, 2), ("*", 2): (2, 2, 3), ("/", 2): (2, 2, 3), ("^", 2): (4, 5, 3)}
_BINDING_OF_MINUS = 3
_FIXED_CODE = {"/": "np.divide({}, {})", "^": "np.power({}, {})"}
_SIMPLE = re.compile(r"-?[\d.]+|[\w.]+")  # operands around which ** needs no spaces


@dataclass(frozen=True)
class Node:
    """A node of the tree: an operator or a function applied to `parts`; without parts, a number or a name."""

    symbol: str
    parts: tuple["Node", ...] = ()
    at: int = field(default=0, compare=False)  # its position in the typed text


def values(node: Node, x1: Array, x2: Array) -> Array:
    """Evaluate without clamping; the values may be inf or NaN."""
    arguments = [values(part, x1, x2) for part in node.parts]
    with np.errstate(all="ignore"):
        return _combined(node, arguments, x1, x2)


def _combined(node: Node, arguments: list[Array], x1: Array, x2: Array) -> Array:
    operator = _OPERATORS.get((node.symbol, len(arguments)))
    if operator is not None:
        return operator(*arguments)
    if node.symbol in FUNCTIONS:
        return FUNCTIONS[node.symbol].value(*arguments)
    if node.symbol in VARIABLES:
        return np.asarray(x1 if node.symbol == "x1" else x2, np.float64)
    constant = CONSTANTS[node.symbol] if node.symbol in CONSTANTS else float(node.symbol)
    return np.full(np.shape(x1), constant)


def to_text(node: Node, needed: int = 0) -> str:
    """Write a node as text, in parentheses if its precedence is lower than `needed`."""
    match node.parts:
        case (left, right) if (node.symbol, 2) in _BINDING:
            binding, left_needs, right_needs = _BINDING[node.symbol, 2]
            text = to_text(left, left_needs) + node.symbol + to_text(right, right_needs)
        case (only,) if node.symbol == "-":
            binding, text = _BINDING_OF_MINUS, "-" + to_text(only, _BINDING_OF_MINUS)
        case ():
            return node.symbol
        case _:
            return f"{node.symbol}({','.join(map(to_text, node.parts))})"
    return text if binding >= needed else f"({text})"


def to_numpy(node: Node, needed: int = 0, floating: bool = False) -> str:
    """Write a node as NumPy code in x1 and x2, with numbers as floats if `floating`.

    Operations on constants use NumPy functions of floats: plain Python would raise where NumPy gives infinity.
    """
    fixed = bool(node.parts) and not depends_on_inputs(node)
    floating = floating or fixed
    match node.parts:
        case ():
            return _leaf_code(node.symbol, floating)
        case (left, right) if (node.symbol, 2) in _BINDING and not (fixed and node.symbol in "/^"):
            binding, left_needs, right_needs = _BINDING[node.symbol, 2]
            sides = to_numpy(left, left_needs, floating), to_numpy(right, right_needs, floating)
            sign = f" {node.symbol} "
            if node.symbol == "^":
                sign = "**" if all(_SIMPLE.fullmatch(side) for side in sides) else " ** "
            text = sign.join(sides)
        case (only,) if node.symbol == "-":
            inner = to_numpy(only, _BINDING_OF_MINUS, floating)
            binding, text = _BINDING_OF_MINUS, f"-({inner})" if only.symbol == "^" else f"-{inner}"
        case _:
            template = _FIXED_CODE.get(node.symbol) or FUNCTIONS[node.symbol].numpy
            return template.format(*(to_numpy(part, 0, floating) for part in node.parts))
    return text if binding >= needed else f"({text})"


def depends_on_inputs(node: Node) -> bool:
    """Return whether x1 or x2 occurs in a node."""
    return node.symbol in VARIABLES or any(map(depends_on_inputs, node.parts))


def _leaf_code(symbol: str, floating: bool) -> str:
    if symbol in VARIABLES:
        return symbol
    if symbol in CONSTANTS:
        return f"np.{symbol}"
    number = float(symbol)
    return f"{number:.0f}" if number.is_integer() and not floating else repr(number)
