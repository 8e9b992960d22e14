"""Experiment: the frozen, validated description of a run, with every range, default and menu of the page."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from engine.data.datasets import DATASETS, DEFAULT_CURVE
from engine.data.features import FEATURES, formula_inputs
from engine.data.formulas import MAX_LENGTH, read_formula
from engine.data.own_data import MAX_CLASSES, OwnData
from engine.nn.activations import ACTIVATIONS
from engine.nn.initializers import INITIALIZERS
from engine.nn.losses import LOSSES
from engine.optim.optimizers import OPTIMIZERS
from engine.optim.penalties import ELASTIC, L2, PENALTIES
from engine.optim.schedules import SCHEDULES
from engine.text.phrases import InvalidValue, Phrase
from engine.text.validation import MemberOf, one_of
from engine.training.checkpoint import Checkpoint, decode_checkpoint

LEARNING_RATES = (0.00001, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
PENALTY_RATES = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
TASKS = {"classification": "Classification", "regression": "Regression"}
OWN, CURVED = "own", "above"  # datasets that need another field
AFTER_DATA = "@"  # begins a weights seed that names data: the weights continue the random stream of those
MAX_SEED = 64
# Fields that can change during a run. A change of any other field restarts it, as in TFP.
LIVE_SETTINGS = {
    *("learning_rate", "schedule", "schedule_epochs", "schedule_factor", "warmup_epochs"),
    *("momentum", "rho", "beta1", "beta2", "weight_decay", "clip_norm", "dropout", "shuffle"),
    *("stop_epochs", "stop_loss", "stop_patience"),
}
MAX_LAYERS, MAX_NEURONS, MAX_FORMULAS = 10, 32, 4
MAX_INPUTS = len(FEATURES) + MAX_FORMULAS
FEWEST_ROWS = 2  # of own data: one for training, one for testing
BELOW_1 = 0.99999  # upper limit of the decay of a running average
MAX_START = 350_000  # characters of a checkpoint of the largest network with Adam's state


@dataclass(frozen=True)
class Range:
    """The range of a slider or a pair of buttons on the page. A link may exceed it."""

    low: int
    high: int
    step: int = 1


PAGE_RANGES: dict[str, Range] = {
    "noise": Range(0, 50, 5),
    "train_percent": Range(10, 90, 10),
    "validation_percent": Range(0, 50, 10),
    "batch_size": Range(1, 30),
    "hidden_layers": Range(0, 6),
    "neurons": Range(1, 8),
    "classes": Range(3, 6),
}


def losses_for(task: str) -> list[str]:
    """Name the losses for a task."""
    return [name for name, loss in LOSSES.items() if task in loss.output_activations]


def _in_order(names: tuple[str, ...]) -> tuple[str, ...]:
    """Put features into TFP's order, without duplicates."""
    return tuple(name for name in FEATURES if name in names)


def _normalised(text: str) -> str:
    """Return a formula in normal form; FormulaError names the position and the reason of a mistake."""
    return read_formula(text).text


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


FormulaText = Annotated[str, Field(min_length=1, max_length=MAX_LENGTH), AfterValidator(_normalised)]
Neurons = Annotated[int, Field(ge=1, le=MAX_NEURONS)]
Seed = Annotated[str, Field(min_length=1, max_length=MAX_SEED)]


def _task(fields: dict[str, Any]) -> str | None:
    """Return the task of validated fields; None if the dataset is unknown or own data are missing."""
    if fields.get("dataset") == OWN:
        return None if fields.get("own") is None else fields["own"].task
    return DATASETS[fields["dataset"]].task if "dataset" in fields else None


class Experiment(BaseModel):
    """The settings of a run. Equal experiments give equal runs, number for number.

    The defaults are TFP's. `noise` and `train_percent` are percentages. `validation_percent` of the training points are
    set aside: the run does not train on them, and they decide about stopping. Without `weights_seed`, the weights
    continue the random stream of the data, as TFP does at page load; "@0.7" continues that of the data with seed 0.7.
    `layer_activations` names one activation for each hidden layer; None means `activation` for all. The registries say
    which hyperparameters a loss, a penalty, an optimizer, a schedule or an initializer reads; others have no effect.

    The dataset `own` takes its points from `own` and ignores `noise`; `own` is dropped for any other dataset. The
    dataset `above` labels points by whether they lie above `curve`. The inputs are `features`, then `formulas`.
    `start` is a checkpoint as text, from which the run begins instead of epoch 0. The stop conditions end a run after
    `stop_epochs` epochs, when the validation loss falls below `stop_loss`, or when it has not improved for
    `stop_patience` epochs. Without validation points, the test loss decides.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    dataset: Annotated[str, MemberOf({**DATASETS, OWN: None})] = "circle"
    own: OwnData | None = None
    curve: FormulaText = DEFAULT_CURVE
    classes: int = Field(default=2, ge=2, le=MAX_CLASSES, validate_default=True)
    seed: Seed = "0.5"
    weights_seed: Seed | None = None
    noise: float = Field(default=0, ge=0, le=80)
    train_percent: float = Field(default=50, ge=10, le=90)
    validation_percent: float = Field(default=0, ge=0, le=50)
    formulas: Annotated[tuple[FormulaText, ...], Field(max_length=MAX_FORMULAS), AfterValidator(_each_once)] = ()
    features: Annotated[
        tuple[Annotated[str, MemberOf(FEATURES)], ...],
        Field(max_length=len(FEATURES)),
        AfterValidator(_in_order),
    ] = ("x", "y")
    hidden_layers: Annotated[tuple[Neurons, ...], Field(max_length=MAX_LAYERS)] = (4, 2)
    activation: Annotated[str, MemberOf(ACTIVATIONS)] = "tanh"
    layer_activations: (
        Annotated[tuple[Annotated[str, MemberOf(ACTIVATIONS)], ...], Field(max_length=MAX_LAYERS)] | None
    ) = None
    loss: Annotated[str, MemberOf(LOSSES)] = "square"
    huber_delta: float = Field(default=0.5, ge=0.01, le=10)
    penalty: Annotated[str, MemberOf(PENALTIES)] = "none"
    penalty_rate: float = Field(default=0, ge=0, le=100)
    elastic_ratio: float = Field(default=0.5, ge=0, le=1)
    optimizer: Annotated[str, MemberOf(OPTIMIZERS)] = "sgd"
    momentum: float = Field(default=0.9, ge=0, le=BELOW_1)
    rho: float = Field(default=0.99, ge=0, le=BELOW_1)
    beta1: float = Field(default=0.9, ge=0, le=BELOW_1)
    beta2: float = Field(default=0.999, ge=0, le=BELOW_1)
    weight_decay: float = Field(default=0.01, ge=0, le=10)
    learning_rate: float = Field(default=0.03, ge=0, le=100)
    schedule: Annotated[str, MemberOf(SCHEDULES)] = "constant"
    schedule_epochs: int = Field(default=100, ge=1, le=1_000_000)
    schedule_factor: float = Field(default=0.5, ge=0.000001, le=1)
    warmup_epochs: int = Field(default=0, ge=0, le=100_000)
    clip_norm: float | None = Field(default=None, gt=0, le=1_000_000)
    dropout: float = Field(default=0, ge=0, le=0.9)
    shuffle: bool = False
    batch_size: int = Field(default=10, ge=1, le=20_000)
    initializer: Annotated[str, MemberOf(INITIALIZERS)] = "uniform"
    init_scale: float = Field(default=0.5, ge=0.001, le=10)
    stop_epochs: int | None = Field(default=None, ge=1, le=10_000_000)
    stop_loss: float | None = Field(default=None, gt=0, le=100)
    stop_patience: int | None = Field(default=None, ge=1, le=1_000_000)
    start: str | None = Field(default=None, max_length=MAX_START)

    @field_validator("own")
    @classmethod
    def _check_own(cls, own: OwnData | None, info: ValidationInfo) -> OwnData | None:
        """Refuse too few rows to split; drop own data if the dataset is another."""
        if own is None or info.data.get("dataset") != OWN:
            return None
        if len(own.rows) < FEWEST_ROWS:
            raise InvalidValue(Phrase("must have at least {count} rows", {"count": FEWEST_ROWS}))
        return own

    @field_validator("classes")
    @classmethod
    def _check_classes(cls, classes: int, info: ValidationInfo) -> int:
        """Refuse a number of classes that the dataset does not offer; regression and own data keep the default."""
        if "dataset" in info.data:
            low, high = (2, 2) if info.data["dataset"] == OWN else DATASETS[info.data["dataset"]].classes
            allowed = range(max(low, 2), max(high, 2) + 1)
            if classes not in allowed:
                raise InvalidValue(one_of(allowed))
        return classes

    @field_validator("features")
    @classmethod
    def _check_features(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        """Refuse a network without inputs."""
        if not names and not info.data.get("formulas", True):
            raise InvalidValue(
                Phrase("must have 1 to {high} entries when there are no formulas", {"high": len(FEATURES)})
            )
        return names

    @field_validator("layer_activations")
    @classmethod
    def _check_layers(cls, names: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
        """Refuse a list without exactly one activation per hidden layer."""
        if names is not None and "hidden_layers" in info.data:
            layers = info.data["hidden_layers"]
            if len(names) != len(layers):
                fitting = {"count": len(layers), "layers": list(layers)}
                raise InvalidValue(
                    Phrase.counted(
                        "must be null or {count} name, one per layer of hidden_layers {layers}",
                        "must be null or {count} names, one per layer of hidden_layers {layers}",
                        fitting,
                    )
                )
        return names or None

    @field_validator("loss")
    @classmethod
    def _check_loss(cls, loss: str, info: ValidationInfo) -> str:
        """Refuse a loss that does not suit the task; missing own data allow any."""
        task = _task(info.data)
        if task is not None and loss in LOSSES and task not in LOSSES[loss].output_activations:
            fitting = {"names": ", ".join(losses_for(task))}
            if task == "regression":
                raise InvalidValue(Phrase("must be one of {names} for regression", fitting))
            raise InvalidValue(Phrase("must be one of {names} for classification", fitting))
        return loss

    @field_validator("start")
    @classmethod
    def _check_start(cls, start: str | None, info: ValidationInfo) -> str | None:
        """Refuse a checkpoint of another network; skip the check if another field is invalid."""
        before = [name for name in cls.model_fields if name != "start"]
        if start is not None and all(name in info.data for name in before) and _task(info.data) is not None:
            cls.model_construct(**info.data, start=start).start_checkpoint()
        return start

    @cached_property
    def task(self) -> str:
        """`classification` or `regression`: the task of the data or, if own data are missing, of the loss."""
        return _task({"dataset": self.dataset, "own": self.own}) or next(iter(LOSSES[self.loss].output_activations))

    @cached_property
    def class_count(self) -> int:
        """The number of classes in the data; 1 for regression."""
        if self.task == "regression":
            return 1
        return self.classes if self.own is None else len(self.own.classes)

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Names of the network's inputs: the features, then the formulas, each prefixed with "="."""
        return (*self.features, *formula_inputs(self.formulas))

    @property
    def output_activation(self) -> str:
        """The link of the loss for this task."""
        return LOSSES[self.loss].output_activations[self.task]

    @cached_property
    def activations(self) -> tuple[str, ...]:
        """The activation of each hidden layer."""
        return self.layer_activations or (self.activation,) * len(self.hidden_layers)

    @cached_property
    def outputs(self) -> int:
        """The number of outputs: one for regression or two classes, otherwise (or if the loss asks) one per class."""
        alone = self.class_count == 1 or (self.class_count == 2 and not LOSSES[self.loss].per_class)
        return 1 if alone else self.class_count

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """The number of units in each layer, inputs first, outputs last."""
        return (len(self.inputs), *self.hidden_layers, self.outputs)

    @property
    def parameter_count(self) -> int:
        """The number of weights and biases in all layers."""
        return sum(rows * (columns + 1) for columns, rows in pairwise(self.sizes))

    @property
    def point_count(self) -> int:
        """The number of points in both sets together."""
        return DATASETS[self.dataset].count if self.own is None else len(self.own.rows)

    def start_checkpoint(self) -> Checkpoint | None:
        """Decode `start`; ValueError if it does not fit the network."""
        return None if self.start is None else self.read_checkpoint(self.start)

    def read_checkpoint(self, text: str) -> Checkpoint:
        """Decode a checkpoint of this network and optimizer; InvalidValue, a ValueError, says why it is none."""
        count = self.parameter_count
        return decode_checkpoint(text, count, OPTIMIZERS[self.optimizer].state_size(count))

    def changed(self, **fields: Any) -> "Experiment":
        """Return a validated copy with some fields replaced."""
        now = {name: getattr(self, name) for name in Experiment.model_fields}
        return Experiment(**{**now, **fields})

    def with_new_data(self, seed: str) -> "Experiment":
        """Return this experiment on data drawn with another seed, and with the same weights at epoch 0.

        Weights without a seed of their own continue the stream of the old data, so they now name the old seed.
        """
        named = AFTER_DATA + self.seed if self.weights_seed is None else self.weights_seed
        return self.changed(seed=seed, weights_seed=named if len(named) <= MAX_SEED else None)

    def on_own(self, own: OwnData) -> "Experiment":
        """Return this experiment on own data, with another loss only if the task or the classes require it."""
        several = len(own.classes) > 2
        usual = "cross-entropy" if several else "square"
        loss = self.loss
        another_kind = several != (self.class_count > 2) and loss in ("cross-entropy", "square")
        if another_kind or own.task not in LOSSES[loss].output_activations:
            loss = usual
        return self.changed(dataset=OWN, own=own, classes=2, loss=loss, start=None)

    def safe_penalty_rate(self) -> float | None:
        """Return the largest penalty rate of the menu at which L2 is stable, or None if the present rate is.

        One step multiplies a weight by 1 - learning_rate * penalty_rate. If the product exceeds 2, the weight grows
        without bound. In the elastic net, L2 gets only part of the rate.
        """
        shares = {L2: 1.0, ELASTIC: 1.0 - self.elastic_ratio}
        pull = self.learning_rate * shares.get(PENALTIES[self.penalty].code, 0.0)
        if pull * self.penalty_rate <= 2:
            return None
        return max(rate for rate in PENALTY_RATES if pull * rate < 2)

    def smaller_learning_rates(self) -> list[float]:
        """Return the smaller learning rates of the menu, largest first, or a tenth if there is none."""
        below = [rate for rate in LEARNING_RATES if rate < self.learning_rate]
        return below[::-1] or [self.learning_rate / 10]
