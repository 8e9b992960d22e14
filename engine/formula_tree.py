"""The tree of a formula: its parts, what each is worth over arrays of points, and how it is written down."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from engine import fdlibm
from engine.types import Array

LARGEST_ANGLE = 8e5  # up to here fdlibm's sine is good
LARGEST_PRODUCT = 16  # whole powers up to here are products, which every machine computes alike


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
    """A function of one or two arrays."""

    arguments: int
    value: Callable[..., Array]


FUNCTIONS: dict[str, Function] = {
    "sin": Function(1, _sin),
    "cos": Function(1, _cos),
    "tan": Function(1, lambda x: _sin(x) / _cos(x)),
    "exp": Function(1, lambda x: np.asarray(fdlibm.exp(x))),
    "log": Function(1, _log),
    "sqrt": Function(1, np.sqrt),
    "abs": Function(1, np.abs),
    "tanh": Function(1, lambda x: np.asarray(fdlibm.tanh(x))),
    "atan2": Function(2, np.arctan2),
    "min": Function(2, np.minimum),
    "max": Function(2, np.maximum),
    "sign": Function(1, np.sign),
    "step": Function(1, lambda x: np.where(np.isnan(x), x, x >= 0)),
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
# How tightly an operator binds; its left and right part must bind at least so tightly to need no parentheses.
_BINDING = {("+", 2): (1, 1, 2), ("-", 2): (1, 1, 2), ("*", 2): (2, 2, 3), ("/", 2): (2, 2, 3), ("^", 2): (4, 5, 3)}
_BINDING_OF_MINUS = 3


@dataclass(frozen=True)
class Node:
    """A part of a formula: an operator or function of its parts, or with none a number or a name as `symbol`."""

    symbol: str
    parts: tuple["Node", ...] = ()
    at: int = field(default=0, compare=False)  # where it stands in what was typed


def values(node: Node, x1: Array, x2: Array) -> Array:
    """Return the values of a part as they come, infinite or no number where they are."""
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


def written(node: Node, needed: int = 0) -> str:
    """Write a part, in parentheses unless it binds at least as tightly as needed."""
    match node.parts:
        case (left, right) if (node.symbol, 2) in _BINDING:
            binding, left_needs, right_needs = _BINDING[node.symbol, 2]
            text = written(left, left_needs) + node.symbol + written(right, right_needs)
        case (only,) if node.symbol == "-":
            binding, text = _BINDING_OF_MINUS, "-" + written(only, _BINDING_OF_MINUS)
        case ():
            return node.symbol
        case _:
            return f"{node.symbol}({','.join(map(written, node.parts))})"
    return text if binding >= needed else f"({text})"
