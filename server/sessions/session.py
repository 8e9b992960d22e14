"""Session: what one tab trains and sees, as synchronous state without a socket.

Commands come in as text and are answered with messages; frames are taken when somebody asks for one. When that is,
`server.sessions.loop` decides.
"""

import functools
from typing import Any

from engine import Experiment, Trainer, View, link_to
from engine.analysis.explain import is_valid_example
from engine.data.own_data import OwnData
from engine.text.phrases import ENGLISH, Catalogue, Phrase, rendered
from engine.text.validation import Mistake
from engine.training.experiment import LIVE_SETTINGS
from engine.training.kernels import PLAIN
from server.config.limits import Limits
from server.kernels.kernel_source import KernelSource, KernelStatus
from server.protocol import messages as protocol
from server.protocol.explanation import Explanation
from server.protocol.frames import (
    Parameter,
    explanation_of,
    feature_pictures,
    mechanics,
    numbers,
    pictures,
    points_of,
    thumbnails,
)
from server.protocol.message import Message
from server.protocol.messages import Accepted, Error, Frame, Problem, Status, Unattended, Welcome
from server.protocol.parsing import Unreadable, command_in
from server.sessions.assessment import Assessment
from server.sessions.changes import (
    DATA,
    affordable,
    axes_of,
    beginning_here,
    differences,
    goes_on,
    on_own,
    with_own,
)
from server.sessions.checking import checked
from server.sessions.editing import ByHand, change_by_hand
from server.sessions.files import opened, saved
from server.sessions.gradients import Gradients
from server.sessions.initial_run import beginning, random_seed
from server.sessions.training import Mode, Refused, Training

IN_FLIGHT = 2  # frames that the page has not drawn yet
BY_ITSELF = ("visible", "drawn")  # what a page sends without anybody touching it


@functools.cache
def _until_hello() -> Trainer:
    """Return what all sessions hold until they are told what to train: to make each its own data takes milliseconds."""
    return Trainer(Experiment(), PLAIN)


class Session:
    """One learner's run. `handle` carries out a command, `training` trains, `snapshot` shows.

    `catalogue` holds the texts in the learner's language.
    """

    def __init__(self, kernels: KernelSource, catalogue: Catalogue = ENGLISH, limits: Limits | None = None) -> None:
        self._kernels = kernels
        self._catalogue = catalogue
        self._limits = limits or Limits()
        self.training = Training(_until_hello(), kernels)
        self.view = View()
        self.visible = True
        self.stalled = False  # it could be seen and draws nothing: the loop, which has a clock, says so
        self.greeted = False
        self.dirty = False  # something to show that no frame has shown
        self.touches = 0  # commands that somebody gave, not the page by itself
        self.refused = 0  # commands
        self._assessment = Assessment()
        self._gradients = Gradients()
        self._own: OwnData | None = None  # the newest, whatever the run is on
        self._rev = 0
        self._focus: int | None = None
        self._unfolded: Parameter | None = None
        self._net = self._data = 1
        self._data_sent = 0
        self._frames = self._drawn = 0

    @property
    def trainer(self) -> Trainer:
        """The run as it stands."""
        return self.training.trainer

    @property
    def frames(self) -> int:
        """How many there have been."""
        return self._frames

    @property
    def followed(self) -> bool:
        """Whether the page can be seen and keeps up with the frames."""
        return self.visible and self._frames - self._drawn < IN_FLIGHT

    @property
    def kernel_status(self) -> KernelStatus:
        """Return how far the kernels are."""
        return self._kernels.status

    def handle(self, text: str | bytes) -> list[Message]:
        """Carry out one message of the page; a wrong value is answered by one error, and then nothing changes."""
        return self.carry_out(self.read(text))

    def read(self, text: str | bytes) -> Any:
        """Return the command that a message holds, or the error that answers it; changes nothing."""
        try:
            return command_in(text, self._limits.max_message_size)
        except Unreadable as error:
            return self._error(error.rev, error.mistake)

    def carry_out(self, command: Any) -> list[Message]:
        """Carry out what `read` has returned."""
        if isinstance(command, Error):
            return [command]
        rev = getattr(command, "rev", None)
        if not self.greeted and command.type != "hello":
            return [self._error(rev, Mistake("type", command.type, Phrase("must come after hello")))]
        self.touches += command.type not in BY_ITSELF
        try:
            answers = self._carry_out(command)
        except Refused as refused:
            return [self._error(rev, refused.mistake)]
        if rev is not None:
            self._rev = rev
            self.dirty = True
        return answers

    def _carry_out(self, command: Any) -> list[Message]:
        match command:
            case protocol.Hello():
                return self._hello(command)
            case protocol.Configure():
                return [self._configure(command)]
            case protocol.Data():
                return [self._bring(command)]
            case protocol.Play():
                self.training.play()
            case protocol.Pause():
                self.training.pause()
            case protocol.Step():
                self.training.step()
            case protocol.Reset():
                return [self._reset(command)]
            case protocol.Edit() | protocol.Lock() | protocol.Prune():
                return self._by_hand(command)
            case protocol.Check():
                return [checked(self.trainer, command)]
            case protocol.Save():
                return [saved(self.trainer, self.view, command)]
            case protocol.Open():
                return [self._open(command)]
            case protocol.SetSpeed():
                self.training.set_speed(command.speed)
            case protocol.Focus():
                self._focus = command.unit
                self.dirty = True
            case protocol.Unfold():
                self._unfolded = None if command.layer is None else (command.layer, command.neuron, command.input)
                self.dirty = True
            case protocol.Visible():
                self.visible = command.visible
            case protocol.Drawn():
                self._drawn = max(self._drawn, min(command.frame, self._frames))
        return []

    def _hello(self, command: protocol.Hello) -> list[Message]:
        trainer, view, notices = beginning(command, self._own, self._kernels.current, self._limits.max_experiment_cost)
        self._take(trainer, new_data=True)
        self.view, self.greeted = view, True
        self.training.set_speed(command.speed)
        self.training.enter(Mode.PAUSED)
        if command.playing:
            self.training.play()
        return [
            Welcome(datasets=thumbnails(), features=feature_pictures()),
            Status.of(self._kernels.status),
            self._accepted(command.rev, "restart", notices, trainer.experiment.own),
        ]

    def _open(self, command: protocol.Open) -> Message:
        model = opened(command)
        self._affordable(model.experiment)
        self._take(beginning_here(model.trainer(self._kernels.current)), new_data=True)
        self.view = model.view
        self.training.enter(Mode.PAUSED)
        return self._accepted(command.rev, "restart", told=self.trainer.experiment.own)

    def _configure(self, command: protocol.Configure) -> Message:
        wanted = self._affordable(with_own(command.experiment.changed(start=None), self._own))
        changed = differences(self.trainer.experiment, wanted)
        self.view = command.view
        if not changed:
            return self._accepted(command.rev, "none")
        if changed <= LIVE_SETTINGS or changed == {"seed"} or command.keep:
            self._take(beginning_here(self.trainer.continued(wanted)), new_data=bool(changed & DATA))
            self.training.revive()
            return self._accepted(command.rev, "data" if changed == {"seed"} else "live")
        self._restart(wanted)
        return self._accepted(command.rev, "restart")

    def _bring(self, command: protocol.Data) -> Message:
        before = self.trainer.experiment
        wanted = self._affordable(on_own(before, command.own))
        if not differences(before, wanted):
            return self._accepted(command.rev, "none")
        if goes_on(before, wanted):
            self._take(beginning_here(self.trainer.continued(wanted)), new_data=True)
            self.training.revive()
            return self._accepted(command.rev, "data")
        self._restart(wanted)
        return self._accepted(command.rev, "restart")

    def _restart(self, experiment: Experiment) -> None:
        new_data = bool(differences(self.trainer.experiment, experiment) & DATA)
        self._take(Trainer(experiment, self._kernels.current), new_data)
        self.training.enter(Mode.PAUSED)

    def _reset(self, command: protocol.Reset) -> Message:
        experiment = self.trainer.experiment
        start = experiment.start_checkpoint()
        if command.new_weights:
            experiment = experiment.changed(start=None, weights_seed=random_seed())
        elif start is not None and start.epoch > 0:
            experiment = experiment.changed(start=None)
        self._restart(experiment)
        return self._accepted(command.rev, "restart")

    def _by_hand(self, command: ByHand) -> list[Message]:
        pruned = change_by_hand(self.trainer, self._net, command)
        net = self._net
        self._take(beginning_here(self.trainer), new_data=False)
        self._net = net  # the same network with other numbers
        self.training.revive()
        accepted = self._accepted(command.rev, "live")
        return [accepted] if pruned is None else [accepted, pruned]

    def _affordable(self, experiment: Experiment) -> Experiment:
        return affordable(experiment, self._limits.max_experiment_cost)

    def _take(self, trainer: Trainer, new_data: bool) -> None:
        self.training.take(trainer)
        self._own = trainer.experiment.own or self._own
        self._net += 1
        self._data += new_data
        self._gradients.forget(new_data)
        self.dirty = True

    def _accepted(
        self, rev: int, effect: Any, notices: tuple[Mistake, ...] = (), told: OwnData | None = None
    ) -> Accepted:
        """Say what runs now; own data are many, and stay out of it but where a page is `told` them."""
        experiment = self.trainer.experiment
        own = experiment.own
        if self.view.example is not None and not is_valid_example(experiment, self.view.example):
            self.view = self.view.model_copy(update={"example": None})
        return Accepted(
            rev=rev,
            experiment=experiment.model_copy(update={"own": None}).model_dump(),
            view=self.view.model_dump(),
            link=link_to(experiment, self.view),
            effect=effect,
            notices=[Problem(**self._said(notice)) for notice in notices],
            safe_penalty_rate=experiment.safe_penalty_rate(),
            smaller_learning_rate=experiment.smaller_learning_rate(),
            parameters=experiment.parameter_count,
            output_activation=experiment.output_activation,
            class_names=[] if own is None else list(own.classes),
            axes=None if own is None else axes_of(own),
            own=told,
        )

    def _error(self, rev: int | None, mistake: Mistake) -> Error:
        self.refused += 1
        return Error(rev=rev, **self._said(mistake))

    def _said(self, mistake: Mistake) -> dict[str, str]:
        value = rendered(mistake.value, self._catalogue)
        return {"field": mistake.field, "value": value, "allowed": mistake.allowed.render(self._catalogue)}

    def _look_inside(self) -> dict[str, Any] | None:
        """Return the gradient panel's numbers, where the view asks for them and they are new."""
        if not self.view.gradients:
            self._gradients.forget()
            return None
        return self._gradients.fields(self.trainer, self.training.playing, self._catalogue)

    def rest(self) -> Message:
        """Pause a run that nobody looks after, and say so."""
        self.training.pause()
        self.dirty = True
        return Unattended(minutes=self._limits.max_unattended_minutes)

    def advance(self, seconds: float) -> None:
        """Train what is left of the beat, for about so long at most."""
        self.training.advance(seconds)
        self.dirty = True

    def snapshot(self) -> Frame:
        """Return a frame of the run as it stands."""
        trainer = self.trainer
        readings = self.training.readings()
        _, train_loss, test_loss = readings[-1]
        self._gradients.follow(readings)
        self._frames += 1
        new_data = self._data_sent != self._data
        self._data_sent = self._data
        self.dirty = False
        return Frame(
            frame=self._frames,
            rev=self._rev,
            base=None,
            net=self._net,
            data=self._data,
            mode=self.training.mode.value,
            epoch=trainer.epoch,
            learning_rate=trainer.learning_rate,
            train_loss=train_loss,
            test_loss=test_loss,
            curve=numbers(readings),
            sizes=list(trainer.experiment.sizes),
            features=list(trainer.experiment.inputs),
            classes=trainer.experiment.class_count,
            checkpoint=trainer.checkpoint().to_bytes(),
            points=points_of(trainer) if new_data else None,
            diverged=trainer.diverged,
            finished=trainer.finished,
            explanation=self._explanation(),
            **self._assessment.fields(trainer, self.training.playing, self.view),
            **mechanics(trainer, self.view),
            gradients=self._look_inside(),
            **pictures(trainer, self._focus),
        )

    def _explanation(self) -> Explanation | None:
        example = self.view.example
        if example is None or self.training.playing:
            return None
        return explanation_of(self.trainer, example, self._unfolded)
