"""Every registry of the engine: what the page and the kernels rely on, for each entry there is."""

import pytest

from engine import Experiment, Trainer
from engine.data.datasets import DATASETS
from engine.data.features import FEATURES
from engine.nn.activations import ACTIVATIONS, OUTPUT_ACTIVATIONS
from engine.nn.initializers import INITIALIZERS
from engine.nn.losses import LOSSES
from engine.optim.optimizers import OPTIMIZERS
from engine.optim.penalties import PENALTIES
from engine.optim.schedules import SCHEDULES
from engine.training.experiment import LEARNING_RATES, MAX_CLASSES, PENALTY_RATES, TASKS, losses_for
from tests.engine_helpers import fewest_classes

# The field of an Experiment that chooses from it, and the registry.
REGISTRIES = {
    "dataset": DATASETS,
    "activation": ACTIVATIONS,
    "loss": LOSSES,
    "penalty": PENALTIES,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "initializer": INITIALIZERS,
}
EPOCHS = 5  # enough for a step of a schedule of 3 epochs
WITH_HYPERPARAMETERS = [field for field in REGISTRIES if field not in {"dataset", "activation"}]
ENTRIES = [(field, name) for field, registry in REGISTRIES.items() for name in registry]
CODED = {"activation", "loss", "penalty", "optimizer"}


@pytest.mark.parametrize("field", CODED)
def test_the_kernels_can_tell_the_entries_apart(field):
    """A loss is told apart by its output activations, too."""
    codes = [(entry.code, str(getattr(entry, "output_activations", ""))) for entry in REGISTRIES[field].values()]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize(("field", "name"), ENTRIES)
def test_an_entry_is_chosen_by_its_name_and_trains(field, name):
    # A rate at which the penalty acts; the run is short, so that even a wild one stays finite.
    fields = {"penalty_rate": 0.01, "learning_rate": 0.001, field: name}
    if field == "loss" and "classification" not in LOSSES[name].links:
        fields["dataset"] = "reg-plane"
    if field == "dataset":
        fields["classes"] = fewest_classes(name)
    trainer = Trainer(Experiment(**fields))
    before = trainer.losses()
    assert trainer.run(2) == 2
    assert trainer.losses() != before


@pytest.mark.parametrize(("field", "name"), [*ENTRIES, *(("features", name) for name in FEATURES)])
def test_an_entry_has_a_label_of_its_own(field, name):
    registry = {**REGISTRIES, "features": FEATURES}[field]
    assert registry[name].label
    assert [entry.label for entry in registry.values()].count(registry[name].label) == 1


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_has_an_output_activation_for_each_task_that_it_is_for(name):
    assert LOSSES[name].output_activations
    assert LOSSES[name].output_activations.keys() <= TASKS.keys()
    assert set(LOSSES[name].output_activations.values()) <= OUTPUT_ACTIVATIONS.keys()


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_a_loss_and_the_default_is_for_all(task):
    assert Experiment().loss in losses_for(task)


@pytest.mark.parametrize("name", OUTPUT_ACTIVATIONS)
def test_an_output_activation_is_a_hidden_one_or_a_code_of_its_own(name):
    if name in ACTIVATIONS:
        assert OUTPUT_ACTIVATIONS[name] is ACTIVATIONS[name]
    else:
        assert OUTPUT_ACTIVATIONS[name].code not in {entry.code for entry in ACTIVATIONS.values()}


@pytest.mark.parametrize("name", DATASETS)
def test_a_dataset_has_a_range_of_classes_that_fits_its_task(name):
    low, high = DATASETS[name].classes
    assert (low, high) == (1, 1) if DATASETS[name].task == "regression" else 2 <= low <= high <= MAX_CLASSES


def fields_with(field, name):
    """Return fields with which an entry and its hyperparameters act within a few epochs."""
    fields = {field: name, "penalty_rate": 0.01, "schedule_epochs": 3}
    if field == "loss" and "classification" not in LOSSES[name].links:
        fields["dataset"] = "reg-plane"
    return fields


def other_value(hyperparameter):
    """Return a value that is allowed and not the default."""
    info = Experiment.model_fields[hyperparameter]
    return 2 if info.annotation is int else info.default / 2


@pytest.mark.parametrize("field", WITH_HYPERPARAMETERS)
def test_the_coefficients_of_an_entry_are_fields_and_change_the_run(field):
    for name, entry in REGISTRIES[field].items():
        for hyperparameter in entry.hyperparameters:
            fields = fields_with(field, name)
            changed = {**fields, hyperparameter: other_value(hyperparameter)}
            one, other = Trainer(Experiment(**fields)), Trainer(Experiment(**changed))
            assert one.run(EPOCHS) == other.run(EPOCHS) == EPOCHS
            assert one.theta.tolist() != other.theta.tolist(), hyperparameter


@pytest.mark.parametrize("field", WITH_HYPERPARAMETERS)
def test_what_an_entry_does_not_name_does_not_change_its_run(field):
    known = {name for entry in REGISTRIES[field].values() for name in entry.hyperparameters}
    for name, entry in REGISTRIES[field].items():
        fields = fields_with(field, name)
        one = Trainer(Experiment(**fields))
        one.run(EPOCHS)
        for hyperparameter in known - set(entry.hyperparameters):
            other = Trainer(Experiment(**{**fields, hyperparameter: other_value(hyperparameter)}))
            other.run(EPOCHS)
            assert one.theta.tolist() == other.theta.tolist(), hyperparameter


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


def test_only_L2_needs_a_safe_rate_and_the_share_of_it_in_the_elastic_net():
    for penalty in PENALTIES:
        experiment = Experiment(penalty=penalty, penalty_rate=10, learning_rate=10)
        assert (experiment.safe_penalty_rate() is not None) == (penalty in {"L2", "elastic"})
    elastic = Experiment(penalty="elastic", penalty_rate=10, learning_rate=1)
    assert elastic.safe_penalty_rate() == 3  # 0.5 * 3 < 2
    assert elastic.changed(elastic_ratio=0.9).safe_penalty_rate() is None


def test_the_next_smaller_learning_rate_is_the_menus():
    assert Experiment(learning_rate=0.03).smaller_learning_rate() == 0.01
    assert Experiment(learning_rate=0.02).smaller_learning_rate() == 0.01
    assert Experiment(learning_rate=100).smaller_learning_rate() == 10
    assert Experiment(learning_rate=0.00001).smaller_learning_rate() == pytest.approx(0.000001)
