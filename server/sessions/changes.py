"""How one run becomes another: what a change of settings keeps, and own data where settings only name them."""

from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter, ValidationError

from engine import Experiment, Trainer
from engine.data.own_data import OwnData
from engine.text.phrases import Phrase
from engine.text.validation import Mistake, mistakes
from engine.training.experiment import OWN
from server.sessions.training import Refused

DATA = {"dataset", "own", "curve", "classes", "seed", "noise", "train_percent"}

_EXPERIMENT: TypeAdapter[Any] = TypeAdapter(Experiment)


def differences(one: Experiment, other: Experiment) -> set[str]:
    """Name the fields in which two experiments differ; where they begin is none of them."""
    return {name for name in Experiment.model_fields if getattr(one, name) != getattr(other, name)} - {"start"}


def beginning_here(trainer: Trainer) -> Trainer:
    """Return the trainer with an experiment whose link begins at this very point of the run."""
    checkpoint = trainer.checkpoint()
    plain = trainer.experiment.changed(start=None)
    start = None
    if checkpoint.epoch > 0 or checkpoint.to_bytes() != Trainer(plain, trainer.kernels).checkpoint().to_bytes():
        start = checkpoint.encode()
    return Trainer.restore(plain.changed(start=start), checkpoint, trainer.kernels)


def with_own(experiment: Experiment, own: OwnData | None) -> Experiment:
    """Return an experiment with the own data that it names without holding them; Refused where there are none."""
    if experiment.dataset != OWN or experiment.own is not None:
        return experiment
    if own is None:
        raise Refused(Mistake("experiment.own", "null", Phrase("must be imported first")))
    return _or_refused(lambda: experiment.changed(own=own), "experiment.")


def on_own(experiment: Experiment, own: OwnData) -> Experiment:
    """Return an experiment on other, own data; Refused where they cannot be trained on."""
    return _or_refused(lambda: experiment.on_own(own), "")


def _or_refused(make: Callable[[], Experiment], where: str) -> Experiment:
    try:
        return make()
    except ValidationError as error:
        first = mistakes(error, _EXPERIMENT)[0]
        raise Refused(Mistake(where + first.field, first.value, first.allowed)) from error


def goes_on(one: Experiment, other: Experiment) -> bool:
    """Say whether training can go on with the same weights when only the data are others."""
    return (one.sizes, one.task, one.loss) == (other.sizes, other.task, other.loss)


def affordable(experiment: Experiment, limit: int) -> Experiment:
    """Return the experiment; Refused where it would take more of the machine than is one learner's share."""
    cost = experiment.parameter_count * experiment.point_count
    if cost > limit:
        value = Phrase(
            "{parameters} parameters × {points} points",
            {"parameters": experiment.parameter_count, "points": experiment.point_count},
        )
        allowed = Phrase(
            "is too large: parameters × points can’t exceed {limit}; use fewer neurons or fewer points",
            {"limit": limit},
        )
        raise Refused(Mistake("experiment", value, allowed))
    return experiment


def axes_of(own: OwnData) -> dict[str, Any]:
    """Return the names and the true units of the plane's axes, and of a target."""
    spans = [*own.ranges, own.target_range]
    axes: dict[str, Any] = {
        key: {"name": name, "low": low, "high": high}
        for key, name, (low, high) in zip(("x", "y", "target"), own.columns, spans, strict=True)
    }
    if own.task == "classification":
        axes["target"] = None
    return axes
