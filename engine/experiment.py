"""Experiment: one frozen, validated description of a run; every range, default and menu of the page, once."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from engine.activations import ACTIVATIONS
from engine.checkpoint import Checkpoint, decode_checkpoint
from engine.datasets import DATASETS
from engine.features import FEATURES
from engine.initializers import INITIALIZERS
from engine.losses import LOSSES
from engine.optimizers import OPTIMIZERS
from engine.penalties import PENALTIES
from engine.validation import MemberOf

LEARNING_RATES = (0.00001, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
PENALTY_RATES = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
TASKS = {"classification": "Classification", "regression": "Regression"}
MAX_LAYERS, MAX_NEURONS = 10, 32


@dataclass(frozen=True)
class Range:
    """What a slider or a pair of buttons on the page offers; a link may bring more."""

    low: int
    high: int
    step: int = 1


PAGE_RANGES: dict[str, Range] = {
    "noise": Range(0, 50, 5),
    "train_percent": Range(10, 90, 10),
    "batch_size": Range(1, 30),
    "hidden_layers": Range(0, 6),
    "neurons": Range(1, 8),
}


def _in_order(names: tuple[str, ...]) -> tuple[str, ...]:
    """Put features into TFP's order, each once."""
    return tuple(name for name in FEATURES if name in names)


Neurons = Annotated[int, Field(ge=1, le=MAX_NEURONS)]
Seed = Annotated[str, Field(min_length=1, max_length=64)]


class Experiment(BaseModel):
    """What to train on what: equal experiments give equal runs, number for number.

    The defaults are TFP's. `noise` and `train_percent` are per cent. `weights_seed` None lets the weights continue
    the data's random stream, as TFP does at page load. `start` is a checkpoint as text: the run begins there
    (an edited weight, a setting changed on the way), not at epoch 0. The stop conditions end a run after so many
    epochs, when the test loss falls below a value, or when it has not improved for so many epochs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    dataset: Annotated[str, MemberOf(DATASETS)] = "circle"
    seed: Seed = "0.5"
    weights_seed: Seed | None = None
    noise: float = Field(default=0, ge=0, le=80)
    train_percent: float = Field(default=50, ge=10, le=90)
    features: Annotated[
        tuple[Annotated[str, MemberOf(FEATURES)], ...],
        Field(min_length=1, max_length=len(FEATURES)),
        AfterValidator(_in_order),
    ] = ("x", "y")
    hidden_layers: Annotated[tuple[Neurons, ...], Field(max_length=MAX_LAYERS)] = (4, 2)
    activation: Annotated[str, MemberOf(ACTIVATIONS)] = "tanh"
    loss: Annotated[str, MemberOf(LOSSES)] = "square"
    penalty: Annotated[str, MemberOf(PENALTIES)] = "none"
    penalty_rate: float = Field(default=0, ge=0, le=100)
    optimizer: Annotated[str, MemberOf(OPTIMIZERS)] = "sgd"
    learning_rate: float = Field(default=0.03, ge=0, le=100)
    batch_size: int = Field(default=10, ge=1, le=1200)
    initializer: Annotated[str, MemberOf(INITIALIZERS)] = "uniform"
    stop_epochs: int | None = Field(default=None, ge=1, le=10_000_000)
    stop_loss: float | None = Field(default=None, gt=0, le=100)
    stop_patience: int | None = Field(default=None, ge=1, le=1_000_000)
    start: str | None = Field(default=None, max_length=300_000)

    @field_validator("start")
    @classmethod
    def _check_start(cls, start: str | None, info: ValidationInfo) -> str | None:
        """Refuse a checkpoint of another network; where that is not valid itself, its own error is enough."""
        before = [name for name in cls.model_fields if name != "start"]
        if start is not None and all(name in info.data for name in before):
            cls.model_construct(**info.data, start=start).start_checkpoint()
        return start

    @classmethod
    def from_link(cls, link: str) -> "Experiment":
        """Read the fragment of one of our links, or of TFP's; what it gets wrong keeps its default."""
        from engine.links import read_link

        return read_link(link).experiment

    @property
    def task(self) -> str:
        """`classification` or `regression`, as the dataset says."""
        return DATASETS[self.dataset].task

    @property
    def output_activation(self) -> str:
        """The link of the loss for this task."""
        return LOSSES[self.loss].links[self.task]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of each layer, inputs first, outputs last."""
        return (len(self.features), *self.hidden_layers, 1)

    @property
    def parameter_count(self) -> int:
        """Weights and biases of all layers."""
        return sum(rows * (columns + 1) for columns, rows in pairwise(self.sizes))

    def start_checkpoint(self) -> Checkpoint | None:
        """Decode `start`; ValueError when it does not fit the network."""
        if self.start is None:
            return None
        return decode_checkpoint(self.start, self.parameter_count, OPTIMIZERS[self.optimizer].slots)

    def changed(self, **fields: Any) -> "Experiment":
        """Return a validated copy with some fields replaced."""
        return Experiment(**{**self.model_dump(), **fields})

    def safe_penalty_rate(self) -> float | None:
        """Return the nearest rate of the menu at which L2 is stable, or None when this one is.

        One step multiplies a weight by 1 - learning_rate * penalty_rate: beyond 2 it grows without end.
        """
        if self.penalty != "L2" or self.learning_rate * self.penalty_rate <= 2:
            return None
        return max(rate for rate in PENALTY_RATES if self.learning_rate * rate < 2)

    def smaller_learning_rate(self) -> float:
        """Return the menu's next smaller learning rate (a tenth, below the menu)."""
        below = [rate for rate in LEARNING_RATES if rate < self.learning_rate]
        return max(below) if below else self.learning_rate / 10
