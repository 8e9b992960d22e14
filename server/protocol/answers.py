"""What the server sends: answers to commands, and frames. docs/protocol.md describes them for readers."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue, PlainSerializer, TypeAdapter

from engine import Experiment, View
from engine.data.own_data import OwnData
from server.kernels.kernel_source import KernelState, KernelStatus
from server.protocol.message import Effect, Message


class Problem(Message):
    """A wrong value: where, what, and what would be right."""

    field: str
    value: str
    allowed: str


class Welcome(Message):
    """Opens the answer to `hello`: the pictures of all datasets and features."""

    type: Literal["welcome"] = "welcome"
    datasets: Annotated[dict[str, bytes], Field(description="float32 x1, x2, target of some points of each")]
    features: Annotated[dict[str, bytes], Field(description="the picture of each feature, 34 x 34, on its own scale")]


class Status(Message):
    """Tells how the kernels are: `plain` for good, `compiling` (so much of it done), or `compiled`."""

    type: Literal["status"] = "status"
    kernels: KernelState
    done: int
    total: int

    @classmethod
    def of(cls, status: KernelStatus) -> "Status":
        """Return the message for a status of the kernels."""
        return cls(kernels=status.state, done=status.done, total=status.total)


class Unattended(Message):
    """Training was paused because nobody has touched the run for so long."""

    type: Literal["unattended"] = "unattended"
    minutes: float


# --- answers to commands


class Axis(Message):
    """The true values that two places of the plane stand for: -5 and 5, of a target -1 and 1."""

    name: str
    low: float
    high: float


class Axes(Message):
    """Names and true units of own data; `target` is null for classes."""

    x: Axis
    y: Axis
    target: Axis | None


OwnDataAsText = Annotated[OwnData, PlainSerializer(lambda own: own.model_dump(mode="json"), return_type=JsonValue)]


class RunDescription(Message):
    """What the server runs and shows now."""

    id: Annotated[int, Field(description="of the run; frames name it")]
    experiment: Annotated[Experiment, Field(description="without own data, which are many")]
    view: View
    link: Annotated[str, Field(description="the fragment that leads here")]
    notices: Annotated[list[Problem], Field(description="what a link got wrong")]
    safe_penalty_rate: Annotated[float | None, Field(description="where L2 would diverge: the nearest safe rate")]
    smaller_learning_rate: Annotated[float, Field(description="to offer when a run diverges")]
    parameters: int
    output_activation: str
    class_names: Annotated[list[str], Field(description="of own data; built-in classes have none")]
    axes: Annotated[Axes | None, Field(description="of own data")]
    own: Annotated[OwnDataAsText | None, Field(description="own data that the client does not have yet")]


class Pruned(Message):
    """What pruning did to the training loss, beside what was predicted."""

    type: Literal["pruned"] = "pruned"
    count: Annotated[int, Field(description="weights that are 0 and locked now")]
    predicted: Annotated[float | None, Field(description="rise of the loss by its second derivatives")]
    actual: float | None
    before: float
    after: float


class Checked(Message):
    """The gradient check: backpropagation beside difference quotients, for each parameter in the order of theta."""

    type: Literal["checked"] = "checked"
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
    name: str
    text: str


Result = Annotated[Pruned | Checked | File, Field(discriminator="type")]


class Accepted(Message):
    """A command was carried out."""

    type: Literal["accepted"] = "accepted"
    rev: int
    effect: Annotated[Effect, Field(description="what it did to the run under way")]
    run: Annotated[RunDescription | None, Field(description="after a command that may change what runs or is shown")]
    result: Annotated[Result | None, Field(description="what the command asked for")]


class Refusal(Message):
    """A message was refused; nothing changed."""

    type: Literal["refused"] = "refused"
    rev: Annotated[int | None, Field(description="of the refused command, where it can be read")]
    field: str
    value: str
    allowed: str


# --- frames and their parts


class Points(Message):
    """The data: float32 x1, x2, target of each point."""

    train: bytes
    test: bytes


class Masks(Message):
    """A byte for each point: 1 where it is meant."""

    train: bytes
    test: bytes


class ClassMeasures(Message):
    """How well classes are predicted; null stands for what has no value."""

    accuracy: float | None
    confusion: Annotated[list[list[int]], Field(description="a row for each true class")]
    precision: list[float | None]
    recall: list[float | None]


class ValueMeasures(Message):
    """How well the values of a regression are predicted."""

    r_squared: float | None


class Metrics(Message):
    """How good the predictions are on both sets."""

    train: ClassMeasures | ValueMeasures
    test: ClassMeasures | ValueMeasures


class Bars(Message):
    """A histogram: counts in equal bins between two ends."""

    low: float
    high: float
    counts: list[int]


class LayerGradients(Message):
    """What flows through one layer; null stands for what has no finite value."""

    neurons: int
    gradient: Annotated[float | None, Field(description="norm of the gradient by weights and biases")]
    update: Annotated[float | None, Field(description="length of the next step over that of the weights")]
    saturated: int | None
    dead: int | None
    histograms: Annotated[list[Bars], Field(description="of weights, activations, and gradients by weight")]


class FoundProblem(Message):
    """One finding of the diagnosis, in the reader's language."""

    kind: str
    layer: int | None
    text: str
    advice: str | None


class Gradients(Message):
    """The gradient panel: each layer, the first hidden one first, and the diagnosis."""

    layers: list[LayerGradients]
    findings: list[FoundProblem]


class Path(Message):
    """One path from the loss to a weight."""

    neurons: Annotated[list[int], Field(description="on the path, the output first")]
    factors: Annotated[list[float], Field(description="dL/dp, dp/dz, then weight and slope of each, then the input")]
    product: float


class Paths(Message):
    """The chain rule of one weight, path by path, the largest first."""

    layer: int
    neuron: int
    input: int | None
    shown: list[Path]
    count: Annotated[int, Field(description="of all paths")]
    remainder: Annotated[float, Field(description="the sum of the paths that are not shown")]
    total: Annotated[float, Field(description="the derivative of the loss with respect to the weight")]


class Trace(Message):
    """One example's walk through the network. Vectors are float64: of units without inputs, or in theta's order."""

    target: Annotated[list[float], Field(description="of each output")]
    inputs: list[float]
    activations: Annotated[list[str], Field(description="of each layer, the output's last")]
    z: Annotated[bytes, Field(description="weighted sum of each unit")]
    a: Annotated[bytes, Field(description="activation")]
    slopes: Annotated[bytes, Field(description="da/dz")]
    a_gradients: Annotated[bytes, Field(description="dL/da")]
    deltas: Annotated[bytes, Field(description="dL/dz")]
    gradient: Annotated[bytes, Field(description="dL/dw of each parameter")]
    loss: float
    learning_rate: float
    shortened: Annotated[float, Field(description="the factor by which clipping shortens the gradient")]
    state_before: Annotated[bytes, Field(description="the optimizer's vectors")]
    state: Annotated[bytes, Field(description="the same after a step by this example")]
    decays: Annotated[list[float], Field(description="beta1 and beta2 to the power of the steps")]
    descended: Annotated[bytes, Field(description="theta after that step")]
    updated: Annotated[bytes, Field(description="and after the penalty")]
    loss_after: float
    paths: Annotated[Paths | None, Field(description="where `unfold` asks for them")]


class Frame(Message):
    """A picture of the run."""

    type: Literal["frame"] = "frame"
    frame: Annotated[int, Field(description="counts the frames of the connection")]
    rev: Annotated[int, Field(description="the last command that this frame shows")]
    base: Annotated[int | None, Field(description="the frame from which its pictures are deltas; null: whole")]
    run: Annotated[int, Field(description="the id of the run")]
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
    metrics: Annotated[Metrics | None, Field(description="how good the predictions are, where they were measured")]
    wrong: Annotated[Masks | None, Field(description="the misclassified points, where the view marks them")]
    gradients: Annotated[Gradients | None, Field(description="where the view asks for them and they are new")]
    focus: Annotated[int | None, Field(description="the unit in the large picture; null is the decision of several")]
    boundary: Annotated[bytes, Field(description="its outputs, or how sure the decision is; 100 x 100")]
    chosen: Annotated[bytes | None, Field(description="the class decided for at each of these points")]
    pictures: Annotated[bytes, Field(description="all units' outputs, 34 x 34 each, inputs first")]
    centers: Annotated[list[float], Field(description="the output at byte 128, for each unit")]
    scales: Annotated[list[float], Field(description="how much more it is at byte 255")]
    linear: Annotated[bytes | None, Field(description="of linear layers: float64, the one equation of each output")]
    line_pictures: Annotated[bytes | None, Field(description="z of the first layer's neurons, where the view asks")]
    points: Annotated[Points | None, Field(description="when the data are new to the client")]
    diverged: Annotated[int | None, Field(description="the epoch in which the parameters left all bounds")]
    finished: Annotated[str | None, Field(description="the stop condition that was met")]
    trace: Annotated[Trace | None, Field(description="of the view's example, while paused")]


Answer = Welcome | Status | Unattended | Accepted | Refusal | Frame
ANSWER: TypeAdapter[Answer] = TypeAdapter(Annotated[Answer, Field(discriminator="type")])
