"""Classes and outputs: their numbers, their targets, and refused combinations."""

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from engine import Experiment, Trainer, explain
from engine.data.datasets import DATASETS
from engine.nn.losses import LOSSES
from engine.text.validation import mistakes, one_of
from engine.training.classes import class_indices, targets_of
from tests.engine_helpers import fewest_classes

CLOUDS = {"dataset": "clouds", "classes": 4}


def refused(**fields):
    with pytest.raises(ValidationError) as caught:
        Experiment(**fields)
    return [(one.field, str(one.value), str(one.allowed)) for one in mistakes(caught.value, TypeAdapter(Experiment))]


@pytest.mark.parametrize(
    ("fields", "outputs", "link"),
    [
        ({"loss": "square"}, 1, "tanh"),
        ({"loss": "log"}, 1, "sigmoid"),
        ({"loss": "cross-entropy"}, 2, "softmax"),
        ({**CLOUDS, "loss": "square"}, 4, "tanh"),
        ({**CLOUDS, "loss": "log"}, 4, "sigmoid"),
        ({**CLOUDS, "loss": "cross-entropy"}, 4, "softmax"),
        ({"dataset": "reg-plane", "loss": "square"}, 1, "linear"),
        ({"dataset": "reg-plane", "loss": "huber"}, 1, "linear"),
    ],
    ids=str,
)
def test_outputs_and_their_activation_follow_from_task_classes_and_loss(fields, outputs, link):
    experiment = Experiment(**fields)
    assert (experiment.outputs, experiment.output_activation) == (outputs, link)
    assert experiment.sizes == (2, 4, 2, outputs)
    trainer = Trainer(experiment)
    p = trainer.predict(trainer.test_points[:5])
    assert p.shape == ((5,) if outputs == 1 else (5, outputs))
    assert trainer.boundary(10).shape[0] == sum(experiment.sizes)


@pytest.mark.parametrize(
    ("fields", "targets"),
    [
        ({}, [[-1, 1]]),
        ({"loss": "log"}, [[0, 1]]),
        ({"loss": "cross-entropy"}, [[1, 0], [0, 1]]),
    ],
    ids=str,
)
def test_the_targets_of_two_classes(fields, targets):
    assert targets_of(Experiment(**fields), np.array([-1.0, 1.0])).tolist() == targets


@pytest.mark.parametrize(("loss", "low"), [("square", -1), ("log", 0), ("cross-entropy", 0)])
def test_the_targets_of_more_classes_are_high_for_their_own_and_low_for_others(loss, low):
    expected = [[1, low, low], [low, low, 1], [low, 1, low], [low, low, low]]
    assert targets_of(Experiment(**CLOUDS, loss=loss), np.array([0.0, 2.0, 1.0])).tolist() == expected


def test_the_targets_of_regression_are_its_values():
    experiment = Experiment(dataset="reg-plane")
    assert targets_of(experiment, np.array([0.3, -1.0])).tolist() == [[0.3, -1.0]]


def test_labels_as_classes():
    assert class_indices(np.array([-1.0, 1.0]), 2).tolist() == [0, 1]
    assert class_indices(np.array([0.0, 3.0, 1.0]), 4).tolist() == [0, 3, 1]


@pytest.mark.parametrize("loss", [name for name, loss in LOSSES.items() if "classification" in loss.output_activations])
@pytest.mark.parametrize("fields", [{"dataset": "gauss"}, CLOUDS], ids=str)
def test_a_trained_network_predicts_the_classes_of_separate_clouds(fields, loss):
    trainer = Trainer(Experiment(**fields, loss=loss, learning_rate=0.1, hidden_layers=(6,)))
    trainer.run(200)
    predicted = trainer.predict_class(trainer.test_points)
    assert predicted.dtype == np.int64
    assert np.mean(predicted == class_indices(trainer.test_labels, trainer.experiment.classes)) > 0.9


@pytest.mark.parametrize(("loss", "middle"), [("square", 0.0), ("log", 0.5)])
def test_a_single_output_predicts_by_its_threshold(loss, middle):
    trainer = Trainer(Experiment(loss=loss))
    points = trainer.test_points
    assert trainer.predict_class(points).tolist() == (trainer.predict(points) >= middle).astype(int).tolist()


def test_two_classes_are_the_same_with_a_sigmoid_as_with_a_softmax_of_the_difference():
    # softmax of (0, z) is sigmoid(z): the same predictions from other parameters
    log = Trainer(Experiment(loss="log", hidden_layers=()))
    soft = Trainer(Experiment(loss="cross-entropy", hidden_layers=()))
    for source in (0, 1, None):
        value = log.biases[0][0] if source is None else log.weights[0][0, source]
        soft.set_weight(0, 0, source, 0.0)
        soft.set_weight(0, 1, source, value)
    p = log.predict(log.test_points)
    np.testing.assert_allclose(soft.predict(log.test_points), np.column_stack([1 - p, p]), rtol=1e-13)
    assert soft.losses() == pytest.approx(log.losses(), rel=1e-13)


def test_softmax_outputs_add_up_to_1_and_stay_finite_with_huge_weights():
    trainer = Trainer(Experiment(**CLOUDS, loss="cross-entropy"))
    for source in (0, 1):
        trainer.set_weight(2, 0, source, 1e6)
    p = trainer.predict(trainer.test_points)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-14)
    assert np.isfinite(trainer.losses()).all()
    assert np.isfinite(trainer.boundary(20)).all()


@pytest.mark.parametrize("name", DATASETS)
def test_a_dataset_accepts_only_its_numbers_of_classes(name):
    low, high = DATASETS[name].classes
    allowed = range(max(2, low), max(2, high) + 1)
    for classes in range(2, 7):
        if classes in allowed:
            trainer = Trainer(Experiment(dataset=name, classes=classes))
            if trainer.experiment.task == "classification":
                labels = np.concatenate([trainer.train_labels, trainer.test_labels])
                assert set(class_indices(labels, classes)) == set(range(classes))
        else:
            expected = [("classes", str(classes), str(one_of(allowed)))]
            assert refused(dataset=name, classes=classes) == expected


def test_a_dataset_with_at_least_three_classes_refuses_two():
    assert refused(dataset="clouds") == [("classes", "2", "must be one of 3, 4, 5, 6")]


def test_a_loss_for_another_task_is_refused_and_the_right_ones_are_listed():
    assert refused(dataset="reg-plane", loss="log") == [("loss", "log", "must be one of square, huber for regression")]
    allowed = "must be one of square, square-each, log, cross-entropy for classification"
    assert refused(loss="huber") == [("loss", "huber", allowed)]


def test_layer_activations_must_name_one_per_layer():
    experiment = Experiment(layer_activations=("relu", "sine"))
    assert experiment.activations == ("relu", "sine")
    assert Trainer(experiment).network.codes.tolist()[:2] != [Trainer(Experiment()).network.codes[0]] * 2
    assert Experiment(hidden_layers=(), layer_activations=()).layer_activations is None
    assert refused(hidden_layers=(4, 2, 2), layer_activations=("relu", "sine")) == [
        (
            "layer_activations",
            '["relu", "sine"]',
            "must be null or 3 names, one per layer of hidden_layers [4, 2, 2]",
        )
    ]


@pytest.mark.parametrize("dataset", DATASETS)
def test_links_keep_the_classes(dataset):
    experiment = Experiment(dataset=dataset, classes=fewest_classes(dataset))
    from engine import link_to, read_link

    assert read_link(link_to(experiment)).experiment == experiment
    bare = f"problem={experiment.task}&dataset={dataset}&regDataset={dataset}"
    assert read_link(bare).experiment == experiment.changed(seed="0.5")


def test_an_explained_softmax_matches_its_gradient():
    trainer = Trainer(Experiment(**CLOUDS, loss="cross-entropy"))
    point, label = tuple(trainer.train_points[0]), trainer.train_labels[0]
    explanation = explain(trainer, point, label)
    one_hot = [float(k == label) for k in range(4)]
    last = explanation.layers[-1]
    assert explanation.target.tolist() == one_hot
    np.testing.assert_allclose(last.delta, explanation.output - one_hot, rtol=1e-14)
    np.testing.assert_allclose(last.a_gradient, -np.array(one_hot) / explanation.output, rtol=1e-14)
    np.testing.assert_allclose(last.derivative, explanation.output * (1 - explanation.output), rtol=1e-14)
    jacobian = np.diag(explanation.output) - np.outer(explanation.output, explanation.output)
    np.testing.assert_allclose(jacobian @ last.a_gradient, last.delta, rtol=1e-12, atol=1e-15)
    assert explanation.loss == pytest.approx(-np.log(explanation.output[int(label)]), rel=1e-13)
    assert explain(trainer, point, one_hot).loss == explanation.loss


def test_an_explained_label_of_two_classes_is_the_target_of_the_loss():
    explanation = explain(Trainer(Experiment(loss="log")), (1.0, 2.0), -1.0)
    assert explanation.target.tolist() == [0.0]
    assert explanation.loss == pytest.approx(-np.log(1 - explanation.output[0]), rel=1e-13)


def test_regression_has_no_classes_to_predict():
    with pytest.raises(ValueError, match="regression"):
        Trainer(Experiment(dataset="reg-plane")).predict_class(np.zeros((1, 2)))
