"""Snapshots as bytes: the one file of the server that sees arrays."""

import functools
from typing import Any

import msgpack
import numpy as np

from engine import Experiment, Trainer
from engine.activations import ACTIVATIONS
from engine.boundary import picture, picture_scale, unit_outputs
from engine.datasets import DATASETS
from engine.features import FEATURES
from engine.types import Array
from server.protocol import Points

BOUNDARY = 100  # points along an edge of the large picture
EVERY = 3  # of which a neuron's own picture takes every third: 34
THUMBNAIL_POINTS = 200


def pack(message: Any) -> bytes:
    """Return a message as MessagePack."""
    packed: bytes = msgpack.packb(message.model_dump())
    return packed


def numbers(rows: list[tuple[int, float, float]]) -> bytes:
    """Return rows of numbers as float64, row after row."""
    return np.array(rows, "<f8").tobytes()


def points_of(trainer: Trainer) -> Points:
    """Return the data of a run."""
    return Points(
        train=_rows(trainer.train_points, trainer.train_labels),
        test=_rows(trainer.test_points, trainer.test_labels),
    )


def _rows(points: Array, labels: Array) -> bytes:
    return np.column_stack([points, labels]).astype("<f4").tobytes()


@functools.cache
def thumbnails() -> dict[str, bytes]:
    """Return points for the picture of each dataset, from its own generator."""
    rows = {}
    for name, dataset in DATASETS.items():
        trainer = Trainer(Experiment(dataset=name, classes=max(2, dataset.classes[0]), train_percent=90))
        rows[name] = _rows(trainer.train_points[:THUMBNAIL_POINTS], trainer.train_labels[:THUMBNAIL_POINTS])
    return rows


@functools.cache
def feature_pictures() -> dict[str, bytes]:
    """Return the picture of every feature, used or not."""
    trainer = Trainer(Experiment(features=tuple(FEATURES), hidden_layers=()))
    maps = trainer.boundary(BOUNDARY)[: len(FEATURES), ::EVERY, ::EVERY]
    return {
        name: picture(values, picture_scale(values, bounded=False)).tobytes()
        for name, values in zip(FEATURES, maps, strict=True)
    }


def pictures(trainer: Trainer, focus: int | None) -> dict[str, Any]:
    """Return the fields of a frame that hold pictures."""
    experiment = trainer.experiment
    outputs = unit_outputs(trainer.theta, trainer.model, experiment.features, BOUNDARY)
    units = len(outputs)
    bounded = [False] * experiment.sizes[0]
    for name, neurons in zip(experiment.activations, experiment.hidden_layers, strict=True):
        bounded += [ACTIVATIONS[name].bounded] * neurons
    bounded += [True] * experiment.outputs
    scales = [picture_scale(values, one) for values, one in zip(outputs, bounded, strict=True)]
    shown = units - 1 if focus is None or focus >= units else focus
    small = outputs.reshape(units, BOUNDARY, BOUNDARY)[:, ::EVERY, ::EVERY]
    return {
        "focus": shown,
        "boundary": picture(outputs[shown], scales[shown]).tobytes(),
        "pictures": picture(small, np.array(scales)[:, None, None]).tobytes(),
        "scales": scales,
    }
