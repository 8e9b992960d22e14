"""Diagnoses name each problem with its layer and number, and leave healthy runs alone."""

import math
import re

import pytest

from engine import Experiment, Trainer
from engine.analysis.diagnosis import Finding, Trend, diagnose, rounded
from engine.analysis.gradient_flow import gradient_flow
from engine.data.features import FEATURES
from engine.text.phrases import rendered
from engine.training.remedy import remedy_for

SIX_SIGMOIDS = {"hidden_layers": (8,) * 6, "activation": "sigmoid", "seed": "0.1"}
BY_HEART = {"dataset": "gauss", "noise": 20, "train_percent": 10, "hidden_layers": (8, 8), "learning_rate": 0.1}


class Watched:
    """A run whose losses are read at intervals."""

    def __init__(self, every: int = 10, **fields: object) -> None:
        self.trainer = Trainer(Experiment(**{"seed": "0.3", **fields}))
        self.every = every
        self.trend = Trend()
        self.read()

    def read(self) -> None:
        self.trend = self.trend.after([(self.trainer.epoch, *self.trainer.losses())])

    def run(self, epochs: int) -> "Watched":
        for _ in range(0, epochs, self.every):
            self.trainer.run(self.every)
            self.read()
        return self

    def found(self) -> dict[str, Finding]:
        findings = diagnose(self.trainer, self.trend)
        assert len({finding.kind for finding in findings}) == len(findings)
        return {finding.kind: finding for finding in findings}


@pytest.mark.parametrize("epochs", [0, 20, 100])
def test_six_layers_of_sigmoids_have_a_vanishing_gradient(epochs: int) -> None:
    watched = Watched(**SIX_SIGMOIDS).run(epochs)
    layers = gradient_flow(watched.trainer).layers
    ratio = layers[-1].gradient / layers[0].gradient
    finding = watched.found()["vanishing"]
    assert finding.layer == 0
    assert finding.number == ratio > 1000
    assert str(finding.text) == (
        f"Vanishing gradient: layer 1 learns {rendered(rounded(ratio))} times slower than the output layer."
    )
    assert "tanh" in str(finding.advice)


def test_adam_makes_up_for_a_small_gradient() -> None:
    assert "vanishing" not in Watched(**SIX_SIGMOIDS, optimizer="adam", learning_rate=0.01).found()


@pytest.mark.parametrize("fields", [{"initializer": "zero"}, {"initializer": "zero", "hidden_layers": (3, 3, 3)}])
def test_a_layer_without_gradient_is_found(fields: dict[str, object]) -> None:
    finding = Watched(**fields).run(10).found()["vanishing"]
    assert (finding.layer, finding.number) == (0, 0)
    assert str(finding.text) == "No gradient: none reaches layer 1, so it can’t learn."


def test_relus_that_no_point_activates_are_dead() -> None:
    watched = Watched(hidden_layers=(4, 4), activation="relu")
    for neuron in (0, 1, 3):
        watched.trainer.set_weight(1, neuron, None, -100.0)
    watched.read()
    finding = watched.found()["dead"]
    assert (finding.layer, finding.number) == (1, 0.75)
    assert str(finding.text) == "Dead neurons in layer 2: 3 of 4 never fire on the training data."
    assert "Leaky ReLU" in str(finding.advice)


def test_huge_weights_saturate_tanh() -> None:
    watched = Watched(hidden_layers=(8, 8), initializer="normal", init_scale=10, seed="0.1")
    finding = watched.found()["saturated"]
    saturated = gradient_flow(watched.trainer).layers[finding.layer or 0].saturated
    assert saturated is not None
    assert finding.number == saturated / 8 >= 0.5
    assert f"{saturated} of 8" in str(finding.text)


def test_a_confident_output_is_saturated_only_if_it_is_wrong() -> None:
    watched = Watched(hidden_layers=())
    watched.trainer.set_weight(0, 0, None, 50.0)
    watched.read()
    assert watched.found()["saturated"].layer == 0
    right = Watched(dataset="gauss", hidden_layers=(), learning_rate=1).run(500)
    assert gradient_flow(right.trainer).layers[0].saturated == 1
    assert list(right.found()) == ["healthy"]


def test_large_weights_of_many_relu_layers_explode() -> None:
    fields = {"dataset": "reg-plane", "hidden_layers": (8,) * 4, "activation": "relu"}
    watched = Watched(**fields, initializer="normal", init_scale=1, seed="0.1", learning_rate=0.00001)
    finding = watched.found()["exploding"]
    norms = [layer.gradient for layer in gradient_flow(watched.trainer).layers]
    assert finding.number == max(norms) == norms[finding.layer or 0]
    assert rendered(rounded(max(norms))) in str(finding.text)


def test_steps_as_large_as_the_weights_are_found_before_the_run_diverges() -> None:
    watched = Watched(dataset="reg-plane", learning_rate=10)
    finding = watched.found()["diverging"]
    assert (finding.layer, finding.number) == (2, gradient_flow(watched.trainer).layers[2].update)
    assert str(finding.text) == (
        "About to diverge: the next step will change the weights of the output layer by 1,000% of their norm."
    )
    assert str(finding.advice) == "Try a learning rate of 3 or less."
    watched.trainer.run(10)
    assert watched.trainer.diverged == 2
    assert str(watched.found()["diverging"].text) == "Diverged: the weights blew up in epoch 2."


def test_long_steps_of_tiny_weights_are_no_alarm_while_they_lower_the_loss() -> None:
    fields = {"dataset": "gauss", "hidden_layers": (), "initializer": "normal", "init_scale": 0.001}
    watched = Watched(every=1, **fields)
    assert (gradient_flow(watched.trainer).step or 0) > 5
    for _ in range(20):
        assert list(watched.found()) == ["healthy"], watched.trainer.epoch
        watched.run(1)


@pytest.mark.parametrize(
    "fields",
    [
        {"dataset": "reg-plane", "learning_rate": 10},
        {"dataset": "reg-gauss", "activation": "relu", "learning_rate": 10, "hidden_layers": (8, 8)},
        {"penalty": "L2", "penalty_rate": 10, "learning_rate": 3},
        {"penalty": "L2", "penalty_rate": 100, "learning_rate": 10, "activation": "relu", "dataset": "reg-plane"},
    ],
    ids=str,
)
def test_the_remedy_of_a_diverged_run_works(fields: dict[str, object]) -> None:
    watched = Watched(every=20, **fields).run(200)
    assert watched.trainer.diverged is not None
    remedy = remedy_for(watched.trainer.experiment, watched.trainer.kernels)
    assert f"rate of {remedy.value:g}." in str(watched.found()["diverging"].advice)
    cured = Watched(every=20, **{**fields, remedy.field: remedy.value})
    began = cured.trend.train
    cured.run(300)
    assert cured.trainer.diverged is None
    assert cured.trend.train < began


@pytest.mark.parametrize(
    ("fields", "advice"),
    [
        ({"dataset": "spiral", "learning_rate": 10}, "Try a learning rate of 3 or less."),
        ({"dataset": "xor", "hidden_layers": ()}, "larger network"),
        ({"learning_rate": 0.00001}, "Try another learning rate"),
    ],
    ids=str,
)
def test_a_run_whose_loss_stays_where_it_began_gets_a_word(fields: dict[str, object], advice: str) -> None:
    watched = Watched(**fields)
    first = watched.trend.train
    watched.run(90)
    assert "stalled" not in watched.found()
    watched.run(60)
    findings = watched.found()
    assert findings, findings
    assert "stalled" in findings, findings
    assert f"150 epochs ago the training loss was {first:.3g}" in str(findings["stalled"].text)
    assert advice in str(findings["stalled"].advice)


def test_growing_losses_are_found() -> None:
    watched = Watched(every=1, dataset="reg-plane", activation="linear", learning_rate=1).run(2)
    assert watched.trend.train > 1.5 * gradient_flow(watched.trainer).zero_network_loss
    assert "rose from 0.0703 to 0.198" in str(watched.found()["diverging"].text)


def test_a_penalty_that_makes_weights_grow_is_found() -> None:
    finding = Watched(penalty="L2", penalty_rate=10, learning_rate=1).found()["diverging"]
    assert str(finding.advice) == "Try a regularization rate of 1."


def test_a_few_noisy_points_are_overfitted() -> None:
    watched = Watched(**BY_HEART, seed="0.2")
    assert "overfitting" not in watched.run(50).found()
    finding = watched.run(250).found()["overfitting"]
    train, test = watched.trainer.losses()
    assert finding.number == test / watched.trend.lowest_test > 1.2
    assert f"to {test:.3g}, while the training loss is {train:.3g}" in str(finding.text)
    assert "L2 regularization" in str(finding.advice)


def test_a_penalty_prevents_overfitting() -> None:
    watched = Watched(**BY_HEART, seed="0.2", penalty="L2", penalty_rate=0.03).run(300)
    assert "overfitting" not in watched.found()


def test_a_resumed_run_overfits_if_its_test_loss_is_far_above_the_training_loss() -> None:
    watched = Watched(dataset="circle", noise=50, train_percent=10, hidden_layers=(8, 8), learning_rate=0.1).run(3000)
    train, test = watched.trainer.losses()
    assert test > 10 * train
    watched.trend = Trend()
    watched.read()
    assert watched.found()["overfitting"].number == test / train


def test_a_step_that_was_too_long_is_not_overfitting() -> None:
    # Both losses rise for a moment, as they do in runs of the spiral.
    assert "overfitting" in found_after([(1, 0.3, 0.3), (2, 0.1, 0.4)])
    assert "overfitting" not in found_after([(1, 0.1, 0.15), (2, 0.2, 0.4)])


def found_after(readings: list[tuple[int, float, float]]) -> dict[str, Finding]:
    watched = Watched()
    watched.trend = Trend().after(readings)
    return watched.found()


@pytest.mark.parametrize("seed", ["0.1", "0.2", "0.3"])
@pytest.mark.parametrize("dataset", ["circle", "xor", "gauss", "spiral"])
def test_a_default_run_gives_no_alarm(dataset: str, seed: str) -> None:
    watched = Watched(dataset=dataset, seed=seed)
    for _ in range(30):
        assert list(watched.found()) == ["healthy"], watched.trainer.epoch
        watched.run(10)


@pytest.mark.parametrize("fields", [{"dataset": "spiral", "features": tuple(FEATURES)[:7], "hidden_layers": (8, 8)},
                                    {"hidden_layers": (8,) * 6, "seed": "0.1"}])  # fmt: skip
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_deep_run_that_learns_gives_no_alarm(fields: dict[str, object], optimizer: str) -> None:
    watched = Watched(**fields, optimizer=optimizer, learning_rate={"sgd": 0.03, "adam": 0.01}[optimizer])
    for _ in range(20):
        assert list(watched.found()) == ["healthy"], watched.trainer.epoch
        watched.run(10)
    assert str(watched.found()["healthy"].text).startswith("Learned")


def test_logistic_regression_is_diagnosed_too() -> None:
    assert list(Watched(dataset="gauss", hidden_layers=()).run(10).found()) == ["healthy"]


def test_every_finding_has_advice_except_a_healthy_run() -> None:
    assert Watched().found()["healthy"].advice is None
    assert all(finding.advice for finding in Watched(**SIX_SIGMOIDS).found().values())


# --- the losses so far


def test_the_trend_remembers_the_lowest_losses() -> None:
    trend = Trend().after([(0, 0.5, 0.6), (1, 0.2, 0.3), (2, 0.1, 0.4)])
    assert trend == Trend(2, 0.1, 0.4, 0.1, 0.3, 0.2, since=0, first=0.5)
    assert trend.after([(2, 0.1, 0.4)]) == trend


@pytest.mark.parametrize("epoch", [0, 1])
def test_an_earlier_epoch_resets_the_trend(epoch: int) -> None:
    trend = Trend().after([(0, 0.5, 0.6), (5, 0.2, 0.3), (epoch, 0.7, 0.8)])
    assert trend == Trend(epoch, 0.7, 0.8, 0.7, 0.8, 0.7, since=epoch, first=0.7)


# --- numbers


@pytest.mark.parametrize(("number", "text"), [(387.2, "400"), (0.0123, "0.01"), (951, "1,000"),
                                              (30812, "30,000"), (2.6e18, "3·10¹⁸"), (math.inf, "∞")])  # fmt: skip
def test_a_number_in_a_text_has_one_digit_that_counts(number: float, text: str) -> None:
    assert rendered(rounded(number)) == text


def test_no_text_keeps_a_gap() -> None:
    for watched in (Watched(**SIX_SIGMOIDS), Watched(), Watched(dataset="reg-plane", learning_rate=10)):
        for finding in watched.found().values():
            assert not re.search(r"[{}]", f"{finding.text} {finding.advice}")
