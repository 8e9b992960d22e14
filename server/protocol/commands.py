"""Define what a client sends: every command with its limits. docs/protocol.md documents them."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from engine import Experiment, View
from engine.data.own_data import OwnData
from engine.interchange.export import FRAMEWORKS
from engine.interchange.model_file import MAX_LENGTH
from engine.text.validation import MemberOf
from server.protocol.message import MAX_COUNT, FrameFormat, Message, Revision, RunId, Speed

MAX_TEXT = 380_000  # characters of a link or a checkpoint

NetworkId = Annotated[int, Field(ge=0, le=MAX_COUNT, description="the `net` of the frame that the user saw")]
LayerIndex = Annotated[int, Field(ge=0, le=1000, description="0 is the first hidden layer, or the output if none")]
NeuronIndex = Annotated[int, Field(ge=0, le=1000)]
InputIndex = Annotated[int, Field(ge=0, le=1000)]


class Hello(Message):
    """Start a session from a link, or resume an earlier session of this client."""

    type: Literal["hello"]
    rev: Revision
    link: Annotated[str | None, Field(max_length=MAX_TEXT, description="the fragment of the page's address")] = None
    experiment: Annotated[Experiment | None, Field(description="sent instead of a link")] = None
    view: Annotated[View | None, Field(description="sent with `experiment`")] = None
    checkpoint: Annotated[str | None, Field(max_length=MAX_TEXT, description="the state to continue from")] = None
    run: Annotated[RunId | None, Field(description="the id of the run to continue")] = None
    playing: Annotated[bool, Field(description="start training immediately")] = False
    speed: Speed = "1"
    frames: Annotated[FrameFormat, Field(description="how the server sends frames, if at all")] = "full"


class Configure(Message):
    """Change the experiment or the view. The dataset `own` with `own` null means the session's own data."""

    type: Literal["configure"]
    rev: Revision
    experiment: Experiment
    view: View
    keep: Annotated[bool, Field(description="keep the epoch and the weights even if the change would restart")] = False


class Data(Message):
    """Send the learner's own data and train on them."""

    type: Literal["data"]
    rev: Revision
    own: OwnData
    keep: Annotated[bool, Field(description="keep the epoch and the weights if they fit the data")] = True


class Play(Message):
    """Train until `pause`, `step` or a stop condition."""

    type: Literal["play"]
    rev: Revision


class Pause(Message):
    """Stop training."""

    type: Literal["pause"]
    rev: Revision


class Step(Message):
    """Train for one more epoch, then stop."""

    type: Literal["step"]
    rev: Revision


class Reset(Message):
    """Return to the beginning of the run, or to epoch 0 with new weights."""

    type: Literal["reset"]
    rev: Revision
    new_weights: Annotated[bool, Field(description="draw new weights")] = False


class Edit(Message):
    """Set one weight or bias (`input` null). Training continues from there."""

    type: Literal["edit"]
    rev: Revision
    net: NetworkId
    layer: LayerIndex
    neuron: NeuronIndex
    input: InputIndex | None
    value: Annotated[float, Field(ge=-1e6, le=1e6)]


class Lock(Message):
    """Lock a weight, a bias (`input` null) or a whole neuron against training, or unlock it."""

    type: Literal["lock"]
    rev: Revision
    net: NetworkId
    layer: LayerIndex
    neuron: NeuronIndex
    input: InputIndex | None
    whole: Annotated[bool, Field(description="apply to the neuron's bias and all its incoming weights")] = False
    locked: bool


class Prune(Message):
    """Set a fraction of the free weights to 0 and lock them."""

    type: Literal["prune"]
    rev: Revision
    fraction: Annotated[float, Field(gt=0, le=1)]
    method: Literal["size", "saliency"]


class Save(Message):
    """Export the run as a file: the model itself, or a script that runs it."""

    type: Literal["save"]
    rev: Revision
    what: Annotated[str, MemberOf({"model": None, **FRAMEWORKS})]


class Check(Message):
    """Compare the gradient from backpropagation with difference quotients, without changing the run."""

    type: Literal["check"]
    rev: Revision


class Open(Message):
    """Open a model file and continue its run."""

    type: Literal["open"]
    rev: Revision
    text: Annotated[str, Field(max_length=MAX_LENGTH)]


class SetSpeed(Message):
    """Set the number of epochs between two frames."""

    type: Literal["speed"]
    rev: Revision
    speed: Speed


class Focus(Message):
    """Choose the unit whose outputs fill the large picture, inputs first; null means the output."""

    type: Literal["focus"]
    unit: Annotated[int, Field(ge=0, le=1000)] | None


class Unfold(Message):
    """Choose the weight or bias (`input` null) whose chain rule the trace writes out; `layer` null means none."""

    type: Literal["unfold"]
    layer: LayerIndex | None
    neuron: NeuronIndex = 0
    input: InputIndex | None = None


class Visible(Message):
    """Tell the server whether the page is visible; a hidden page gets one frame a second."""

    type: Literal["visible"]
    visible: bool


class Drawn(Message):
    """Confirm that a frame is on the screen; at most two unconfirmed frames are in flight."""

    type: Literal["drawn"]
    frame: Annotated[int, Field(ge=0, le=MAX_COUNT)]


Numbered = (
    Hello | Configure | Data | Play | Pause | Step | Reset | SetSpeed | Edit | Lock | Prune | Check | Save | Open
)  # each has a rev and gets exactly one answer
Unnumbered = Focus | Unfold | Visible | Drawn  # never answered
Command = Numbered | Unnumbered
COMMAND: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="type")])
