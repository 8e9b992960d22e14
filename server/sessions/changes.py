"""Decide what a change of settings keeps, and complete settings that only name the learner's own data."""

from collections.abc import Callable

from pydantic import TypeAdapter, ValidationError

from engine import Experiment
from engine.data.own_data import OwnData
from engine.text.phrases import Phrase
from engine.text.validation import Mistake, mistakes
from engine.training.experiment import OWN
from server.protocol.errors import Refused

DATA = {"dataset", "own", "curve", "classes", "seed", "noise", "train_percent", "validation_percent"}
NEW_DATA_ONLY = {"seed"}  # changing only this continues the run on new data, like TFP's Regenerate

_EXPERIMENT: TypeAdapter[Experiment] = TypeAdapter(Experiment)


def changed_fields(one: Experiment, other: Experiment) -> set[str]:
    """Name the fields in which two experiments differ, apart from `start`."""
    return {name for name in Experiment.model_fields if getattr(one, name) != getattr(other, name)} - {"start"}


def with_own_data(experiment: Experiment, own: OwnData | None) -> Experiment:
    """Add the learner's data to an experiment that refers to it; raise Refused if there is none."""
    if experiment.dataset != OWN or experiment.own is not None:
        return experiment
    if own is None:
        raise Refused(Mistake("experiment.own", "null", Phrase("must be imported first")))
    return _or_refused(lambda: experiment.changed(own=own), "experiment.")


def on_own_data(experiment: Experiment, own: OwnData) -> Experiment:
    """Return the experiment adapted to other own data; raise Refused if it cannot be trained on them."""
    return _or_refused(lambda: experiment.on_own(own), "")


def _or_refused(make: Callable[[], Experiment], where: str) -> Experiment:
    try:
        return make()
    except ValidationError as error:
        first = mistakes(error, _EXPERIMENT)[0]
        raise Refused(Mistake(where + first.field, first.value, first.allowed)) from error


def fits_network(one: Experiment, other: Experiment) -> bool:
    """Return whether training can continue with the same weights on the new data."""
    return (one.sizes, one.task, one.loss) == (other.sizes, other.task, other.loss)
