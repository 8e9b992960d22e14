"""The collapsed affine layer computes what a network of linear layers computes."""

import numpy as np
import pytest

from engine import Experiment, Trainer
from engine.analysis.collapsed_affine import collapsed_affine
from engine.data.features import feature_matrix

POINTS = np.random.default_rng(1).uniform(-6, 6, size=(40, 2))
LINKED = {"tanh": np.tanh, "linear": lambda z: z, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}


def trained(**changes):
    trainer = Trainer(Experiment(**{"seed": "0.2", "activation": "linear", "learning_rate": 0.003, **changes}))
    trainer.run(5)
    return trainer


def logits(trainer):
    form = collapsed_affine(trainer.experiment, trainer.theta)
    return form.weights @ feature_matrix(POINTS, trainer.experiment.inputs) + form.biases[:, None]


@pytest.mark.parametrize("hidden", [(), (1,), (4, 2), (3, 3, 3, 3, 3)])
@pytest.mark.parametrize(
    "task", [{"dataset": "gauss"}, {"dataset": "reg-plane"}, {"dataset": "moons", "loss": "log"}], ids=str
)
@pytest.mark.parametrize("features", [("x", "y"), ("y",), ("x", "xSquared", "sinY")])
def test_the_equation_gives_what_the_network_gives(hidden, task, features):
    trainer = trained(hidden_layers=hidden, features=features, **task)
    (z,) = logits(trainer)
    linked = LINKED[trainer.experiment.output_activation]
    np.testing.assert_allclose(linked(z), trainer.predict(POINTS), rtol=1e-9, atol=1e-12)


def test_every_class_has_an_equation_of_its_own():
    trainer = trained(dataset="rings", classes=3, loss="cross-entropy", formulas=("x1*x2",))
    form = collapsed_affine(trainer.experiment, trainer.theta)
    assert (form.weights.shape, form.biases.shape) == ((3, 3), (3,))
    powers = np.exp(logits(trainer)).T
    np.testing.assert_allclose(powers / powers.sum(axis=1, keepdims=True), trainer.predict(POINTS), rtol=1e-9)


def test_without_a_hidden_layer_the_equation_is_the_neuron_itself():
    trainer = trained(hidden_layers=(), activation="relu")
    form = collapsed_affine(trainer.experiment, trainer.theta)
    assert form.weights.tolist() == trainer.weights[0].tolist()
    assert form.biases.tolist() == trainer.biases[0].tolist()


@pytest.mark.parametrize(
    "changes", [{"activation": "tanh"}, {"layer_activations": ("linear", "relu"), "hidden_layers": (2, 2)}], ids=str
)
def test_a_nonlinear_layer_prevents_the_equation(changes):
    trainer = trained(**changes)
    assert collapsed_affine(trainer.experiment, trainer.theta) is None


def test_huge_weights_give_no_nan():
    experiment = Experiment(activation="linear", hidden_layers=(2, 2, 2))
    theta = np.full(experiment.parameter_count, 1e99)
    theta[::2] *= -1
    form = collapsed_affine(experiment, theta)
    assert np.isfinite(form.weights).all()
    assert np.isfinite(form.biases).all()
