"""Carry out the commands that change the run: settings, data, edits of weights, files."""

import functools
from typing import NamedTuple

from engine import Experiment, Trainer, View, check_gradient, export, model_from_json, model_to_json
from engine.data.own_data import OwnData
from engine.interchange.export import FRAMEWORKS
from engine.interchange.model_file import ModelFileError
from engine.text.phrases import InvalidValue, Phrase
from engine.text.validation import Mistake, whole_number
from engine.training.experiment import LIVE_SETTINGS
from engine.training.kernels import PLAIN
from server.kernels.kernel_source import KernelSource
from server.protocol import commands
from server.protocol.answers import Checked, File, Pruned
from server.protocol.errors import Refused
from server.protocol.frames import checked_gradient
from server.protocol.message import Effect
from server.sessions.changes import (
    DATA,
    NEW_DATA_ONLY,
    changed_fields,
    fits_network,
    on_own_data,
    with_own_data,
)
from server.sessions.cost import affordable
from server.sessions.initial_run import initial_run, random_seed
from server.sessions.training import Mode, Training


class Outcome(NamedTuple):
    """The effect of a command on the run and the view, and the result it asked for."""

    effect: Effect = "none"
    view: View | None = None  # replaces the current view
    notices: tuple[Mistake, ...] = ()  # the mistakes in a link
    remarks: tuple[Phrase, ...] = ()  # what TensorFlow Playground computes otherwise from it
    own: OwnData | None = None  # own data that the client does not have yet
    result: Pruned | Checked | File | None = None


class Change(NamedTuple):
    """A change of settings, compared with what runs."""

    command: commands.Configure
    wanted: Experiment
    fields: set[str]  # that differ

    @property
    def is_live(self) -> bool:
        """Whether only future steps are affected, so that no new data and no new network are needed."""
        return self.fields <= LIVE_SETTINGS


@functools.cache
def _placeholder() -> Trainer:
    """Return the trainer that all sessions share until `hello`, because making one takes milliseconds."""
    return Trainer(Experiment(), PLAIN)


class Runner:
    """Trains one run after another.

    `id` counts the runs; a change that restarts training begins a new one. `net` changes with the network's
    shape or a restart, `data` with the points, `version` with every change.
    """

    def __init__(self, kernels: KernelSource, max_cost: int) -> None:
        self.training = Training(_placeholder(), kernels)
        self.id = 0
        self.net = self.data = 1
        self.version = 0
        self._kernels = kernels
        self._max_cost = max_cost
        self._own: OwnData | None = None  # the newest own data, even if the run trains on another dataset

    @property
    def trainer(self) -> Trainer:
        """The current run's trainer."""
        return self.training.trainer

    def hello(self, command: commands.Hello) -> Outcome:
        """Begin the run of a link, or continue the run of an earlier session."""
        trainer, view, notices, remarks = initial_run(command, self._own, self._kernels.current, self._max_cost)
        self._begin(trainer, new_data=True, run=command.run)
        self.training.set_speed(command.speed)
        if command.playing:
            self.training.play()
        return Outcome("restart", view, notices, remarks, trainer.experiment.own)

    def open(self, command: commands.Open) -> Outcome:
        """Begin a run at the epoch and with the weights of a model file."""
        try:
            model = model_from_json(command.text)
        except ModelFileError as error:
            raise Refused(error.mistake) from error
        affordable(model.experiment, self._max_cost)
        trainer = model.trainer(self._kernels.current)
        trainer.start_here()
        self._begin(trainer, new_data=True)
        return Outcome("restart", model.view, own=self.trainer.experiment.own)

    @property
    def is_small(self) -> bool:
        """Whether an edit or a live change takes less time than a thread switch."""
        return self.training.is_small

    def compared(self, command: commands.Configure) -> Change:
        """Compare the settings that a client asks for with those that run; raise Refused if they are impossible."""
        wanted = self._wanted(command.experiment)
        return Change(command, wanted, changed_fields(self.trainer.experiment, wanted))

    def configure(self, change: Change) -> Outcome:
        """Change the experiment, the view or both."""
        command, wanted, changed = change
        if not changed:
            return Outcome("none", command.view)
        if change.is_live:
            self.trainer.apply_live_settings(wanted)
            self._go_on(self.trainer)
            return Outcome("live", command.view)
        if changed == NEW_DATA_ONLY:
            wanted = self._wanted(self.trainer.experiment.with_new_data(wanted.seed))
        if changed == NEW_DATA_ONLY or command.keep:
            self._go_on(self.trainer.continued(wanted), bool(changed & DATA))
            return Outcome("data" if changed == NEW_DATA_ONLY else "live", command.view)
        self._restart(wanted)
        return Outcome("restart", command.view)

    def bring_data(self, command: commands.Data) -> Outcome:
        """Train on the learner's own data; keep the weights if they fit and the learner wants to."""
        before = self.trainer.experiment
        wanted = affordable(on_own_data(before, command.own), self._max_cost)
        if not changed_fields(before, wanted):
            return Outcome()
        if command.keep and fits_network(before, wanted):
            self._go_on(self.trainer.continued(wanted), new_data=True)
            return Outcome("data")
        self._restart(wanted)
        return Outcome("restart")

    def reset(self, command: commands.Reset) -> Outcome:
        """Return to the start of the run, or to epoch 0 with new weights."""
        experiment = self.trainer.experiment
        start = experiment.start_checkpoint()
        if command.new_weights:
            experiment = experiment.changed(start=None, weights_seed=random_seed())
        elif start is not None and start.epoch > 0:
            experiment = experiment.changed(start=None)
        self._restart(experiment)
        return Outcome("restart")

    def edit(self, command: commands.Edit) -> Outcome:
        """Set one weight or bias."""
        self._refuse_elsewhere(command)
        self.trainer.set_weight(command.layer, command.neuron, command.input, command.value)
        return self._changed_by_hand()

    def lock(self, command: commands.Lock) -> Outcome:
        """Lock or free a weight, a bias or a whole neuron."""
        self._refuse_elsewhere(command)
        if command.whole:
            self.trainer.lock_neuron(command.layer, command.neuron, command.locked)
        else:
            self.trainer.lock(command.layer, command.neuron, command.input, command.locked)
        return self._changed_by_hand()

    def prune(self, command: commands.Prune) -> Outcome:
        """Set a fraction of the free weights to 0 and lock them."""
        try:
            pruned = self.trainer.prune(command.fraction, command.method)
        except InvalidValue as error:
            raise Refused(Mistake("fraction", str(command.fraction), error.allowed)) from error
        result = Pruned(
            count=pruned.count,
            predicted=pruned.predicted,
            actual=pruned.actual,
            before=pruned.before,
            after=pruned.after,
        )
        return self._changed_by_hand()._replace(result=result)

    def check(self) -> Outcome:
        """Check the run's current gradient; raise Refused if that would take too long or the gradient is not finite."""
        experiment = self.trainer.experiment
        try:
            check = check_gradient(self.trainer)
        except InvalidValue as error:
            size = {
                "parameters": experiment.parameter_count,
                "points": min(experiment.batch_size, len(self.trainer.train_points)),
            }
            value = Phrase.counted(
                "{parameters} parameters, {points} point", "{parameters} parameters, {points} points", size, by="points"
            )
            raise Refused(Mistake("check", value, error.allowed)) from error
        return Outcome(result=checked_gradient(self.trainer, check))

    def save(self, command: commands.Save, view: View) -> Outcome:
        """Return the run as a model file or as a script."""
        if command.what in FRAMEWORKS:
            file = File(name=f"network_{command.what}.py", text=export(self.trainer, command.what))
        else:
            file = File(name="model.json", text=model_to_json(self.trainer, view))
        return Outcome(result=file)

    def _wanted(self, experiment: Experiment) -> Experiment:
        """Return the experiment that a client asks for, with its own data; `start` is ignored."""
        if experiment.start is not None:
            experiment = experiment.model_copy(update={"start": None})
        return affordable(with_own_data(experiment, self._own), self._max_cost)

    def _restart(self, experiment: Experiment) -> None:
        new_data = bool(changed_fields(self.trainer.experiment, experiment) & DATA)
        self._begin(Trainer(experiment, self._kernels.current), new_data)

    def _begin(self, trainer: Trainer, new_data: bool, run: int | None = None) -> None:
        """Begin a new run, or continue the run with the given id."""
        self.id = self.id + 1 if run is None else run
        self.net += 1
        self._take(trainer, new_data)
        self.training.enter(Mode.PAUSED)

    def _go_on(self, trainer: Trainer, new_data: bool = False) -> None:
        """Continue the same run; its link now starts here."""
        trainer.start_here()
        self.net += trainer is not self.trainer
        self._take(trainer, new_data)
        self.training.revive()

    def _take(self, trainer: Trainer, new_data: bool) -> None:
        self.training.take(trainer)
        self._own = trainer.experiment.own or self._own
        self.data += new_data
        self.version += 1

    def _changed_by_hand(self) -> Outcome:
        self._go_on(self.trainer)
        return Outcome("live")

    def _refuse_elsewhere(self, command: commands.Edit | commands.Lock) -> None:
        """Refuse a parameter outside the network, or one of a network that has since changed."""
        if command.net != self.net:
            allowed = Phrase("must be {net}; the network has changed since", {"net": self.net})
            raise Refused(Mistake("net", str(command.net), allowed))
        sizes = self.trainer.experiment.sizes
        _refuse_beyond("layer", command.layer, len(sizes) - 1)
        _refuse_beyond("neuron", command.neuron, sizes[command.layer + 1])
        _refuse_beyond("input", command.input or 0, sizes[command.layer])


def _refuse_beyond(name: str, index: int, count: int) -> None:
    if index >= count:
        raise Refused(Mistake(name, str(index), whole_number(0, count - 1)))
