"""Find the run that a session begins with: from a link, or from the client's earlier session."""

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
from server.sessions.changes import with_own_data
from server.sessions.cost import affordable


class InitialRun(NamedTuple):
    """A trainer, its view, the mistakes in the link, and what TensorFlow Playground computes otherwise from it."""

    trainer: Trainer
    view: View
    notices: tuple[Mistake, ...] = ()
    remarks: tuple[Phrase, ...] = ()


def random_seed() -> str:
    """Return a random seed of five digits, as TFP draws at page load."""
    return f"0.{secrets.randbelow(100_000):05d}"


def initial_run(command: Hello, own: OwnData | None, kernels: Kernels, max_cost: int) -> InitialRun:
    """Return the run that a hello asks for; raise Refused if there is none.

    A link that costs too much is replaced by the default experiment, because a page without a run is useless.
    """
    notices: tuple[Mistake, ...] = ()
    remarks: tuple[Phrase, ...] = ()
    if command.experiment is not None:
        experiment = affordable(with_own_data(command.experiment, own), max_cost)
        view = command.view or View()
    else:
        link = read_link(command.link or "", seed=random_seed())
        experiment, view, notices, remarks = link.experiment, link.view, link.notices, link.remarks
        if view.example is not None and not is_valid_example(experiment, view.example):
            fitting = Phrase("must be x1, x2 and a label from the data, or one target per output")
            notices = (*notices, Mistake("example", ",".join(f"{number:g}" for number in view.example), fitting))
        try:
            affordable(experiment, max_cost)
        except Refused as refused:
            experiment, notices = Experiment(seed=random_seed()), (*notices, refused.mistake)
    if command.checkpoint is None:
        return InitialRun(Trainer(experiment, kernels), view, notices, remarks)
    try:
        checkpoint = experiment.read_checkpoint(command.checkpoint)
    except InvalidValue as error:
        raise Refused(Mistake("checkpoint", shown(command.checkpoint), error.allowed)) from error
    return InitialRun(Trainer.restore(experiment, checkpoint, kernels), view, notices, remarks)
