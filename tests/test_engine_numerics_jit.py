"""Test plain and compiled code with Numba, without it, and without a writable cache folder."""

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
sys.modules["numba"] = None  # makes the import fail, as if Numba were not installed
from engine import Experiment, Trainer
from engine.numerics import jit
from engine.training.kernels import compiled_kernels
assert not jit.AVAILABLE
trainer = Trainer(Experiment(hidden_layers=(3, 2), activation="sigmoid", batch_size=7))
trainer.run(3)
try:
    compiled_kernels()
except RuntimeError as error:
    message = str(error)
print(json.dumps([trainer.losses(), trainer.theta.tolist(), message]))
"""


def test_without_numba_the_engine_gives_the_same_numbers():
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


def test_a_trainer_uses_compiled_kernels_by_default():
    assert Trainer(Experiment()).kernels is compiled_kernels()
    assert compiled_kernels().compiled
    assert Trainer(Experiment(), PLAIN).kernels is PLAIN
    assert not PLAIN.compiled


def _double(x):
    return 2.0 * x


def test_kernels_compile_without_a_writable_cache(monkeypatch):
    njit = numba.njit

    def without_cache(*arguments, **options):
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")  # Numba's own message
        return njit(*arguments, **options)

    monkeypatch.setattr(numba, "njit", without_cache)
    assert jit.compile_kernel(_double)(21.0) == 42.0


def test_training_releases_the_gil():
    assert compiled_kernels().train.targetoptions["nogil"]


def test_entry_points_return_only_numbers():
    """A borrowed array that escapes would be a use after free; see `engine.numerics.jit.borrowed`."""
    kernels = compiled_kernels()
    trainer = Trainer(Experiment(dropout=0.5, shuffle=True), kernels)
    trainer.run(1)
    trainer.losses()
    for entry_point in (kernels.train, kernels.evaluate):
        assert entry_point.nopython_signatures
        for signature in entry_point.nopython_signatures:
            assert isinstance(signature.return_type, numba.types.Number)


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
def test_plain_and_compiled_functions_give_the_same_numbers(x):
    expected = (x - 1.0) ** 2 + 3.0 * x[0]
    assert _entry(x).tolist() == expected.tolist()
    assert jit.compile_kernel(_entry)(x).tolist() == expected.tolist()
