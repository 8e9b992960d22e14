"""FRAMEWORKS: a trained network as a script that runs by itself, its weights in it; `export` writes one.

Every script has `features(points)`, `predict(points)`, equal to the trainer's, and a `model` in the framework's own
way; where the framework can train as the playground does, also `train(points, targets, epochs)`.
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
    """What a script can be written for, and how."""

    label: str
    script: Callable[[Trainer], str]


FRAMEWORKS: dict[str, Framework] = {
    "numpy": Framework("NumPy", numpy_script),
    "torch": Framework("PyTorch", torch_script),
    "keras": Framework("Keras", keras_script),
    "sklearn": Framework("scikit-learn", sklearn_script),
}


def export(trainer: Trainer, framework: str) -> str:
    """Return the script of a trained network; InvalidValue, a ValueError, names the frameworks there are."""
    if framework not in FRAMEWORKS:
        raise InvalidValue(one_of(FRAMEWORKS))
    return FRAMEWORKS[framework].script(trainer)
