"""Serve one tab as synchronous state, without a socket: commands in, answers and frames out.

`server.sessions.loop` decides when to train and to send.
"""

from engine import Trainer, View
from engine.text.phrases import ENGLISH, Catalogue, Phrase
from engine.text.validation import Mistake
from server.config.limits import Limits
from server.kernels.kernel_source import KernelSource, KernelStatus
from server.protocol import commands
from server.protocol.answers import Accepted, Frame, Refusal, Status, Unattended, Welcome
from server.protocol.commands import Command
from server.protocol.errors import Refused
from server.protocol.frames import feature_pictures
from server.protocol.message import Message
from server.protocol.parsing import read_command
from server.sessions.runner import Change, Outcome, Runner
from server.sessions.training import Training
from server.sessions.viewer import Viewer

Settings = commands.Configure | commands.Data | commands.Reset | commands.Open
BY_ITSELF = commands.Visible | commands.Drawn  # sent by the page without user input
LIGHT = (
    commands.Play
    | commands.Pause
    | commands.SetSpeed
    | commands.Focus
    | commands.Unfold
    | commands.Visible
    | commands.Drawn
    | Refusal
)  # take less time than a thread switch
EDITS = commands.Edit | commands.Lock  # the same, if the network is small
Request = Command | Change | Refusal


class Session:
    """One learner's run and view. `catalogue` holds the texts in the learner's language."""

    def __init__(self, kernels: KernelSource, catalogue: Catalogue = ENGLISH, limits: Limits | None = None) -> None:
        self._kernels = kernels
        self._limits = limits or Limits()
        self.runner = Runner(kernels, self._limits.max_experiment_cost)
        self.viewer = Viewer(catalogue)
        self.greeted = False
        self.dirty = False  # something has changed since the last frame
        self.touches = 0  # the number of commands from user input
        self.changes = 0  # the number of commands that may make training or frames take longer
        self.refused = 0  # the number of refused commands
        self._rev = 0

    @property
    def training(self) -> Training:
        """The training of the current run."""
        return self.runner.training

    @property
    def trainer(self) -> Trainer:
        """The trainer of the current run."""
        return self.runner.trainer

    @property
    def view(self) -> View:
        """What the client wants to see."""
        return self.viewer.view

    @property
    def frames(self) -> int:
        """The number of frames made."""
        return self.viewer.frames

    @property
    def kernel_status(self) -> KernelStatus:
        """The progress of compiling the kernels."""
        return self._kernels.status

    def handle(self, text: str | bytes) -> list[Message]:
        """Carry out one message from the client; a refused message changes nothing."""
        return self.carry_out(self.read(text))

    def read(self, text: str | bytes) -> Request:
        """Parse a message; return what it asks for, or a refusal."""
        rev = None
        try:
            command = read_command(text, self._limits.max_message_size)
            if not isinstance(command, commands.Configure) or not self.greeted:
                return command
            rev = command.rev
            return self.runner.compared(command)
        except Refused as refused:
            return self._refusal(refused.rev if rev is None else rev, refused.mistake)

    def is_light(self, request: Request) -> bool:
        """Return whether a request takes less time than a thread switch."""
        if isinstance(request, Change):
            return request.is_live and self.runner.is_small
        return isinstance(request, LIGHT) or (isinstance(request, EDITS) and self.runner.is_small)

    def is_long(self, request: Request) -> bool:
        """Return whether a request trains for longer than a slice."""
        return isinstance(request, commands.Step) and self.training.epoch_is_long

    @property
    def turn_is_long(self) -> bool:
        """Whether training for a slice and making a frame takes longer than a slice should."""
        training = self.training
        return training.needs_remedy or training.epoch_is_long or training.has_large_pictures

    def carry_out(self, request: Request) -> list[Message]:
        """Carry out the request that `read` returned, and return the answers."""
        if isinstance(request, Refusal):
            return [request]
        command = request.command if isinstance(request, Change) else request
        rev = None if isinstance(command, commands.Unnumbered) else command.rev
        if not self.greeted and not isinstance(command, commands.Hello):
            mistake = Mistake("type", command.type, Phrase("must come after hello"))
            return [] if rev is None else [self._refusal(rev, mistake)]
        self.touches += not isinstance(command, BY_ITSELF)
        if isinstance(command, commands.Unnumbered):
            self._look(command)
            return []
        try:
            outcome = self._change(request if isinstance(request, Change) else command)
        except Refused as refused:
            return [self._refusal(rev, refused.mistake)]
        self._rev = command.rev
        self.changes += 1
        self.dirty = True
        return self._answers(command, outcome)

    def _look(self, command: commands.Unnumbered) -> None:
        match command:
            case commands.Focus():
                self.viewer.focus = command.unit
                self.dirty = True
            case commands.Unfold():
                unfolded = None if command.layer is None else (command.layer, command.neuron, command.input)
                self.viewer.unfolded = unfolded
                self.changes += 1
                self.dirty = True
            case commands.Visible():
                self.viewer.visible = command.visible
            case commands.Drawn():
                self.viewer.drawn(command.frame)

    def _change(self, command: commands.Numbered | Change) -> Outcome:
        runner = self.runner
        match command:
            case Change():
                return runner.configure(command)
            case commands.Hello():
                return runner.hello(command)
            case commands.Data():
                return runner.bring_data(command)
            case commands.Reset():
                return runner.reset(command)
            case commands.Open():
                return runner.open(command)
            case commands.Edit():
                return runner.edit(command)
            case commands.Lock():
                return runner.lock(command)
            case commands.Prune():
                return runner.prune(command)
            case commands.Check():
                return runner.check()
            case commands.Save():
                return runner.save(command, self.view)
            case commands.Play():
                runner.training.play()
            case commands.Pause():
                runner.training.pause()
            case commands.Step():
                runner.training.step()
            case commands.SetSpeed():
                runner.training.set_speed(command.speed)
        return Outcome()

    def _answers(self, command: commands.Numbered, outcome: Outcome) -> list[Message]:
        if outcome.view is not None:
            self.viewer.view = outcome.view
        run = None
        if outcome.effect != "none" or isinstance(command, Settings):
            run = self.viewer.describe(self.runner, outcome.notices, outcome.own, outcome.remarks)
        accepted = Accepted(rev=command.rev, effect=outcome.effect, run=run, result=outcome.result)
        if not isinstance(command, commands.Hello):
            return [accepted]
        self.greeted = True
        self.viewer.frame_format = command.frames
        return [Welcome(features=feature_pictures()), Status.of(self.kernel_status), accepted]

    def _refusal(self, rev: int | None, mistake: Mistake) -> Refusal:
        self.refused += 1
        return Refusal(rev=rev, **self.viewer.problem(mistake).model_dump())

    def rest(self) -> Unattended:
        """Pause an unattended run, and return the message that announces it."""
        self.training.pause()
        self.dirty = True
        return Unattended(minutes=self._limits.max_unattended_minutes)

    def advance(self, seconds: float) -> None:
        """Train the rest of the beat, for at most about `seconds`."""
        self.training.advance(seconds)
        self.dirty = True

    def snapshot(self) -> Frame:
        """Return a frame of the run's current state."""
        self.dirty = self.training.needs_remedy  # which the next frame shows
        return self.viewer.snapshot(self.runner, self._rev)
