"""Test what the page and the kernels rely on, for every entry of every registry."""

import numpy as np
import pytest

from engine import Experiment, Trainer
from engine.data.datasets import DATASETS
from engine.data.features import FEATURES
from engine.nn.activations import ACTIVATIONS, OUTPUT_ACTIVATIONS, activate, derivative
from engine.nn.initializers import INITIALIZERS
from engine.nn.losses import LOSSES, loss_value, output_gradient
from engine.optim.optimizers import BETA_POWERS, MAX_SLOTS, OPTIMIZERS, Hyperparameters, Parameters, optimizer_step
from engine.optim.penalties import PENALTIES, penalty_derivative, penalty_value
from engine.optim.schedules import SCHEDULES
from engine.training.experiment import LEARNING_RATES, MAX_CLASSES, PENALTY_RATES, TASKS, losses_for
from tests.engine_helpers import fewest_classes, kernels_of

# The field of an Experiment that selects an entry, and the registry.
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
def test_entries_have_distinct_codes(field):
    """Losses may share a code if their output activations differ."""
    codes = [(entry.code, str(getattr(entry, "output_activations", ""))) for entry in REGISTRIES[field].values()]
    assert len(set(codes)) == len(codes)


Z = np.array([[0.7, -1.3, 2.1], [-0.4, 0.2, -2.6]])
TARGETS = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]])
PROBABILITIES = np.array([[0.3, 0.6, 0.8], [0.7, 0.4, 0.2]])


def an_optimizer_step(code):
    """Return what two steps with a fixed gradient do to theta."""
    parameters = Parameters(np.ones(3), np.ones(3), np.ones(3), np.zeros((MAX_SLOTS, 3)), np.ones(BETA_POWERS))
    with np.errstate(all="ignore"):
        for _ in range(2):
            gradient = np.array([1.0, -2.0, 0.5])
            optimizer_step(code, parameters, gradient, 1, 0.1, Hyperparameters(0.9, 0.8, 0.7, 0.6, 0.5))
    return parameters.theta


# Each kernel function that branches on a code: the registry, its result, and the entry that takes the last branch.
BRANCHES = {
    "activate": ("activation", lambda code: activate(code, Z), None),
    "derivative": ("activation", lambda code: derivative(code, Z, activate(code, Z)), None),
    "loss_value": ("loss", lambda code: loss_value(code, 0.5, Z, PROBABILITIES, TARGETS), "square"),
    "output_gradient": ("loss", lambda code: output_gradient(code, 0.5, PROBABILITIES, TARGETS), "square"),
    "penalty_value": ("penalty", lambda code: penalty_value(code, Z.ravel(), 0.3), "none"),
    "penalty_derivative": ("penalty", lambda code: penalty_derivative(code, Z.ravel(), 0.3), "none"),
    "optimizer_step": ("optimizer", an_optimizer_step, None),
}
UNKNOWN = 99


@pytest.mark.parametrize("function", BRANCHES)
def test_every_code_has_its_own_branch(function):
    """A code without a branch falls through, so its result is that of an unknown code."""
    field, result, last = BRANCHES[function]
    registry = REGISTRIES[field]
    results = {entry.code: np.asarray(result(entry.code)).tobytes() for entry in registry.values()}
    assert len(set(results.values())) == len(results)
    fallen_through = {code for code, bits in results.items() if bits == np.asarray(result(UNKNOWN)).tobytes()}
    assert fallen_through == ({registry[last].code} if last else set())


@pytest.mark.parametrize("kernels", ["plain", "compiled"])
@pytest.mark.parametrize("place", ["optimizer", "activation"])
def test_a_code_without_a_branch_diverges_at_once_instead_of_training_as_another(place, kernels):
    trainer = Trainer(Experiment(optimizer="adam"), kernels_of(kernels))
    before = trainer.theta
    if place == "optimizer":
        trainer._update_config = trainer._update_config._replace(optimizer=UNKNOWN)
    else:
        trainer._network.codes[0] = UNKNOWN
    assert trainer.run(3) == 0
    assert trainer.diverged == 1
    assert trainer.theta.tolist() == before.tolist()


@pytest.mark.parametrize(("field", "name"), ENTRIES)
def test_an_entry_is_chosen_by_its_name_and_trains(field, name):
    # The penalty acts at this rate, and the run is short enough to stay finite.
    fields = {"penalty_rate": 0.01, "learning_rate": 0.001, field: name}
    if field == "loss" and "classification" not in LOSSES[name].output_activations:
        fields["dataset"] = "reg-plane"
    if field == "dataset":
        fields["classes"] = fewest_classes(name)
    trainer = Trainer(Experiment(**fields))
    before = trainer.losses()
    assert trainer.run(2) == 2
    assert trainer.losses() != before


@pytest.mark.parametrize(("field", "name"), [*ENTRIES, *(("features", name) for name in FEATURES)])
def test_labels_are_unique(field, name):
    registry = {**REGISTRIES, "features": FEATURES}[field]
    assert registry[name].label
    assert [entry.label for entry in registry.values()].count(registry[name].label) == 1


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_has_a_known_output_activation_for_each_task(name):
    assert LOSSES[name].output_activations
    assert LOSSES[name].output_activations.keys() <= TASKS.keys()
    assert set(LOSSES[name].output_activations.values()) <= OUTPUT_ACTIVATIONS.keys()


@pytest.mark.parametrize("task", TASKS)
def test_the_default_loss_works_for_every_task(task):
    assert Experiment().loss in losses_for(task)


@pytest.mark.parametrize("name", OUTPUT_ACTIVATIONS)
def test_an_output_activation_is_a_hidden_one_or_has_a_new_code(name):
    if name in ACTIVATIONS:
        assert OUTPUT_ACTIVATIONS[name] is ACTIVATIONS[name]
    else:
        assert OUTPUT_ACTIVATIONS[name].code not in {entry.code for entry in ACTIVATIONS.values()}


@pytest.mark.parametrize("name", DATASETS)
def test_a_datasets_range_of_classes_fits_its_task(name):
    low, high = DATASETS[name].classes
    assert (low, high) == (1, 1) if DATASETS[name].task == "regression" else 2 <= low <= high <= MAX_CLASSES


def fields_with(field, name):
    """Return fields that let an entry and its hyperparameters take effect within a few epochs."""
    fields = {field: name, "penalty_rate": 0.01, "schedule_epochs": 3}
    if field == "loss" and "classification" not in LOSSES[name].output_activations:
        fields["dataset"] = "reg-plane"
    return fields


def other_value(hyperparameter):
    """Return an allowed value other than the default."""
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
def test_other_hyperparameters_do_not_change_an_entrys_run(field):
    known = {name for entry in REGISTRIES[field].values() for name in entry.hyperparameters}
    for name, entry in REGISTRIES[field].items():
        fields = fields_with(field, name)
        one = Trainer(Experiment(**fields))
        one.run(EPOCHS)
        for hyperparameter in known - set(entry.hyperparameters):
            other = Trainer(Experiment(**{**fields, hyperparameter: other_value(hyperparameter)}))
            other.run(EPOCHS)
            assert one.theta.tolist() == other.theta.tolist(), hyperparameter


def test_the_menus_of_rates_are_sorted():
    assert list(LEARNING_RATES) == sorted(set(LEARNING_RATES))
    assert list(PENALTY_RATES) == sorted(set(PENALTY_RATES))


@pytest.mark.parametrize("learning_rate", LEARNING_RATES)
@pytest.mark.parametrize("rate", PENALTY_RATES)
def test_the_safe_penalty_rate_is_stable_and_the_nearest(learning_rate, rate):
    # One step multiplies a weight by 1 - learning_rate * rate.
    safe = Experiment(penalty="L2", penalty_rate=rate, learning_rate=learning_rate).safe_penalty_rate()
    if abs(1 - learning_rate * rate) <= 1:
        assert safe is None
    else:
        assert abs(1 - learning_rate * safe) < 1
        assert not any(safe < other < rate and abs(1 - learning_rate * other) < 1 for other in PENALTY_RATES)


def test_only_L2_and_its_fraction_of_the_elastic_net_need_a_safe_rate():
    for penalty in PENALTIES:
        experiment = Experiment(penalty=penalty, penalty_rate=10, learning_rate=10)
        assert (experiment.safe_penalty_rate() is not None) == (penalty in {"L2", "elastic"})
    elastic = Experiment(penalty="elastic", penalty_rate=10, learning_rate=1)
    assert elastic.safe_penalty_rate() == 3  # 0.5 * 3 < 2
    assert elastic.changed(elastic_ratio=0.9).safe_penalty_rate() is None


def test_smaller_learning_rates_come_from_the_menu():
    assert Experiment(learning_rate=0.03).smaller_learning_rates() == [0.01, 0.003, 0.001, 0.0001, 0.00001]
    assert Experiment(learning_rate=0.02).smaller_learning_rates()[0] == 0.01
    assert Experiment(learning_rate=100).smaller_learning_rates()[0] == 10
    assert Experiment(learning_rate=0.00001).smaller_learning_rates() == pytest.approx([0.000001])
