"""Every message of the websocket as a type, with its limits. docs/protocol.md describes them for readers.

The page sends JSON text; the server answers in MessagePack. A message that is not as described here is answered by
one `error`, and nothing changes.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, field_serializer

from engine import Experiment, View
from engine.data.own_data import OwnData
from engine.interchange.export import FRAMEWORKS
from engine.interchange.model_file import MAX_LENGTH
from engine.text.validation import MemberOf
from server.kernels.kernel_source import KernelState, KernelStatus
from server.protocol.explanation import Explanation
from server.protocol.message import Message

VERSION = 1
MAX_TEXT = 380_000
MAX_COUNT = 2**53 - 1

Revision = Annotated[int, Field(ge=0, le=MAX_COUNT, description="counts the page's changes")]
Speed = Literal["1", "10", "100", "max"]


class Hello(Message):
    """Starts a session: from a link, or from where an earlier session of this page was."""

    type: Literal["hello"]
    rev: Revision
    version: Annotated[int, Field(ge=1, le=1000, description="of this protocol")]
    link: Annotated[str | None, Field(max_length=MAX_TEXT, description="the fragment of the page's address")] = None
    experiment: Annotated[Experiment | None, Field(description="instead of a link")] = None
    view: Annotated[View | None, Field(description="goes with experiment")] = None
    checkpoint: Annotated[str | None, Field(max_length=MAX_TEXT, description="where to go on")] = None
    playing: Annotated[bool, Field(description="train at once")] = False
    speed: Speed = "1"


class Configure(Message):
    """Asks for another experiment or view; of own data with `own` null, those that the session has."""

    type: Literal["configure"]
    rev: Revision
    experiment: Experiment
    view: View
    keep: Annotated[bool, Field(description="keep epoch and weights where the change would restart")] = False


class Data(Message):
    """Brings own data and trains on them."""

    type: Literal["data"]
    rev: Revision
    own: OwnData


class Play(Message):
    """Trains until told otherwise."""

    type: Literal["play"]
    rev: Revision


class Pause(Message):
    """Stops training."""

    type: Literal["pause"]
    rev: Revision


class Step(Message):
    """Stops training after one more epoch."""

    type: Literal["step"]
    rev: Revision


class Reset(Message):
    """Goes back to the beginning of the same run; or to epoch 0 with other weights."""

    type: Literal["reset"]
    rev: Revision
    new_weights: Annotated[bool, Field(description="draw other weights")] = False


class Edit(Message):
    """Sets one weight, or a bias (`input` null); training goes on from there."""

    type: Literal["edit"]
    rev: Revision
    net: Annotated[int, Field(ge=0, le=MAX_COUNT, description="the network's id, from the frame")]
    layer: Annotated[int, Field(ge=0, le=1000, description="0 is the first hidden layer (or the output)")]
    neuron: Annotated[int, Field(ge=0, le=1000)]
    input: Annotated[int, Field(ge=0, le=1000)] | None
    value: Annotated[float, Field(ge=-1e6, le=1e6)]


class Lock(Message):
    """Has training leave a weight, or a bias (`input` null), or a whole neuron alone; or frees it again."""

    type: Literal["lock"]
    rev: Revision
    net: Annotated[int, Field(ge=0, le=MAX_COUNT, description="the network's id, from the frame")]
    layer: Annotated[int, Field(ge=0, le=1000)]
    neuron: Annotated[int, Field(ge=0, le=1000)]
    input: Annotated[int, Field(ge=0, le=1000)] | None
    whole: Annotated[bool, Field(description="the neuron's bias and all weights into it")] = False
    locked: bool


class Prune(Message):
    """Sets a share of the weights that training may change to 0, and locks them there."""

    type: Literal["prune"]
    rev: Revision
    share: Annotated[float, Field(gt=0, le=1)]
    method: Literal["size", "damage"]


class Save(Message):
    """Asks for the run as a file: the model itself, or a script that runs it."""

    type: Literal["save"]
    rev: Revision
    what: Annotated[str, MemberOf({"model": None, **FRAMEWORKS})]


class Check(Message):
    """Asks whether backpropagation's gradient is the slope of the loss; changes nothing."""

    type: Literal["check"]
    rev: Revision


class Open(Message):
    """Goes on where a model's file was written."""

    type: Literal["open"]
    rev: Revision
    text: Annotated[str, Field(max_length=MAX_LENGTH)]


class SetSpeed(Message):
    """Chooses how many epochs pass between two frames."""

    type: Literal["speed"]
    rev: Revision
    speed: Speed


class Focus(Message):
    """Chooses whose outputs fill the large picture: a unit, inputs first, or the output (null)."""

    type: Literal["focus"]
    unit: Annotated[int, Field(ge=0, le=1000)] | None


class Unfold(Message):
    """Chooses the weight, or bias (`input` null), whose chain rule the explanation unfolds; `layer` null is none."""

    type: Literal["unfold"]
    layer: Annotated[int, Field(ge=0, le=1000, description="0 is the first hidden layer (or the output)")] | None
    neuron: Annotated[int, Field(ge=0, le=1000)] = 0
    input: Annotated[int, Field(ge=0, le=1000)] | None = None


class Visible(Message):
    """Says whether the page can be seen; out of sight it gets one frame a second."""

    type: Literal["visible"]
    visible: bool


class Drawn(Message):
    """Says that a frame is on the screen; two frames at most are on their way."""

    type: Literal["drawn"]
    frame: Annotated[int, Field(ge=0, le=MAX_COUNT)]


Run = Hello | Configure | Data | Play | Pause | Step | Reset | SetSpeed
Network = Edit | Lock | Prune | Check | Save | Open
Look = Focus | Unfold | Visible | Drawn
Command = Annotated[Run | Network | Look, Field(discriminator="type")]
COMMAND: TypeAdapter[Any] = TypeAdapter(Command)


class Problem(Message):
    """A wrong value: where, what, and what would be right."""

    field: str
    value: str
    allowed: str


class Welcome(Message):
    """The first answer: what the server speaks, and points for the datasets' pictures."""

    type: Literal["welcome"] = "welcome"
    version: int = VERSION
    datasets: Annotated[dict[str, bytes], Field(description="float32 x1, x2, target of some points of each")]
    features: Annotated[dict[str, bytes], Field(description="the picture of each feature, 34 x 34, on its own scale")]


class Status(Message):
    """How the kernels are: `plain` for good, `compiling` (so much of it done), or `compiled`."""

    type: Literal["status"] = "status"
    kernels: KernelState
    done: int
    total: int

    @classmethod
    def of(cls, status: KernelStatus) -> "Status":
        """Return the message for a status of the kernels."""
        return cls(kernels=status.state, done=status.done, total=status.total)


class Accepted(Message):
    """A change was made; `experiment` and `view` are what the server now runs and shows."""

    type: Literal["accepted"] = "accepted"
    rev: int
    experiment: dict[str, Any]
    view: dict[str, Any]
    link: Annotated[str, Field(description="the fragment that leads here")]
    effect: Annotated[Literal["none", "live", "data", "restart"], Field(description="what it did to the run under way")]
    notices: Annotated[list[Problem], Field(description="what a link got wrong")]
    safe_penalty_rate: Annotated[float | None, Field(description="where L2 would diverge: the nearest safe rate")]
    smaller_learning_rate: Annotated[float, Field(description="to offer when a run diverges")]
    parameters: int
    output_activation: str
    class_names: Annotated[list[str], Field(description="of own data; built-in classes have none")]
    axes: Annotated[dict[str, Any] | None, Field(description="of own data: names and true units")]
    own: Annotated[OwnData | None, Field(description="own data that the page does not have yet")]

    @field_serializer("own")
    def _as_json(self, own: OwnData | None) -> dict[str, Any] | None:
        return None if own is None else own.model_dump(mode="json")


class Pruned(Message):
    """What pruning did to the training loss, beside what was expected of it."""

    type: Literal["pruned"] = "pruned"
    rev: int
    count: Annotated[int, Field(description="weights that are 0 and locked now")]
    predicted: Annotated[float | None, Field(description="rise of the loss by its second derivatives")]
    actual: float | None
    before: float
    after: float


class Checked(Message):
    """The gradient check: backpropagation beside difference quotients, for each parameter in the order of theta."""

    type: Literal["checked"] = "checked"
    rev: int
    epoch: Annotated[int, Field(description="for which this holds")]
    points: Annotated[int, Field(description="of the batch")]
    sizes: Annotated[list[int], Field(description="units of each layer, inputs first")]
    features: list[str]
    gradient: Annotated[bytes, Field(description="float64, by backpropagation")]
    quotient: Annotated[bytes, Field(description="float64, (f(w + h) - f(w - h)) / 2h")]
    difference: Annotated[bytes, Field(description="float64, relative")]
    bent: Annotated[bytes, Field(description="a 1 for each parameter at the bend of a ReLU, which does not count")]
    worst: Annotated[int | None, Field(description="where the difference is largest")]
    digits: Annotated[int, Field(description="to which all agree")]
    agrees: bool


class File(Message):
    """A file for the learner to keep."""

    type: Literal["file"] = "file"
    rev: int
    name: str
    text: str


class Unattended(Message):
    """Training was paused, since nobody has touched the run for so long."""

    type: Literal["unattended"] = "unattended"
    minutes: float


class Error(Message):
    """A message was refused; nothing changed."""

    type: Literal["error"] = "error"
    rev: Annotated[int | None, Field(description="of the refused change")]
    field: str
    value: str
    allowed: str


class Points(Message):
    """The data: float32 x1, x2, target of each point."""

    train: bytes
    test: bytes


class Frame(Message):
    """One picture of the run."""

    type: Literal["frame"] = "frame"
    frame: Annotated[int, Field(description="counts the frames of the connection")]
    rev: Annotated[int, Field(description="the last change that this frame shows")]
    base: Annotated[int | None, Field(description="the frame from which its pictures are differences; null: whole")]
    net: Annotated[int, Field(description="changes with the network's shape or a restart")]
    data: Annotated[int, Field(description="changes with the points")]
    mode: Literal["paused", "playing", "diverged"]
    epoch: int
    learning_rate: Annotated[float, Field(description="of the next epoch")]
    train_loss: float
    test_loss: float
    curve: Annotated[bytes, Field(description="float64 epoch, train_loss, test_loss between the frames, this one last")]
    sizes: Annotated[list[int], Field(description="units of each layer, inputs first")]
    features: list[str]
    classes: Annotated[int, Field(description="1 is regression")]
    checkpoint: Annotated[bytes, Field(description="theta (float64), mask (a byte each), optimizer's state (float64)")]
    metrics: Annotated[dict[str, Any] | None, Field(description="how good the predictions are, where it is told")]
    wrong: Annotated[dict[str, bytes] | None, Field(description="a 1 for each misclassified point, likewise")]
    gradients: Annotated[
        dict[str, Any] | None, Field(description="of each layer, where the view asks and they are new")
    ]
    focus: Annotated[int | None, Field(description="the unit in the large picture; null is the decision of several")]
    boundary: Annotated[bytes, Field(description="its outputs, or how sure the decision is; 100 x 100")]
    chosen: Annotated[bytes | None, Field(description="the class decided for at each of these points")]
    pictures: Annotated[bytes, Field(description="all units' outputs, 34 x 34 each, inputs first")]
    centers: Annotated[list[float], Field(description="the output at byte 128, for each unit")]
    scales: Annotated[list[float], Field(description="how much more it is at byte 255")]
    linear: Annotated[bytes | None, Field(description="of linear layers: float64, the one equation of each output")]
    line_pictures: Annotated[bytes | None, Field(description="z of the first layer's neurons, where the view asks")]
    points: Annotated[Points | None, Field(description="when the data are new to the page")]
    diverged: Annotated[int | None, Field(description="the epoch in which the parameters left all bounds")]
    finished: Annotated[str | None, Field(description="the stop condition that was met")]
    explanation: Annotated[Explanation | None, Field(description="of the view's example, while paused")]


ANSWERS: tuple[type[Message], ...] = (Welcome, Status, Accepted, Pruned, Checked, File, Unattended, Error, Frame)
