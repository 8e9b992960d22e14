"""The switch between plain and compiled code: what holds with Numba, without it, and without a place for its cache."""

import json
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from engine import Experiment, Trainer
from engine.numerics import jit
from engine.training.kernels import PLAIN, compiled_kernels

ROOT = Path(__file__).resolve().parent.parent

WITHOUT_NUMBA = """
import json, sys
sys.modules["numba"] = None  # what an import finds where it is not installed
from engine import Experiment, Trainer, compiled
from engine.nn.network import compiled_kernels
assert not jit.AVAILABLE
trainer = Trainer(Experiment(hidden_layers=(3, 2), activation="sigmoid", batch_size=7))
trainer.run(3)
try:
    compiled_kernels()
except RuntimeError as error:
    message = str(error)
print(json.dumps([trainer.losses(), trainer.theta.tolist(), message]))
"""


def test_without_numba_everything_runs_and_gives_the_same_numbers():
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", WITHOUT_NUMBA], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert result.returncode == 0, result.stderr
    losses, theta, message = json.loads(result.stdout)
    trainer = Trainer(Experiment(hidden_layers=(3, 2), activation="sigmoid", batch_size=7), PLAIN)
    trainer.run(3)
    assert tuple(losses) == trainer.losses()
    assert theta == trainer.theta.tolist()
    assert "neural-playground[fast]" in message


def test_a_trainer_takes_the_compiled_kernels_unless_told_otherwise():
    assert Trainer(Experiment()).kernels is compiled_kernels()
    assert compiled_kernels().compiled
    assert Trainer(Experiment(), PLAIN).kernels is PLAIN
    assert not PLAIN.compiled


def _double(x):
    return 2.0 * x


def test_where_no_cache_can_be_written_kernels_are_compiled_all_the_same(monkeypatch):
    njit = numba.njit

    def without_cache(*arguments, **options):
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")  # as Numba says it
        return njit(*arguments, **options)

    monkeypatch.setattr(numba, "njit", without_cache)
    assert jit.compile_kernel(_double)(21.0) == 42.0


def test_an_entry_point_may_run_beside_others():
    # It releases the GIL: training in one thread leaves the others free.
    assert compiled_kernels().train.targetoptions["nogil"]


@jit.elementwise
def _squared_distance_from_one(x):
    return (x - 1.0) * (x - 1.0)


@jit.compiled_as(lambda x: 3.0 * x[0])
def _three_times_the_first(x):
    return x[0] + x[0] + x[0]


@jit.kernel
def _sum_of_both(x):
    return _squared_distance_from_one(x) + _three_times_the_first(x)


def _entry(x):
    return _sum_of_both(x)


@pytest.mark.parametrize("x", [np.array([4.0, -1.0]), np.array([[2.0, 5.0, 0.0]]).T.copy()], ids=["line", "column"])
def test_shared_functions_give_the_same_from_python_and_from_compiled_code(x):
    expected = (x - 1.0) ** 2 + 3.0 * x[0]
    assert _entry(x).tolist() == expected.tolist()
    assert jit.compile_kernel(_entry)(x).tolist() == expected.tolist()
