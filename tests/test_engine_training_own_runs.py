"""Runs on own data, with a custom curve, and with formulas as inputs."""

import tracemalloc

import numpy as np
import pytest
from engine_helpers import assert_same_bits
from pydantic import TypeAdapter, ValidationError

from engine import Experiment, Trainer, explain
from engine.data.datasets import DATASETS, DEFAULT_CURVE
from engine.data.examples import EXAMPLES
from engine.data.own_data import OwnData
from engine.numerics.seedrandom import SeedRandom
from engine.text.phrases import InvalidValue
from engine.text.validation import mistakes
from engine.training.experiment import losses_for
from engine.training.kernels import PLAIN
from engine.training.samples import samples_of

ADAPTER = TypeAdapter(Experiment)


def drawn(classes=2, count=20):
    """Return own data with `count` distinct rows; 0 classes mean regression."""
    x = np.linspace(-5, 5, count)
    targets = np.arange(count) % classes if classes else np.linspace(-1, 1, count)
    names = tuple("ABCDEF"[:classes])
    task = "classification" if classes else "regression"
    return OwnData(task=task, classes=names, rows=np.column_stack([x, -x / 2, targets]))


def on(own, **fields):
    return Experiment(**{"dataset": "own", "own": own, **fields})


def refusal(**fields):
    """Return the field and the reason of the first mistake."""
    with pytest.raises(ValidationError) as error:
        Experiment(**fields)
    first = mistakes(error.value, ADAPTER)[0]
    return first.field, str(first.allowed)


# Own data


@pytest.mark.parametrize("classes", [0, 2, 3, 6])
def test_each_own_point_is_in_exactly_one_set(classes):
    own = drawn(classes)
    trainer = Trainer(on(own, train_percent=30))
    assert (len(trainer.train_points), len(trainer.test_points)) == (6, 14)
    points = np.concatenate([trainer.train_points, trainer.test_points])
    labels = np.concatenate([trainer.train_labels, trainer.test_labels])
    expected = np.column_stack(own.samples())
    assert sorted(map(tuple, np.column_stack([points, labels]))) == sorted(map(tuple, expected))


def test_the_seed_splits_own_data_and_draws_the_weights_after_that():
    own = drawn()
    assert_same_bits(Trainer(on(own, seed="7")).train_points, Trainer(on(own, seed="7")).train_points)
    assert not np.array_equal(Trainer(on(own, seed="7")).train_points, Trainer(on(own, seed="8")).train_points)
    rng = SeedRandom("7")
    rng.shuffle(list(range(20)))
    assert Trainer(on(own, seed="7")).weights[0][0, 0] == rng.random() - 0.5


def test_own_data_have_no_noise():
    quiet, noisy = (samples_of(on(drawn(), noise=noise)) for noise in (0, 50))
    for one, other in zip(quiet, noisy, strict=True):
        assert_same_bits(one, other)


@pytest.mark.parametrize("percent", [10, 50, 90])
@pytest.mark.parametrize("count", [2, 3, 9])
def test_a_few_points_leave_one_in_each_set(count, percent):
    trainer = Trainer(on(drawn(0, count), train_percent=percent))
    assert min(len(trainer.train_points), len(trainer.test_points)) >= 1
    trainer.run(2)
    assert np.isfinite(trainer.losses()).all()


def test_a_single_point_is_refused():
    assert refusal(dataset="own", own=drawn(0, 1)) == ("own", "must have at least 2 rows")


def test_missing_own_data_allow_an_experiment_but_no_trainer():
    for loss in ("square", "log", "cross-entropy", "huber"):
        experiment = Experiment(dataset="own", loss=loss)
        assert experiment.task in ("classification", "regression")
        assert experiment.sizes
        with pytest.raises(InvalidValue, match="the field own must hold its data"):
            Trainer(experiment)


def test_own_data_are_dropped_for_another_dataset():
    assert Experiment(dataset="xor", own=drawn()) == Experiment(dataset="xor")


@pytest.mark.parametrize(
    ("classes", "loss", "outputs"),
    [(0, "square", 1), (0, "huber", 1), (2, "square", 1), (2, "log", 1), (2, "cross-entropy", 2), (3, "square", 3),
     (6, "log", 6), (3, "cross-entropy", 3)],
)  # fmt: skip
def test_task_classes_and_outputs_follow_from_own_data(classes, loss, outputs):
    experiment = on(drawn(classes), loss=loss)
    assert experiment.task == ("classification" if classes else "regression")
    assert experiment.class_count == max(classes, 1)
    assert experiment.outputs == outputs
    trainer = Trainer(experiment)
    trainer.run(3)
    assert np.isfinite(trainer.losses()).all()
    if classes:
        assert set(trainer.predict_class(trainer.test_points)) <= set(range(classes))


@pytest.mark.parametrize(("classes", "loss"), [(0, "log"), (0, "cross-entropy"), (2, "huber"), (3, "huber")])
def test_a_loss_that_is_not_for_the_task_of_own_data_is_refused(classes, loss):
    field, allowed = refusal(dataset="own", own=drawn(classes), loss=loss)
    assert field == "loss"
    assert allowed.startswith("must be one of square")


def test_the_number_of_own_classes_follows_from_the_data():
    assert refusal(dataset="own", own=drawn(3), classes=3) == ("classes", "must be 2")


def test_the_class_count_of_a_generator_is_its_setting():
    assert Experiment(dataset="clouds", classes=4, loss="cross-entropy").class_count == 4
    assert Experiment(dataset="reg-plane").class_count == 1


@pytest.mark.parametrize(
    ("before", "loss", "classes", "after"),
    [
        ({"dataset": "circle"}, "square", 2, "square"),
        ({"dataset": "circle"}, "square", 3, "cross-entropy"),
        ({"dataset": "circle"}, "cross-entropy", 2, "cross-entropy"),
        ({"dataset": "circle"}, "log", 3, "log"),
        ({"dataset": "circle"}, "log", 0, "square"),
        ({"dataset": "clouds", "classes": 4}, "cross-entropy", 3, "cross-entropy"),
        ({"dataset": "clouds", "classes": 4}, "square", 3, "square"),
        ({"dataset": "clouds", "classes": 4}, "cross-entropy", 2, "square"),
        ({"dataset": "clouds", "classes": 4}, "cross-entropy", 0, "square"),
        ({"dataset": "reg-plane"}, "square", 5, "cross-entropy"),
        ({"dataset": "reg-plane"}, "huber", 2, "square"),
        ({"dataset": "reg-plane"}, "huber", 0, "huber"),
        ({"dataset": "own", "own": drawn(3)}, "square", 4, "square"),
    ],
)
def test_own_data_change_the_loss_only_if_task_or_classes_require_it(before, loss, classes, after):
    experiment = Experiment(**before, loss=loss).on_own(drawn(classes))
    assert (experiment.dataset, experiment.loss, experiment.classes) == ("own", after, 2)
    assert experiment.own == drawn(classes)
    assert experiment.loss in losses_for(experiment.task)


def test_a_run_on_own_data_goes_on_from_a_checkpoint_and_from_another_dataset():
    trainer = Trainer(on(drawn(3), loss="cross-entropy", shuffle=True, batch_size=3))
    trainer.run(5)
    again = Trainer.restore(trainer.experiment, trainer.checkpoint())
    assert trainer.run(5) == again.run(5)
    assert_same_bits(trainer.theta, again.theta)
    circle = Trainer(Experiment())
    circle.run(4)
    continued = circle.continued(circle.experiment.on_own(drawn(2)))
    assert continued.epoch == 4
    assert_same_bits(continued.theta, circle.theta)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_can_be_learned(name):
    trainer = Trainer(Experiment(learning_rate=0.03).on_own(EXAMPLES[name].data()))
    trainer.run(200)
    assert np.mean(trainer.predict_class(trainer.test_points) == trainer.test_labels) > 0.7


# Above a curve


def test_the_default_curve_is_that_of_the_registry():
    rng = SeedRandom("0.5")
    points, labels = DATASETS["above"].points(rng, 500, 0.0)
    trainer = Trainer(Experiment(dataset="above", curve=DEFAULT_CURVE))
    every = np.concatenate([trainer.train_points, trainer.test_points])
    assert sorted(map(tuple, every)) == sorted(map(tuple, points))
    assert np.concatenate([trainer.train_labels, trainer.test_labels]).sum() == labels.sum()


@pytest.mark.parametrize(("curve", "height"), [("0", lambda x: 0 * x), ("x^2/5 - 2", lambda x: x * x / 5 - 2)])
def test_points_above_the_curve_are_in_the_first_class(curve, height):
    trainer = Trainer(Experiment(dataset="above", curve=curve))
    x, y = trainer.train_points.T
    assert trainer.train_labels.tolist() == np.where(y > height(x), 1.0, -1.0).tolist()


def test_a_curve_is_kept_in_normal_form_and_changes_no_other_dataset():
    assert Experiment(curve="2 X + y").curve == "2*x1+x2"
    assert_same_bits(Trainer(Experiment(curve="0")).train_points, Trainer(Experiment()).train_points)


# Inputs by formula


def test_a_formula_is_an_input_like_any_other():
    of_registry = Trainer(Experiment(features=("x", "y", "xSquared", "sinY"), penalty="L1", penalty_rate=0.001))
    by_formula = Trainer(of_registry.experiment.changed(features=("x", "y"), formulas=("x1^2", "sin(x2)")))
    assert by_formula.experiment.inputs == ("x", "y", "=x1^2", "=sin(x2)")
    for trainer in (of_registry, by_formula):
        trainer.run(30)
    assert_same_bits(by_formula.theta, of_registry.theta)
    assert by_formula.losses() == of_registry.losses()
    assert_same_bits(by_formula.boundary(20), of_registry.boundary(20))
    point = np.array([[1.5, -2.0]])
    assert_same_bits(by_formula.predict(point), of_registry.predict(point))
    assert_same_bits(explain(by_formula, (1.5, -2.0), 1).inputs, explain(of_registry, (1.5, -2.0), 1).inputs)


def test_formulas_are_kept_in_normal_form_in_order_without_duplicates():
    assert Experiment(formulas=("Y  x", "x*2", "x2*x1")).formulas == ("x2*x1", "x1*2")


def test_a_network_may_have_only_formulas_but_needs_an_input():
    experiment = Experiment(features=(), formulas=("x1^2+x2^2",), hidden_layers=())
    assert experiment.sizes == (1, 1)
    Trainer(experiment).run(2)
    assert refusal(features=()) == ("features", "must have 1 to 15 entries when there are no formulas")


@pytest.mark.parametrize(
    ("formulas", "field", "allowed"),
    [
        (("x1", "sin(3*x1"), "formulas.1", "has an error at character 9: expected )"),
        (("x1 + z",), "formulas.0", "has an error at character 6: unknown name z"),
        (("1/x1",), "formulas.0", "has an error at character 2: 1/x1 has no finite value at x1 = 0"),
        (("",), "formulas.0", "must be text of 1 to 100 characters"),
        (("x1",) * 5, "formulas", "must be a list of 0 to 4 entries"),
    ],
)
def test_a_bad_formula_is_refused_with_its_place_and_reason(formulas, field, allowed):
    found, reason = refusal(formulas=formulas)
    assert found == field
    assert reason.startswith(allowed)


@pytest.mark.parametrize("curve", ["sqrt(x1)", "x1 +", ""])
def test_a_bad_curve_is_refused_for_any_dataset(curve):
    assert refusal(curve=curve)[0] == "curve"


def test_formulas_keep_their_weights_in_any_order():
    trainer = Trainer(Experiment(formulas=("x1*x2", "x1^2")))
    trainer.run(5)
    other = trainer.continued(trainer.experiment.changed(features=("x",), formulas=("cos(x1)", "x1^2", "x1*x2")))
    assert other.experiment.inputs == ("x", "=cos(x1)", "=x1^2", "=x1*x2")
    assert other.weights[0][:, [0, 2, 3]].tolist() == trainer.weights[0][:, [0, 3, 2]].tolist()


@pytest.mark.parametrize("batch_size", [10, 20_000])
def test_a_large_run_on_many_points_keeps_little_memory_between_calls(batch_size: int) -> None:
    points = np.random.default_rng(1).uniform(-5, 5, (19_000, 2))
    own = OwnData(task="classification", classes=("a", "b"), rows=np.column_stack([points, np.arange(19_000) % 2]))
    experiment = Experiment(dataset="own", own=own, hidden_layers=(15,) * 10, batch_size=batch_size, dropout=0.1)
    tracemalloc.start()
    try:
        trainer = Trainer(experiment, PLAIN)
        if batch_size > 10:  # small steps need no large buffers, and 2,000 of them take long
            trainer.run()
        trainer.losses()
        trainer.gradient_at(trainer.theta)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 10e6
