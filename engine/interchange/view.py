"""View: how a run is shown. Nothing here touches the training."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from engine.data.features import FEATURES
from engine.data.own_data import MAX_CLASSES
from engine.text.validation import MemberOf
from engine.training.experiment import MAX_LAYERS

# Controls that a link can hide, under the names that TFP's links use. The last ones are our own.
HIDEABLE: dict[str, str] = {
    "showTestData": "Show test data",
    "discretize": "Discretize output",
    "playButton": "Play button",
    "stepButton": "Step button",
    "resetButton": "Reset button",
    "learningRate": "Learning rate",
    "activation": "Activation",
    "regularization": "Regularization",
    "regularizationRate": "Regularization rate",
    "problem": "Problem type",
    "dataset": "Dataset",
    "percTrainData": "Share of training data",
    "noise": "Noise level",
    "batchSize": "Batch size",
    "numHiddenLayers": "Number of hidden layers",
    "speed": "Speed",
    "stop": "Stop conditions",
    "see": "Display options",
    "gradients": "Gradient flow",
    "save": "Download",
    "microscope": "Look inside",
    "check": "Gradient check",
    "training": "Advanced settings",
}
HIDEABLE_BY_LINK = set(HIDEABLE) | set(FEATURES) | {f"numNodes{layer}" for layer in range(1, MAX_LAYERS + 1)}


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


class View(BaseModel):
    """What the page shows of a run, and how.

    `hide` holds names from HIDEABLE, names of features, and `numNodes1` to `numNodes10`. `example` is x1, x2 and the
    target of the example in the Explain panel. The target is one number, a label as in the data, or one number for
    each output, which the loss compares with the outputs as they are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    show_test: bool = False
    discretize: bool = False
    hide_text: bool = False
    measures: bool = False
    mark_wrong: bool = False
    contours: bool = False
    neuron_lines: bool = False
    log_scale: bool = False
    gradients: bool = False
    smoothing: float = Field(default=0.0, ge=0, le=0.99, description="of the curves: the weight of what came before")
    digits: int = Field(default=3, ge=1, le=9, description="after the point, of the example's numbers")
    example: (
        Annotated[
            tuple[Annotated[float, Field(ge=-1000, le=1000, allow_inf_nan=False)], ...],
            Field(min_length=3, max_length=2 + MAX_CLASSES),
        ]
        | None
    ) = None
    hide: Annotated[
        tuple[Annotated[str, MemberOf(dict.fromkeys(sorted(HIDEABLE_BY_LINK)))], ...],
        Field(max_length=64),
        AfterValidator(_each_once),
    ] = ()
