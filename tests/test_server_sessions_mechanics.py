"""Test the gradient check, the equation of linear networks, and the lines of first-layer neurons."""

from typing import Any

import numpy as np
import pytest
from server_helpers import Tab, theta_of

from engine import Trainer
from engine.analysis.collapsed_affine import collapsed_affine
from engine.analysis.gradient_check import check_gradient
from engine.numerics.types import Array
from server.protocol.answers import Checked
from server.protocol.frames import LINES
from server.sessions.training import Mode


def checked(tab: Tab) -> Checked:
    result = tab.accepted("check").result
    assert isinstance(result, Checked)
    return result


def numbers(field: bytes) -> Array:
    return np.frombuffer(field, "<f8")


# --- the gradient check


def test_the_check_returns_both_gradients_at_the_current_epoch() -> None:
    tab = Tab("seed=0.3&networkShape=3,2&batchSize=20")
    tab.train(7)
    answer, engine = checked(tab), check_gradient(tab.session.trainer)
    assert (answer.epoch, answer.points, answer.sizes, answer.features) == (7, 20, [2, 3, 2, 1], ["x", "y"])
    assert numbers(answer.gradient).tolist() == engine.gradient.tolist()
    assert numbers(answer.quotient).tolist() == engine.quotient.tolist()
    assert numbers(answer.difference).tolist() == engine.difference.tolist()
    assert (answer.bent, answer.worst, answer.digits, answer.agrees) == (bytes(20), engine.worst, engine.digits, True)


def test_the_check_neither_changes_nor_pauses_the_run() -> None:
    tab = Tab()
    tab.train(3)
    tab.say("play")
    before, net = tab.state(), tab.frame()["net"]
    answer = checked(tab)
    assert answer.epoch == 3
    assert tab.rev == tab.frame()["rev"]
    assert tab.state() == before
    assert tab.mode is Mode.PLAYING
    assert tab.frame()["net"] == net


def test_a_network_too_large_to_check_is_refused_and_the_session_continues() -> None:
    tab = Tab("networkShape=32,32,32,32&batchSize=400&percTrainData=90")
    error = tab.refused("check")
    assert error.field == "check"
    assert error.value == "3,297 parameters, 400 points"
    assert error.allowed.startswith("would take too long")
    assert tab.accepted("reset").effect == "restart"


# --- the equation of linear layers


@pytest.mark.parametrize(
    "link", ["activation=linear&networkShape=4,3", "networkShape=", "problem=regression&networkShape="]
)
def test_the_frame_of_a_linear_network_contains_its_equation(link: str) -> None:
    tab = Tab(f"{link}&seed=0.3&learningRate=0.003")
    tab.train(3)
    trainer = tab.session.trainer
    form = collapsed_affine(trainer.experiment, trainer.theta)
    assert form is not None
    assert numbers(tab.frame()["linear"]).tolist() == [*form.weights[0], *form.biases]


def test_each_output_has_its_own_equation() -> None:
    tab = Tab("dataset=rings&classes=3&loss=cross-entropy&activation=linear&networkShape=5")
    assert numbers(tab.frame()["linear"]).reshape(3, 3).shape == (3, 3)


def test_a_nonlinear_network_has_no_equation() -> None:
    assert Tab("activation=tanh&networkShape=2").frame()["linear"] is None
    assert Tab("layerActivations=linear,relu&networkShape=2,2").frame()["linear"] is None


# --- the lines of the first layer


def frame_of(link: str, **view: Any) -> dict[str, Any]:
    tab = Tab(link)
    tab.configure(view=view)
    return tab.frame()


def test_line_pictures_are_sent_only_on_request_and_only_for_curved_lines() -> None:
    curved = "xSquared=true&networkShape=3&seed=0.3"
    assert frame_of(curved)["line_pictures"] is None
    assert frame_of("networkShape=3", neuron_lines=True)["line_pictures"] is None
    assert frame_of("x=false&networkShape=3", neuron_lines=True)["line_pictures"] is None
    assert len(frame_of(curved, neuron_lines=True)["line_pictures"]) == 3 * LINES**2


@pytest.mark.parametrize("shape", ["3", "3,2", ""])
def test_each_byte_encodes_the_side_of_the_line(shape: str) -> None:
    frame = frame_of(f"xSquared=true&sinY=true&networkShape={shape}&seed=0.3", neuron_lines=True)
    pictures = np.frombuffer(frame["line_pictures"], np.uint8).reshape(-1, LINES, LINES)
    axis = np.linspace(-6, 6, LINES)
    x, y = np.meshgrid(axis, axis[::-1])
    inputs = np.stack([x, y, x * x, np.sin(y)])
    count = len(pictures) * 4
    weights, biases = theta_of(frame)[:count].reshape(-1, 4), theta_of(frame)[count:][: len(pictures)]
    z = np.tensordot(weights, inputs, 1) + biases[:, None, None]
    sure = np.abs(z) > 1e-5
    assert ((pictures >= 128) == (z >= 0))[sure].all()


def test_the_scale_is_fine_near_the_line_even_when_z_is_large_elsewhere() -> None:
    frame = frame_of("x=false&y=false&xCubed=true&networkShape=1&seed=0.3", neuron_lines=True)
    row = np.frombuffer(frame["line_pictures"], np.uint8).reshape(LINES, LINES)[0].astype(int)
    (crossing,) = np.flatnonzero(np.diff(np.sign(row - 127.5)))
    assert abs(row[crossing + 1] - row[crossing]) > 100  # of 255, although z reaches 216 at the edge


def test_huge_weights_cause_no_error() -> None:
    tab = Tab("xSquared=true&networkShape=2&seed=0.3")
    checkpoint = tab.session.trainer.checkpoint()
    checkpoint.theta[:] = 1e99
    tab.session.training.take(Trainer.restore(tab.session.trainer.experiment, checkpoint))
    tab.configure(view={"neuron_lines": True})
    assert len(tab.frame()["line_pictures"]) == 2 * LINES**2
