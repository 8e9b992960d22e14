"""Export a trained network as a self-contained Python script.

Every script defines `features(points)`, `predict(points)` with the trainer's results, and the framework's `model`. If
the framework can train as the playground does, there is also `train(points, targets, epochs)`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from engine.interchange.export_keras import keras_script
from engine.interchange.export_numpy import numpy_script
from engine.interchange.export_sklearn import sklearn_script
from engine.interchange.export_torch import torch_script
from engine.text.phrases import InvalidValue
from engine.text.validation import one_of
from engine.training.trainer import Trainer


@dataclass(frozen=True)
class Framework:
    """A framework's name, and the function that writes its script."""

    label: str
    script: Callable[[Trainer], str]


FRAMEWORKS: dict[str, Framework] = {
    "numpy": Framework("NumPy", numpy_script),
    "torch": Framework("PyTorch", torch_script),
    "keras": Framework("Keras", keras_script),
    "sklearn": Framework("scikit-learn", sklearn_script),
}


def export(trainer: Trainer, framework: str) -> str:
    """Return the script of a trained network; InvalidValue, a ValueError, lists the frameworks."""
    if framework not in FRAMEWORKS:
        raise InvalidValue(one_of(FRAMEWORKS))
    return FRAMEWORKS[framework].script(trainer)
