"""One example, forward and back, as it travels in a frame."""

from typing import Annotated

from pydantic import Field

from server.protocol.message import Message


class Path(Message):
    """One way from the loss to a weight."""

    neurons: Annotated[list[int], Field(description="that it passes, the output first")]
    factors: Annotated[list[float], Field(description="dL/dp, dp/dz, then weight and slope of each, then the input")]
    product: float


class Paths(Message):
    """The chain rule of one weight, path by path, the largest first."""

    layer: int
    neuron: int
    input: int | None
    shown: list[Path]
    count: Annotated[int, Field(description="of all paths")]
    rest: Annotated[float, Field(description="what those that are not shown come to")]
    total: Annotated[float, Field(description="the derivative of the loss by the weight")]


class Explanation(Message):
    """One example, forward and back. Vectors are float64: of units without the inputs, or in the order of theta."""

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
    shortened: Annotated[float, Field(description="by what factor clipping shortens the gradient")]
    state_before: Annotated[bytes, Field(description="the optimizer's vectors")]
    state: Annotated[bytes, Field(description="the same after a step by this example")]
    decays: Annotated[list[float], Field(description="beta1 and beta2 to the power of the steps")]
    descended: Annotated[bytes, Field(description="theta after that step")]
    updated: Annotated[bytes, Field(description="and after the penalty")]
    loss_after: float
    paths: Annotated[Paths | None, Field(description="where `unfold` asks for them")]
