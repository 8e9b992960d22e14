"""Find the run with which a session begins: that of a link, or of an earlier session of the same client."""

import secrets
from typing import NamedTuple

from engine import Experiment, Trainer, View, read_link
from engine.analysis.explain import is_valid_example
from engine.data.own_data import OwnData
from engine.text.phrases import InvalidValue, Phrase
from engine.text.validation import Mistake, shown
from engine.training.kernels import Kernels
from server.protocol.commands import Hello
from server.protocol.errors import Refused
from server.sessions.changes import affordable, with_own_data


class InitialRun(NamedTuple):
    """A trainer, the view of it, and what the link got wrong."""

    trainer: Trainer
    view: View
    notices: tuple[Mistake, ...] = ()


def random_seed() -> str:
    """Return a seed as TFP draws it at page load: five digits."""
    return f"0.{secrets.randbelow(100_000):05d}"


def initial_run(command: Hello, own: OwnData | None, kernels: Kernels, max_cost: int) -> InitialRun:
    """Return the run that a hello asks for; Refused says why there is none.

    A link that costs too much gives way to the default experiment: a page without a run could do nothing.
    """
    notices: tuple[Mistake, ...] = ()
    if command.experiment is not None:
        experiment = affordable(with_own_data(command.experiment, own), max_cost)
        view = command.view or View()
    else:
        link = read_link(command.link or "", seed=random_seed())
        experiment, view, notices = link.experiment, link.view, link.notices
        if view.example is not None and not is_valid_example(experiment, view.example):
            fitting = Phrase("must be x1, x2 and a label from the data, or one target per output")
            notices = (*notices, Mistake("example", ",".join(f"{number:g}" for number in view.example), fitting))
        try:
            affordable(experiment, max_cost)
        except Refused as refused:
            experiment, notices = Experiment(seed=random_seed()), (*notices, refused.mistake)
    if command.checkpoint is None:
        return InitialRun(Trainer(experiment, kernels), view, notices)
    try:
        checkpoint = experiment.read_checkpoint(command.checkpoint)
    except InvalidValue as error:
        raise Refused(Mistake("checkpoint", shown(command.checkpoint), error.allowed)) from error
    return InitialRun(Trainer.restore(experiment, checkpoint, kernels), view, notices)
