"""Compute the inputs of the network from a point's coordinates (FEATURES); those of TFP's links come first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.data.formulas import read_formula
from engine.numerics import fdlibm
from engine.numerics.types import Array

MARK = "="  # starts the name of an input that is a formula


@dataclass(frozen=True)
class Feature:
    """One input, `value(x1, x2)` elementwise; `label` is HTML, `formula` plain text for `formulas.parse`."""

    label: str
    formula: str
    tex: str
    value: Callable[[Array, Array], Array]


FEATURES: dict[str, Feature] = {
    "x": Feature("X<sub>1</sub>", "x1", "x_1", lambda x, y: x),
    "y": Feature("X<sub>2</sub>", "x2", "x_2", lambda x, y: y),
    "xSquared": Feature("X<sub>1</sub><sup>2</sup>", "x1^2", "x_1^2", lambda x, y: x * x),
    "ySquared": Feature("X<sub>2</sub><sup>2</sup>", "x2^2", "x_2^2", lambda x, y: y * y),
    "xTimesY": Feature("X<sub>1</sub>X<sub>2</sub>", "x1 x2", "x_1x_2", lambda x, y: x * y),
    "sinX": Feature("sin(X<sub>1</sub>)", "sin(x1)", r"\sin(x_1)", lambda x, y: fdlibm.sin(x)),
    "sinY": Feature("sin(X<sub>2</sub>)", "sin(x2)", r"\sin(x_2)", lambda x, y: fdlibm.sin(y)),
    "cosX": Feature("cos(X<sub>1</sub>)", "cos(x1)", r"\cos(x_1)", lambda x, y: fdlibm.cos(x)),
    "cosY": Feature("cos(X<sub>2</sub>)", "cos(x2)", r"\cos(x_2)", lambda x, y: fdlibm.cos(y)),
    "xCubed": Feature("X<sub>1</sub><sup>3</sup>", "x1^3", "x_1^3", lambda x, y: x * x * x),
    "yCubed": Feature("X<sub>2</sub><sup>3</sup>", "x2^3", "x_2^3", lambda x, y: y * y * y),
    "absX": Feature("|X<sub>1</sub>|", "abs(x1)", "|x_1|", lambda x, y: np.abs(x)),
    "absY": Feature("|X<sub>2</sub>|", "abs(x2)", "|x_2|", lambda x, y: np.abs(y)),
    "radius": Feature("r", "sqrt(x1^2 + x2^2)", "r", lambda x, y: np.sqrt(x * x + y * y)),
    "angle": Feature("θ", "atan2(x2, x1)", r"\theta", lambda x, y: np.arctan2(y, x)),
}


def formula_inputs(formulas: Sequence[str]) -> tuple[str, ...]:
    """Return the input names of formulas."""
    return tuple(MARK + text for text in formulas)


def feature_matrix(points: Array, inputs: Sequence[str]) -> Array:
    """Return the inputs of the network for points (N, 2) as a C-contiguous matrix (F, N).

    An input's name is a key of FEATURES, or "=" followed by a formula.
    """
    x, y = points[:, 0], points[:, 1]
    return np.stack([_value_of(name)(x, y) for name in inputs])


def _value_of(name: str) -> Callable[[Array, Array], Array]:
    return read_formula(name.removeprefix(MARK)).value if name.startswith(MARK) else FEATURES[name].value
