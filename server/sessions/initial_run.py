"""Where a session begins: at a link, or at what an earlier session of the page was."""

import secrets
from typing import NamedTuple

from engine import Experiment, Trainer, View, read_link
from engine.analysis.explain import is_valid_example
from engine.data.own_data import OwnData
from engine.text.phrases import InvalidValue, Phrase
from engine.text.validation import Mistake, shown
from engine.training.kernels import Kernels
from server.protocol.messages import VERSION, Hello
from server.sessions.changes import affordable, with_own
from server.sessions.training import Refused


class Beginning(NamedTuple):
    """The run, how it is shown, and what the link got wrong."""

    trainer: Trainer
    view: View
    notices: tuple[Mistake, ...] = ()


def random_seed() -> str:
    """Return a seed as TFP draws it at page load: five digits."""
    return f"0.{secrets.randbelow(100_000):05d}"


def beginning(command: Hello, own: OwnData | None, kernels: Kernels, limit: int) -> Beginning:
    """Return what a hello asks for; Refused says why it cannot be had.

    A link that costs more than the limit gives way to the default: a page without a run could do nothing at all.
    """
    if command.version != VERSION:
        allowed = Phrase("must be {version}; reload the page", {"version": VERSION})
        raise Refused(Mistake("version", str(command.version), allowed))
    notices: tuple[Mistake, ...] = ()
    if command.experiment is not None:
        experiment = affordable(with_own(command.experiment, own), limit)
        view = command.view or View()
    else:
        link = read_link(command.link or "", seed=random_seed())
        experiment, view, notices = link.experiment, link.view, link.notices
        if view.example is not None and not is_valid_example(experiment, view.example):
            fitting = Phrase("must be x1, x2 and a label from the data, or one target per output")
            notices = (*notices, Mistake("example", ",".join(f"{number:g}" for number in view.example), fitting))
        try:
            affordable(experiment, limit)
        except Refused as refused:
            experiment, notices = Experiment(seed=random_seed()), (*notices, refused.mistake)
    if command.checkpoint is None:
        return Beginning(Trainer(experiment, kernels), view, notices)
    try:
        checkpoint = experiment.read_checkpoint(command.checkpoint)
    except InvalidValue as error:
        raise Refused(Mistake("checkpoint", shown(command.checkpoint), error.allowed)) from error
    return Beginning(Trainer.restore(experiment, checkpoint, kernels), view, notices)
