"""Run exported scripts in the real frameworks and compare their predictions with the engine's.

Runs each case's script for each installed framework. Predictions must agree before training and, where the script can
train, after a few epochs. `--record` stores a hash of each script that PyTorch and Keras have run in
tests/fixtures/exports.json. The tests compare hashes, so they need neither framework.
"""

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine import Experiment, Trainer  # noqa: E402
from engine.data.examples import EXAMPLES  # noqa: E402
from engine.data.features import FEATURES  # noqa: E402
from engine.interchange.export import FRAMEWORKS, export  # noqa: E402
from engine.nn.activations import ACTIVATIONS  # noqa: E402
from engine.optim.optimizers import OPTIMIZERS  # noqa: E402
from engine.optim.penalties import PENALTIES  # noqa: E402
from engine.optim.schedules import SCHEDULES  # noqa: E402
from engine.training.classes import targets_of  # noqa: E402
from engine.training.kernels import PLAIN  # noqa: E402

RECORD = ROOT / "tests" / "fixtures" / "exports.json"
RECORDED = ("torch", "keras")
PACKAGES = {"numpy": "numpy", "torch": "torch", "keras": "keras", "sklearn": "scikit-learn"}
AGREEMENT = 1e-6
# Keras multiplies in float32 on every backend but TensorFlow. An optimizer that adds epsilon in another place takes
# other steps where gradients are as small as epsilon.
SINGLE, CLOSE = 1e-5, 2e-2
TRAINED, EPOCHS = 4, 3  # epochs before the export, and epochs the script trains

_SMALL: dict[str, Any] = {"dataset": "xor", "hidden_layers": (4, 3), "batch_size": 25, "weights_seed": "0.2"}
_REGRESSION = {**_SMALL, "dataset": "reg-gauss"}
_THREE = {**_SMALL, "dataset": "clouds", "classes": 3}
FORMULAS = (
    "sin(3*x1) + x2^2",
    "-x1^2/10 - -x2",
    "2",
    "min(1/0, x1)",
    "max(x1, 2^-1) tan(x2/9)",
    "atan2(x2, x1 + 9) + step(x1) sign(x2)",
    "(x1+x2)(x1-x2)/20 + exp(-x1^2) + log(abs(x2) + e) + pi",
    "sqrt(abs(x1)) ^ 1.5 + tanh(x2) + cos(x1) + x1 ^ 3 ^ 1 / 1e3",
)
CASES: dict[str, dict[str, Any]] = {
    **{f"activation_{name}": {**_SMALL, "activation": name} for name in ACTIVATIONS},
    **{f"optimizer_{name}": {**_SMALL, "optimizer": name, "learning_rate": 0.01} for name in OPTIMIZERS},
    **{
        f"schedule_{name}": {**_SMALL, "schedule": name, "schedule_epochs": 3, "warmup_epochs": 6} for name in SCHEDULES
    },
    **{f"penalty_{name}": {**_SMALL, "penalty": name, "penalty_rate": 0.003} for name in PENALTIES},
    "log": {**_SMALL, "loss": "log"},
    "log_of_three": {**_THREE, "loss": "log"},
    "square_of_three": _THREE,
    "square_of_each": {**_SMALL, "loss": "square-each"},
    "softmax_of_two": {**_SMALL, "loss": "cross-entropy"},
    "softmax_of_three": {**_THREE, "loss": "cross-entropy", "activation": "relu"},
    "regression": {**_REGRESSION, "activation": "sigmoid"},
    "regression_by_adam": {**_REGRESSION, "optimizer": "adam", "activation": "relu"},
    "regression_by_nesterov": {**_REGRESSION, "optimizer": "nesterov"},
    "huber": {**_REGRESSION, "loss": "huber", "huber_delta": 0.3},
    "logistic_regression": {**_SMALL, "hidden_layers": (), "loss": "log"},
    "mixed_layers": {**_SMALL, "layer_activations": ("relu", "sine"), "loss": "log"},
    "all_features": {**_SMALL, "features": tuple(FEATURES), "learning_rate": 0.001},
    "formulas": {**_SMALL, "formulas": FORMULAS[:4], "features": ("x",), "learning_rate": 0.001},
    "formulas_alone": {**_SMALL, "formulas": FORMULAS[4:], "features": (), "learning_rate": 0.001},
    "own_classes": {**_SMALL, "dataset": "own", "own": EXAMPLES["penguins"].data(), "loss": "cross-entropy"},
    "clipped": {**_SMALL, "clip_norm": 0.05},
    "dropout": {**_SMALL, "dropout": 0.2, "shuffle": True},
    "large": {**_SMALL, "hidden_layers": (32,) * 4, "activation": "elu"},
}

_RUNNER = """
import sys
from pathlib import Path
import numpy as np
for path in sorted(Path(sys.argv[1]).glob("*.py")):
    given = np.load(path.with_suffix(".npz"))
    script = {"__name__": path.stem}
    exec(compile(path.read_text(encoding="utf-8"), path, "exec"), script)
    results = {"before": script["predict"](given["points"])}
    if "train" in script and "train_points" in given:
        script["train"](given["train_points"], given["targets"], epochs=int(given["epochs"]))
        results["after"] = script["predict"](given["points"])
    np.savez(path.with_suffix(".result.npz"), **results)
"""


def trainer_of(case: str) -> Trainer:
    """Return the trainer of a case, untrained if the optimizer has state, since scripts don't contain the state."""
    experiment = Experiment(**CASES[case])
    trainer = Trainer(experiment, PLAIN)
    trainer.run(0 if OPTIMIZERS[experiment.optimizer].slots else TRAINED)
    return trainer


def is_certain(trainer: Trainer) -> bool:
    """Return whether training uses no random numbers of the framework."""
    return not trainer.experiment.dropout and not trainer.experiment.shuffle


def random_points() -> np.ndarray:
    """Return 200 fixed points of the plane."""
    return np.random.default_rng(5).uniform(-6, 6, (200, 2))


def targets_for(framework: str, trainer: Trainer) -> np.ndarray:
    """Return the training targets in the form a script's `train` takes."""
    targets = targets_of(trainer.experiment, trainer.train_labels)
    if framework == "sklearn" and trainer.experiment.output_activation == "softmax":
        return targets.argmax(axis=0)
    return targets[0] if len(targets) == 1 else targets.T


def results_of(framework: str, cases: Iterable[str]) -> dict[str, dict[str, np.ndarray]]:
    """Run some cases' scripts in one process and return each one's predictions `before` and `after` training."""
    environment = dict(os.environ)
    if framework == "keras" and not has_tensorflow():
        environment.setdefault("KERAS_BACKEND", "torch")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for case in cases:
            trainer = trainer_of(case)
            (folder / f"{case}.py").write_text(export(trainer, framework), encoding="utf-8")
            given = {"points": random_points()}
            if is_certain(trainer):
                given |= {"train_points": trainer.train_points, "targets": targets_for(framework, trainer)}
            np.savez(folder / f"{case}.npz", epochs=EPOCHS, **given)
        command = [sys.executable, "-W", "error" if framework in ("numpy", "sklearn") else "default", "-c", _RUNNER]
        done = subprocess.run([*command, name], cwd=name, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return {case: dict(np.load(folder / f"{case}.result.npz")) for case in cases}


def differences(case: str, results: dict[str, np.ndarray]) -> dict[str, float]:
    """Return the largest difference between script and trainer, `before` and `after` training."""
    trainer = trainer_of(case)
    found = {}
    for name, epochs in (("before", 0), ("after", EPOCHS)):
        trainer.run(epochs)
        if name in results:
            expected = trainer.predict(random_points())
            assert results[name].shape == expected.shape, (results[name].shape, expected.shape)
            found[name] = float(np.abs(results[name] - expected).max())
    return found


def agreement(framework: str, case: str, moment: str) -> float:
    """Return the largest difference allowed between script and trainer."""
    spelling = OPTIMIZERS[Experiment(**CASES[case]).optimizer].spelling
    if moment == "after" and "epsilon" in str(getattr(spelling, framework)):
        return CLOSE
    return SINGLE if framework == "keras" and not has_tensorflow() else AGREEMENT


def has_tensorflow() -> bool:
    """Return whether TensorFlow is installed. With it, Keras computes in float64."""
    return importlib.util.find_spec("tensorflow") is not None


def fingerprint(source: str) -> str:
    """Return a hash of a script's code: without comment lines, and without weights, which depend on the machine."""
    code = re.sub(r"# fmt: off\nWEIGHTS.*?# fmt: on", "", source, flags=re.S)
    code = re.sub(r"^#.*\n", "", code, flags=re.M)
    return hashlib.sha256(code.encode()).hexdigest()[:16]


def main() -> int:
    """Check every installed framework, print a table, and return the number of failed scripts."""
    wrong, record = 0, {}
    for framework, package in PACKAGES.items():
        if importlib.util.find_spec(framework) is None:
            print(f"{FRAMEWORKS[framework].label} is not installed: pip install {package}")
            continue
        version = importlib.metadata.version(package).partition("+")[0]
        print(f"{FRAMEWORKS[framework].label} {version}")
        for case, results in results_of(framework, CASES).items():
            found = differences(case, results)
            good = all(found[moment] <= agreement(framework, case, moment) for moment in found)
            wrong += not good
            told = ", ".join(f"{name} training {difference:.1e}" for name, difference in found.items())
            print(f"  {'ok   ' if good else 'WRONG'} {case:28} {told}")
        if framework in RECORDED:
            scripts = {case: fingerprint(export(trainer_of(case), framework)) for case in CASES}
            record[framework] = {"version": version, "scripts": scripts}
    if "--record" in sys.argv[1:] and not wrong and list(record) == list(RECORDED):
        RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return wrong


if __name__ == "__main__":
    sys.exit(main() > 0)
