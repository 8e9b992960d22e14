"""Define the penalties on weights (PENALTIES); biases are never penalized.

Each penalty is a step of its own, the same for every optimizer and as in TFP: after the optimizer's step, every weight
moves against the penalty's derivative, times the learning rate and the penalty rate. Under gradient descent that equals
adding the penalty to the loss. Under momentum, RMSProp, Adagrad and Adam it does not, because the optimizer never sees
the penalty: L2 there is decoupled weight decay (Loshchilov and Hutter, 2019), as in AdamW. With AdamW, L2 and
`weight_decay` add up.

`ratio` is the fraction of L1 in the elastic net (Zou and Hastie, 2005); the other penalties ignore it.
"""

from dataclasses import dataclass

import numpy as np

from engine.numerics.jit import kernel
from engine.numerics.types import Array
from engine.text.spelling import Spelling

NONE, L1, L2, ELASTIC = range(4)


@dataclass(frozen=True)
class Penalty:
    """A penalty on every weight w, scaled by the penalty rate; `hyperparameters` are the fields that it reads.

    `derivative_tex` is its derivative in TeX, with \\Weight for w and \\ElasticRatio for the ratio. `spelling` is that
    derivative at the weights w in PyTorch, and a regularizer in Keras.
    """

    code: int
    label: str
    formula: str
    spelling: Spelling
    derivative_tex: str
    hyperparameters: tuple[str, ...] = ()

    @property
    def clamps_at_zero(self) -> bool:
        """Whether a weight that the penalty pulls across 0 is set to 0 and frozen there."""
        return self.code in (L1, ELASTIC)


PENALTIES: dict[str, Penalty] = {
    "none": Penalty(NONE, "None", "0", Spelling(), "0"),
    "L1": Penalty(
        L1,
        "L1",
        "|w|",
        Spelling(torch="{penalty_rate} * w.sign()", keras="keras.regularizers.L1({penalty_rate})"),
        r"\operatorname{sign}(\Weight)",
    ),
    "L2": Penalty(
        L2,
        "L2",
        "1/2 w^2",
        Spelling(torch="{penalty_rate} * w", keras="keras.regularizers.L2({penalty_rate} / 2)"),
        r"\Weight",
    ),
    "elastic": Penalty(
        ELASTIC,
        "Elastic net",
        "ratio |w| + (1 - ratio) 1/2 w^2",
        Spelling(
            torch="{penalty_rate} * ({elastic_ratio} * w.sign() + (1 - {elastic_ratio}) * w)",
            keras="keras.regularizers.L1L2("
            "{penalty_rate} * {elastic_ratio}, {penalty_rate} * (1 - {elastic_ratio}) / 2)",
        ),
        r"\ElasticRatio\cdot\operatorname{sign}(\Weight)+(1-\ElasticRatio)\cdot\Weight",
        ("elastic_ratio",),
    ),
}


@kernel
def penalty_value(code: int, weights: Array, ratio: float) -> float:
    """Return the penalty of these weights at rate 1; training needs only the derivative, tests compare both."""
    if code == L1:
        return float(np.sum(np.abs(weights)))
    if code == L2:
        return 0.5 * float(np.sum(weights * weights))
    if code == ELASTIC:
        return ratio * float(np.sum(np.abs(weights))) + (1.0 - ratio) * 0.5 * float(np.sum(weights * weights))
    return 0.0


@kernel
def penalty_derivative(code: int, weights: Array, ratio: float) -> Array:
    """Return the derivative of the penalty at rate 1, elementwise."""
    if code == L1:
        return np.sign(weights)
    if code == L2:
        return weights + 0.0
    if code == ELASTIC:
        return ratio * np.sign(weights) + (1.0 - ratio) * weights
    return np.zeros_like(weights)
