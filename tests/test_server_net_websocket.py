"""The websocket of a real server: mistakes, two tabs, closing, and TFP's numbers over the wire."""

import json
import random
import re
import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from live import LiveServer, wait_until
from server_helpers import TFP_LINK, TFP_RUNS, Socket, checkpoint_text, theta_of
from websockets.exceptions import ConnectionClosed, ConnectionClosedError

from engine import Experiment
from server.config.limits import Limits
from server.net.close_codes import VERSION
from server.protocol.message import SUBPROTOCOL

MAX_MESSAGE, MAX_FRAME = Limits().max_message_size, Limits().max_frame_size
EXPERIMENT = Experiment(seed="0.3").model_dump(mode="json")
VIEW = {"show_test": False, "discretize": False, "hide_text": False, "hide": []}
CONFIGURE = {"type": "configure", "rev": 9, "experiment": EXPERIMENT, "view": VIEW}
EDIT = {"type": "edit", "rev": 9, "net": 2, "layer": 0, "neuron": 0, "input": 0, "value": 1}


def changed(message: dict[str, Any], **fields: Any) -> str:
    return json.dumps({**message, **fields})


def with_experiment(**fields: Any) -> str:
    return changed(CONFIGURE, experiment={**EXPERIMENT, **fields})


# Message sent, then what its error must contain: field, value, and part of what is allowed.
MISTAKES: dict[str, tuple[str | bytes, str, str, str]] = {
    "nothing": ("", "message", "", "must be a JSON object"),
    "not JSON": ("{play", "message", "{play", "must be a JSON object"),
    "a list": ("[]", "message", "[]", "an object"),
    "a number": ("7", "message", "7", "an object"),
    "no type": ('{"rev": 9}', "message", "rev", "must have the field type"),
    "unknown type": ('{"type": "fly", "rev": 9}', "message", "fly", "one of hello, configure, data"),
    "type is no text": ('{"type": 7, "rev": 9}', "message", "7", "one of hello"),
    "unknown field": ('{"type": "play", "rev": 9, "fast": true}', "fast", "true", "isn’t a known field"),
    "no rev": ('{"type": "play"}', "rev", "play", "is required and must be a whole number between 0"),
    "rev is text": ('{"type": "play", "rev": "9"}', "rev", "9", "must be a whole number between 0"),
    "rev is a fraction": ('{"type": "play", "rev": 9.5}', "rev", "9.5", "must be a whole number between 0"),
    "rev is negative": ('{"type": "play", "rev": -1}', "rev", "-1", "must be a whole number between 0"),
    "binary": (b'{"type": "play", "rev": 9}', "message", "binary", "must be JSON text"),
    "too long": ("x" * (MAX_MESSAGE + 1), "message", f"{MAX_MESSAGE + 1:,} characters", f"at most {MAX_MESSAGE:,}"),
    "too many values": ("[" + "1," * 20_000 + "1]", "message", "[1,1", "must have at most 20,000 values"),
    "deeply nested": ("[" * 100_000, "message", "[[[", "must be a JSON object"),
    "speed": ('{"type": "speed", "rev": 9, "speed": "2"}', "speed", "2", "one of 1, 10, 100, max"),
    "unit": ('{"type": "focus", "unit": -1}', "unit", "-1", "must be a whole number between 0 and 1,000 or null"),
    "visible": ('{"type": "visible", "visible": "yes"}', "visible", "yes", "must be true or false"),
    "drawn": ('{"type": "drawn", "frame": 1e300}', "frame", "1e+300", "must be a whole number between 0"),
    "weight": (changed(EDIT, value=1e7), "value", "10000000", "must be a number between −1,000,000 and 1,000,000"),
    "weight is infinite": ('{"type":"edit","rev":9,"net":2,"layer":0,"neuron":0,"input":0,"value":Infinity}',
                           "value", "Infinity", "must be a number between −1,000,000 and 1,000,000"),
    "layer": (changed(EDIT, layer=7), "layer", "7", "must be a whole number between 0 and 2"),
    "net": (changed(EDIT, net=999), "net", "999", "the network has changed"),
    "dataset": (with_experiment(dataset="mooons"), "experiment.dataset", "mooons", "one of circle, xor"),
    "noise": (with_experiment(noise=81), "experiment.noise", "81", "must be a number between 0 and 80"),
    "noise is text": (with_experiment(noise="5"), "experiment.noise", "5", "must be a number between 0 and 80"),
    "batch": (with_experiment(batch_size=0), "experiment.batch_size", "0", "a whole number between 1 and 20,000"),
    "neurons": (with_experiment(hidden_layers=[4, 33]), "experiment.hidden_layers.1", "33", "between 1 and 32"),
    "layers": (with_experiment(hidden_layers=[1] * 11), "experiment.hidden_layers", "[1, 1", "a list of 0 to 10"),
    "no feature": (with_experiment(features=[]), "experiment.features", "[]", "must have 1 to"),
    "feature": (with_experiment(features=["z"]), "experiment.features.0", "z", "one of x, y"),
    "seed": (with_experiment(seed="0" * 65), "experiment.seed", "0000", "must be text of 1 to 64 characters"),
    "stop loss": (with_experiment(stop_loss=0), "experiment.stop_loss", "0", "a number above 0 and at most 100"),
    "start": (with_experiment(start="1.AAAA"), "experiment.start", "1.AAAA", "for a network with 25 parameters"),
    "experiment": (changed(CONFIGURE, experiment=None), "experiment", "null", "an object"),
    "unknown setting": (with_experiment(depth=3), "experiment.depth", "3", "isn’t a known field"),
    "hide": (changed(CONFIGURE, view={"hide": ["everything"]}), "view.hide.0", "everything", "one of"),
    "checkpoint": ('{"type": "hello", "rev": 9, "checkpoint": "1.A"}', "checkpoint", "1.A", "must have"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES)
def test_each_mistake_gets_one_error_and_changes_nothing(server_url: str, case: str) -> None:
    message, field, value, allowed = MISTAKES[case]
    with Socket(server_url) as page:
        page.hello()
        page.say("step")
        before = page.next("frame")
        page.send(message)
        error = page.receive()
        assert error["type"] == "refused"
        assert error["field"] == field
        assert value in error["value"]
        assert len(error["value"]) <= 60
        assert allowed in error["allowed"]
        readable = isinstance(message, str) and re.search(r'"rev": ?9[,}]', message)
        assert error["rev"] == (9 if readable else None)
        page.say("focus", unit=0)  # requests a frame
        after = page.receive()  # a frame and not a second error
        kept = ("type", "rev", "net", "data", "mode", "epoch", "checkpoint", "sizes", "train_loss", "test_loss")
        assert [after[key] for key in kept] == [before[key] for key in kept]


def test_a_far_too_long_message_closes_only_its_own_connection(server_url: str) -> None:
    with Socket(server_url) as other:
        other.hello()
        with Socket(server_url) as page:
            page.hello()
            with pytest.raises(ConnectionClosedError):
                flood(page)
        other.say("step")
        assert other.next("frame")["epoch"] == 1


def flood(page: Socket) -> None:
    page.send("x" * (MAX_FRAME + 1))
    while True:
        page.receive()


def test_messages_are_compressed_only_for_pages_that_support_it(server_url: str) -> None:
    with Socket(server_url) as page, Socket(server_url, compression=None) as old:
        assert [extension.name for extension in page.connection.protocol.extensions] == ["permessage-deflate"]
        assert old.connection.protocol.extensions == []
        page.hello(), old.hello()
        page.say("step"), old.say("step")
        assert page.next("frame")["pictures"] == old.next("frame")["pictures"]


@pytest.mark.parametrize("offered", [None, ["playground.v1"], ["other", "playground.v3"]])
def test_a_client_with_another_protocol_version_gets_its_own_close_code(
    server_url: str, offered: list[Any] | None
) -> None:
    with Socket(server_url, subprotocols=offered) as page, pytest.raises(ConnectionClosed) as closed:
        page.connection.recv(10)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (VERSION.code, VERSION.reason)
    assert SUBPROTOCOL in VERSION.reason


def test_the_server_selects_its_version_among_those_offered(server_url: str) -> None:
    with Socket(server_url, subprotocols=["playground.v9", SUBPROTOCOL]) as page:
        assert page.connection.subprotocol == SUBPROTOCOL


def test_other_paths_accept_no_websocket(server_url: str) -> None:
    with pytest.raises(Exception, match="HTTP 403"), Socket(server_url + "/other"):
        pass


# Random input


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
TYPES = ["hello", "configure", "play", "pause", "step", "reset", "edit", "speed", "focus", "visible", "drawn"]
FIELDS = ["rev", "experiment", "view", "run", "link", "net", "layer", "value", "unit", "visible", "frame", "speed"]
GARBAGE = (
    st.text(max_size=200)
    | st.binary(max_size=200)
    | JSON.map(json.dumps)
    | st.builds(
        lambda kind, fields: json.dumps({**fields, "type": kind}),
        st.sampled_from(TYPES) | JSON,
        st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=5),
    )
)
SLOWLY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SLOWLY
@given(st.lists(GARBAGE, max_size=8))
def test_garbage_never_ends_a_session(server_url: str, garbage: list[str | bytes]) -> None:
    with Socket(server_url) as page:
        page.hello()
        for message in garbage:
            page.send(message)
        page.say("speed", speed="1")
        page.rev += 1000
        page.say("hello", link="seed=0.77")
        while (answer := page.receive())["type"] != "accepted" or answer["rev"] != page.rev:
            assert answer["type"] in ("refused", "frame", "accepted", "welcome", "status")
        assert answer["run"]["experiment"]["seed"] == "0.77"


COMMANDS = st.one_of(
    st.builds(dict, type=st.sampled_from(["play", "pause", "step"])),
    st.builds(dict, type=st.just("reset"), new_weights=st.booleans()),
    st.builds(dict, type=st.just("speed"), speed=st.sampled_from(["1", "10", "100", "max"])),
    st.builds(dict, type=st.just("focus"), unit=st.none() | st.integers(0, 30)),
    st.builds(dict, type=st.just("visible"), visible=st.booleans()),
    st.builds(
        dict,
        type=st.just("configure"),
        keep=st.booleans(),
        view=st.just(VIEW),
        experiment=st.fixed_dictionaries(
            {},
            optional={
                "dataset": st.sampled_from(["circle", "spiral", "reg-gauss"]),
                "seed": st.sampled_from(["1", "2"]),
                "hidden_layers": st.lists(st.integers(1, 8), max_size=3),
                "features": st.lists(st.sampled_from(["x", "y", "sinX"]), min_size=1, max_size=3, unique=True),
                "activation": st.sampled_from(["relu", "linear", "tanh"]),
                "learning_rate": st.sampled_from([0.0, 0.03, 10.0]),
                "penalty": st.sampled_from(["none", "L1", "L2"]),
                "penalty_rate": st.sampled_from([0.0, 0.1, 10.0]),
                "batch_size": st.integers(1, 20_000),
            },
        ),
    ),
)


@SLOWLY
@given(st.lists(COMMANDS, max_size=12), st.booleans())
def test_any_valid_sequence_of_commands_can_be_resumed_from_its_last_frame(
    server_url: str, commands: list[dict[str, Any]], resumes: bool
) -> None:
    with Socket(server_url) as page:
        page.hello()
        for command in commands:
            page.say(command.pop("type"), **command)
        page.say("visible", visible=True)
        page.say("pause")
        last_rev = page.rev
        frame, accepted = None, None
        while frame is None or frame["rev"] < last_rev:
            message = page.receive()
            frame = message if message["type"] == "frame" else frame
            accepted = message["run"] or accepted if message["type"] == "accepted" else accepted
            assert message["type"] != "refused" or message["field"] == "mode"  # play and step after a divergence
        assert frame["mode"] != "playing"
        if accepted is None or frame["mode"] == "diverged":
            return
        with Socket(server_url) as other:
            again = other.hello(accepted["link"], checkpoint=checkpoint_text(frame))
            assert again["checkpoint"] == frame["checkpoint"]
            assert (again["train_loss"], again["test_loss"]) == (frame["train_loss"], frame["test_loss"])
            assert again["sizes"] == frame["sizes"]


# Two tabs, and closing


def test_two_tabs_are_independent(live_server: LiveServer) -> None:
    with Socket(live_server.url) as one, Socket(live_server.url) as other:
        one.hello(TFP_LINK, playing=True)
        paused = other.hello("dataset=xor&networkShape=3")
        while one.next("frame")["epoch"] < 20:
            pass
        assert len(live_server.state.sessions) == 2
        other.say("focus", unit=0)
        frame = other.next("frame")
        assert (frame["epoch"], frame["sizes"], frame["checkpoint"]) == (0, [2, 3, 1], paused["checkpoint"])


@pytest.mark.parametrize("how", ["properly", "abruptly"])
def test_the_session_of_a_closed_tab_ends_within_seconds(live_server: LiveServer, how: str) -> None:
    with Socket(live_server.url) as page:
        page.hello(playing=True, speed="max")
        assert len(live_server.state.sessions) == 1
        if how == "abruptly":
            page.connection.socket.shutdown(2)
    wait_until(lambda: not live_server.left_over(), 3, "the session is freed")


# Training over the wire


def test_frames_at_normal_speed_show_every_epoch_with_tfps_losses(server_url: str) -> None:
    recorded = {epoch: (train, test) for epoch, train, test in TFP_RUNS["default_circle"]["losses"]}
    seen: dict[int, dict[str, Any]] = {}
    with Socket(server_url) as page:
        frame = page.hello(TFP_LINK)
        page.say("play")
        while frame["epoch"] < 100:
            seen[frame["epoch"]] = frame
            frame = page.next("frame")
    assert list(seen) == list(range(100))
    for epoch in recorded.keys() & seen.keys():
        losses = seen[epoch]["train_loss"], seen[epoch]["test_loss"]
        assert losses == pytest.approx(recorded[epoch], abs=1e-9)
    assert recorded.keys() & seen.keys() == {0, 1, 2, 5, 10, 20, 50}


@pytest.mark.parametrize("name", TFP_RUNS)
def test_a_tfp_link_gives_the_same_points_weights_and_losses(server_url: str, name: str) -> None:
    run = TFP_RUNS[name]
    epoch, train, test = run["losses"][-1]
    with Socket(server_url) as page:
        first = page.hello(run["hash"] + f"&stopEpochs={epoch}", speed="max")
        initial = [
            value
            for layer in run["initial"]
            for value in [*(weight for row in layer["weights"] for weight in row), *layer["biases"]]
        ]
        assert theta_of(first).tolist() == initial
        page.say("play")
        while (frame := page.next("frame"))["finished"] is None:
            pass
        assert frame["epoch"] == epoch
        assert (frame["train_loss"], frame["test_loss"]) == pytest.approx((train, test), abs=1e-9)


def test_pause_stops_within_one_frame(server_url: str) -> None:
    with Socket(server_url) as page:
        page.hello(playing=True)
        for _ in range(10):
            shown = page.next("frame")
        page.say("pause")
        began = time.monotonic()
        while (frame := page.next("frame"))["mode"] != "paused":
            pass
        assert time.monotonic() - began < 0.5
        assert frame["epoch"] <= shown["epoch"] + 3  # frames in flight and the current beat


def test_a_hidden_tab_keeps_training_and_gets_one_frame_a_second(server_url: str) -> None:
    with Socket(server_url) as page:
        page.hello(playing=True)
        page.say("visible", visible=False)
        time.sleep(0.2)
        times, frames = [], []
        end = time.monotonic() + 2.6
        while time.monotonic() < end:
            frames.append(page.next("frame"))
            times.append(time.monotonic())
        assert all(0.8 < after - before < 1.5 for before, after in list(pairwise(times))[-2:])
        assert frames[-1]["epoch"] - frames[-2]["epoch"] > 30


def test_frames_arrive_in_order(server_url: str) -> None:
    with Socket(server_url) as page:
        numbers = [page.hello(playing=True, speed="10")["frame"]]
        for _ in range(60):
            if random.random() < 0.2:
                page.say("configure", experiment={**EXPERIMENT, "learning_rate": random.random()}, view=VIEW)
                page.say("play")
            numbers.append(page.next("frame")["frame"])
        assert numbers == list(range(1, 62))
