"""Test sessions with own data, formulas and curves, and which of these are sent over the wire."""

import json
from typing import Any

import msgpack
import numpy as np
import pytest
from server_helpers import Tab, checkpoint_text

from engine import Experiment, Trainer, link_to, read_link
from engine.data.features import FEATURES
from engine.data.own_data import MAX_ROWS, OwnData
from engine.numerics.types import Array
from engine.training.experiment import MAX_LAYERS, MAX_NEURONS
from server.config.limits import Limits
from server.kernels.kernel_source import KernelSource
from server.protocol.answers import Accepted, Axes, Axis, File, Refusal
from server.protocol.commands import MAX_TEXT
from server.protocol.frames import pack
from server.sessions.session import Session
from server.sessions.training import Mode


def drawn(classes: int = 2, count: int = 40, **fields: Any) -> OwnData:
    rng = np.random.default_rng(classes + count)
    points = rng.uniform(-5, 5, (count, 2))
    targets = np.arange(count) % classes if classes else points.sum(axis=1) / 10
    task = "classification" if classes else "regression"
    names = tuple(f"class {letter}" for letter in "ABCDEF"[:classes])
    return OwnData(task=task, classes=names, rows=np.column_stack([points, targets]), **fields)


def as_json(own: OwnData) -> Any:
    return own.model_dump(mode="json")


def bring(tab: Tab, own: OwnData) -> Accepted:
    return tab.accepted("data", own=as_json(own))


def points(frame: dict[str, Any]) -> Array:
    both = frame["points"]["train"] + frame["points"]["test"]
    return np.frombuffer(both, "<f4").reshape(-1, 3)


def test_own_data_of_the_same_shape_keep_the_weights() -> None:
    tab = Tab()
    tab.train(5)
    tab.say("play")
    before = tab.theta
    tab.frame()
    own = drawn()
    answer = bring(tab, own)
    assert answer.effect == "data"
    assert (tab.mode, tab.epoch) == (Mode.PLAYING, 5)
    assert tab.theta.tobytes() == before.tobytes()
    shown = points(tab.frame())
    expected = np.column_stack(own.samples()).astype("<f4")
    assert sorted(map(tuple, shown.tolist())) == sorted(map(tuple, expected.tolist()))
    again = Tab(answer.run.link)
    again.train(3)
    tab.train(3)
    assert again.theta.tobytes() == tab.theta.tobytes()


@pytest.mark.parametrize(("classes", "loss", "output"), [(3, "cross-entropy", "softmax"), (0, "square", "linear")])
def test_own_data_of_another_kind_restart_with_a_suitable_loss(classes: int, loss: str, output: str) -> None:
    tab = Tab()
    tab.train(5)
    tab.say("play")
    answer = bring(tab, drawn(classes))
    assert answer.effect == "restart"
    assert (tab.mode, tab.epoch) == (Mode.PAUSED, 0)
    assert (answer.run.experiment.dataset, answer.run.experiment.loss) == ("own", loss)
    assert answer.run.output_activation == output
    assert tab.frame()["classes"] == max(classes, 1)


def test_another_table_restarts_the_run_if_the_learner_does_not_keep_the_weights() -> None:
    tab = Tab()
    bring(tab, drawn())
    tab.train(5)
    other = OwnData(**{**drawn().model_dump(), "rows": drawn().rows[:7]})
    answer = tab.accepted("data", own=as_json(other), keep=False)
    assert answer.effect == "restart"
    assert (tab.mode, tab.epoch) == (Mode.PAUSED, 0)


def test_sending_the_same_own_data_again_changes_nothing() -> None:
    tab = Tab()
    bring(tab, drawn())
    tab.train(3)
    before = tab.state()
    assert bring(tab, drawn()).effect == "none"
    assert tab.state() == before


def test_moving_a_point_of_own_data_continues_the_run() -> None:
    tab = Tab()
    bring(tab, drawn(3))
    tab.train(3)
    moved = drawn(3).rows.copy()
    moved[0, 0] = 1.5
    answer = bring(tab, OwnData(**{**drawn(3).model_dump(), "rows": moved}))
    assert (answer.effect, tab.epoch) == ("data", 3)


def test_a_diverged_run_can_be_trained_on_own_data() -> None:
    tab = Tab("regularization=L2&learningRate=10&regularizationRate=10&seed=0.1")
    tab.train(200)
    assert tab.mode is Mode.DIVERGED
    bring(tab, drawn())
    assert tab.mode is Mode.PAUSED


def test_own_data_come_with_names_and_original_units() -> None:
    spans = {"columns": ("length", "width", "age"), "ranges": ((1, 9), (-3, 0.5)), "target_range": (0, 80)}
    tab = Tab()
    answer = bring(tab, drawn(0, **spans))
    assert answer.run.class_names == []
    assert answer.run.axes == Axes(
        x=Axis(name="length", low=1, high=9),
        y=Axis(name="width", low=-3, high=0.5),
        target=Axis(name="age", low=0, high=80),
    )
    answer = bring(tab, drawn(3, **spans))
    assert answer.run.class_names == ["class A", "class B", "class C"]
    assert answer.run.axes is not None
    assert answer.run.axes.target is None
    answer = tab.configure(dataset="circle", own=None, loss="square")
    assert (answer.run.class_names, answer.run.axes) == ([], None)


def test_rows_are_sent_only_in_the_answer_to_hello() -> None:
    tab = Tab()
    own = drawn(3)
    for answer in (bring(tab, own), tab.configure(learning_rate=0.1, own=None), tab.accepted("reset")):
        assert (answer.run.own, answer.run.experiment.own) == (None, None)
    for again in (Tab(link_to(tab.session.trainer.experiment)), Tab(None, experiment=wanted(tab))):
        accepted = again.greeting[2]
        assert isinstance(accepted, Accepted)
        assert accepted.run.experiment.own is None
        assert msgpack.unpackb(pack(accepted))["run"]["own"] == {**as_json(own), "columns": list(own.columns)}
    assert msgpack.unpackb(pack(Tab().greeting[2]))["run"]["own"] is None


def wanted(tab: Tab) -> dict[str, Any]:
    """Return the experiment as a page sends it in a hello."""
    return tab.session.trainer.experiment.model_dump(mode="json")


def test_settings_can_change_without_resending_own_data() -> None:
    tab = Tab()
    own = drawn(3)
    bring(tab, own)
    tab.train(4)
    assert tab.configure(learning_rate=0.1, own=None).effect == "live"
    assert tab.epoch == 4
    assert tab.configure(hidden_layers=[3], own=None).effect == "restart"
    assert tab.session.trainer.experiment.own == own
    tab.configure(dataset="xor", own=None, loss="square")
    assert tab.session.trainer.experiment.own is None
    answer = tab.configure(dataset="own", own=None, loss="cross-entropy")
    assert answer.run.class_names == list(own.classes)
    assert tab.session.trainer.experiment.own == own


def test_choosing_own_data_before_importing_any_is_refused() -> None:
    tab = Tab()
    before = tab.state()
    experiment = {**wanted(tab), "dataset": "own"}
    for kind, more in (("configure", {"view": {}}), ("hello", {})):
        error = tab.refused(kind, experiment=experiment, **more)
        assert (error.field, error.allowed) == ("experiment.own", "must be imported first")
    assert tab.state() == before


def test_a_loss_that_does_not_fit_the_imported_data_is_refused() -> None:
    tab = Tab()
    bring(tab, drawn(3))
    before = tab.state()
    error = tab.refused("configure", experiment={**wanted(tab), "own": None, "loss": "huber"}, view={"measures": True})
    assert (error.field, error.value) == ("experiment.loss", "huber")
    assert tab.state() == before


@pytest.mark.parametrize(
    ("change", "field", "allowed"),
    [
        ({"rows": "A" * 8}, "own", "must have at least 2 rows"),
        ({"rows": "A" * 7}, "own.rows", "must be 1 to 20,000 rows"),
        ({"rows": "A" * 8 * (MAX_ROWS + 1)}, "own.rows", "must be 1 to 20,000 rows"),
        ({"rows": "__8A____"}, "own.rows", "must have classes between 0 and 1"),
        ({"rows": 3}, "own.rows", "must be 1 to 20,000 rows"),
        ({"classes": ["A", "A"]}, "own.classes", "must be 2 to 6 different names"),
        ({"ranges": [[1, 0], [0, 1]]}, "own.ranges.0", "must be two numbers within ±1·10¹⁰⁰, the lower one first"),
        ({"more": 1}, "own.more", "isn’t a known field"),
    ],
)
def test_invalid_own_data_get_one_error_and_change_nothing(change: dict[str, Any], field: str, allowed: str) -> None:
    tab = Tab()
    before = tab.state()
    error = tab.refused("data", own={**as_json(drawn()), **change})
    assert error.field == field
    assert error.allowed.startswith(allowed)
    assert tab.state() == before


def test_a_run_on_own_data_resumes_exactly_after_a_lost_connection() -> None:
    first = Tab()
    bring(first, drawn(3))
    first.train(20)
    second = Tab(None, experiment=wanted(first), view={}, checkpoint=checkpoint_text(first.frame()))
    for tab in (first, second):
        tab.train(10)
    assert second.epoch == 30
    assert second.theta.tobytes() == first.theta.tobytes()
    assert second.configure(learning_rate=0.3, own=None).effect == "live"


def test_opening_a_model_file_sends_its_own_data_to_the_page() -> None:
    tab = Tab()
    bring(tab, drawn(3))
    tab.train(4)
    file = tab.accepted("save", what="model").result
    assert isinstance(file, File)
    again = Tab()
    answer = again.accepted("open", text=file.text)
    assert answer.run.own == drawn(3)
    assert (again.epoch, again.theta.tobytes()) == (4, tab.theta.tobytes())
    assert again.configure(learning_rate=0.3, own=None).effect == "live"


def test_a_model_file_missing_its_own_data_is_refused() -> None:
    tab = Tab()
    bring(tab, drawn())
    file = tab.accepted("save", what="model").result
    assert isinstance(file, File)
    content = json.loads(file.text)
    content["experiment"]["own"] = None
    before = tab.state()
    error = tab.refused("open", text=json.dumps(content))
    assert (error.field, error.value) == ("experiment.own", "null")
    assert error.allowed == "must hold your data, because the dataset is your own"
    assert tab.state() == before


def test_the_maximum_number_of_rows_is_accepted() -> None:
    tab = Tab()
    answer = bring(tab, drawn(3, MAX_ROWS))
    assert "own=" not in answer.run.link
    assert len(points(tab.frame())) == MAX_ROWS
    assert len(pack(answer)) < 3000
    tab.say("step")
    assert tab.epoch == 1


def test_changing_the_class_count_or_the_curve_sends_new_points() -> None:
    tab = Tab("dataset=rings&classes=3&seed=0.3")
    tab.frame()
    tab.configure(classes=5)
    assert set(points(tab.frame())[:, 2]) == {0, 1, 2, 3, 4}
    tab.configure(dataset="above", classes=2, curve="0")
    before = points(tab.frame())
    tab.configure(curve="x1")
    assert not np.array_equal(points(tab.frame())[:, 2], before[:, 2])


# Formulas


def test_a_frame_lists_formulas_after_the_features_with_their_pictures() -> None:
    tab = Tab()
    tab.configure(formulas=["X1^2 + x2^2"])
    frame = tab.frame()
    assert frame["features"] == ["x", "y", "=x1^2+x2^2"]
    assert frame["sizes"][0] == 3
    assert frame["scales"][2] == 72


def test_an_invalid_formula_is_refused_with_position_and_reason_and_the_run_is_kept() -> None:
    tab = Tab()
    before = tab.state()
    error = tab.refused("configure", experiment={**wanted(tab), "formulas": ["sin(3*x1"]}, view={})
    assert (error.field, error.value) == ("experiment.formulas.0", "sin(3*x1")
    assert error.allowed == "has an error at character 9: expected )"
    assert tab.state() == before


# Largest run


def test_the_largest_run_fits_in_its_link_and_in_a_hello() -> None:
    long = "Ü" * 40
    names = tuple(f"{letter}{long[1:]}" for letter in "ABCDEF")
    large = drawn(6, 2000, columns=(long, "y" + long[1:], "z" + long[1:]), ranges=((-1e99 / 3, 1e99 / 3),) * 2)
    formulas = [("x1*x2+" * 16 + digit).ljust(100) for digit in "1234"]
    experiment = Experiment(
        seed="€" * 64, weights_seed="€" * 64, hidden_layers=(MAX_NEURONS,) * MAX_LAYERS, optimizer="adam",
        features=tuple(FEATURES), formulas=tuple(formulas), curve=formulas[0], initializer="normal", loss="log",
        layer_activations=("leaky_relu",) * MAX_LAYERS,
    ).on_own(OwnData(**{**large.model_dump(), "classes": names}))  # fmt: skip
    trainer = Trainer(experiment)
    trainer.epoch = 2**48
    begun = experiment.changed(start=trainer.checkpoint().encode())
    assert len(link_to(begun)) <= MAX_TEXT
    assert read_link(link_to(begun)).experiment == begun
    many = begun.changed(own=OwnData(**{**drawn(6, MAX_ROWS).model_dump(), "classes": names}))
    hello = {
        "type": "hello", "rev": 1, "experiment": many.model_dump(mode="json"), "view": {},
        "checkpoint": trainer.checkpoint().encode(),
    }  # fmt: skip
    text = json.dumps(hello)
    assert len(text) <= Limits().max_message_size
    answers = Session(KernelSource(plain=True), limits=Limits(max_experiment_cost=10**9)).handle(text)
    assert not [answer for answer in answers if isinstance(answer, Refusal)]
