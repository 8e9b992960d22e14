"""Test the trace of the view's example: frames hold the numbers that the engine computes."""

from typing import Any

import numpy as np
import pytest
from server_helpers import Tab

from engine import View, explain, link_to, read_link
from engine.analysis.example_step import example_step
from engine.nn.network import layout
from server.protocol.answers import Accepted

EXAMPLE = [1.5, -2.0, 1.0]


def doubles(data: bytes) -> list[float]:
    return np.frombuffer(data, "<f8").tolist()


def looking(example: list[float] | None = None, **changes: Any) -> Tab:
    tab = Tab("seed=0.3&networkShape=3,2")
    tab.configure(view={"example": example or EXAMPLE}, **changes)
    return tab


def test_paused_run_traces_the_example() -> None:
    tab = looking()
    tab.train(3)
    shown = tab.frame()["trace"]
    trainer = tab.session.trainer
    explanation = explain(trainer, (1.5, -2.0), 1.0)
    step = example_step(trainer, explanation)
    assert shown["inputs"] == [1.5, -2.0]
    assert shown["target"] == [1.0]
    assert shown["activations"] == ["tanh", "tanh", "tanh"]
    for name, of_layer in (
        ("z", "z"), ("a", "a"), ("slopes", "derivative"), ("a_gradients", "a_gradient"), ("deltas", "delta")
    ):  # fmt: skip
        assert doubles(shown[name]) == [value for layer in explanation.layers for value in getattr(layer, of_layer)]
    gradient = doubles(shown["gradient"])
    for at, layer in zip(layout(trainer.experiment.sizes), explanation.layers, strict=True):
        assert gradient[at.start : at.biases] == layer.weight_gradient.ravel().tolist()
        assert gradient[at.biases : at.end] == layer.bias_gradient.tolist()
    assert doubles(shown["updated"]) == step.theta.tolist()
    assert (shown["loss"], shown["loss_after"]) == (explanation.loss, step.loss)
    assert shown["learning_rate"] == 0.03
    assert shown["paths"] is None


def test_trace_is_absent_while_playing_and_updated_afterwards() -> None:
    tab = looking()
    before = tab.frame()["trace"]
    tab.say("play")
    assert tab.frame()["trace"] is None
    tab.train(5)
    after = tab.frame()["trace"]
    assert after["loss"] != before["loss"]


def test_without_an_example_there_is_no_trace() -> None:
    assert Tab().frame()["trace"] is None


def test_chain_rule_of_a_weight_is_unfolded_on_request() -> None:
    tab = looking()
    tab.say("unfold", layer=0, neuron=1, input=0)
    shown = tab.frame()["trace"]
    paths = shown["paths"]
    assert (paths["layer"], paths["neuron"], paths["input"], paths["count"]) == (0, 1, 0, 2)
    assert paths["total"] == doubles(shown["gradient"])[2]
    assert sum(path["product"] for path in paths["shown"]) == pytest.approx(paths["total"], rel=1e-12)
    tab.say("unfold", layer=None)
    assert tab.frame()["trace"]["paths"] is None


def test_missing_weight_is_not_unfolded() -> None:
    tab = looking()
    tab.say("unfold", layer=2, neuron=1, input=0)
    assert tab.frame()["trace"]["paths"] is None


def test_targets_for_each_output_are_used_unchanged() -> None:
    tab = looking([0.05, 0.1, 0.01, 0.99], loss="square-each")
    assert tab.frame()["trace"]["target"] == [0.01, 0.99]


@pytest.mark.parametrize(
    ("example", "changes"),
    [
        ([1.0, 1.0, 0.2, 0.8], {}),
        ([1.0, 1.0, 2.0], {}),
        ([1.0, 1.0, 0.3], {"loss": "log"}),
        ([1.0, 1.0, 3.0], {"dataset": "clouds", "classes": 3, "loss": "cross-entropy"}),
        ([1.0, 1.0, 0.5], {"dataset": "clouds", "classes": 3, "loss": "cross-entropy"}),
    ],
)
def test_example_that_does_not_fit_the_run_is_dropped(example: list[float], changes: dict[str, Any]) -> None:
    tab = Tab()
    accepted = tab.configure(view={"example": example, "digits": 5}, **changes)
    assert accepted.run.view == View(digits=5)
    assert tab.frame()["trace"] is None


def test_example_survives_a_change_of_another_setting() -> None:
    tab = looking()
    accepted = tab.configure(view={"example": EXAMPLE}, hidden_layers=[5])
    assert accepted.run.view.example == tuple(EXAMPLE)
    assert len(doubles(tab.frame()["trace"]["z"])) == 6


def test_link_carries_the_example() -> None:
    tab = Tab("seed=0.3&example=0.05,-0.1,1&digits=9")
    accepted = next(answer for answer in tab.greeting if isinstance(answer, Accepted))
    assert accepted.run.view.example == (0.05, -0.1, 1.0)
    assert accepted.run.view.digits == 9
    assert "example=0.05,-0.1,1&" in accepted.run.link + "&"
    assert tab.frame()["trace"]["inputs"] == [0.05, -0.1]


@pytest.mark.parametrize("text", ["1,2", "1,2,x", "1,2,3,4,5,6,7,8,9", "1,2,nan", "1,2,1e9"])
def test_invalid_example_in_a_link_is_reported_and_the_rest_applies(text: str) -> None:
    link = read_link(f"seed=0.3&noise=10&example={text}")
    (notice,) = link.notices
    assert notice.field == "example"
    assert link.view.example is None
    assert link.experiment.noise == 10


def test_example_in_a_link_that_does_not_fit_is_reported() -> None:
    tab = Tab("seed=0.3&example=1,2,3")
    accepted = next(answer for answer in tab.greeting if isinstance(answer, Accepted))
    (notice,) = accepted.run.notices
    assert (notice.field, notice.value) == ("example", "1,2,3")
    assert accepted.run.view.example is None


def test_example_survives_a_link_round_trip() -> None:
    view = View(example=(-1.25, 3.0, 0.5), digits=6, smoothing=0.6)
    assert read_link(link_to(read_link("").experiment, view)).view == view
