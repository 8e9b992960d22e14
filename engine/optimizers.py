"""OPTIMIZERS: a step on the flat parameter vector, in place; `slots` is how many vectors of state each keeps."""

from dataclasses import dataclass

from engine.compiled import kernel
from engine.types import Array

SGD = 0


@dataclass(frozen=True)
class Optimizer:
    """A rule that turns a gradient into a step."""

    code: int
    label: str
    formula: str
    slots: int


OPTIMIZERS: dict[str, Optimizer] = {
    "sgd": Optimizer(SGD, "Gradient descent", "w - rate * gradient", 0),
}


@kernel
def optimizer_step(code: int, theta: Array, gradient: Array, state: Array, learning_rate: float) -> None:
    """Move theta (P,) against the gradient (P,); `state` (slots, P) is the optimizer's memory."""
    # One rule so far: the code is what the next ones will be told apart by.
    theta -= learning_rate * gradient
