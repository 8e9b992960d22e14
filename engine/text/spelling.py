"""Spelling: how an entry of a registry is written in each framework's script; see `engine.interchange.export`."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Spelling:
    """Expressions of Python, None where a framework has nothing like it.

    Names in braces stand for an Experiment's fields. Of an activation they are a function of z (N, U) in NumPy, a
    layer in PyTorch and Keras, a name in scikit-learn; `torch_class` defines a layer that PyTorch lacks.
    """

    numpy: str | None = None
    torch: str | None = None
    keras: str | None = None
    sklearn: str | None = None
    torch_class: str = ""


def filled(template: str, experiment: object) -> str:
    """Write the values of an Experiment's fields into a template."""
    return re.sub(r"{(\w+)}", lambda found: repr(getattr(experiment, found[1])), template)
