"""The gradient check as a command: it asks the engine, and says what cannot be checked."""

from engine import Trainer
from engine.analysis.gradient_check import check_gradient
from engine.text.phrases import InvalidValue, Phrase
from engine.text.validation import Mistake
from server.protocol import messages as protocol
from server.protocol.frames import numbers
from server.sessions.training import Refused


def checked(trainer: Trainer, command: protocol.Check) -> protocol.Checked:
    """Check the gradient of the run as it stands; Refused where that would take too long, or has no numbers."""
    experiment = trainer.experiment
    try:
        check = check_gradient(trainer)
    except InvalidValue as error:
        size = {
            "parameters": experiment.parameter_count,
            "points": min(experiment.batch_size, len(trainer.train_points)),
        }
        value = Phrase.counted(
            "{parameters} parameters, {points} point", "{parameters} parameters, {points} points", size, by="points"
        )
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
