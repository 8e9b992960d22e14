"""Estimate from its size what a run costs, before anything of it runs."""

from engine import Experiment
from engine.text.phrases import Phrase
from engine.text.validation import Mistake
from server.protocol.errors import Refused

SMALL_WORK = 500_000  # parameters times points: an epoch and a command take less than a few milliseconds
SMALL_UNITS = 80  # their pictures do, too
LONG_UNITS = 160  # the pictures of more units take longer than a slice of training
# Of slow machines, so that an estimate is rather too long than too short.
SECONDS_PER_WORK = 5e-9
PLAIN_SECONDS_PER_LAYER = 3e-5  # in each step, for a dozen calls of NumPy


def work_of(experiment: Experiment) -> int:
    """Return an experiment's parameters times its points: the multiplications of one epoch, roughly."""
    return experiment.parameter_count * experiment.point_count


def is_small(experiment: Experiment) -> bool:
    """Return whether whatever a page does with this experiment may run in the event loop, apart from many epochs."""
    return work_of(experiment) <= SMALL_WORK and sum(experiment.sizes) <= SMALL_UNITS


def has_large_pictures(experiment: Experiment) -> bool:
    """Return whether drawing all units takes longer than a slice of training."""
    return sum(experiment.sizes) > LONG_UNITS


def expected_epoch_seconds(experiment: Experiment, compiled: bool) -> float:
    """Return about how long an epoch takes."""
    seconds = SECONDS_PER_WORK * work_of(experiment)
    if not compiled:
        steps = experiment.point_count / experiment.batch_size
        seconds += PLAIN_SECONDS_PER_LAYER * steps * len(experiment.sizes)
    return seconds


def affordable(experiment: Experiment, max_cost: int) -> Experiment:
    """Return the experiment; raise Refused if its parameters times its points exceed `max_cost`."""
    if work_of(experiment) > max_cost:
        value = Phrase(
            "{parameters} parameters × {points} points",
            {"parameters": experiment.parameter_count, "points": experiment.point_count},
        )
        allowed = Phrase(
            "is too large: parameters × points can’t exceed {limit}; use fewer neurons or fewer points",
            {"limit": max_cost},
        )
        raise Refused(Mistake("experiment", value, allowed))
    return experiment
