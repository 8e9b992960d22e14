"""Test the gradient panel's numbers in frames: sent on request, rarely while playing, in the reader's language."""

import json
from gettext import NullTranslations
from typing import Any

import pytest
from server_helpers import Tab

from engine import Experiment, Trainer
from engine.analysis.gradient_flow import BINS, gradient_flow
from engine.text.phrases import ENGLISH
from server.kernels.kernel_source import KernelSource
from server.sessions.measurements import GRADIENT_FRACTION, GRADIENT_SECONDS, GradientMeter
from server.sessions.runner import Runner
from server.sessions.session import Session
from server.sessions.training import Mode

VANISHING = "dataset=circle&seed=0.1&networkShape=8,8,8,8,8,8&activation=sigmoid&gradients=true"


class Clock:
    """Fake a clock that a test advances; each reading takes `cost` seconds."""

    def __init__(self) -> None:
        self.now, self.cost = 100.0, 0.0

    def __call__(self) -> float:
        self.now += self.cost
        return self.now


class Watched:
    """Measure the gradients of a run under a fake clock."""

    def __init__(self) -> None:
        self.runner, self.clock = Runner(KernelSource(plain=True), 10**6), Clock()
        self.runner.training.take(Trainer(Experiment()))
        self.meter = GradientMeter(self.clock)

    def look(self, playing: bool = True) -> bool:
        """Train an epoch if playing, then return whether gradients were measured."""
        training = self.runner.training
        training.enter(Mode.PLAYING if playing else Mode.PAUSED)
        if playing:
            training.trainer.run(1)
        self.meter.follow(training.take_readings(), new_data=False)
        return self.meter.measure(self.runner, ENGLISH) is not None


def kinds(frame: dict[str, Any]) -> list[str]:
    return [finding["kind"] for finding in frame["gradients"]["findings"]]


def test_frame_has_gradients_only_if_the_view_asks() -> None:
    tab = Tab("seed=0.3")
    assert tab.frame()["gradients"] is None
    tab.configure(view={"gradients": True})
    assert tab.frame()["gradients"] is not None
    tab.configure(view={})
    tab.train(1)
    assert tab.frame()["gradients"] is None


def test_gradients_match_the_engines_measurements() -> None:
    tab = Tab("seed=0.3&networkShape=5,3&activation=relu&gradients=true")
    tab.train(5)
    layers, flow = tab.frame()["gradients"]["layers"], gradient_flow(tab.session.trainer).layers
    assert len(layers) == len(flow) == 3
    for told, layer in zip(layers, flow, strict=True):
        assert told["gradient"] == layer.gradient
        assert told["update"] == layer.update
        assert (told["neurons"], told["saturated"], told["dead"]) == (layer.neurons, layer.saturated, layer.dead)
        weights, activations, by_weights = told["histograms"]
        assert weights["counts"] == layer.weights.counts.tolist()
        assert (activations["low"], activations["high"]) == (layer.activations.low, layer.activations.high)
        assert by_weights["counts"] == layer.gradients.counts.tolist()
        assert len(weights["counts"]) == BINS


def test_vanishing_gradient_is_reported_with_its_layer_and_ratio() -> None:
    tab = Tab(VANISHING)
    (finding,) = tab.frame()["gradients"]["findings"]
    assert (finding["kind"], finding["layer"]) == ("vanishing", 0)
    assert finding["text"] == "Vanishing gradient: layer 1 learns 30,000 times slower than the output layer."
    assert finding["advice"].startswith("Try tanh or ReLU")


def test_findings_are_translated() -> None:
    class Marking(NullTranslations):
        def gettext(self, message: str) -> str:
            return f"⟦{message}⟧"

    session = Session(KernelSource(plain=True), Marking())
    session.handle(json.dumps({"type": "hello", "rev": 1, "link": VANISHING}))
    found = session.snapshot().gradients
    assert found is not None
    (finding,) = found.findings
    assert finding.text == ("⟦Vanishing gradient: ⟦layer 1⟧ learns 30,000 times slower than ⟦the output layer⟧.⟧")


def test_paused_run_sends_gradients_once_per_change() -> None:
    tab = Tab("seed=0.3&gradients=true")
    assert tab.frame()["gradients"] is not None
    tab.say("focus", unit=3)
    assert tab.frame()["gradients"] is None
    tab.accepted("edit", net=tab.frame()["net"], layer=0, neuron=0, input=0, value=2.0)
    assert tab.frame()["gradients"] is not None
    tab.say("step")
    assert tab.frame()["gradients"] is not None
    tab.accepted("reset")
    assert tab.frame()["gradients"] is not None


def test_reopened_panel_gets_gradients_again() -> None:
    tab = Tab("seed=0.3&gradients=true")
    tab.frame()
    for view in ({}, {"gradients": True}):
        tab.configure(view=view)
        assert (tab.frame()["gradients"] is not None) == bool(view)


def test_playing_run_sends_gradients_at_most_ten_times_a_second() -> None:
    watched, told = Watched(), 0
    for _ in range(60):
        told += watched.look()
        watched.clock.now += 1 / 60
    assert 9 <= told <= 10


def test_measuring_gradients_stays_within_its_share_of_time() -> None:
    watched = Watched()
    watched.clock.cost = 0.03  # a large network on many points
    assert watched.look()
    watched.clock.now += 2 * GRADIENT_SECONDS
    assert not watched.look()
    watched.clock.now += 0.03 / GRADIENT_FRACTION
    assert watched.look()


def test_pausing_sends_gradients_immediately() -> None:
    watched = Watched()
    assert watched.look()
    assert not watched.look()
    assert watched.look(playing=False)
    assert not watched.look(playing=False)


def test_overfitting_is_diagnosed_from_the_loss_history() -> None:
    tab = Tab("dataset=gauss&noise=20&percTrainData=10&seed=0.2&networkShape=8,8&learningRate=0.1&gradients=true")
    tab.train(20)
    assert kinds(tab.frame()) == ["healthy"]
    for _ in range(10):
        tab.train(30)
        tab.frame()
    tab.train(1)
    assert kinds(tab.frame()) == ["overfitting"]


@pytest.mark.parametrize("again", [{"seed": "0.7"}, {"train_percent": 90}])
def test_new_data_reset_the_loss_history(again: dict[str, object]) -> None:
    tab = Tab("dataset=gauss&noise=20&percTrainData=10&seed=0.2&networkShape=8,8&learningRate=0.1&gradients=true")
    for _ in range(10):
        tab.train(30)
        tab.frame()
    tab.configure(view={"gradients": True}, keep=True, **again)
    assert kinds(tab.frame()) != ["overfitting"]


def test_divergence_is_reported_without_nan_or_infinity() -> None:
    tab = Tab("problem=regression&regDataset=reg-plane&learningRate=10&seed=0.3&gradients=true")
    assert kinds(tab.frame()) == ["diverging"]
    tab.train(1)
    assert "diverging" in kinds(tab.frame())
    tab.train(1)
    frame = tab.frame()
    assert (frame["mode"], frame["gradients"]) == ("diverged", None)  # they come with the remedy, which takes a moment
    tab.session.training.find_remedy()
    frame = tab.frame()
    (finding,) = frame["gradients"]["findings"]
    assert finding["text"] == "Diverged: the weights blew up in epoch 2."
    json.dumps(frame["gradients"], allow_nan=False)


def test_network_without_hidden_layers_has_one_row() -> None:
    tab = Tab("networkShape=&seed=0.3&gradients=true")
    assert len(tab.frame()["gradients"]["layers"]) == 1
