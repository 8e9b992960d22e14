"""Show a run to one client: track its view, its language and the frames it has drawn."""

from engine import View, link_to
from engine.analysis.explain import is_valid_example
from engine.data.own_data import OwnData
from engine.text.phrases import ENGLISH, Catalogue, Phrase, rendered
from engine.text.validation import Mistake
from server.protocol.answers import Axes, Axis, Frame, Problem, Remedy, RunDescription, Trace
from server.protocol.frames import (
    Parameter,
    curve_of,
    line_pictures,
    linear_equations,
    pictures_of,
    points_of,
    trace_of,
)
from server.protocol.message import FrameFormat
from server.sessions.measurements import GradientMeter, QualityMeter
from server.sessions.runner import Runner
from server.sessions.training import Training

MAX_IN_FLIGHT = 2  # frames that the page has not drawn yet


class Viewer:
    """One client's view of a run. `catalogue` holds the texts in the learner's language."""

    def __init__(self, catalogue: Catalogue = ENGLISH) -> None:
        self.view = View()
        self.frame_format: FrameFormat = "full"
        self.visible = True
        self.stalled = False  # the page is visible but draws no frames; set by `Pace`, which has a clock
        self.focus: int | None = None
        self.unfolded: Parameter | None = None
        self._catalogue = catalogue
        self._quality = QualityMeter()
        self._gradients = GradientMeter()
        self._data = 0  # the id of the data that the client has
        self._frames = self._drawn = 0

    @property
    def frames(self) -> int:
        """The number of frames made."""
        return self._frames

    @property
    def watches(self) -> bool:
        """Whether the page is visible and wants frames."""
        return self.visible and self.frame_format != "none"

    @property
    def keeps_up(self) -> bool:
        """Whether the page is visible and draws the frames it gets."""
        return self.watches and self._frames - self._drawn < MAX_IN_FLIGHT

    def drawn(self, frame: int) -> None:
        """Record that a frame and all earlier ones have been drawn."""
        self._drawn = max(self._drawn, min(frame, self._frames))

    def describe(
        self,
        runner: Runner,
        notices: tuple[Mistake, ...] = (),
        own: OwnData | None = None,
        remarks: tuple[Phrase, ...] = (),
    ) -> RunDescription:
        """Describe the current run and view; remove an example that no longer fits from the view.

        Own data are large, so they are sent only if `own` is given, to a client that does not have them yet.
        """
        experiment = runner.trainer.experiment
        if self.view.example is not None and not is_valid_example(experiment, self.view.example):
            self.view = self.view.model_copy(update={"example": None})
        return RunDescription(
            id=runner.id,
            experiment=experiment.model_copy(update={"own": None}),
            view=self.view,
            link=link_to(experiment, self.view),
            notices=[self.problem(notice) for notice in notices],
            remarks=[remark.render(self._catalogue) for remark in remarks],
            safe_penalty_rate=experiment.safe_penalty_rate(),
            parameters=experiment.parameter_count,
            output_activation=experiment.output_activation,
            class_names=[] if experiment.own is None else list(experiment.own.classes),
            axes=None if experiment.own is None else _axes_of(experiment.own),
            own=own,
        )

    def problem(self, mistake: Mistake) -> Problem:
        """Translate a mistake into the learner's language."""
        value, allowed = rendered(mistake.value, self._catalogue), mistake.allowed.render(self._catalogue)
        return Problem(field=mistake.field, value=value, allowed=allowed)

    def snapshot(self, runner: Runner, rev: int) -> Frame:
        """Return a frame of the run's current state, which reflects all commands up to `rev`."""
        trainer, training = runner.trainer, runner.training
        readings = training.take_readings()
        _, train_loss, test_loss = readings[-1]
        self._frames += 1
        new_data = self._data != runner.data
        self._data = runner.data
        self._gradients.follow(readings, new_data)
        if not self.view.gradients:
            self._gradients.forget()
        quality = self._quality.measure(runner, self.view)
        return Frame(
            frame=self._frames,
            rev=rev,
            base=None,
            run=runner.id,
            net=runner.net,
            data=runner.data,
            mode=training.mode.value,
            epoch=trainer.epoch,
            learning_rate=trainer.learning_rate,
            train_loss=train_loss,
            test_loss=test_loss,
            validation_loss=trainer.validation_loss(),
            curve=curve_of(readings),
            sizes=list(trainer.experiment.sizes),
            features=list(trainer.experiment.inputs),
            classes=trainer.experiment.class_count,
            checkpoint=trainer.checkpoint().to_bytes(),
            points=points_of(trainer) if new_data else None,
            diverged=trainer.diverged,
            remedy=_remedy_of(training),
            finished=trainer.finished,
            trace=self._trace(runner),
            linear=linear_equations(trainer),
            line_pictures=line_pictures(trainer) if self.view.neuron_lines else None,
            gradients=self._gradients.measure(runner, self._catalogue)
            if self.view.gradients and not training.needs_remedy
            else None,
            **quality._asdict(),
            **pictures_of(trainer, self.focus)._asdict(),
        )

    def _trace(self, runner: Runner) -> Trace | None:
        """Trace the view's example; return None while playing, when the numbers change too fast to read."""
        if self.view.example is None or runner.training.playing:
            return None
        return trace_of(runner.trainer, self.view.example, self.unfolded)


def _remedy_of(training: Training) -> Remedy | None:
    """Return the message for the remedy of a diverged run, once it is found."""
    found = training.remedy
    return None if found is None else Remedy(field=found.field, value=found.value)


def _axes_of(own: OwnData) -> Axes:
    """Return the names and original units of the plane's axes, and of a regression's target."""
    spans = [*own.ranges, own.target_range]
    x, y, target = (Axis(name=name, low=low, high=high) for name, (low, high) in zip(own.columns, spans, strict=True))
    return Axes(x=x, y=y, target=None if own.task == "classification" else target)
