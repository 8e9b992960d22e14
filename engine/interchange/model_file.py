"""Save and open a model file: a run with its settings, data and weights, as JSON.

`layers` contains each weight for people and other programs; `checkpoint` contains the exact state of training, with
locks and the optimizer's state. If both are present, they must agree. Otherwise an edit by hand would be ignored or
combined with the optimizer state of other weights. To keep edited `layers`, remove `checkpoint`.
"""

import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, FailFast, Field, TypeAdapter, ValidationError

from engine.interchange.view import View
from engine.nn.network import split
from engine.numerics.types import Array
from engine.optim.optimizers import BETA_POWERS, OPTIMIZERS
from engine.text.phrases import InvalidValue, Phrase
from engine.text.validation import (
    MAX_VALUES,
    Mistake,
    at_most_characters,
    at_most_values,
    characters,
    has_too_many_values,
    mistakes,
    one_of,
    shown,
)
from engine.training.checkpoint import LARGEST, MAX_EPOCH, Checkpoint
from engine.training.experiment import MAX_INPUTS, MAX_LAYERS, MAX_NEURONS, MAX_START, OWN, Experiment
from engine.training.kernels import Kernels
from engine.training.trainer import Trainer

FORMAT, VERSION = "neural-playground model", 1
# Written only where they differ from the default: an older playground refuses fields that it doesn't know.
LATER_FIELDS = ("validation_percent",)
MAX_LENGTH = 2_000_000  # characters, about twice the largest network with two checkpoints and 20,000 rows


class ModelFileError(InvalidValue):
    """A file is invalid; `mistake` says where, and what is allowed there."""

    def __init__(self, mistake: Mistake) -> None:
        said = {"field": mistake.field, "value": mistake.value, "allowed": mistake.allowed}
        super().__init__(Phrase("{field} {allowed}. Your value: “{value}”.", said))
        self.mistake = mistake


@dataclass(frozen=True)
class ModelFile:
    """The contents of a file: an experiment, its view and its checkpoint."""

    experiment: Experiment
    view: View
    checkpoint: Checkpoint

    def trainer(self, kernels: Kernels | None = None) -> Trainer:
        """Return a trainer that resumes the run."""
        return Trainer.restore(self.experiment, self.checkpoint, kernels)


# Bound lists while parsing: two megabytes of empty lists would create a million objects and mistakes.
_Row = Annotated[list[float], FailFast(), Field(max_length=max(MAX_NEURONS, MAX_INPUTS))]


class _Layer(BaseModel):
    """Weights (neurons, inputs), biases (neurons,) and the activation's name."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    weights: Annotated[list[_Row], FailFast(), Field(max_length=MAX_NEURONS)]
    biases: _Row
    activation: str


class _File(BaseModel):
    """The whole file. Its contents are checked against the experiment afterwards."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    format: Literal["neural-playground model"]
    version: Literal[1]
    experiment: Experiment
    view: View = View()
    epoch: int = Field(default=0, ge=0, le=MAX_EPOCH)
    layers: Annotated[list[_Layer], FailFast(), Field(max_length=MAX_LAYERS + 1)]
    checkpoint: Annotated[str, Field(max_length=MAX_START)] | None = None


_FILE = TypeAdapter(_File)


def model_to_json(trainer: Trainer, view: View | None = None) -> str:
    """Return the model file of a run. Equal runs give equal text."""
    names = [*trainer.experiment.activations, trainer.experiment.output_activation]
    fields = trainer.experiment.model_dump(mode="json")
    for name in LATER_FIELDS:
        if fields[name] == Experiment.model_fields[name].default:
            del fields[name]
    content = {
        "format": FORMAT,
        "version": VERSION,
        "experiment": fields,
        "view": (view or View()).model_dump(mode="json"),
        "epoch": trainer.epoch,
        "layers": [
            {"weights": weights.tolist(), "biases": biases.tolist(), "activation": name}
            for weights, biases, name in zip(trainer.weights, trainer.biases, names, strict=True)
        ],
        "checkpoint": trainer.checkpoint().encode(),
    }
    return _pretty(content) + "\n"


def _pretty(value: object, indent: str = "") -> str:
    """Write JSON with one line per field and per row of numbers, which `json.dumps` cannot do."""
    inner = indent + "  "
    if isinstance(value, dict) and value:
        lines = [f"{inner}{json.dumps(key)}: {_pretty(part, inner)}" for key, part in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(part, list | dict) for part in value):
        return "[\n" + ",\n".join(inner + _pretty(part, inner) for part in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def model_from_json(text: str) -> ModelFile:
    """Read a model file, perhaps edited by hand; ModelFileError names the first thing that is wrong with it."""
    if len(text) > MAX_LENGTH:
        raise ModelFileError(Mistake("file", characters(len(text)), at_most_characters(MAX_LENGTH)))
    if has_too_many_values(text):
        raise ModelFileError(Mistake("file", shown(text), at_most_values(MAX_VALUES)))
    try:
        file = _FILE.validate_json(text, strict=True)
    except ValidationError as error:
        first = mistakes(error, _FILE)[0]
        raise ModelFileError(
            first if first.field else Mistake("file", first.value, Phrase("must be a JSON object"))
        ) from error
    if file.experiment.dataset == OWN and file.experiment.own is None:
        raise _wrong("experiment.own", None, Phrase("must hold your data, because the dataset is your own"))
    theta = _theta(file)
    if file.checkpoint is None:
        return ModelFile(file.experiment, file.view, _begun(file.experiment, file.epoch, theta))
    try:
        checkpoint = file.experiment.read_checkpoint(file.checkpoint)
    except InvalidValue as error:
        raise ModelFileError(Mistake("checkpoint", shown(file.checkpoint), error.allowed)) from error
    _check_agreement(file, theta, checkpoint)
    return ModelFile(file.experiment, file.view, checkpoint)


def _theta(file: _File) -> Array:
    """Check the sizes and activations of the layers, and return their parameters (P,)."""
    experiment = file.experiment
    names = [*experiment.activations, experiment.output_activation]
    if len(file.layers) != len(names):
        raise _wrong(
            "layers",
            len(file.layers),
            Phrase.counted(
                "must have {count} layer, as in `experiment`",
                "must have {count} layers, as in `experiment`",
                {"count": len(names)},
            ),
        )
    theta = np.zeros(experiment.parameter_count)
    filled = zip(*split(theta, experiment.sizes), strict=True)
    for number, (layer, name, (weights, biases)) in enumerate(zip(file.layers, names, filled, strict=True)):
        rows, columns = weights.shape
        if len(layer.weights) != rows or any(len(row) != columns for row in layer.weights):
            shape = Phrase.counted(
                "must have {rows} row (numbers in each: {columns})",
                "must have {rows} rows (numbers in each: {columns})",
                {"rows": rows, "columns": columns},
                by="rows",
            )
            raise _wrong(f"layers.{number}.weights", layer.weights, shape)
        if len(layer.biases) != rows:
            raise _wrong(
                f"layers.{number}.biases",
                layer.biases,
                Phrase.counted("must have {count} number", "must have {count} numbers", {"count": rows}),
            )
        if layer.activation != name:
            raise _wrong(f"layers.{number}.activation", layer.activation, one_of([name]))
        weights[:], biases[:] = layer.weights, layer.biases
        for part, numbers in (("weights", weights), ("biases", biases)):
            if not (np.abs(numbers) < LARGEST).all():
                within = Phrase("must be within ±{limit}", {"limit": LARGEST})
                raise _wrong(f"layers.{number}.{part}", float(np.abs(numbers).max()), within)
    return theta


def _begun(experiment: Experiment, epoch: int, theta: Array) -> Checkpoint:
    """Return a checkpoint of these parameters, all free, with an empty optimizer state."""
    optimizer = OPTIMIZERS[experiment.optimizer]
    state = np.concatenate([np.zeros(optimizer.slots * theta.size), np.ones(BETA_POWERS)])
    size = optimizer.state_size(theta.size)
    return Checkpoint(epoch, theta, np.ones_like(theta), np.zeros_like(theta), state[:size])


def _check_agreement(file: _File, theta: Array, checkpoint: Checkpoint) -> None:
    """Refuse an epoch or layers that differ from the checkpoint."""
    if file.epoch != checkpoint.epoch:
        raise _wrong("epoch", file.epoch, _as_in_checkpoint(checkpoint.epoch))
    sizes = file.experiment.sizes
    for layer, (mine, theirs) in enumerate(zip(_named(theta, sizes), _named(checkpoint.theta, sizes), strict=True)):
        for name, ours in mine.items():
            for place in np.argwhere(ours != theirs[name]):
                where = ".".join(map(str, [f"layers.{layer}.{name}", *place.tolist()]))
                at = tuple(place)
                raise _wrong(where, float(ours[at]), _as_in_checkpoint(float(theirs[name][at])))


def _named(theta: Array, sizes: tuple[int, ...]) -> list[dict[str, Array]]:
    pairs = zip(*split(theta, sizes), strict=True)
    return [{"weights": weights, "biases": biases} for weights, biases in pairs]


def _as_in_checkpoint(value: float) -> Phrase:
    return Phrase(
        "must be {value}, as in `checkpoint`; to keep your own value, remove `checkpoint`", {"value": repr(value)}
    )


def _wrong(field: str, value: Any, allowed: Phrase) -> ModelFileError:
    return ModelFileError(Mistake(field, shown(value), allowed))
