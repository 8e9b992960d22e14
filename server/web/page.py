"""The template environment: everything that the page shows of the engine (menus, ranges, defaults, labels)."""

from collections.abc import Mapping
from dataclasses import dataclass
from gettext import NullTranslations
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from engine.data.datasets import DATASETS
from engine.data.examples import EXAMPLES
from engine.data.features import FEATURES
from engine.interchange.export import FRAMEWORKS
from engine.interchange.view import HIDEABLE
from engine.nn.activations import ACTIVATIONS, OUTPUT_ACTIVATIONS
from engine.nn.initializers import INITIALIZERS
from engine.nn.losses import LOSSES
from engine.optim.optimizers import OPTIMIZERS
from engine.optim.penalties import PENALTIES
from engine.optim.schedules import SCHEDULES
from engine.training.experiment import LEARNING_RATES, PAGE_RANGES, PENALTY_RATES, TASKS, Experiment
from engine.training.pruning import METHODS
from engine.training.trainer import MAX_VALUE
from server.config.resources import resource
from server.protocol.message import SUBPROTOCOL

# Shown before the reader unfolds more: the choices of TensorFlow Playground.
FIRST_DATASETS = ("circle", "xor", "gauss", "spiral", "reg-plane", "reg-gauss")
FIRST_FEATURES = ("x", "y", "xSquared", "ySquared", "xTimesY", "sinX", "sinY")
FIRST_ACTIVATIONS = ("relu", "tanh", "sigmoid", "linear")
FIRST_PENALTIES = ("none", "L1", "L2")

# Registries whose entries have hyperparameters, by the setting that selects an entry.
CHOICES: dict[str, Mapping[str, Any]] = {
    "loss": LOSSES,
    "penalty": PENALTIES,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "initializer": INITIALIZERS,
}
HYPERPARAMETERS = {
    "huber_delta": "Huber threshold",
    "init_scale": "Standard deviation",
    "momentum": "Momentum",
    "rho": "Squared-gradient decay (rho)",
    "beta1": "Gradient decay (beta 1)",
    "beta2": "Squared-gradient decay (beta 2)",
    "weight_decay": "Weight decay",
    "schedule_epochs": "Epochs",
    "schedule_factor": "Decay factor",
    "elastic_ratio": "L1 share in the elastic net",
}


@dataclass(frozen=True)
class FieldRange:
    """Describe the allowed values of a numeric setting; an `optional` one may be empty."""

    low: float
    high: float
    whole: bool
    optional: bool


def field_ranges() -> dict[str, FieldRange]:
    """Return the range of each numeric setting, read from the experiment's schema."""
    fields: dict[str, dict[str, Any]] = Experiment.model_json_schema()["properties"]
    found = {}
    for name, schema in fields.items():
        kinds = schema.get("anyOf", [schema])
        number = next((kind for kind in kinds if kind.get("type") in ("integer", "number")), None)
        if number is not None:
            low = number.get("minimum", number.get("exclusiveMinimum"))
            optional = any(kind.get("type") == "null" for kind in kinds)
            found[name] = FieldRange(low, number["maximum"], number["type"] == "integer", optional)
    return found


def hyperparameter_uses() -> dict[str, str]:
    """Return for each hyperparameter the entries that use it, in the form of the page's `data-when` attribute."""
    found = {}
    for choice, registry in CHOICES.items():
        for name in {name for entry in registry.values() for name in entry.hyperparameters}:
            found[name] = f"{choice}:" + ",".join(
                key for key, entry in registry.items() if name in entry.hyperparameters
            )
    return found


def first_features(experiment: Experiment) -> list[str]:
    """Return the features that the page shows before the reader unfolds more: TFP's, and all in use."""
    return [*FIRST_FEATURES, *(name for name in experiment.inputs if name not in FIRST_FEATURES)]


def notation() -> dict[str, Any]:
    """Return the TeX formulas of the registries, for the page's trace."""
    return {
        "activations": {
            name: {"tex": entry.tex, "derivative": entry.derivative_tex}
            for name, entry in {**ACTIVATIONS, **OUTPUT_ACTIVATIONS}.items()
        },
        "losses": {name: {"tex": entry.tex, "derivative": entry.derivative_tex} for name, entry in LOSSES.items()},
        "optimizers": {name: entry.tex for name, entry in OPTIMIZERS.items()},
        "penalties": {name: entry.derivative_tex for name, entry in PENALTIES.items()},
        "features": {name: entry.tex for name, entry in FEATURES.items()},
    }


def page_environment(translations: NullTranslations, reload: bool = False) -> Environment:
    """Return the template environment for one language; `reload` notices changed templates."""
    environment = Environment(
        loader=FileSystemLoader(resource("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        auto_reload=reload,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        activations=ACTIVATIONS,
        datasets=DATASETS,
        features=FEATURES,
        hyperparameters=HYPERPARAMETERS,
        examples=EXAMPLES,
        exports=FRAMEWORKS,
        first_activations=FIRST_ACTIVATIONS,
        first_datasets=FIRST_DATASETS,
        first_features=FIRST_FEATURES,
        first_penalties=FIRST_PENALTIES,
        hideable=HIDEABLE,
        initializers=INITIALIZERS,
        learning_rates=LEARNING_RATES,
        limits=field_ranges(),
        losses=LOSSES,
        notation=notation(),
        many_classes=[name for name, dataset in DATASETS.items() if dataset.classes[1] > 2],
        max_weight=round(MAX_VALUE),
        optimizers=OPTIMIZERS,
        output_activations=OUTPUT_ACTIVATIONS,
        penalties=PENALTIES,
        penalty_rates=PENALTY_RATES,
        protocol_version=SUBPROTOCOL,
        prune_methods=METHODS,
        ranges=PAGE_RANGES,
        readers=hyperparameter_uses(),
        schedules=SCHEDULES,
        tasks=TASKS,
    )
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    environment.globals["count"] = lambda singular, plural, count: translations.ngettext(
        singular, plural, count
    ).format(count=count)
    environment.filters["plain"] = lambda number: f"{number:.10f}".rstrip("0").rstrip(".")
    return environment
