"""Snapshots as bytes: the one file of the server that sees arrays."""

import functools
from typing import Any

import msgpack
import numpy as np

from engine import Experiment, Trainer, View
from engine.analysis.chain_rule import paths_to
from engine.analysis.collapsed_affine import collapsed_affine
from engine.analysis.example_step import example_step
from engine.analysis.explain import Explanation as Explained
from engine.analysis.explain import explain
from engine.analysis.gradient_flow import GradientFlow, Histogram
from engine.analysis.metrics import Rates, accuracy, confusion, misclassified, precision, r_squared, recall
from engine.data.datasets import DATASETS
from engine.data.features import FEATURES
from engine.nn.activations import ACTIVATIONS
from engine.nn.boundary import first_layer_sums, picture, picture_scale, plane, unit_outputs
from engine.numerics.types import Array, Bytes, Integers, Single
from engine.optim.optimizers import OPTIMIZERS
from engine.training.classes import class_indices, predicted_classes
from server.protocol.explanation import Explanation, Path, Paths
from server.protocol.messages import Points

BOUNDARY = 100  # points along an edge of the large picture
EVERY = 3  # of which a neuron's own picture takes every third: 34
LINES = 50  # points along an edge of the pictures from which the page draws lines
THUMBNAIL_POINTS = 200
SINGLE_TARGET = 3  # numbers of an example with a label for all outputs: x1, x2 and that

Parameter = tuple[int, int, int | None]  # layer, neuron, input; a bias has none


def pack(message: Any) -> bytes:
    """Return a message as MessagePack."""
    packed: bytes = msgpack.packb(message.model_dump())
    return packed


def numbers(rows: list[tuple[int, float, float]] | Array) -> bytes:
    """Return numbers as float64, row after row."""
    return np.array(rows, "<f8").tobytes()


def points_of(trainer: Trainer) -> Points:
    """Return the data of a run."""
    return Points(
        train=_rows(trainer.train_points, trainer.train_labels),
        test=_rows(trainer.test_points, trainer.test_labels),
    )


def _rows(points: Array, labels: Array) -> bytes:
    return np.column_stack([points, labels]).astype("<f4").tobytes()


def subtracted(now: bytes | None, before: bytes | None) -> bytes | None:
    """Return what has changed at each byte, less what has changed at the byte before it, all modulo 256."""
    if now is None or before is None:
        return None
    change = np.frombuffer(now, np.uint8) - np.frombuffer(before, np.uint8)
    steps = change.copy()
    steps[1:] -= change[:-1]
    return steps.tobytes()


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
    return {name: _input_picture(name)[0] for name in FEATURES}


@functools.lru_cache(maxsize=256)
def _input_picture(name: str) -> tuple[bytes, float]:
    """Return the picture of an input, which no training changes, and its scale."""
    values = np.nan_to_num(plane(name, BOUNDARY)[0])
    small = values.reshape(BOUNDARY, BOUNDARY)[::EVERY, ::EVERY]
    scale = picture_scale(values, bounded=False)
    return picture(small, scale).tobytes(), scale


def explanation_of(trainer: Trainer, example: tuple[float, ...], parameter: Parameter | None) -> Explanation:
    """Take an example through the network and back, and where a parameter is given, unfold its chain rule."""
    experiment = trainer.experiment
    target: float | list[float] = example[2] if len(example) == SINGLE_TARGET else list(example[2:])
    explained = explain(trainer, (example[0], example[1]), target)
    step = example_step(trainer, explained)
    layers = explained.layers
    slots = OPTIMIZERS[experiment.optimizer].slots

    def units(name: str) -> bytes:
        return _doubles(np.concatenate([getattr(layer, name) for layer in layers]))

    return Explanation(
        target=explained.target.tolist(),
        inputs=explained.inputs.tolist(),
        activations=[*experiment.activations, experiment.output_activation],
        z=units("z"),
        a=units("a"),
        slopes=units("derivative"),
        a_gradients=units("a_gradient"),
        deltas=units("delta"),
        gradient=_doubles(explained.gradient),
        loss=explained.loss,
        learning_rate=step.learning_rate,
        shortened=step.shortened,
        state_before=_doubles(step.state_before[:slots]),
        state=_doubles(step.state[:slots]),
        decays=step.beta_powers.tolist(),
        descended=_doubles(step.descended),
        updated=_doubles(step.theta),
        loss_after=step.loss,
        paths=None if parameter is None else _paths(trainer, explained, parameter),
    )


def _paths(trainer: Trainer, explained: Explained, parameter: Parameter) -> Paths | None:
    layer, neuron, source = parameter
    try:
        trainer.parameter_index(layer, neuron, source)
    except IndexError:  # of a network that has changed since
        return None
    softmax = trainer.experiment.output_activation == "softmax"
    found = paths_to(explained, softmax, layer, neuron, source)
    shown = [Path(neurons=list(path.neurons), factors=list(path.factors), product=path.product) for path in found.shown]
    return Paths(
        layer=layer,
        neuron=neuron,
        input=source,
        shown=shown,
        count=found.count,
        rest=found.remainder,
        total=found.total,
    )


def _doubles(values: Array) -> bytes:
    return values.astype("<f8").tobytes()


def pictures(trainer: Trainer, focus: int | None) -> dict[str, Any]:
    """Return the fields of a frame that hold pictures."""
    experiment = trainer.experiment
    outputs = unit_outputs(trainer.theta, trainer.network, experiment.inputs, BOUNDARY)
    units, several = len(outputs), experiment.outputs > 1
    inputs = [_input_picture(name) for name in experiment.inputs]
    neurons = outputs[len(inputs) :]
    spans = [(0.0, scale) for _, scale in inputs] + _spans(experiment, neurons)
    centers, scales = [center for center, _ in spans], [scale for _, scale in spans]
    small = neurons.reshape(-1, BOUNDARY, BOUNDARY)[:, ::EVERY, ::EVERY]
    shown = focus if focus is not None and focus < units else None if several else units - 1
    if shown is None:
        boundary, chosen = _decision(experiment, outputs[-experiment.outputs :])
    else:
        boundary, chosen = picture(outputs[shown] - centers[shown], scales[shown]), None
    columns = np.array(spans[len(inputs) :], np.float32).T[:, :, None, None]
    return {
        "focus": shown,
        "boundary": boundary.tobytes(),
        "chosen": None if chosen is None else chosen.tobytes(),
        "pictures": b"".join([drawn for drawn, _ in inputs]) + picture(small - columns[0], columns[1]).tobytes(),
        "centers": centers,
        "scales": scales,
    }


def mechanics(trainer: Trainer, view: View) -> dict[str, Any]:
    """Return the fields of a frame that show what a network's layers are: its equation, its first layer's lines."""
    form = collapsed_affine(trainer.experiment, trainer.theta)
    equations = None if form is None else numbers(np.column_stack([form.weights, form.biases]))
    straight = set(trainer.experiment.inputs) <= {"x", "y"}  # lines that the page knows from the weights
    lines = None if straight or not view.neuron_lines else _line_pictures(trainer)
    return {"linear": equations, "line_pictures": lines}


def _line_pictures(trainer: Trainer) -> bytes:
    """Return z of each neuron of the first layer; the scale is what z has beside its line, to place it finely."""
    pictures = []
    for z in first_layer_sums(trainer.theta, trainer.network, trainer.experiment.inputs, LINES).reshape(
        -1, LINES, LINES
    ):
        cells = np.stack([z[:-1, :-1], z[:-1, 1:], z[1:, :-1], z[1:, 1:]])
        crossed = (cells.min(axis=0) < 0) & (cells.max(axis=0) >= 0)
        beside = cells[:, crossed] if crossed.any() else z
        pictures.append(picture(z, picture_scale(beside, bounded=False)).tobytes())
    return b"".join(pictures)


def _spans(experiment: Experiment, outputs: Single) -> list[tuple[float, float]]:
    """Return what byte 128 of each neuron's picture stands for, and how much more byte 255 does.

    The middle of a single sigmoid is its threshold, so that both classes have their colour.
    """
    bounded: list[bool] = []
    for name, neurons in zip(experiment.activations, experiment.hidden_layers, strict=True):
        bounded += [ACTIVATIONS[name].bounded] * neurons
    hidden = [(0.0, picture_scale(values, one)) for values, one in zip(outputs, bounded, strict=False)]
    halved = experiment.outputs == 1 and experiment.output_activation == "sigmoid"
    return hidden + [(0.5, 0.5) if halved else (0.0, 1.0)] * experiment.outputs


def _decision(experiment: Experiment, outputs: Single) -> tuple[Bytes, Bytes]:
    """Return how sure the network is, as bytes from 128 to 255, and for which class, from outputs (K, N)."""
    chosen: Bytes = np.argmax(outputs, axis=0).astype(np.uint8)
    most = np.max(outputs, axis=0)
    low = {"softmax": 1 / experiment.outputs, "tanh": -1.0}.get(experiment.output_activation, 0.0)
    return picture(np.maximum(most - np.float32(low), 0), 1.0 - low), chosen


def assessed(trainer: Trainer, measures: bool, mark_wrong: bool) -> dict[str, Any]:
    """Return the fields of a frame that say how good the predictions are, and which are wrong, where asked for."""
    if not (measures or mark_wrong):
        return {"metrics": None, "wrong": None}
    experiment, outputs = trainer.experiment, dict(zip(("train", "test"), trainer.outputs(), strict=True))
    labels = {"train": trainer.train_labels, "test": trainer.test_labels}
    if experiment.task == "regression":
        metrics = {name: {"r_squared": r_squared(labels[name], values)} for name, values in outputs.items()}
        return {"metrics": metrics if measures else None, "wrong": None}
    classes = experiment.class_count
    pairs = {
        name: (class_indices(labels[name], classes), predicted_classes(experiment, values))
        for name, values in outputs.items()
    }
    wrong = {name: misclassified(*pair).astype(np.uint8).tobytes() for name, pair in pairs.items()}
    return {
        "metrics": {name: _measured(*pair, classes) for name, pair in pairs.items()} if measures else None,
        "wrong": wrong if mark_wrong else None,
    }


def layers_of(flow: GradientFlow) -> list[dict[str, Any]]:
    """Return what flows through each layer, as the gradient panel gets it; None stands for what is no number."""
    return [
        {
            "neurons": layer.neurons,
            "gradient": _finite(layer.gradient),
            "update": _finite(layer.update),
            "saturated": layer.saturated,
            "dead": layer.dead,
            "histograms": [_bars(each) for each in (layer.weights, layer.activations, layer.gradients)],
        }
        for layer in flow.layers
    ]


def _finite(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) else None


def _bars(histogram: Histogram) -> dict[str, Any]:
    return {"low": histogram.low, "high": histogram.high, "counts": histogram.counts.tolist()}


def _measured(labels: Integers, predicted: Integers, classes: int) -> dict[str, Any]:
    counts = confusion(labels, predicted, classes)
    return {
        "accuracy": accuracy(labels, predicted),
        "confusion": counts.tolist(),
        "precision": _shares(precision(counts)),
        "recall": _shares(recall(counts)),
    }


def _shares(rates: Rates) -> list[float | None]:
    return [value if known else None for value, known in zip(rates.values.tolist(), rates.defined, strict=True)]
