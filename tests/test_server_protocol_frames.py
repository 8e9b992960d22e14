"""Test frames as bytes: the golden frame that Python and JavaScript both read, and the meaning of pictures."""

import base64
import json
from typing import Any, get_args

import msgpack
import numpy as np
import pytest
from server_helpers import FIXTURES, Decoder, Tab, checkpoint_text, theta_of

from engine import Experiment, Trainer
from engine.data.datasets import DATASETS
from engine.data.features import FEATURES
from engine.interchange.view import View
from scripts.golden_frame import EXPERIMENT, golden_frames
from server.protocol.answers import Answer, Checked, File, Frame, Pruned, Welcome
from server.protocol.commands import Reset
from server.protocol.deltas import DeltaEncoder
from server.protocol.frames import pack
from server.sessions.measurements import QUALITY_SECONDS, QualityMeter
from server.sessions.training import Mode


@pytest.fixture(scope="module")
def golden() -> Any:
    return msgpack.unpackb((FIXTURES / "frame.msgpack").read_bytes())


@pytest.fixture(scope="module")
def expected() -> Any:
    return json.loads((FIXTURES / "frame.json").read_text())


def test_golden_frame_has_exactly_the_fields_of_a_frame(golden: Any) -> None:
    assert list(golden) == list(Frame.model_fields)


def test_golden_frame_has_the_expected_values(golden: Any, expected: Any) -> None:
    for name in expected.keys() & golden.keys() - {"boundary", "pictures", "curve"}:
        assert golden[name] == expected[name], name
    assert np.frombuffer(golden["curve"], "<f8").tolist() == expected["curve"]
    count = len(expected["theta"])
    assert theta_of(golden).tolist() == expected["theta"]
    assert list(golden["checkpoint"][8 * count : 9 * count]) == expected["mask"]
    assert len(golden["checkpoint"]) == 9 * count
    assert checkpoint_text(golden) == expected["checkpoint_text"]


def test_golden_frame_shows_the_engines_outputs(golden: Any, expected: Any) -> None:
    boundary = np.frombuffer(golden["boundary"], np.uint8).reshape(100, 100)
    assert [[row, column, boundary[row, column]] for row, column, _ in expected["boundary"]] == expected["boundary"]
    pictures = np.frombuffer(golden["pictures"], np.uint8).reshape(-1, 34, 34)
    assert len(pictures) == sum(golden["sizes"]) == len(expected["pictures"])
    for unit, row, column, byte in expected["pictures"]:
        assert pictures[unit, row, column] == byte


def test_golden_frame_contains_the_points(golden: Any, expected: Any) -> None:
    train = np.frombuffer(golden["points"]["train"], "<f4").reshape(-1, 3)
    test = np.frombuffer(golden["points"]["test"], "<f4").reshape(-1, 3)
    assert (len(train), len(test)) == (expected["train_count"], expected["test_count"])
    assert train[0] == pytest.approx(expected["first_train_point"], rel=1e-7)
    assert test[-1] == pytest.approx(expected["last_test_point"], rel=1e-7)


def test_server_still_sends_the_golden_frame(golden: Any) -> None:
    today = golden_frames()[0].model_dump()
    pictures = {name: (np.frombuffer(frame[name], np.uint8) for frame in (today, golden))
                for name in ("boundary", "pictures")}  # fmt: skip
    assert {**today, "boundary": 0, "pictures": 0} == {**golden, "boundary": 0, "pictures": 0}
    for mine, theirs in pictures.values():  # single precision may round differently on another machine
        assert np.abs(mine.astype(int) - theirs.astype(int)).max() <= 1


def test_next_golden_frame_contains_picture_deltas(expected: Any) -> None:
    decoder = Decoder()
    decoder.read((FIXTURES / "frame.msgpack").read_bytes())
    data = (FIXTURES / "next_frame.msgpack").read_bytes()
    assert msgpack.unpackb(data)["base"] == 1
    frame = decoder.read(data)
    for row, column, byte in expected["next"]["boundary"]:
        assert frame["boundary"][row * 100 + column] == byte
    for unit, row, column, byte in expected["next"]["pictures"]:
        assert frame["pictures"][(unit * 34 + row) * 34 + column] == byte


CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("step", {}),
    ("focus", {"unit": 0}),
    ("step", {}),
    ("focus", {"unit": None}),
    ("configure", {"dataset": "clouds", "classes": 3, "loss": "cross-entropy"}),
    ("step", {}),
    ("focus", {"unit": 5}),
    ("configure", {"hidden_layers": [3]}),
    ("configure", {"hidden_layers": [5]}),
    ("step", {}),
]


def test_deltas_restore_the_pictures_after_any_change() -> None:
    tab, encoder, decoder, whole = Tab(), DeltaEncoder(), Decoder(), 0
    for kind, fields in [("focus", {"unit": None}), *CHANGES]:
        tab.configure(**fields) if kind == "configure" else tab.say(kind, **fields)
        frame = tab.session.snapshot()
        sent = encoder.encode(frame)
        whole += sent.base is None
        assert decoder.read(pack(sent)) == frame.model_dump()
    assert whole == 5  # the first, three with other units, one whose large picture has no classes any more


def test_delta_of_an_unchanged_picture_is_all_zeros() -> None:
    tab, encoder = Tab(), DeltaEncoder()
    encoder.encode(tab.session.snapshot())
    again = encoder.encode(tab.session.snapshot())
    assert set(again.boundary) == set(again.pictures) == {0}


def test_run_resumes_from_a_frame(golden: Any) -> None:
    checkpoint = EXPERIMENT.read_checkpoint(checkpoint_text(golden))
    trainer = Trainer.restore(EXPERIMENT, checkpoint)
    straight = Trainer(EXPERIMENT)
    straight.run(20)
    assert trainer.run(8) == 20
    assert trainer.theta.tobytes() == straight.theta.tobytes()


@pytest.mark.parametrize("dataset", [name for name in DATASETS if DATASETS[name].classes[1] <= 2])
def test_boundary_bytes_show_the_predicted_class_and_output(dataset: str) -> None:
    experiment = Experiment(dataset=dataset)
    tab = Tab(None, experiment=experiment.model_dump(mode="json"))
    tab.train(20)
    frame = tab.frame()
    bytes_ = np.frombuffer(frame["boundary"], np.uint8).reshape(100, 100)
    axis = np.linspace(-6, 6, 100)
    x, y = np.meshgrid(axis, axis[::-1])
    exact = tab.session.trainer.predict(np.column_stack([x.ravel(), y.ravel()]))
    exact = exact.reshape(100, 100)
    clear = np.abs(exact) > 1e-6
    assert ((bytes_ >= 128) == (exact >= 0))[clear].all()
    scale = frame["scales"][-1]
    shown = (bytes_.astype(float) - 127.5) / 127 * scale
    assert np.abs(shown - np.clip(exact, -scale, scale)).max() <= scale / 127


@pytest.mark.parametrize("loss", ["square", "log", "cross-entropy"])
@pytest.mark.parametrize("dataset", [name for name in DATASETS if DATASETS[name].classes[1] > 2])
def test_large_picture_of_several_outputs_shows_the_decision(dataset: str, loss: str) -> None:
    experiment = Experiment(dataset=dataset, classes=4, loss=loss, learning_rate=0.1)
    tab = Tab(None, experiment=experiment.model_dump(mode="json"))
    tab.train(30)
    frame = tab.frame()
    assert (frame["focus"], frame["classes"]) == (None, 4)
    axis = np.linspace(-6, 6, 100)
    x, y = np.meshgrid(axis, axis[::-1])
    exact = tab.session.trainer.predict(np.column_stack([x.ravel(), y.ravel()]))
    chosen = np.frombuffer(frame["chosen"], np.uint8)
    two, most = np.sort(exact, axis=1)[:, -2:].T
    assert (chosen == exact.argmax(axis=1))[most - two > 1e-5].all()
    low = {"square": -1.0, "log": 0.0, "cross-entropy": 0.25}[loss]
    sure = (np.frombuffer(frame["boundary"], np.uint8).astype(float) - 127.5) / 127
    assert np.abs(sure - np.clip((most - low) / (1 - low), 0, 1)).max() <= 1 / 127
    tab.say("focus", unit=sum(frame["sizes"]) - 2)
    output = tab.frame()
    assert output["chosen"] is None
    assert output["focus"] == sum(frame["sizes"]) - 2


def test_single_sigmoid_is_centered_on_its_threshold() -> None:
    tab = Tab("seed=0.3&loss=log&networkShape=")
    tab.train(20)
    frame = tab.frame()
    assert (frame["centers"][-1], frame["scales"][-1]) == (0.5, 0.5)
    assert set(frame["centers"][:-1]) == {0.0}
    trainer = tab.session.trainer
    corner = float(trainer.predict(np.array([[-6.0, 6.0]]))[0])
    assert 0.5 + (frame["boundary"][0] - 127.5) / 127 * 0.5 == pytest.approx(corner, abs=1 / 127)


def test_measures_come_with_every_paused_frame_and_some_playing_frames() -> None:
    now = 0.0
    meter, runner, view = QualityMeter(lambda: now), Tab().session.runner, View()

    def told(playing: bool = True, view: View = view) -> bool:
        runner.training.enter(Mode.PLAYING if playing else Mode.PAUSED)
        return meter.measure(runner, view).metrics is not None

    assert [told(playing=False) for _ in range(3)] == [True] * 3
    assert not told()
    while_playing = []
    for i in range(30):
        now = i * QUALITY_SECONDS / 10
        while_playing.append(told())
    assert [i for i, each in enumerate(while_playing) if each] == [10, 20]
    runner.reset(Reset(type="reset", rev=1))
    assert [told() for _ in range(3)] == [True, False, False]
    assert [told(view=View(measures=True)) for _ in range(3)] == [True] * 3


def test_every_paused_frame_has_metrics() -> None:
    tab = Tab()
    assert all(tab.frame()["metrics"] for _ in range(3))
    tab.say("play")
    tab.frame()
    assert tab.frame()["metrics"] is None


def test_metrics_and_misclassified_points_match_the_predictions() -> None:
    tab = Tab("dataset=clouds&classes=3&noise=40&seed=0.3")
    tab.train(10)
    assert tab.frame()["wrong"] is None
    tab.configure(view={"measures": True, "mark_wrong": True})
    tab.train(10)
    frame, trainer = tab.frame(), tab.session.trainer
    for name, points, labels in (
        ("train", trainer.train_points, trainer.train_labels),
        ("test", trainer.test_points, trainer.test_labels),
    ):
        wrong = trainer.predict_class(points) != labels
        assert list(frame["wrong"][name]) == wrong.astype(int).tolist()
        measured = frame["metrics"][name]
        assert measured["accuracy"] == pytest.approx(1 - wrong.mean())
        assert np.sum(measured["confusion"]) == len(labels)
        assert len(measured["precision"]) == len(measured["recall"]) == 3


def test_softmax_with_two_classes_shows_a_decision() -> None:
    tab = Tab("loss=cross-entropy&seed=0.3")
    tab.train(20)
    frame = tab.frame()
    assert (frame["sizes"][-1], frame["classes"], frame["focus"]) == (2, 2, None)
    assert (frame["centers"][-2:], frame["scales"][-2:]) == ([0.0, 0.0], [1.0, 1.0])
    assert min(frame["boundary"]) >= 128
    assert set(frame["chosen"]) == {0, 1}
    assert min(frame["pictures"][-2 * 34 * 34 :]) >= 128


@pytest.mark.parametrize("link", ["dataset=clouds&classes=3", "", "problem=regression", "loss=log"])
def test_frame_of_an_overflowing_run_has_no_nan(link: str) -> None:
    tab = Tab(f"{link}&seed=0.3&measures=true&markWrong=true")
    trainer = tab.session.trainer
    count = trainer.theta.size
    theta = np.where(np.arange(count) % 3 < 2, 9e99, -9e99)
    text = "7." + base64.urlsafe_b64encode(theta.tobytes() + b"\1" * count).decode().rstrip("=")
    tab = Tab(None, experiment=trainer.experiment.model_dump(mode="json"), view={"measures": True}, checkpoint=text)
    frame = tab.frame()
    numbers = [frame["train_loss"], frame["test_loss"], *frame["scales"], *frame["centers"]]
    assert not np.isnan(numbers).any()
    json.dumps(frame["metrics"], allow_nan=False)


def test_regression_is_measured_by_r_squared() -> None:
    tab = Tab("problem=regression&measures=true&markWrong=true&seed=0.3")
    tab.train(20)
    frame = tab.frame()
    assert frame["wrong"] is None
    assert 0.9 < frame["metrics"]["test"]["r_squared"] <= 1


def test_welcome_contains_every_feature_picture() -> None:
    welcome = Tab().greeting[0]
    assert isinstance(welcome, Welcome)
    assert list(welcome.features) == list(FEATURES)
    for name, picture in welcome.features.items():
        pixels = np.frombuffer(picture, np.uint8).reshape(34, 34)
        mirrored = pixels[:, ::-1], pixels[::-1]
        odd = {"x": 0, "y": 1, "sinX": 0, "sinY": 1}.get(name)
        if odd is None:
            assert pixels.max() == 255 or pixels.min() == 1  # the largest magnitude is the scale
        else:
            assert np.abs(pixels.astype(int) + mirrored[odd] - 255).max() <= 1  # rows from the top, y = +6 above
    x1 = np.frombuffer(welcome.features["x"], np.uint8).reshape(34, 34)
    x2 = np.frombuffer(welcome.features["y"], np.uint8).reshape(34, 34)
    assert x1[0, 0] == x2[-1, 0] == 1
    assert x1[0, -1] == x2[0, 0] == 255


def test_every_answer_is_messagepack_with_its_type_first() -> None:
    tab = Tab()
    results = [
        tab.accepted("prune", fraction=0.5, method="size"),
        tab.accepted("save", what="numpy"),
        tab.accepted("check"),
    ]
    assert [type(answer.result) for answer in results] == [Pruned, File, Checked]
    answers = [*tab.greeting, *results, tab.refused("speed", speed="2"), tab.session.rest(), tab.session.snapshot()]
    assert {type(answer) for answer in answers} == set(get_args(Answer))
    for answer in answers:
        message = msgpack.unpackb(pack(answer))
        assert list(message) == ["type", *(name for name in type(answer).model_fields if name != "type")]
