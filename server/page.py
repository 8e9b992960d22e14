"""The page's templates, with everything that they show of the engine: menus, ranges, defaults, labels."""

from dataclasses import dataclass
from gettext import NullTranslations
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from engine.activations import ACTIVATIONS
from engine.datasets import DATASETS
from engine.experiment import LEARNING_RATES, PAGE_RANGES, PENALTY_RATES, TASKS, Experiment
from engine.features import FEATURES
from engine.links import HIDEABLE
from engine.penalties import PENALTIES
from engine.trainer import MAX_VALUE
from server.protocol import VERSION
from server.resources import resource


@dataclass(frozen=True)
class Limits:
    """What a number field of the experiment may hold; `optional` means that it may be empty."""

    low: float
    high: float
    whole: bool
    optional: bool


def limits() -> dict[str, Limits]:
    """Read the limits of every number field off the experiment's schema."""
    fields: dict[str, dict[str, Any]] = Experiment.model_json_schema()["properties"]
    found = {}
    for name, schema in fields.items():
        kinds = schema.get("anyOf", [schema])
        number = next((kind for kind in kinds if kind.get("type") in ("integer", "number")), None)
        if number is not None:
            low = number.get("minimum", number.get("exclusiveMinimum"))
            optional = any(kind.get("type") == "null" for kind in kinds)
            found[name] = Limits(low, number["maximum"], number["type"] == "integer", optional)
    return found


def page_environment(translations: NullTranslations) -> Environment:
    """Return the templates' environment in one language."""
    environment = Environment(
        loader=FileSystemLoader(resource("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        activations=ACTIVATIONS,
        datasets=DATASETS,
        defaults=Experiment(),
        features=FEATURES,
        hideable=HIDEABLE,
        learning_rates=LEARNING_RATES,
        limits=limits(),
        max_weight=round(MAX_VALUE),
        penalties=PENALTIES,
        penalty_rates=PENALTY_RATES,
        protocol_version=VERSION,
        ranges=PAGE_RANGES,
        tasks=TASKS,
    )
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    environment.filters["plain"] = lambda number: f"{number:.10f}".rstrip("0").rstrip(".")
    return environment
