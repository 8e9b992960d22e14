"""Encode a run's arrays as the bytes of messages, so that the rest of the server needs no arrays."""

import functools
from collections.abc import Sequence
from typing import NamedTuple

import msgpack
import numpy as np

from engine import Experiment, Trainer
from engine.analysis.chain_rule import paths_to
from engine.analysis.collapsed_affine import collapsed_affine
from engine.analysis.example_step import example_step
from engine.analysis.explain import Explanation, explain
from engine.analysis.gradient_check import GradientCheck
from engine.analysis.gradient_flow import GradientFlow, Histogram
from engine.analysis.metrics import Rates, accuracy, confusion, misclassified, precision, r_squared, recall
from engine.data.features import FEATURES
from engine.nn.activations import ACTIVATIONS
from engine.nn.boundary import first_layer_sums, picture, picture_scale, plane, unit_outputs
from engine.numerics.types import Array, Bytes, Integers, Single
from engine.optim.optimizers import OPTIMIZERS
from engine.training.classes import class_indices, predicted_classes
from server.protocol.answers import (
    Bars,
    Checked,
    ClassMeasures,
    LayerGradients,
    Masks,
    Metrics,
    Path,
    Paths,
    Points,
    Trace,
    ValueMeasures,
)
from server.protocol.message import Message

BOUNDARY = 100  # points along an edge of the large picture
EVERY = 3  # a neuron's small picture takes every third point: 34
LINES = 50  # points along an edge of the pictures from which the page draws lines
SINGLE_TARGET = 3  # numbers of an example with one label: x1, x2 and the label

Parameter = tuple[int, int, int | None]  # layer, neuron, input; a bias has no input
Reading = tuple[int, float, float]  # epoch, training loss, test loss


def pack(message: Message) -> bytes:
    """Return a message as MessagePack."""
    packed: bytes = msgpack.packb(message.model_dump())
    return packed


def curve_of(readings: Sequence[Reading]) -> bytes:
    """Return loss readings as consecutive float64."""
    return _doubles(np.array(readings))


def checked_gradient(trainer: Trainer, check: GradientCheck) -> Checked:
    """Return the message for the result of a gradient check."""
    return Checked(
        epoch=check.epoch,
        points=check.points,
        sizes=list(trainer.experiment.sizes),
        features=list(trainer.experiment.inputs),
        gradient=_doubles(check.gradient),
        quotient=_doubles(check.quotient),
        difference=_doubles(check.difference),
        bent=check.bent.tobytes(),
        worst=check.worst,
        digits=check.digits,
        agrees=check.agrees,
    )


def points_of(trainer: Trainer) -> Points:
    """Return the data of a run."""
    return Points(
        train=_rows(trainer.train_points, trainer.train_labels),
        test=_rows(trainer.test_points, trainer.test_labels),
    )


def _rows(points: Array, labels: Array) -> bytes:
    return np.column_stack([points, labels]).astype("<f4").tobytes()


def byte_delta(now: bytes | None, before: bytes | None) -> bytes | None:
    """Return the change of each byte minus the change of the byte before it, all modulo 256."""
    if now is None or before is None:
        return None
    change = np.frombuffer(now, np.uint8) - np.frombuffer(before, np.uint8)
    steps = change.copy()
    steps[1:] -= change[:-1]
    return steps.tobytes()


@functools.cache
def feature_pictures() -> dict[str, bytes]:
    """Return the picture of every feature, used or not."""
    return {name: _input_picture(name)[0] for name in FEATURES}


@functools.lru_cache(maxsize=256)
def _input_picture(name: str) -> tuple[bytes, float]:
    """Return the picture of an input and its scale; training changes neither."""
    values = np.nan_to_num(plane(name, BOUNDARY)[0])
    small = values.reshape(BOUNDARY, BOUNDARY)[::EVERY, ::EVERY]
    scale = picture_scale(values, bounded=False)
    return picture(small, scale).tobytes(), scale


def trace_of(trainer: Trainer, example: tuple[float, ...], parameter: Parameter | None) -> Trace:
    """Trace an example forward and backward; if `parameter` is given, write out its chain rule."""
    experiment = trainer.experiment
    target: float | list[float] = example[2] if len(example) == SINGLE_TARGET else list(example[2:])
    explained = explain(trainer, (example[0], example[1]), target)
    step = example_step(trainer, explained)
    layers = explained.layers
    slots = OPTIMIZERS[experiment.optimizer].slots

    def units(name: str) -> bytes:
        return _doubles(np.concatenate([getattr(layer, name) for layer in layers]))

    return Trace(
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


def _paths(trainer: Trainer, explained: Explanation, parameter: Parameter) -> Paths | None:
    layer, neuron, source = parameter
    try:
        trainer.parameter_index(layer, neuron, source)
    except IndexError:  # the network has changed since the parameter was chosen
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
        remainder=found.remainder,
        total=found.total,
    )


def _doubles(values: Array) -> bytes:
    return values.astype("<f8").tobytes()


class Pictures(NamedTuple):
    """Hold the picture fields of a frame."""

    focus: int | None
    boundary: bytes
    chosen: bytes | None
    pictures: bytes
    centers: list[float]
    scales: list[float]


def pictures_of(trainer: Trainer, focus: int | None) -> Pictures:
    """Draw all units at small size and the unit in focus (or else the output or decision) at full size."""
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
    return Pictures(
        focus=shown,
        boundary=boundary.tobytes(),
        chosen=None if chosen is None else chosen.tobytes(),
        pictures=b"".join([drawn for drawn, _ in inputs]) + picture(small - columns[0], columns[1]).tobytes(),
        centers=centers,
        scales=scales,
    )


def linear_equations(trainer: Trainer) -> bytes | None:
    """Return each output's weights and bias if all layers are linear, otherwise None."""
    form = collapsed_affine(trainer.experiment, trainer.theta)
    return None if form is None else _doubles(np.column_stack([form.weights, form.biases]))


def line_pictures(trainer: Trainer) -> bytes | None:
    """Return z of the first layer's neurons, or None if the page can draw their lines from the weights."""
    return None if set(trainer.experiment.inputs) <= {"x", "y"} else _line_pictures(trainer)


def _line_pictures(trainer: Trainer) -> bytes:
    """Return z of the first layer's neurons, scaled to the values next to each line to place the line precisely."""
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
    """Return center and scale of each neuron's picture: the output at byte 128, and how much more byte 255 means.

    A single sigmoid is centered on its threshold, so that each class has its own colour.
    """
    bounded: list[bool] = []
    for name, neurons in zip(experiment.activations, experiment.hidden_layers, strict=True):
        bounded += [ACTIVATIONS[name].bounded] * neurons
    hidden = [(0.0, picture_scale(values, one)) for values, one in zip(outputs, bounded, strict=False)]
    halved = experiment.outputs == 1 and experiment.output_activation == "sigmoid"
    return hidden + [(0.5, 0.5) if halved else (0.0, 1.0)] * experiment.outputs


def _decision(experiment: Experiment, outputs: Single) -> tuple[Bytes, Bytes]:
    """Return the certainty (bytes from 128 to 255) and the predicted class at each point, from outputs (K, N)."""
    chosen: Bytes = np.argmax(outputs, axis=0).astype(np.uint8)
    most = np.max(outputs, axis=0)
    low = {"softmax": 1 / experiment.outputs, "tanh": -1.0}.get(experiment.output_activation, 0.0)
    return picture(np.maximum(most - np.float32(low), 0), 1.0 - low), chosen


class Quality(NamedTuple):
    """Hold the fields of a frame that measure the predictions."""

    metrics: Metrics | None
    wrong: Masks | None


def quality_of(trainer: Trainer, measures: bool, mark_wrong: bool) -> Quality:
    """Measure the predictions and mark the misclassified points, each on request."""
    if not (measures or mark_wrong):
        return Quality(None, None)
    experiment = trainer.experiment
    (train, test), labels = trainer.outputs(), (trainer.train_labels, trainer.test_labels)
    if experiment.task == "regression":
        r_squares = [ValueMeasures(r_squared=r_squared(*pair)) for pair in zip(labels, (train, test), strict=True)]
        return Quality(Metrics(train=r_squares[0], test=r_squares[1]) if measures else None, None)
    classes = experiment.class_count
    pairs = [
        (class_indices(true, classes), predicted_classes(experiment, outputs))
        for true, outputs in zip(labels, (train, test), strict=True)
    ]
    metrics, wrong = None, None
    if measures:
        metrics = Metrics(train=_class_measures(*pairs[0], classes), test=_class_measures(*pairs[1], classes))
    if mark_wrong:
        masks = [misclassified(*pair).astype(np.uint8).tobytes() for pair in pairs]
        wrong = Masks(train=masks[0], test=masks[1])
    return Quality(metrics, wrong)


def _class_measures(labels: Integers, predicted: Integers, classes: int) -> ClassMeasures:
    counts = confusion(labels, predicted, classes)
    return ClassMeasures(
        accuracy=accuracy(labels, predicted),
        confusion=counts.tolist(),
        precision=_rates(precision(counts)),
        recall=_rates(recall(counts)),
    )


def _rates(rates: Rates) -> list[float | None]:
    return [value if known else None for value, known in zip(rates.values.tolist(), rates.defined, strict=True)]


def layers_of(flow: GradientFlow) -> list[LayerGradients]:
    """Return the gradient flow of each layer, with None for numbers that are not finite."""
    return [
        LayerGradients(
            neurons=layer.neurons,
            gradient=_finite(layer.gradient),
            update=_finite(layer.update),
            saturated=layer.saturated,
            dead=layer.dead,
            histograms=[_bars(each) for each in (layer.weights, layer.activations, layer.gradients)],
        )
        for layer in flow.layers
    ]


def _finite(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) else None


def _bars(histogram: Histogram) -> Bars:
    return Bars(low=histogram.low, high=histogram.high, counts=histogram.counts.tolist())
