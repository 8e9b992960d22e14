"""Model files restore the same run, and a wrong file is refused with a reason."""

import contextlib
import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Experiment, Trainer, View
from engine.data.examples import EXAMPLES
from engine.data.features import FEATURES
from engine.data.own_data import MAX_ROWS, OwnData
from engine.interchange.model_file import MAX_LENGTH, ModelFileError, model_from_json, model_to_json
from engine.optim.optimizers import OPTIMIZERS

SMALL = Experiment(hidden_layers=(3,), seed="0.5")


def file_of(experiment: Experiment = SMALL, epochs: int = 2) -> dict[str, Any]:
    trainer = Trainer(experiment)
    trainer.run(epochs)
    return json.loads(model_to_json(trainer, View()))


def mistake_in(content: Any) -> tuple[str, str, str]:
    with pytest.raises(ModelFileError) as caught:
        model_from_json(content if isinstance(content, str) else json.dumps(content))
    mistake = caught.value.mistake
    return mistake.field, str(mistake.value), str(mistake.allowed)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_run_goes_on_number_for_number(optimizer: str) -> None:
    experiment = Experiment(
        dataset="rings", classes=4, loss="cross-entropy", optimizer=optimizer, penalty="L1", penalty_rate=0.003,
        dropout=0.1, shuffle=True, features=tuple(FEATURES), layer_activations=("gelu", "sine"),
    )  # fmt: skip
    trainer = Trainer(experiment)
    trainer.run(3)
    trainer.lock_neuron(0, 1)
    trainer.prune(0.2)
    model = model_from_json(model_to_json(trainer, View(contours=True)))
    again = model.trainer()
    assert model.view == View(contours=True)
    assert again.experiment == experiment
    assert again.losses() == trainer.losses()
    assert (again.locked == trainer.locked).all()
    assert trainer.run(5) == again.run(5) == 8
    assert again.theta.tobytes() == trainer.theta.tobytes()
    assert again.losses() == trainer.losses()


def test_the_file_is_readable_json_and_always_the_same() -> None:
    trainer = Trainer(SMALL)
    text = model_to_json(trainer, View())
    assert text == model_to_json(model_from_json(text).trainer(), View())
    content = json.loads(text)
    assert list(content) == ["format", "version", "experiment", "view", "epoch", "layers", "checkpoint"]
    assert content["layers"][0]["weights"] == trainer.weights[0].tolist()
    assert [layer["activation"] for layer in content["layers"]] == ["tanh", "tanh"]
    row = ", ".join(map(repr, trainer.weights[1][0].tolist()))
    assert f"        [{row}]\n" in text


def test_the_file_contains_the_start_of_the_run() -> None:
    middle = Trainer(SMALL)
    middle.run(4)
    trainer = Trainer(SMALL.changed(start=middle.checkpoint().encode(), learning_rate=0.1))
    trainer.run(2)
    model = model_from_json(model_to_json(trainer, View()))
    assert model.experiment.start == trainer.experiment.start
    assert model.checkpoint.epoch == 6
    assert Trainer(model.experiment).epoch == 4


def test_without_a_checkpoint_the_layers_count_and_the_epoch_is_kept() -> None:
    content = file_of(SMALL.changed(optimizer="adam"), epochs=3)
    del content["checkpoint"]
    content["layers"][0]["weights"][2][1] = 0.1 + 0.2
    trainer = model_from_json(json.dumps(content)).trainer()
    assert trainer.weights[0][2, 1] == 0.1 + 0.2
    assert trainer.weights[1].tolist() == content["layers"][1]["weights"]
    assert [biases.tolist() for biases in trainer.biases] == [layer["biases"] for layer in content["layers"]]
    assert trainer.run(2) == 5
    assert np.isfinite(trainer.losses()).all()


def test_a_fresh_run_without_its_checkpoint_is_the_same_run() -> None:
    for optimizer in OPTIMIZERS:
        experiment = SMALL.changed(optimizer=optimizer)
        content = file_of(experiment, epochs=0)
        del content["checkpoint"]
        trainer, again = Trainer(experiment), model_from_json(json.dumps(content)).trainer()
        trainer.run(3)
        again.run(3)
        assert again.theta.tobytes() == trainer.theta.tobytes()


@pytest.mark.parametrize("place", [("weights", 2, 1), ("biases", 0)])
def test_layers_that_contradict_the_checkpoint_are_refused_with_advice(place: tuple[Any, ...]) -> None:
    content = file_of()
    *path, last = place
    part = content["layers"][0]
    for step in path:
        part = part[step]
    was, part[last] = part[last], 7.5
    field, value, allowed = mistake_in(content)
    assert field == ".".join(map(str, ["layers", 0, *place]))
    assert value == "7.5"
    assert allowed == f"must be {was!r}, as in `checkpoint`; to keep your own value, remove `checkpoint`"


def _set(*path: Any, to: Any) -> Callable[[Any], None]:
    def change(content: Any) -> None:
        for step in path[:-1]:
            content = content[step]
        content[path[-1]] = to

    return change


@pytest.mark.parametrize(
    ("change", "field", "value", "allowed"),
    [
        (_set("format", to="a song"), "format", "a song", "must be neural-playground model"),
        (_set("version", to=2), "version", "2", "must be 1"),
        (_set("experiment", "noise", to=99), "experiment.noise", "99", "must be a number between 0 and 80"),
        (_set("experiment", "noise", to="5"), "experiment.noise", "5", "must be a number between 0 and 80"),
        (_set("experiment", "colour", to=1), "experiment.colour", "1", "isn’t a known field"),
        (_set("view", "hide", to=["me"]), "view.hide.0", "me", None),
        (_set("epoch", to=-1), "epoch", "-1", f"must be a whole number between 0 and {2**48:,}"),
        (
            _set("epoch", to=3),
            "epoch",
            "3",
            "must be 2, as in `checkpoint`; to keep your own value, remove `checkpoint`",
        ),
        (_set("layers", to=[]), "layers", "0", "must have 2 layers, as in `experiment`"),
        (
            _set("layers", 0, "weights", to=[[1, 2]]),
            "layers.0.weights",
            "[[1.0, 2.0]]",
            "must have 3 rows (numbers in each: 2)",
        ),
        (_set("layers", 0, "weights", 1, to=[1]), "layers.0.weights", None, "must have 3 rows (numbers in each: 2)"),
        (_set("layers", 0, "weights", 1, 1, to="x"), "layers.0.weights.1.1", "x", "must be a number"),
        (_set("layers", 0, "weights", 1, 1, to=None), "layers.0.weights.1.1", "null", "must be a number"),
        (_set("layers", 1, "biases", 0, to=float("nan")), "layers.1.biases.0", "NaN", "must be a number"),
        (_set("layers", 1, "biases", 0, to=1e100), "layers.1.biases", "1e+100", "must be within ±1·10¹⁰⁰"),
        (_set("layers", 1, "biases", to=[1, 2]), "layers.1.biases", "[1.0, 2.0]", "must have 1 number"),
        (_set("layers", 1, "activation", to="relu"), "layers.1.activation", "relu", "must be tanh"),
        (_set("layers", 1, "name", to="output"), "layers.1.name", "output", "isn’t a known field"),
        (_set("checkpoint", to="2.AAAA"), "checkpoint", "2.AAAA", None),
        (_set("checkpoint", to=7), "checkpoint", "7", None),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(
    change: Callable[[Any], None], field: str, value: str | None, allowed: str | None
) -> None:
    content = file_of()
    change(content)
    told = mistake_in(content)
    assert told[0] == field
    assert value is None or told[1] == value
    assert told[2]
    assert allowed is None or told[2] == allowed


@pytest.mark.parametrize("name", ["format", "version", "experiment", "layers"])
def test_a_missing_field_is_named(name: str) -> None:
    content = file_of()
    del content[name]
    field, _, allowed = mistake_in(content)
    assert field == name
    assert allowed.startswith("is required and must be ")


@pytest.mark.parametrize("text", ["", "PK\3\4", "{", "[1, 2]", "null", "7", "[" * 100_000, '{"a":' * 5_000, "\ud800"])
def test_anything_but_an_object_is_refused(text: str) -> None:
    field, _, allowed = mistake_in(text)
    assert (field, allowed) == ("file", "must be a JSON object")


def test_a_file_that_is_too_long_is_not_read() -> None:
    field, value, allowed = mistake_in(" " * (MAX_LENGTH + 1))
    assert (field, value, allowed) == ("file", "2,000,001 characters", "must have at most 2,000,000 characters")


def test_the_file_contains_own_data_and_formulas() -> None:
    experiment = Experiment(
        dataset="own", own=EXAMPLES["penguins"].data(), loss="cross-entropy", formulas=("sin(3*x1) + x2^2",), seed="0.7"
    )
    trainer = Trainer(experiment)
    trainer.run(3)
    again = model_from_json(model_to_json(trainer, View())).trainer()
    assert again.experiment == experiment
    assert (again.train_points == trainer.train_points).all()
    assert trainer.run(3) == again.run(3) == 6
    assert again.theta.tobytes() == trainer.theta.tobytes()


def test_twenty_thousand_rows_fit_beside_the_largest_network() -> None:
    rows = np.random.default_rng(3).uniform(-1, 1, (MAX_ROWS, 3))
    experiment = Experiment(
        dataset="own", own=OwnData(task="regression", rows=rows), optimizer="adam", features=tuple(FEATURES),
        formulas=("x1", "x2", "x1*x2", "x1-x2"), hidden_layers=(32,) * 10,
    )  # fmt: skip
    start = Trainer(experiment).checkpoint().encode()
    text = model_to_json(Trainer(experiment.changed(start=start)), View())
    assert len(text) < MAX_LENGTH
    assert model_from_json(text).experiment.own == experiment.own


def test_a_wrong_row_and_a_bad_formula_are_named() -> None:
    content = file_of()
    content["experiment"] |= {"dataset": "own", "own": {"task": "regression", "rows": "AAAA"}}
    assert mistake_in(content)[0] == "experiment.own.rows"
    content = file_of()
    content["experiment"]["formulas"] = ["sin("]
    field, value, allowed = mistake_in(content)
    assert (field, value) == ("experiment.formulas.0", "sin(")
    assert "at character 5" in allowed


def test_the_error_reads_as_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"^experiment.noise must be a number between 0 and 80. Your value: “99”.$"):
        model_from_json(json.dumps({**file_of(), "experiment": {"noise": 99}}))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
CONTENT = file_of()
PLACES = [(name,) for name in CONTENT] + [("layers", 0), ("layers", 0, "weights", 0), ("layers", 1, "biases")]
PLACES += [("experiment", name) for name in CONTENT["experiment"]]


@given(st.sampled_from(PLACES), JSON)
def test_anything_in_any_place_is_read_or_refused(place: tuple[Any, ...], value: Any) -> None:
    content = json.loads(json.dumps(CONTENT))
    _set(*place, to=value)(content)
    with contextlib.suppress(ModelFileError):
        model = model_from_json(json.dumps(content))
        assert model.trainer().epoch == model.checkpoint.epoch


@pytest.mark.parametrize(
    "layers",
    [
        "{}," * 100_000 + "{}",
        '{"weights": [' + "[]," * 100_000 + "[]]}",
        '{"weights": [[' + '"",' * 80_000 + '""]]}',
        '{"biases": [' + "{}," * 100_000 + "{}]}",
    ],
    ids=["layers", "rows", "weights", "biases"],
)
def test_a_list_of_countless_entries_is_one_mistake_and_no_list_of_objects(layers: str) -> None:
    text = f'{{"layers": [{layers}]}}'
    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError) as caught:
            model_from_json(text)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.mistake.field
    assert peak < 200 * len(text)  # the value as Python has it, once; a mistake for each entry is five times as much
