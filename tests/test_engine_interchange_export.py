"""Exported scripts run, predict what the trainer predicts, and are readable.

NumPy's and scikit-learn's scripts run here. PyTorch and Keras are too large for the test set-up: where one is
installed its scripts run, too, and everywhere they are held against `exports.json`, which says of each script that the
framework itself has run it (`python scripts/check_exports.py --record`).
"""

import ast
import functools
import importlib.util
import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Experiment, Trainer
from engine.data.formula_tree import CONSTANTS, FUNCTIONS, VARIABLES, Node, to_numpy, values
from engine.data.own_data import OwnData
from engine.interchange.export import FRAMEWORKS, export
from engine.text.phrases import InvalidValue
from engine.training.kernels import PLAIN
from scripts.check_exports import CASES, RECORD, RECORDED, agreement, differences, fingerprint, results_of, trainer_of

ROOT = Path(__file__).resolve().parent.parent
ALWAYS = ("numpy", "sklearn")

# All that the scripts use of each framework.
TORCH = {
    "torch.arange", "torch.float64", "torch.no_grad", "torch.randperm", "torch.set_default_dtype", "torch.sin",
    "torch.tensor", "torch.where", "torch.optim.Adagrad", "torch.optim.Adam", "torch.optim.AdamW",
    "torch.optim.RMSprop", "torch.optim.SGD", "nn.Dropout", "nn.ELU", "nn.GELU", "nn.Identity", "nn.LeakyReLU",
    "nn.Linear", "nn.Module", "nn.ReLU", "nn.Sequential", "nn.SiLU", "nn.Sigmoid", "nn.Softmax", "nn.Softplus",
    "nn.Tanh", "nn.BCEWithLogitsLoss", "nn.CrossEntropyLoss", "nn.HuberLoss", "nn.utils.clip_grad_norm_",
}  # fmt: skip
KERAS = {
    "keras.Input", "keras.Sequential", "keras.activations.gelu", "keras.callbacks.LearningRateScheduler",
    "keras.config.set_floatx", "keras.losses.Huber", "keras.ops.binary_crossentropy", "keras.ops.convert_to_numpy",
    "keras.ops.sin", "keras.ops.sum", "keras.optimizers.Adagrad", "keras.optimizers.Adam", "keras.optimizers.AdamW",
    "keras.optimizers.RMSprop", "keras.optimizers.SGD", "keras.regularizers.L1", "keras.regularizers.L1L2",
    "keras.regularizers.L2", "layers.Activation", "layers.Dense", "layers.Dropout", "layers.LeakyReLU",
}  # fmt: skip
API = {"torch": TORCH, "keras": KERAS}


@functools.cache
def script_of(framework: str, case: str) -> str:
    return export(trainer_of(case), framework)


@functools.cache
def all_results(framework: str) -> dict[str, dict[str, np.ndarray]]:
    return results_of(framework, CASES)


def compare(framework: str, case: str) -> None:
    results = all_results(framework)[case]
    for moment, difference in differences(case, results).items():
        assert difference <= agreement(framework, case, moment), moment


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("framework", ALWAYS)
def test_a_script_runs_and_predicts_and_trains_as_the_trainer(framework: str, case: str) -> None:
    compare(framework, case)


@pytest.mark.parametrize("framework", RECORDED)
def test_scripts_of_pytorch_and_keras_run_where_these_are_installed(
    framework: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed here: make .venv/.bench")
    if find_spec("tensorflow") is None:
        monkeypatch.setenv("KERAS_BACKEND", "torch")
    for case in CASES:
        compare(framework, case)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("framework", RECORDED)
def test_the_framework_itself_has_run_this_script(framework: str, case: str) -> None:
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))[framework]["scripts"]
    assert recorded[case] == fingerprint(script_of(framework, case)), "run scripts/check_exports.py --record"


@pytest.mark.parametrize("framework", RECORDED)
def test_only_what_is_known_of_a_framework_is_used(framework: str) -> None:
    used = set()
    for case in CASES:
        tree = ast.parse(script_of(framework, case))
        inner = {node.value for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        names = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node not in inner}
        used |= {name for name in names if re.fullmatch(r"(torch|nn|keras|layers)\.[\w.]+", name)}
    assert used == API[framework]


def test_training_is_left_out_only_where_scikit_learn_cannot_and_then_it_is_said_why() -> None:
    lacking = [case for case in CASES if "def train" not in script_of("sklearn", case)]
    assert all("def train" in script_of(framework, case) for framework in RECORDED for case in CASES)
    assert {"log", "log_of_three", "softmax_of_three", "regression", "regression_by_adam"}.isdisjoint(lacking)
    for case in lacking:
        assert "# No train(): scikit-learn does not support\n# - " in script_of("sklearn", case)
    assert "# - Squared error with Tanh as its output\n" in script_of("sklearn", "activation_tanh")
    assert "# - layers with these activations\n" in script_of("sklearn", "activation_gelu")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"optimizer": "adam", "penalty": "L2"}, "L2 apart from the gradient that Adam sees"),
        ({"optimizer": "momentum", "penalty": "L1"}, "L1 apart from the gradient that Momentum sees"),
        ({"clip_norm": 0.1, "penalty": "elastic"}, "Elastic net apart from the gradient that is clipped"),
    ],
)
def test_keras_does_not_train_with_a_penalty_that_it_computes_otherwise(fields: dict[str, Any], reason: str) -> None:
    source = export(Trainer(Experiment(penalty_rate=0.1, **fields), PLAIN), "keras")
    assert f"# No train(): Keras does not support\n# - {reason}\n" in source
    assert "def train" not in source
    assert "regularizer" not in source
    assert "def train" in export(Trainer(Experiment(penalty_rate=0, **fields), PLAIN), "keras")


def test_a_keras_script_says_that_a_weight_at_0_is_not_held_there() -> None:
    assert "A weight that L1 moves across 0 stays 0 for good" in script_of("keras", "penalty_L1")
    assert "across 0" not in script_of("keras", "penalty_L2")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_script_says_that_locks_and_optimizer_state_are_missing(framework: str) -> None:
    trainer = Trainer(Experiment(optimizer="adam"), PLAIN)
    trainer.lock(0, 0, 0)
    trainer.run(1)
    source = export(trainer, framework)
    assert "# Locked or dead weights and biases: 1; only the playground leaves them alone.\n" in source
    assert "# What the optimizer remembered of its last steps is not in this script.\n" in source


@pytest.mark.parametrize("framework", ALWAYS)
def test_run_by_itself_it_prints_predictions(framework: str, tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(script_of(framework, "softmax_of_three"), encoding="utf-8")
    done = subprocess.run([sys.executable, "-W", "error", path], capture_output=True, text=True, check=True)
    first = trainer_of("softmax_of_three").predict([[0, 0]])[0]
    assert done.stdout.splitlines()[0] == f"[0, 0] -> {first}"
    assert len(done.stdout.splitlines()) == 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with all scripts."""
    folder = tmp_path_factory.mktemp("scripts")
    for framework in FRAMEWORKS:
        for case in CASES:
            (folder / f"{framework}_{case}.py").write_text(script_of(framework, case), encoding="utf-8")
    return folder


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=["lint", "format"])
def test_the_scripts_pass_ruff(folder: Path, command: list[str]) -> None:
    arguments = [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", folder]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_typed_text_does_not_become_code(framework: str) -> None:
    typed = '"""\nraise SystemExit\n#\\\u2028"; raise SystemExit  # '
    source = export(Trainer(Experiment(seed=typed, weights_seed="1"), PLAIN), framework)
    plain = export(Trainer(Experiment(seed="0.5", weights_seed="1"), PLAIN), framework)
    assert ast.dump(ast.parse(source)) == ast.dump(ast.parse(plain))
    assert source.isascii()
    assert json.dumps(typed) in source


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_own_data_are_described_with_quoted_names(framework: str) -> None:
    names = ('"""', "\nraise SystemExit", "\u2028é")
    rows = np.array([[0.0, 1.0, 0.0], [2.0, 3.0, 1.0], [-1.0, 2.0, 2.0], [4.0, 4.0, 1.0]])
    own = OwnData(task="classification", classes=names, columns=names, ranges=((0.5, 2), (-1e9, 1)), rows=rows)
    source = export(Trainer(Experiment(dataset="own", own=own, loss="cross-entropy"), PLAIN), framework)
    compile(source, "script", "exec")
    assert source.isascii()
    assert (
        f"# - data: 4 rows of a learner's own; target: {json.dumps(names[2])}, classes {json.dumps(names)}\n" in source
    )
    assert f"# - x1: {json.dumps(names[0])}; -5 stands for 0.5 and 5 for 2.0\n" in source


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_own_targets_are_described_with_their_units(framework: str) -> None:
    rows = np.array([[0.0, 1.0, -1.0], [2.0, 3.0, 1.0], [-1.0, 2.0, 0.5], [4.0, 4.0, 0.0]])
    own = OwnData(task="regression", target_range=(10, 20), rows=rows)
    source = export(Trainer(Experiment(dataset="own", own=own), PLAIN), framework)
    assert 'target: "target", -1 stands for 10.0 and 1 for 20.0\n' in source


def test_an_unknown_framework_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(InvalidValue, match="one of numpy, torch, keras, sklearn"):
        export(Trainer(Experiment(), PLAIN), "abacus")


# Formulas

LEAVES = st.sampled_from([*VARIABLES, *CONSTANTS, "0", "2", "3.5", "007", ".5", "1e3", "1000000"]).map(Node)


def _inner(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    binary = st.builds(lambda sign, a, b: Node(sign, (a, b)), st.sampled_from("+-*/^"), parts, parts)
    minus = st.builds(lambda a: Node("-", (a,)), parts)
    calls = [
        st.tuples(*[parts] * function.arguments).map(lambda inner, name=name: Node(name, inner))
        for name, function in FUNCTIONS.items()
    ]
    return st.one_of(binary, minus, *calls)


@given(st.recursive(LEAVES, _inner, max_leaves=8))
def test_the_code_of_a_formula_has_its_values(tree: Node) -> None:
    axis = np.array([-5.0, -2.0, -0.5, 0.0, 0.5, 1.0, 3.0])
    x1, x2 = (grid.ravel() for grid in np.meshgrid(axis, axis))
    code = to_numpy(tree)
    with np.errstate(all="ignore"):
        written = eval(code, {"np": np, "x1": x1, "x2": x2})
    expected = values(tree, x1, x2)
    # Where a value is the small difference of large ones, or just beside a jump, the last bits count: a few points.
    with np.errstate(all="ignore"):
        same = np.isclose(np.broadcast_to(written, x1.shape), expected, rtol=1e-6, atol=1e-6, equal_nan=True)
    assert same.mean() >= 0.5, code


@pytest.mark.parametrize(
    ("tree", "code"),
    [
        (Node("^", (Node("x1"), Node("2"))), "x1**2"),
        (Node("^", (Node("sin", (Node("x1"),)), Node("2"))), "np.sin(x1) ** 2"),
        (Node("-", (Node("^", (Node("x1"), Node("2"))),)), "-(x1**2)"),
        (Node("*", (Node("+", (Node("x1"), Node("1"))), Node("x2"))), "(x1 + 1) * x2"),
        (Node("/", (Node("x1"), Node("/", (Node("1"), Node("0"))))), "x1 / np.divide(1.0, 0.0)"),
        (Node("*", (Node("x2"), Node("^", (Node("2"), Node("-", (Node("1"),)))))), "x2 * np.power(2.0, -1.0)"),
        (Node("step", (Node("-", (Node("x1"), Node("pi"))),)), "np.heaviside(x1 - np.pi, 1)"),
    ],
)
def test_the_code_of_a_formula_is_readable(tree: Node, code: str) -> None:
    assert to_numpy(tree) == code


def test_every_framework_is_known_to_the_checks() -> None:
    assert set(FRAMEWORKS) == {*ALWAYS, *RECORDED}
    assert importlib.util.find_spec("sklearn"), "scikit-learn is in the extra `test`"
