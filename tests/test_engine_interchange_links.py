"""Links: TFP's fragments are read, and ours are written and read back as the same run."""

from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from server_helpers import TFP_LINK, TFP_RUNS

from engine import Experiment, Trainer, View, experiment_from_link, link_to, read_link
from engine.data.datasets import DATASETS
from engine.data.features import FEATURES
from engine.data.own_data import OwnData
from engine.interchange.links import _OWN_KEYS as OWN_KEYS
from engine.interchange.view import HIDEABLE
from engine.nn.activations import ACTIVATIONS
from engine.nn.initializers import INITIALIZERS
from engine.optim.optimizers import OPTIMIZERS
from engine.optim.penalties import PENALTIES
from engine.optim.schedules import SCHEDULES
from engine.training.experiment import TASKS, losses_for

# Every key of TFP's state, with a value other than its default, and what it means here.
TFP_KEYS: dict[str, tuple[str, dict[str, Any]]] = {
    "activation": ("relu", {"activation": "relu"}),
    "regularization": ("L1", {"penalty": "L1"}),
    "batchSize": ("30", {"batch_size": 30}),
    "dataset": ("spiral", {"dataset": "spiral"}),
    "regularizationRate": ("0.003", {"penalty_rate": 0.003}),
    "learningRate": ("0.00001", {"learning_rate": 0.00001}),
    "noise": ("25", {"noise": 25}),
    "networkShape": ("8,1,3", {"hidden_layers": (8, 1, 3)}),
    "seed": ("0.12345", {"seed": "0.12345"}),
    "percTrainData": ("90", {"train_percent": 90}),
    "x": ("false", {"features": ("y",)}),
    "y": ("false", {"features": ("x",)}),
    "xTimesY": ("true", {"features": ("x", "y", "xTimesY")}),
    "xSquared": ("true", {"features": ("x", "y", "xSquared")}),
    "ySquared": ("true", {"features": ("x", "y", "ySquared")}),
    "sinX": ("true", {"features": ("x", "y", "sinX")}),
    "sinY": ("true", {"features": ("x", "y", "sinY")}),
    "cosX": ("true", {"features": ("x", "y", "cosX")}),
    "cosY": ("true", {"features": ("x", "y", "cosY")}),
    "initZero": ("true", {"initializer": "zero"}),
}
TFP_VIEW_KEYS: dict[str, dict[str, Any]] = {
    "showTestData": {"show_test": True},
    "discretize": {"discretize": True},
    "hideText": {"hide_text": True},
}


@pytest.mark.parametrize("key", TFP_KEYS)
def test_each_key_of_tfp_sets_its_field_and_no_other(key: str) -> None:
    value, fields = TFP_KEYS[key]
    link = read_link(f"{key}={value}")
    assert link.experiment == Experiment(**fields)
    assert link.view == View()
    assert link.notices == ()


@pytest.mark.parametrize("key", TFP_VIEW_KEYS)
def test_each_key_of_the_view_sets_its_field_and_no_other(key: str) -> None:
    assert read_link(f"{key}=true").view == View(**TFP_VIEW_KEYS[key])
    assert read_link(f"{key}=true").experiment == Experiment()
    assert read_link(f"{key}=false").view == View()


@pytest.mark.parametrize("value", ["1", "yes", "", "False"])
def test_only_the_word_false_turns_a_flag_off_as_in_tfp(value: str) -> None:
    link = read_link(f"discretize={value}&sinX={value}&x=false")
    assert link.view.discretize
    assert link.experiment.features == ("y", "sinX")


@pytest.mark.parametrize("name", [name for name, dataset in DATASETS.items() if dataset.task == "regression"])
def test_the_problem_says_which_dataset_counts(name: str) -> None:
    fragment = f"dataset=xor&regDataset={name}&problem="
    assert read_link(fragment + "regression").experiment.dataset == name
    assert read_link(fragment + "classification").experiment.dataset == "xor"
    assert read_link(f"dataset=xor&regDataset={name}").experiment.dataset == "xor"


@pytest.mark.parametrize("name", TFP_RUNS)
def test_a_whole_link_of_tfp_is_read_without_a_notice_and_written_back_the_same(name: str) -> None:
    fragment = TFP_RUNS[name]["hash"]
    link = read_link("#" + fragment)
    assert link.notices == ()
    theirs = dict(pair.split("=") for pair in fragment.split("&"))
    ours = dict(pair.split("=") for pair in link_to(link.experiment, link.view).split("&"))
    for key, value in theirs.items():
        if key in ours:  # the dataset of the other problem means nothing
            assert ours[key] == value, key


def test_an_empty_link_is_tfps_page_as_it_loads() -> None:
    assert read_link("").experiment == Experiment()
    assert read_link("#").notices == ()
    assert Experiment().hidden_layers == (4, 2)
    assert read_link("networkShape=").experiment.hidden_layers == ()


def test_a_link_without_a_seed_takes_the_one_that_is_given() -> None:
    assert read_link("noise=5", seed="0.7").experiment.seed == "0.7"
    assert read_link("seed=0.1", seed="0.7").experiment.seed == "0.1"


# What a link hides


@pytest.mark.parametrize("name", [*HIDEABLE, *FEATURES, *(f"numNodes{layer}" for layer in range(1, 7))])
def test_hidden_controls_are_read_and_written(name: str) -> None:
    link = read_link(f"{name}_hide=true")
    assert link.view.hide == (name,)
    assert link.notices == ()
    assert f"{name}_hide=true" in link_to(link.experiment, link.view).split("&")
    assert read_link(f"{name}_hide=false").view.hide == ()


def test_hiding_an_unknown_control_is_reported() -> None:
    (notice,) = read_link("moon_hide=true").notices
    assert (notice.field, str(notice.allowed)) == ("moon_hide", "isn’t a control that can be hidden")


# What is ignored, and what is wrong


@pytest.mark.parametrize("key", ["tutorial", "collectStats"])
def test_keys_without_effect_are_ignored_with_a_notice(key: str) -> None:
    link = read_link(f"{key}=true&noise=5")
    assert link.experiment == Experiment(noise=5)
    (notice,) = link.notices
    assert notice.field == key
    assert str(notice.allowed).startswith("is ignored")
    assert read_link(f"{key}=false").notices == ()


def test_an_unknown_key_is_ignored_with_a_notice() -> None:
    link = read_link("depth=3&noise=5")
    assert link.experiment == Experiment(noise=5)
    assert [(notice.field, notice.value) for notice in link.notices] == [("depth", "3")]


WRONG = {
    "activation": ["softmax", "", "Tanh"],
    "regularization": ["L3"],
    "batchSize": ["0", "20001", "ten", "2.5", "1e999", ""],
    "regularizationRate": ["-1", "101", "NaN", "Infinity"],
    "learningRate": ["-0.1", "101", "fast", "nan"],
    "noise": ["-5", "81", "inf"],
    "percTrainData": ["0", "9", "91", "half"],
    "networkShape": ["0", "33", "4,,2", "four", "-1", ",", "1,1,1,1,1,1,1,1,1,1,1", "4.5"],
    "seed": ["", "0" * 65],
    "weightsSeed": ["", "0" * 65],
    "classes": ["1", "7", "3", "two"],
    "curve": ["", "log(x1)", "x1 +"],
    "formulas": ["", "x1;", "x1;x3", "1/x1", "1;2;3;4;5"],
    "loss": ["hinge", "huber"],
    "huberDelta": ["0", "11"],
    "layerActivations": ["tanh", "tanh,softmax", "tanh,tanh,tanh", ""],
    "elasticRatio": ["-0.1", "1.1"],
    "optimizer": ["adamax"],
    "momentum": ["1", "-0.1"],
    "rho": ["1"],
    "beta1": ["1"],
    "beta2": ["1"],
    "weightDecay": ["-1"],
    "schedule": ["linear"],
    "scheduleEpochs": ["0", "1.5"],
    "scheduleFactor": ["0", "1.1"],
    "warmupEpochs": ["-1"],
    "clipNorm": ["0", "none"],
    "dropout": ["0.95", "half"],
    "shuffle": ["maybe", ""],
    "initializer": ["orthogonal"],
    "initScale": ["0"],
    "stopEpochs": ["0", "soon"],
    "stopLoss": ["0", "-1"],
    "stopPatience": ["0"],
    "start": ["x", "5.AAAA", ".", "99999999999999999999.AAAA"],
    "dataset": ["mooons", "reg-plane", ""],
    "problem": ["clustering"],
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in WRONG.items() for value in values])
def test_a_wrong_value_keeps_the_default_and_is_reported_while_the_rest_counts(key: str, value: str) -> None:
    link = read_link(f"{key}={quote(value)}&sinX=true", seed="0.9")
    assert link.experiment == Experiment(seed="0.9" if key != "seed" else "0.5", features=("x", "y", "sinX"))
    (notice,) = link.notices
    assert notice.field == key
    assert str(notice.allowed)
    assert str(notice.value).rstrip(".") in value or value.startswith(str(notice.value)[:57])


def test_a_network_without_inputs_gets_the_default_ones() -> None:
    link = read_link("x=false&y=false")
    assert link.experiment.features == ("x", "y")
    assert [notice.field for notice in link.notices] == ["features"]


def test_a_hidden_feature_is_taken_out_of_the_network_as_in_tfp() -> None:
    link = read_link("x=true&y=true&sinX=true&x_hide=true&sinX_hide=true&sinY_hide=true")
    assert link.experiment.features == ("y",)
    assert link.view.hide == ("sinX", "sinY", "x")
    assert read_link("x_hide=false").experiment.features == ("x", "y")


def test_hiding_all_features_leaves_the_default_ones_in_sight() -> None:
    link = read_link("x_hide=true&y_hide=true&noise_hide=true")
    assert (link.experiment.features, link.view.hide) == (("x", "y"), ("noise",))


TFP_WRITES = "activation=tanh&dataset=circle&regDataset=reg-plane&collectStats=false&seed=0.5"


def test_a_link_of_tfp_whose_batches_leave_points_over_says_what_is_different() -> None:
    (remark,) = read_link(f"{TFP_WRITES}&batchSize=12&percTrainData=50").remarks
    assert "A batch of 12 does not divide the 250 training points" in str(remark)
    assert "the 10 points left over" in str(remark)


@pytest.mark.parametrize(
    "fragment",
    [
        f"{TFP_WRITES}&batchSize=10",
        f"{TFP_WRITES}&batchSize=30&percTrainData=90",  # 450 points
        "dataset=circle&batchSize=12",  # written by hand
        link_to(read_link(f"{TFP_WRITES}&batchSize=12").experiment),  # written here, after the remark was read
    ],
)
def test_other_links_need_no_remark(fragment: str) -> None:
    assert read_link(fragment).remarks == ()


@given(st.text(max_size=300))
def test_any_text_is_a_link(fragment: str) -> None:
    link = read_link(fragment)
    again = read_link(link_to(link.experiment, link.view))
    assert (again.experiment, again.view, again.notices) == (link.experiment, link.view, ())


KEYS = st.sampled_from([*TFP_KEYS, *TFP_VIEW_KEYS, *WRONG, "tutorial", "noise_hide", "x_hide"])
VALUES = st.text(max_size=12) | st.floats().map(str) | st.integers().map(str) | st.sampled_from(["true", "false"])


@given(st.lists(st.tuples(KEYS, VALUES), max_size=20))
def test_known_keys_with_any_value_are_a_link(pairs: list[tuple[str, str]]) -> None:
    fragment = "&".join(f"{key}={quote(value)}" for key, value in pairs)
    link = read_link(fragment)
    again = read_link(link_to(link.experiment, link.view))
    assert (again.experiment, again.view, again.notices) == (link.experiment, link.view, ())


# Round trips


SEEDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


@st.composite
def experiment_of(draw: st.DrawFn, dataset: str, layers: tuple[int, ...], **fields: Any) -> Experiment:
    """Choose what depends on the dataset and the layers, then build."""
    low, high = DATASETS[dataset].classes
    each = st.tuples(*(st.sampled_from(list(ACTIVATIONS)) for _ in layers))
    return Experiment(
        dataset=dataset,
        hidden_layers=layers,
        classes=draw(st.integers(max(low, 2), max(high, 2))),
        loss=draw(st.sampled_from(losses_for(DATASETS[dataset].task))),
        layer_activations=draw(st.none() | each),
        **{name: draw(strategy) for name, strategy in fields.items()},
    )


FIELDS: dict[str, Any] = {
    "seed": SEEDS,
    "weights_seed": st.none() | SEEDS,
    "noise": st.floats(0, 80),
    "train_percent": st.floats(10, 90),
    "validation_percent": st.floats(0, 50),
    "curve": st.sampled_from(["0", "3*sin(x1)", "x1^2/5-2"]),
    "formulas": st.lists(st.sampled_from(["atan2(x2,x1)", "x1*x2", "sin(3*x1)+x2^2"]), max_size=4).map(tuple),
    "features": st.lists(st.sampled_from(list(FEATURES)), min_size=1, max_size=7).map(tuple),
    "activation": st.sampled_from(list(ACTIVATIONS)),
    "penalty": st.sampled_from(list(PENALTIES)),
    "penalty_rate": st.floats(0, 100),
    "learning_rate": st.floats(0, 100),
    "batch_size": st.integers(1, 1200),
    "initializer": st.sampled_from(list(INITIALIZERS)),
    "init_scale": st.floats(0.001, 10),
    "huber_delta": st.floats(0.01, 10),
    "elastic_ratio": st.floats(0, 1),
    "optimizer": st.sampled_from(list(OPTIMIZERS)),
    "momentum": st.floats(0, 0.99999),
    "rho": st.floats(0, 0.99999),
    "beta1": st.floats(0, 0.99999),
    "beta2": st.floats(0, 0.99999),
    "weight_decay": st.floats(0, 10),
    "schedule": st.sampled_from(list(SCHEDULES)),
    "schedule_epochs": st.integers(1, 1_000_000),
    "schedule_factor": st.floats(0.000001, 1),
    "warmup_epochs": st.integers(0, 100_000),
    "clip_norm": st.none() | st.floats(0, 1_000_000, exclude_min=True),
    "dropout": st.floats(0, 0.9),
    "shuffle": st.booleans(),
    "stop_epochs": st.none() | st.integers(1, 10_000_000),
    "stop_loss": st.none() | st.floats(0, 100, exclude_min=True),
    "stop_patience": st.none() | st.integers(1, 1_000_000),
}
SHAPES = st.lists(st.integers(1, 32), max_size=10).map(tuple)
EXPERIMENTS = st.tuples(st.sampled_from(list(DATASETS)), SHAPES).flatmap(
    lambda chosen: experiment_of(*chosen, **FIELDS)
)
VIEWS = st.builds(
    View,
    show_test=st.booleans(),
    discretize=st.booleans(),
    hide_text=st.booleans(),
    hide=st.lists(st.sampled_from([*HIDEABLE, *FEATURES, "numNodes1", "numNodes6"]), max_size=8).map(tuple),
)


@given(EXPERIMENTS, VIEWS)
def test_a_written_link_reads_the_same(experiment: Experiment, view: View) -> None:
    link = read_link(link_to(experiment, view))
    shown = View(**{**dict(view), "hide": [name for name in view.hide if name not in experiment.features]})
    assert (link.experiment, link.view, link.notices) == (experiment, shown, ())


def own_data(task: str, count: int, classes: int = 3) -> OwnData:
    x = np.linspace(-5, 5, count)
    targets = x / 5 if task == "regression" else np.arange(count) % classes
    names = () if task == "regression" else ("rain", "sun", "wind & weather")[:classes]
    return OwnData(task=task, classes=names, columns=("a", "b", "Größe"), rows=np.column_stack([x, -x, targets]))


@pytest.mark.parametrize("task", TASKS)
def test_a_link_carries_own_data_with_few_rows(task: str) -> None:
    experiment = Experiment(hidden_layers=(3,)).on_own(own_data(task, 2000))
    fragment = link_to(experiment)
    pairs = dict(pair.split("=") for pair in fragment.split("&"))
    assert pairs["problem"] == task
    assert pairs["regDataset" if task == "regression" else "dataset"] == "own"
    link = read_link(fragment)
    assert (link.experiment, link.notices) == (experiment, ())
    assert Trainer(link.experiment).train_points.tobytes() == Trainer(experiment).train_points.tobytes()


@pytest.mark.parametrize("task", TASKS)
def test_a_link_omits_own_data_with_many_rows_and_reading_it_says_so(task: str) -> None:
    fragment = link_to(Experiment(batch_size=7).on_own(own_data(task, 2001, classes=2)))
    assert len(fragment) < 1000
    link = read_link(fragment)
    assert link.experiment.dataset == ("reg-plane" if task == "regression" else "circle")
    assert link.experiment.batch_size == 7
    (notice,) = link.notices
    assert (notice.field, notice.value) == ("regDataset" if task == "regression" else "dataset", "own")
    assert str(notice.allowed) == "needs your data in the link, with at most 2,000 rows"


@pytest.mark.parametrize("text", ["", "x", "AAAA.AAAAAAAA", own_data("classification", 5).to_link()[:-1]])
def test_unreadable_own_data_become_the_default_dataset(text: str) -> None:
    link = read_link(f"dataset=own&own={text}&noise=5")
    assert link.experiment == Experiment(noise=5)
    assert [notice.field for notice in link.notices] == ["own"]


def test_a_single_own_point_becomes_the_default_dataset() -> None:
    one = OwnData(task="classification", classes=("a", "b"), rows=np.zeros((1, 3)))
    link = read_link(f"dataset=own&own={one.to_link()}&classes=3")
    assert link.experiment == Experiment()
    assert {notice.field for notice in link.notices} == {"own", "classes"}


def test_own_data_count_only_where_the_dataset_is_own() -> None:
    link = read_link(f"dataset=xor&own={own_data('classification', 9).to_link()}")
    assert link.experiment == Experiment(dataset="xor")


RUNS = [
    TFP_LINK,
    TFP_RUNS["l1_sparse"]["hash"],
    "dataset=reg-gauss&problem=regression&regDataset=reg-gauss&batchSize=7&seed=a%26b%3Dc%25",
    "weightsSeed=7&noise=50&percTrainData=30&activation=sigmoid&networkShape=8,8",
    "initZero=true&seed=1",
    "optimizer=adam&beta1=0.8&schedule=cosine&warmupEpochs=3&shuffle=true&dropout=0.25&batchSize=7",
    "loss=cross-entropy&layerActivations=gelu,sine&clipNorm=0.5&initializer=he&regularization=elastic"
    "&regularizationRate=0.01&elasticRatio=0.9",
    "stopEpochs=20&stopLoss=0.01&stopPatience=3&learningRate=0.00001",
    "validationPercent=20&stopPatience=3&noise=50&learningRate=0.3",
    "dataset=above&curve=x1%5E2%2F5-2&formulas=x1*x2;sin(3*x1)%2Bx2%5E2&noise=20",
]


@pytest.mark.parametrize("fragment", RUNS)
@pytest.mark.parametrize("begun", [0, 9])
def test_our_link_opened_again_gives_the_same_run_number_for_number(fragment: str, begun: int) -> None:
    trainer = Trainer(experiment_from_link(fragment))
    if begun:
        trainer.run(begun)
        trainer.set_weight(0, 0, 0, 0.25)
        start = trainer.checkpoint().encode()
        trainer = Trainer(trainer.experiment.changed(start=start))
    again = Trainer(experiment_from_link(link_to(trainer.experiment)))
    assert again.epoch == trainer.epoch
    assert again.train_points.tobytes() == trainer.train_points.tobytes()
    assert again.theta.tobytes() == trainer.theta.tobytes()
    assert again.run(30) == trainer.run(30)
    assert again.theta.tobytes() == trainer.theta.tobytes()
    assert again.finished == trainer.finished
    assert again.losses() == trainer.losses()


@pytest.mark.parametrize("task", TASKS)
def test_our_links_name_the_problem_that_tfp_needs(task: str) -> None:
    name = next(name for name, dataset in DATASETS.items() if dataset.task == task)
    assert f"problem={task}" in link_to(Experiment(dataset=name)).split("&")


def test_a_link_of_tfps_settings_has_none_of_our_keys() -> None:
    keys = {pair.split("=")[0] for pair in link_to(experiment_from_link(TFP_LINK)).split("&")}
    assert not keys & {*OWN_KEYS}
    assert "initializer" not in link_to(Experiment(initializer="zero"))
    assert read_link("initZero=true&initializer=he").experiment.initializer == "zero"


@pytest.mark.parametrize("key", OWN_KEYS)
def test_our_keys_are_written_only_for_other_than_default_values(key: str) -> None:
    field = OWN_KEYS[key]
    assert f"{key}=" not in link_to(Experiment())
    assert key.lower() == field.replace("_", "")


def test_only_the_first_20_mistakes_are_reported() -> None:
    link = read_link("&".join(f"key{number}=1" for number in range(20_000)) + "&noise=5")
    assert [notice.field for notice in link.notices] == [f"key{number}" for number in range(20)]
    assert link.experiment.noise == 5


@pytest.mark.parametrize("key", ["networkShape", "layerActivations", "example", "formulas"])
def test_a_list_of_countless_mistakes_is_one_mistake(key: str) -> None:
    link = read_link(f"{key}={'a,;' * 100_000}")
    assert [notice.field for notice in link.notices] == [key]
    assert link.experiment == Experiment()


@pytest.mark.parametrize("dataset", [name for name in DATASETS if DATASETS[name].task == "regression"])
def test_classes_of_a_regression_are_a_mistake_and_the_rest_counts(dataset: str) -> None:
    link = read_link(f"problem=regression&regDataset={dataset}&classes=4&noise=5")
    assert [(notice.field, notice.value) for notice in link.notices] == [("classes", "4")]
    assert link.experiment == Experiment(dataset=dataset, noise=5)
