"""What a client sends: every command as a type, with its limits. docs/protocol.md describes them for readers."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from engine import Experiment, View
from engine.data.own_data import OwnData
from engine.interchange.export import FRAMEWORKS
from engine.interchange.model_file import MAX_LENGTH
from engine.text.validation import MemberOf
from server.protocol.message import MAX_COUNT, FrameFormat, Message, Revision, RunId, Speed

MAX_TEXT = 380_000  # characters of a link or a checkpoint

NetworkId = Annotated[int, Field(ge=0, le=MAX_COUNT, description="the network that was shown, from its frame")]
LayerIndex = Annotated[int, Field(ge=0, le=1000, description="0 is the first hidden layer, or the output without one")]
NeuronIndex = Annotated[int, Field(ge=0, le=1000)]
InputIndex = Annotated[int, Field(ge=0, le=1000)]


class Hello(Message):
    """Starts a session: from a link, or from where an earlier session of this client was."""

    type: Literal["hello"]
    rev: Revision
    link: Annotated[str | None, Field(max_length=MAX_TEXT, description="the fragment of the page's address")] = None
    experiment: Annotated[Experiment | None, Field(description="instead of a link")] = None
    view: Annotated[View | None, Field(description="goes with experiment")] = None
    checkpoint: Annotated[str | None, Field(max_length=MAX_TEXT, description="where to go on")] = None
    run: Annotated[RunId | None, Field(description="the id of the run that goes on")] = None
    playing: Annotated[bool, Field(description="train at once")] = False
    speed: Speed = "1"
    frames: Annotated[FrameFormat, Field(description="how frames are sent, if at all")] = "full"


class Configure(Message):
    """Asks for another experiment or view. The dataset `own` with `own` null means the data the session has."""

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
    """Goes back to the beginning of the same run, or to epoch 0 with other weights."""

    type: Literal["reset"]
    rev: Revision
    new_weights: Annotated[bool, Field(description="draw other weights")] = False


class Edit(Message):
    """Sets one weight, or a bias (`input` null); training goes on from there."""

    type: Literal["edit"]
    rev: Revision
    net: NetworkId
    layer: LayerIndex
    neuron: NeuronIndex
    input: InputIndex | None
    value: Annotated[float, Field(ge=-1e6, le=1e6)]


class Lock(Message):
    """Keeps training from changing a weight, a bias (`input` null) or a whole neuron; or frees it again."""

    type: Literal["lock"]
    rev: Revision
    net: NetworkId
    layer: LayerIndex
    neuron: NeuronIndex
    input: InputIndex | None
    whole: Annotated[bool, Field(description="the neuron's bias and all weights into it")] = False
    locked: bool


class Prune(Message):
    """Sets a fraction of the free weights to 0 and locks them there."""

    type: Literal["prune"]
    rev: Revision
    fraction: Annotated[float, Field(gt=0, le=1)]
    method: Literal["size", "saliency"]


class Save(Message):
    """Asks for the run as a file: the model itself, or a script that runs it."""

    type: Literal["save"]
    rev: Revision
    what: Annotated[str, MemberOf({"model": None, **FRAMEWORKS})]


class Check(Message):
    """Compares the gradient of backpropagation with difference quotients; changes nothing."""

    type: Literal["check"]
    rev: Revision


class Open(Message):
    """Goes on where a model file was written."""

    type: Literal["open"]
    rev: Revision
    text: Annotated[str, Field(max_length=MAX_LENGTH)]


class SetSpeed(Message):
    """Chooses how many epochs pass between two frames."""

    type: Literal["speed"]
    rev: Revision
    speed: Speed


class Focus(Message):
    """Chooses the unit whose outputs fill the large picture, inputs first; null is the output."""

    type: Literal["focus"]
    unit: Annotated[int, Field(ge=0, le=1000)] | None


class Unfold(Message):
    """Chooses the weight, or bias (`input` null), whose chain rule the trace writes out; `layer` null is none."""

    type: Literal["unfold"]
    layer: LayerIndex | None
    neuron: NeuronIndex = 0
    input: InputIndex | None = None


class Visible(Message):
    """Says whether the page can be seen; a hidden one gets one frame a second."""

    type: Literal["visible"]
    visible: bool


class Drawn(Message):
    """Says that a frame is on the screen; at most two undrawn frames are on their way."""

    type: Literal["drawn"]
    frame: Annotated[int, Field(ge=0, le=MAX_COUNT)]


Numbered = (
    Hello | Configure | Data | Play | Pause | Step | Reset | SetSpeed | Edit | Lock | Prune | Check | Save | Open
)  # each has a rev, and gets exactly one answer
Unnumbered = Focus | Unfold | Visible | Drawn  # never answered
Command = Numbered | Unnumbered
COMMAND: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="type")])
