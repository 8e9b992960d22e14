"""Hold a registry entry's code in each framework that a model can be exported to (`engine.interchange.export`)."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Spelling:
    """Python expressions for each framework; None if a framework lacks the entry.

    Names in braces stand for fields of an Experiment. For an activation, the expression is a function of z (N, U) in
    NumPy, a layer in PyTorch and Keras, and a name in scikit-learn; `torch_class` defines a layer that PyTorch lacks.
    """

    numpy: str | None = None
    torch: str | None = None
    keras: str | None = None
    sklearn: str | None = None
    torch_class: str = ""


def fill_template(template: str, experiment: object) -> str:
    """Replace the names in braces by the values of an Experiment's fields."""
    return re.sub(r"{(\w+)}", lambda found: repr(getattr(experiment, found[1])), template)
