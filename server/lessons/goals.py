"""Goals of lessons: parse them, check them, and render them in words.

A goal is a list of conditions separated by commas, such as `test_loss < 0.05, hidden_neurons <= 3`. It is reached when
all conditions hold at once. `static/js/features/lessons/goals.js` checks the same conditions on the page.
"""

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.data.datasets import DATASETS
from engine.nn.activations import ACTIVATIONS
from engine.nn.initializers import INITIALIZERS
from engine.nn.losses import LOSSES
from engine.optim.optimizers import OPTIMIZERS
from engine.optim.penalties import PENALTIES
from engine.text.phrases import ENGLISH, Catalogue, InvalidValue, Phrase, rendered
from engine.text.validation import one_of, shown
from engine.training.trainer import Trainer

Fact = float | str


@dataclass(frozen=True)
class Quantity:
    """Describe a quantity that conditions can name: a number, or one of a registry's names."""

    label: Phrase
    names: Mapping[str, Any] | None = None


# `epoch` and the losses come from the run, counts from `facts_of`, all others from fields of the experiment.
QUANTITIES = {
    "epoch": Quantity(Phrase("epoch")),
    "train_loss": Quantity(Phrase("training loss")),
    "test_loss": Quantity(Phrase("test loss")),
    "features": Quantity(Phrase("number of features")),
    "hidden_layers": Quantity(Phrase("number of hidden layers")),
    "hidden_neurons": Quantity(Phrase("number of hidden neurons")),
    "parameters": Quantity(Phrase("number of weights and biases")),
    "learning_rate": Quantity(Phrase("learning rate")),
    "batch_size": Quantity(Phrase("batch size")),
    "noise": Quantity(Phrase("noise")),
    "train_percent": Quantity(Phrase("share of training data")),
    "penalty_rate": Quantity(Phrase("regularization rate")),
    "dropout": Quantity(Phrase("dropout")),
    "dataset": Quantity(Phrase("dataset"), DATASETS),
    "activation": Quantity(Phrase("activation"), ACTIVATIONS),
    "loss": Quantity(Phrase("loss function"), LOSSES),
    "penalty": Quantity(Phrase("regularization"), PENALTIES),
    "optimizer": Quantity(Phrase("optimizer"), OPTIMIZERS),
    "initializer": Quantity(Phrase("weight initialization"), INITIALIZERS),
}
COMPARISONS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "<=": ("≤", operator.le),
    ">=": ("≥", operator.ge),
    "!=": ("≠", operator.ne),
    "<": ("<", operator.lt),
    ">": (">", operator.gt),
    "=": ("=", operator.eq),
}
_CONDITION = re.compile(r"\s*(\w+)\s*(<=|>=|!=|<|>|=)\s*(\S+)\s*")


@dataclass(frozen=True)
class Condition:
    """Compare a quantity with a value."""

    quantity: str
    comparison: str
    value: Fact

    def holds(self, facts: Mapping[str, Fact]) -> bool:
        """Say whether the condition holds for these facts."""
        return COMPARISONS[self.comparison][1](facts[self.quantity], self.value)

    def render(self, catalogue: Catalogue = ENGLISH) -> str:
        """Return it in words and signs: `number of hidden neurons ≤ 3`."""
        quantity = QUANTITIES[self.quantity]
        value = self.value if isinstance(self.value, float) else Phrase((quantity.names or {})[self.value].label)
        return f"{quantity.label.render(catalogue)} {COMPARISONS[self.comparison][0]} {rendered(value, catalogue)}"


def parse_goal(text: str) -> tuple[Condition, ...]:
    """Read a goal; InvalidValue says what is allowed where it goes wrong."""
    return tuple(map(_condition, text.split(",")))


def _condition(text: str) -> Condition:
    found = _CONDITION.fullmatch(text)
    if found is None:
        example = {"signs": " ".join(COMPARISONS), "example": "test_loss < 0.05, hidden_neurons <= 3"}
        raise InvalidValue(Phrase("must be conditions with {signs}, separated by commas, such as {example}", example))
    name, comparison, value = found.groups()
    if name not in QUANTITIES:
        raise InvalidValue(
            Phrase(
                "has the unknown quantity {name}, which {allowed}", {"name": shown(name), "allowed": one_of(QUANTITIES)}
            )
        )
    names = QUANTITIES[name].names
    if names is None:
        return Condition(name, comparison, _number(name, value))
    if value not in names or comparison not in ("=", "!="):
        raise InvalidValue(
            Phrase("must compare {name} by = or !=, and the value {allowed}", {"name": name, "allowed": one_of(names)})
        )
    return Condition(name, comparison, value)


def _number(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidValue(Phrase("must compare {name} with a number", {"name": name}))
    return number


def facts_of(trainer: Trainer) -> dict[str, Fact]:
    """Return the current value of each quantity; for lists, the number of entries."""
    experiment = trainer.experiment
    train, test = trainer.losses()
    facts: dict[str, Any] = {name: getattr(experiment, name, None) for name in QUANTITIES}
    facts |= {name: len(value) for name, value in facts.items() if isinstance(value, tuple)}
    facts |= {"hidden_neurons": sum(experiment.hidden_layers), "parameters": experiment.parameter_count}
    return facts | {"epoch": trainer.epoch, "train_loss": train, "test_loss": test}


def reached(goal: tuple[Condition, ...], trainer: Trainer) -> bool:
    """Say whether a run meets all conditions now."""
    facts = facts_of(trainer)
    return all(condition.holds(facts) for condition in goal)
