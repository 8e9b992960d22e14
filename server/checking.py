"""The gradient check as a command: it asks the engine, and says what cannot be checked."""

from engine import Trainer
from engine.gradient_check import check_gradient
from engine.phrases import Phrase, Unfit
from engine.validation import Mistake
from server import protocol
from server.training import Refused
from server.wire import numbers


def checked(trainer: Trainer, command: protocol.Check) -> protocol.Checked:
    """Check the gradient of the run as it stands; Refused where that would take too long, or has no numbers."""
    experiment = trainer.experiment
    try:
        check = check_gradient(trainer)
    except Unfit as error:
        size = {
            "parameters": experiment.parameter_count,
            "points": min(experiment.batch_size, len(trainer.train_points)),
        }
        value = Phrase("{parameters} parameters, {points} points", size)
        raise Refused(Mistake("check", value, error.allowed)) from error
    return protocol.Checked(
        rev=command.rev,
        epoch=check.epoch,
        points=check.points,
        sizes=list(experiment.sizes),
        features=list(experiment.inputs),
        gradient=numbers(check.gradient),
        quotient=numbers(check.quotient),
        difference=numbers(check.difference),
        bent=check.bent.tobytes(),
        worst=check.worst,
        digits=check.digits,
        agrees=check.agrees,
    )
