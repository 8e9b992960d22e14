"""What a learner does to a network by hand: set a weight, lock it, prune; Refused says why something cannot be."""

from engine import Trainer
from engine.text.phrases import InvalidValue, Phrase
from engine.text.validation import Mistake, whole_number
from server.protocol import messages as protocol
from server.sessions.training import Refused

ByHand = protocol.Edit | protocol.Lock | protocol.Prune


def change_by_hand(trainer: Trainer, net: int, command: ByHand) -> protocol.Pruned | None:
    """Carry out one command on the network that has the id `net`; of pruning, return what it did."""
    if isinstance(command, protocol.Prune):
        return _prune(trainer, command)
    if command.net != net:
        allowed = Phrase("must be {net}; the network has changed since", {"net": net})
        raise Refused(Mistake("net", str(command.net), allowed))
    sizes = trainer.experiment.sizes
    _check("layer", command.layer, len(sizes) - 1)
    _check("neuron", command.neuron, sizes[command.layer + 1])
    _check("input", command.input or 0, sizes[command.layer])
    at = command.layer, command.neuron
    if isinstance(command, protocol.Edit):
        trainer.set_weight(*at, command.input, command.value)
    elif command.whole:
        trainer.lock_neuron(*at, command.locked)
    else:
        trainer.lock(*at, command.input, command.locked)
    return None


def _prune(trainer: Trainer, command: protocol.Prune) -> protocol.Pruned:
    try:
        done = trainer.prune(command.share, command.method)
    except InvalidValue as error:
        raise Refused(Mistake("share", str(command.share), error.allowed)) from error
    return protocol.Pruned(
        rev=command.rev,
        count=done.count,
        predicted=done.predicted,
        actual=done.actual,
        before=done.before,
        after=done.after,
    )


def _check(name: str, index: int, count: int) -> None:
    if index >= count:
        allowed = whole_number(0, count - 1)
        raise Refused(Mistake(name, str(index), allowed))
