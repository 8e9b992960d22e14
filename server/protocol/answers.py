"""Define what the server sends: answers to commands, and frames. docs/protocol.md documents them."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue, PlainSerializer, TypeAdapter

from engine import Experiment, View
from engine.data.own_data import OwnData
from server.kernels.kernel_source import KernelState, KernelStatus
from server.protocol.message import Effect, Message


class Problem(Message):
    """Name an invalid value: its field, the value, and the allowed values."""

    field: str
    value: str
    allowed: str


class Welcome(Message):
    """Open the answer to `hello` with the pictures of all features."""

    type: Literal["welcome"] = "welcome"
    features: Annotated[dict[str, bytes], Field(description="the 34 x 34 picture of each feature, with its own scale")]


class Status(Message):
    """Report the state of the kernels: `plain` (never compiled), `compiling`, `compiled`, or `failed`."""

    type: Literal["status"] = "status"
    kernels: KernelState
    done: int
    total: int

    @classmethod
    def of(cls, status: KernelStatus) -> "Status":
        """Return the message for a kernel status."""
        return cls(kernels=status.state, done=status.done, total=status.total)


class Unattended(Message):
    """Report that the server paused training because nobody has touched the run for a long time."""

    type: Literal["unattended"] = "unattended"
    minutes: float


# --- answers to commands


class Axis(Message):
    """Hold the true values at -5 and 5 of a plane axis, or at -1 and 1 of a target."""

    name: str
    low: float
    high: float


class Axes(Message):
    """Hold names and true units of own data; `target` is null for a classification."""

    x: Axis
    y: Axis
    target: Axis | None


OwnDataAsText = Annotated[OwnData, PlainSerializer(lambda own: own.model_dump(mode="json"), return_type=JsonValue)]


class RunDescription(Message):
    """Describe what the server runs and shows now."""

    id: Annotated[int, Field(description="the run's id, which its frames repeat")]
    experiment: Annotated[Experiment, Field(description="the current experiment, without its own data")]
    view: View
    link: Annotated[str, Field(description="the address fragment that opens this run")]
    notices: Annotated[list[Problem], Field(description="mistakes in a link")]
    remarks: Annotated[list[str], Field(description="what TensorFlow Playground computes otherwise from its link")]
    safe_penalty_rate: Annotated[float | None, Field(description="if L2 would diverge: the nearest safe rate")]
    parameters: int
    output_activation: str
    class_names: Annotated[list[str], Field(description="class names of own data")]
    axes: Annotated[Axes | None, Field(description="axes of own data")]
    own: Annotated[OwnDataAsText | None, Field(description="own data that the client doesn't have yet")]


class Pruned(Message):
    """Compare the training loss after pruning with its prediction."""

    type: Literal["pruned"] = "pruned"
    count: Annotated[int, Field(description="weights that the command set to 0 and locked")]
    predicted: Annotated[
        float | None, Field(description="increase of the loss, predicted from its first and second derivatives")
    ]
    actual: float | None
    before: float
    after: float


class Checked(Message):
    """Compare backpropagation with difference quotients, for each parameter in the order of theta."""

    type: Literal["checked"] = "checked"
    epoch: Annotated[int, Field(description="the epoch at which the check ran")]
    points: Annotated[int, Field(description="number of points in the batch")]
    sizes: Annotated[list[int], Field(description="units of each layer, inputs first")]
    features: list[str]
    gradient: Annotated[bytes, Field(description="float64, by backpropagation")]
    quotient: Annotated[bytes, Field(description="float64, (f(w + h) - f(w - h)) / 2h")]
    difference: Annotated[bytes, Field(description="float64, relative difference of the two")]
    bent: Annotated[bytes, Field(description="1 for each parameter at the kink of a ReLU, which doesn't count")]
    worst: Annotated[int | None, Field(description="index of the parameter with the largest difference")]
    digits: Annotated[int, Field(description="number of digits to which all counted derivatives agree")]
    agrees: bool


class File(Message):
    """Hold a file for the learner to download."""

    type: Literal["file"] = "file"
    name: str
    text: str


Result = Annotated[Pruned | Checked | File, Field(discriminator="type")]


class Accepted(Message):
    """Report that the server carried out a command."""

    type: Literal["accepted"] = "accepted"
    rev: int
    effect: Annotated[Effect, Field(description="effect on the run")]
    run: Annotated[RunDescription | None, Field(description="the current run, if the command may change run or view")]
    result: Annotated[Result | None, Field(description="the data that the command asked for")]


class Refusal(Message):
    """Report that the server refused a message and nothing changed."""

    type: Literal["refused"] = "refused"
    rev: Annotated[int | None, Field(description="`rev` of the refused command, if readable")]
    field: str
    value: str
    allowed: str


# --- frames and their parts


class Points(Message):
    """Hold the data: float32 x1, x2, target of each point."""

    train: bytes
    test: bytes


class Masks(Message):
    """Mark points: one byte for each point, 1 if it is marked."""

    train: bytes
    test: bytes


class ClassMeasures(Message):
    """Measure the predictions of a classification; null means undefined."""

    accuracy: float | None
    confusion: Annotated[list[list[int]], Field(description="one row for each true class")]
    precision: list[float | None]
    recall: list[float | None]


class ValueMeasures(Message):
    """Measure the predictions of a regression."""

    r_squared: float | None


class Metrics(Message):
    """Measure the predictions on both sets."""

    train: ClassMeasures | ValueMeasures
    test: ClassMeasures | ValueMeasures


class Bars(Message):
    """Hold a histogram: counts in bins of equal width."""

    low: float
    high: float
    counts: list[int]


class LayerGradients(Message):
    """Measure the gradient flow through one layer; null means undefined or infinite."""

    neurons: int
    gradient: Annotated[float | None, Field(description="norm of the gradient with respect to weights and biases")]
    update: Annotated[float | None, Field(description="norm of the next step divided by the norm of the weights")]
    saturated: int | None
    dead: int | None
    histograms: Annotated[list[Bars], Field(description="weights, activations, and gradients with respect to weights")]


class FoundProblem(Message):
    """Hold one finding of the diagnosis, in the reader's language."""

    kind: str
    layer: int | None
    text: str
    advice: str | None


class Gradients(Message):
    """Fill the gradient panel: the layers, first hidden layer first, and the diagnosis."""

    layers: list[LayerGradients]
    findings: list[FoundProblem]


class Path(Message):
    """Describe one path from the loss to a weight."""

    neurons: Annotated[list[int], Field(description="neurons on the path, from the output down")]
    factors: Annotated[list[float], Field(description="dL/dp, dp/dz, then each weight and slope, then the input")]
    product: float


class Paths(Message):
    """Write out the chain rule of one weight path by path, the largest path first."""

    layer: int
    neuron: int
    input: int | None
    shown: list[Path]
    count: Annotated[int, Field(description="number of all paths")]
    remainder: Annotated[float, Field(description="sum of the paths that are not shown")]
    total: Annotated[float, Field(description="the derivative of the loss with respect to the weight")]


class Trace(Message):
    """Trace one example through the network. Vectors are float64: by unit, without inputs, or in theta's order."""

    target: Annotated[list[float], Field(description="target of each output")]
    inputs: list[float]
    activations: Annotated[list[str], Field(description="activation of each layer, the output layer last")]
    z: Annotated[bytes, Field(description="weighted sum of each unit")]
    a: Annotated[bytes, Field(description="activation of each unit")]
    slopes: Annotated[bytes, Field(description="da/dz of each unit")]
    a_gradients: Annotated[bytes, Field(description="dL/da of each unit")]
    deltas: Annotated[bytes, Field(description="dL/dz of each unit")]
    gradient: Annotated[bytes, Field(description="dL/dw of each parameter")]
    loss: float
    learning_rate: float
    shortened: Annotated[float, Field(description="factor by which clipping shortens the gradient")]
    state_before: Annotated[bytes, Field(description="the optimizer's vectors before the step")]
    state: Annotated[bytes, Field(description="the optimizer's vectors after a step with this example")]
    decays: Annotated[list[float], Field(description="beta1 and beta2 to the power of the number of steps")]
    descended: Annotated[bytes, Field(description="theta after the step, before the penalty's step")]
    updated: Annotated[bytes, Field(description="theta after the step and the penalty's step")]
    loss_after: float
    paths: Annotated[Paths | None, Field(description="present if `unfold` chose a weight")]


class Remedy(Message):
    """Propose a setting with which a copy of the diverged run has learned."""

    field: Literal["learning_rate", "penalty_rate"]
    value: float


class Frame(Message):
    """Show the state of the run at one moment."""

    type: Literal["frame"] = "frame"
    frame: Annotated[int, Field(description="number of the frame on this connection")]
    rev: Annotated[int, Field(description="`rev` of the last command that this frame shows")]
    base: Annotated[int | None, Field(description="the previous frame if pictures are deltas; null if complete")]
    run: Annotated[int, Field(description="the run's id")]
    net: Annotated[int, Field(description="changes when the network changes or restarts")]
    data: Annotated[int, Field(description="changes when the points change")]
    mode: Literal["paused", "playing", "diverged"]
    epoch: int
    learning_rate: Annotated[float, Field(description="learning rate of the next epoch")]
    train_loss: float
    test_loss: float
    validation_loss: Annotated[float | None, Field(description="present if points are set aside for validation")]
    curve: Annotated[bytes, Field(description="float64 epoch, train_loss, test_loss since the last frame")]
    sizes: Annotated[list[int], Field(description="units of each layer, inputs first")]
    features: list[str]
    classes: Annotated[int, Field(description="number of classes; 1 means regression")]
    checkpoint: Annotated[bytes, Field(description="theta (float64), mask (bytes), optimizer's state (float64)")]
    metrics: Annotated[Metrics | None, Field(description="quality of the predictions, if measured")]
    wrong: Annotated[Masks | None, Field(description="the misclassified points, if the view marks them")]
    gradients: Annotated[Gradients | None, Field(description="present if the view has `gradients` and they are new")]
    focus: Annotated[int | None, Field(description="the unit in the large picture; null means the decision")]
    boundary: Annotated[bytes, Field(description="the unit's outputs, or the decision's certainty; 100 x 100")]
    chosen: Annotated[bytes | None, Field(description="the predicted class at each of these points")]
    pictures: Annotated[bytes, Field(description="the outputs of all units, 34 x 34 each, inputs first")]
    centers: Annotated[list[float], Field(description="the output at byte 128, for each unit")]
    scales: Annotated[list[float], Field(description="the output at byte 255 minus the center, for each unit")]
    linear: Annotated[bytes | None, Field(description="for linear networks: float64, the equation of each output")]
    line_pictures: Annotated[bytes | None, Field(description="z of the first layer's neurons, for `neuron_lines`")]
    points: Annotated[Points | None, Field(description="the data, if they are new to the client")]
    diverged: Annotated[int | None, Field(description="the epoch in which the parameters overflowed")]
    remedy: Annotated[Remedy | None, Field(description="present if the run has diverged")]
    finished: Annotated[str | None, Field(description="the stop condition that was met")]
    trace: Annotated[Trace | None, Field(description="trace of the view's example, while paused")]


Answer = Welcome | Status | Unattended | Accepted | Refusal | Frame
ANSWER: TypeAdapter[Answer] = TypeAdapter(Annotated[Answer, Field(discriminator="type")])
