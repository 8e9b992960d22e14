"""Links: an Experiment and its View as a URL fragment, in TFP's format.

Our keys (weightsSeed, start, stopEpochs, ...) come in addition to TFP's, so TFP opens our links too. A wrong value is
reported as a Mistake and replaced by the default; the rest of the link still counts. Where TFP computes other numbers
from its own link, `remarks` say so.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote

from pydantic import TypeAdapter, ValidationError

from engine.data.datasets import DATASETS
from engine.data.features import FEATURES
from engine.data.own_data import MAX_CLASSES, MAX_LINK_ROWS, OwnData
from engine.interchange.view import HIDEABLE_BY_LINK, View
from engine.text.phrases import Phrase
from engine.text.validation import Mistake, mistakes, one_of, shown
from engine.training.experiment import MAX_FORMULAS, MAX_LAYERS, OWN, TASKS, Experiment
from engine.training.samples import sample_counts

# The field for each key of a link. Dataset, features, shape and flags are handled separately.
_PLAIN_KEYS = {
    "activation": "activation",
    "regularization": "penalty",
    "batchSize": "batch_size",
    "learningRate": "learning_rate",
    "regularizationRate": "penalty_rate",
    "noise": "noise",
    "percTrainData": "train_percent",
    "seed": "seed",
    "weightsSeed": "weights_seed",
    "stopEpochs": "stop_epochs",
    "stopLoss": "stop_loss",
    "stopPatience": "stop_patience",
    "start": "start",
}
# Our own keys. Their defaults are TFP's behavior, so a link contains them only if the value differs.
_OWN_KEYS = {
    "curve": "curve",
    "classes": "classes",
    "validationPercent": "validation_percent",
    "formulas": "formulas",
    "loss": "loss",
    "huberDelta": "huber_delta",
    "layerActivations": "layer_activations",
    "elasticRatio": "elastic_ratio",
    "optimizer": "optimizer",
    "momentum": "momentum",
    "rho": "rho",
    "beta1": "beta1",
    "beta2": "beta2",
    "weightDecay": "weight_decay",
    "schedule": "schedule",
    "scheduleEpochs": "schedule_epochs",
    "scheduleFactor": "schedule_factor",
    "warmupEpochs": "warmup_epochs",
    "clipNorm": "clip_norm",
    "dropout": "dropout",
    "shuffle": "shuffle",
    "initializer": "initializer",
    "initScale": "init_scale",
}
_FIELDS = {field: key for key, field in (_PLAIN_KEYS | _OWN_KEYS).items()} | {
    "dataset": "dataset",
    "own": "own",
    "features": "features",
    "hidden_layers": "networkShape",
}
_SEPARATORS = {"layer_activations": ",", "formulas": ";"}
_FLAGS = {"showTestData": "show_test", "discretize": "discretize", "hideText": "hide_text"}
# Our own flags, written only when they are on.
_OWN_FLAGS = {
    "measures": "measures",
    "markWrong": "mark_wrong",
    "contours": "contours",
    "neuronLines": "neuron_lines",
    "logScale": "log_scale",
    "gradients": "gradients",
}
# Fields of the view that hold numbers, separated by commas.
_VIEW_NUMBERS = {"smoothing": "smoothing", "digits": "digits", "example": "example"}
_OTHER_KEYS = {*_VIEW_NUMBERS, "problem", "dataset", "regDataset", "own", "networkShape", "initZero"}
_IGNORED = {"tutorial", "collectStats"}
# TFP writes all of these into each link; we write one of the first two, and never the last.
_WRITTEN_BY_TFP = {"dataset", "regDataset", "collectStats"}

MAX_NOTICES = 20  # mistakes reported; a hostile link can contain forty thousand
MAX_PARTS = max(MAX_LAYERS, MAX_FORMULAS, 2 + MAX_CLASSES)


@dataclass(frozen=True)
class Link:
    """The contents of a fragment, its first 20 mistakes, and what TFP would compute otherwise from its own link."""

    experiment: Experiment
    view: View
    notices: tuple[Mistake, ...] = ()
    remarks: tuple[Phrase, ...] = ()


def experiment_from_link(link: str) -> Experiment:
    """Return the experiment of a link, ours or TFP's; a value that is wrong in the link becomes the default.

    The link is a whole URL or only its fragment. Use `read_link` to see what was wrong.
    """
    return read_link(link.partition("#")[2] if "#" in link else link).experiment


def read_link(fragment: str, seed: str = "0.5") -> Link:
    """Read the fragment of a link, with or without its `#`; `seed` is the default for a link without a seed."""
    values: dict[str, str] = {}
    for part in fragment.removeprefix("#").split("&"):
        if part:
            key, _, value = part.partition("=")
            values[unquote(key)] = unquote(value)
    notices: list[Mistake] = []
    fields: dict[str, Any] = {"seed": seed, **_dataset(values, notices)}
    for key, field in (_PLAIN_KEYS | _OWN_KEYS).items():
        if key in values:
            fields[field] = _parts(values[key], _SEPARATORS[field]) if field in _SEPARATORS else values[key]
    if "networkShape" in values:
        shape = values["networkShape"]
        fields["hidden_layers"] = _parts(shape) if shape else []
    hidden = _hidden(values, notices)
    switched = {"x": True, "y": True} | {name: _is_on(values[name]) for name in FEATURES if name in values}
    # As in TFP, hiding a feature takes it out of the network.
    fields["features"] = tuple(name for name, on in switched.items() if on and name not in hidden)
    if _is_on(values.get("initZero", "false")):
        fields["initializer"] = "zero"
    view = View(
        hide=hidden,
        **_view_numbers(values, notices),
        **{field: _is_on(values[key]) for key, field in {**_FLAGS, **_OWN_FLAGS}.items() if key in values},
    )
    _report_ignored(values, notices)
    experiment = _validated(fields, values, notices)
    in_use = set(view.hide) & set(experiment.features)  # the default ones, where a link hides all features
    view = view.model_copy(update={"hide": tuple(name for name in view.hide if name not in in_use)})
    return Link(experiment, view, tuple(notices[:MAX_NOTICES]), tuple(_remarks(experiment, values)))


def _remarks(experiment: Experiment, values: Mapping[str, str]) -> Iterator[Phrase]:
    """Yield what TFP computes otherwise from a link that it wrote."""
    batch, points = experiment.batch_size, sample_counts(experiment)[0]
    if values.keys() >= _WRITTEN_BY_TFP and points % batch and batch < points:
        yield Phrase(
            "A batch of {batch} does not divide the {points} training points. Here, the {rest} points left over make "
            "a smaller batch at the end of each epoch. TensorFlow Playground carries them over into the next epoch. "
            "So the losses differ a little from those it shows.",
            {"batch": batch, "points": points, "rest": points % batch},
        )


def _parts(text: str, separator: str = ",") -> list[str]:
    """Take a list apart, but into no more parts than one too many for any list: each would be looked at."""
    return text.split(separator, MAX_PARTS)


def _is_on(value: str) -> bool:
    """Read a flag as TFP does: anything but the word false is true."""
    return value != "false"


def _dataset(values: Mapping[str, str], notices: list[Mistake]) -> dict[str, Any]:
    problem = values.get("problem", "classification")
    if problem not in TASKS:
        notices.append(Mistake("problem", shown(problem), one_of(TASKS)))
        problem = "classification"
    key = "regDataset" if problem == "regression" else "dataset"
    known = [name for name, dataset in DATASETS.items() if dataset.task == problem]
    name = values.get(key, known[0])
    if name == OWN:
        own = _own_data(values, key, notices)
        return {"dataset": known[0]} if own is None else {"dataset": OWN, "own": own}
    if name not in known:
        notices.append(Mistake(key, shown(name), one_of(known)))
        name = known[0]
    return {"dataset": name}


def _own_data(values: Mapping[str, str], key: str, notices: list[Mistake]) -> OwnData | None:
    """Return the own data in a link, which omits data with too many rows."""
    if OWN not in values:
        notices.append(Mistake(key, OWN, Phrase("needs your data in the link, with at most {rows} rows", _ROWS)))
        return None
    try:
        return OwnData.from_link(values[OWN])
    except ValidationError as error:
        notices.append(Mistake(OWN, shown(values[OWN]), mistakes(error, _OWN_DATA)[0].allowed))
        return None


def _hidden(values: Mapping[str, str], notices: list[Mistake]) -> tuple[str, ...]:
    hidden = []
    for key, value in values.items():
        name = key.removesuffix("_hide")
        if name == key or not _is_on(value):
            continue
        if name in HIDEABLE_BY_LINK:
            hidden.append(name)
        else:
            notices.append(Mistake(shown(key), shown(value), Phrase("isn’t a control that can be hidden")))
    return tuple(hidden)


def _view_numbers(values: Mapping[str, str], notices: list[Mistake]) -> dict[str, Any]:
    found = {}
    for key, field in _VIEW_NUMBERS.items():
        text = values.get(key)
        if text is None:
            continue
        try:
            read = _VIEW.validate_python({field: _parts(text) if field == "example" else text})
            found[field] = getattr(read, field)
        except ValidationError as error:
            notices.append(Mistake(key, shown(text), mistakes(error, _VIEW)[0].allowed))
    return found


def _report_ignored(values: Mapping[str, str], notices: list[Mistake]) -> None:
    own = _OWN_KEYS.keys() | _OWN_FLAGS.keys()
    known = _PLAIN_KEYS.keys() | own | _FLAGS.keys() | FEATURES.keys() | _OTHER_KEYS
    for key, value in values.items():
        if key in _IGNORED and _is_on(value):
            notices.append(Mistake(key, shown(value), Phrase("is ignored because it has no effect here")))
        elif key not in known | _IGNORED and not key.endswith("_hide"):
            notices.append(Mistake(shown(key), shown(value), Phrase("is ignored because it is unknown")))


_EXPERIMENT = TypeAdapter(Experiment)
_VIEW = TypeAdapter(View)
_OWN_DATA = TypeAdapter(OwnData)
_ROWS = {"rows": MAX_LINK_ROWS}


def _validated(fields: dict[str, Any], values: Mapping[str, str], notices: list[Mistake]) -> Experiment:
    """Build the Experiment; report each wrong field and use its default."""
    while True:
        try:
            return _EXPERIMENT.validate_python(fields)
        except ValidationError as error:
            for mistake in mistakes(error, _EXPERIMENT):
                field = mistake.field.partition(".")[0]
                key = _FIELDS[field]
                if fields.pop(field, None) is not None:
                    notices.append(Mistake(key, shown(values.get(key, mistake.value)), mistake.allowed))
                if field == "classes" and fields["dataset"] != OWN:  # the default is wrong if the dataset needs three
                    fields["classes"] = max(2, DATASETS[fields["dataset"]].classes[0])
                if field == "own":
                    fields["dataset"] = Experiment.model_fields["dataset"].default


def link_to(experiment: Experiment, view: View | None = None) -> str:
    """Return the fragment, without `#`, that `read_link` turns into the same experiment and view."""
    view = view or View()
    fields = dict(experiment)
    pairs: list[tuple[str, str]] = []
    for key, field in _PLAIN_KEYS.items():
        value = fields[field]
        if value is not None and (field, value) != ("penalty", "none"):
            pairs.append((key, _plain(value)))
    pairs.append(("problem", experiment.task))
    pairs.append(("regDataset" if experiment.task == "regression" else "dataset", experiment.dataset))
    if experiment.own is not None and len(experiment.own.rows) <= MAX_LINK_ROWS:
        pairs.append((OWN, experiment.own.to_link()))
    pairs.append(("networkShape", ",".join(map(str, experiment.hidden_layers))))
    pairs += [(name, _plain(name in experiment.features)) for name in FEATURES]
    for key, field in _OWN_KEYS.items():
        if _is_own(field, fields[field]):
            pairs.append((key, _plain(fields[field], _SEPARATORS.get(field, ""))))
    pairs.append(("initZero", _plain(experiment.initializer == "zero")))
    pairs += [(key, _plain(getattr(view, field))) for key, field in _FLAGS.items()]
    pairs += [(key, "true") for key, field in _OWN_FLAGS.items() if getattr(view, field)]
    for key, field in _VIEW_NUMBERS.items():
        if getattr(view, field) != View.model_fields[field].default:
            pairs.append((key, _plain(getattr(view, field), ",")))
    # Hiding a feature takes it out, so a feature in use can't be hidden.
    pairs += [(f"{name}_hide", "true") for name in view.hide if name not in experiment.features]
    return "&".join(f"{key}={quote(value, safe=',')}" for key, value in pairs)


def _is_own(field: str, value: object) -> bool:
    """Tell whether a value needs one of our keys; TFP's initZero covers zero weights."""
    return value != Experiment.model_fields[field].default and (field, value) != ("initializer", "zero")


def _plain(value: object, separator: str = "") -> str:
    """Format a value as TFP's JavaScript does."""
    if isinstance(value, tuple):
        return separator.join(map(_plain, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return re.sub(r"\.0$", "", format(Decimal(repr(value)), "f"))
    return str(value)
