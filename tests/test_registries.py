"""Every registry of the engine: what the page and the kernels rely on, for each entry there is."""

import pytest

from engine import Experiment, Trainer
from engine.activations import ACTIVATIONS
from engine.datasets import DATASETS
from engine.experiment import LEARNING_RATES, PENALTY_RATES, TASKS
from engine.features import FEATURES
from engine.initializers import INITIALIZERS
from engine.losses import LOSSES
from engine.optimizers import OPTIMIZERS
from engine.penalties import PENALTIES

# The field of an Experiment that chooses from it, and the registry.
REGISTRIES = {
    "dataset": DATASETS,
    "activation": ACTIVATIONS,
    "loss": LOSSES,
    "penalty": PENALTIES,
    "optimizer": OPTIMIZERS,
    "initializer": INITIALIZERS,
}
ENTRIES = [(field, name) for field, registry in REGISTRIES.items() for name in registry]
CODED = {"activation", "loss", "penalty", "optimizer"}


@pytest.mark.parametrize("field", CODED)
def test_the_kernels_can_tell_the_entries_apart(field):
    codes = [entry.code for entry in REGISTRIES[field].values()]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize(("field", "name"), ENTRIES)
def test_an_entry_is_chosen_by_its_name_and_trains(field, name):
    # A rate at which the penalty acts; the run is short, so that even a wild one stays finite.
    trainer = Trainer(Experiment(**{"penalty_rate": 0.01, "learning_rate": 0.001, field: name}))
    before = trainer.losses()
    assert trainer.run(2) == 2
    assert trainer.losses() != before


@pytest.mark.parametrize(("field", "name"), [*ENTRIES, *(("features", name) for name in FEATURES)])
def test_an_entry_has_a_label_of_its_own(field, name):
    registry = {**REGISTRIES, "features": FEATURES}[field]
    assert registry[name].label
    assert [entry.label for entry in registry.values()].count(registry[name].label) == 1


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_has_an_output_activation_for_every_task(name):
    assert LOSSES[name].links.keys() == TASKS.keys()
    assert set(LOSSES[name].links.values()) <= ACTIVATIONS.keys()


def test_the_menus_of_rates_rise():
    assert list(LEARNING_RATES) == sorted(set(LEARNING_RATES))
    assert list(PENALTY_RATES) == sorted(set(PENALTY_RATES))


@pytest.mark.parametrize("learning_rate", LEARNING_RATES)
@pytest.mark.parametrize("rate", PENALTY_RATES)
def test_the_penalty_rate_called_safe_is_safe_and_the_nearest(learning_rate, rate):
    # One step multiplies a weight by 1 - learning_rate * rate.
    safe = Experiment(penalty="L2", penalty_rate=rate, learning_rate=learning_rate).safe_penalty_rate()
    if abs(1 - learning_rate * rate) <= 1:
        assert safe is None
    else:
        assert abs(1 - learning_rate * safe) < 1
        assert not any(safe < other < rate and abs(1 - learning_rate * other) < 1 for other in PENALTY_RATES)


def test_only_L2_needs_a_safe_rate():
    for penalty in PENALTIES:
        experiment = Experiment(penalty=penalty, penalty_rate=10, learning_rate=10)
        assert (experiment.safe_penalty_rate() is not None) == (penalty == "L2")


def test_the_next_smaller_learning_rate_is_the_menus():
    assert Experiment(learning_rate=0.03).smaller_learning_rate() == 0.01
    assert Experiment(learning_rate=0.02).smaller_learning_rate() == 0.01
    assert Experiment(learning_rate=100).smaller_learning_rate() == 10
    assert Experiment(learning_rate=0.00001).smaller_learning_rate() == pytest.approx(0.000001)
