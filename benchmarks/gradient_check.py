"""Time the largest gradient check the engine accepts, per activation. It runs between two slices of training.

    python benchmarks/gradient_check.py

Each network is checked with the largest batch of up to 250 points that `MAX_WORK` allows.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from server.kernels.cache import use_kernel_cache

use_kernel_cache()  # before importing the engine, so that no outdated machine code is loaded

from engine import Experiment, Trainer  # noqa: E402
from engine.analysis.gradient_check import check_gradient  # noqa: E402
from engine.numerics import jit  # noqa: E402
from engine.text.phrases import InvalidValue  # noqa: E402
from engine.training.kernels import PLAIN, Kernels, compiled_kernels  # noqa: E402

SHAPES = [(4, 2), (8, 8), (8,) * 4, (8,) * 6, (16,) * 3, (16,) * 10, (32,) * 5]
ACTIVATIONS = ["relu", "tanh", "sine", "softplus"]


def timed(shape: tuple[int, ...], activation: str, kernels: Kernels) -> str:
    """Return the largest batch size and the milliseconds of its check, or say that even one point is too many."""
    points = 250
    while True:
        experiment = Experiment(seed="0.3", hidden_layers=shape, activation=activation, batch_size=points)
        trainer = Trainer(experiment, kernels)
        start = time.perf_counter()
        try:
            check_gradient(trainer)
        except InvalidValue as error:
            if "count" not in error.allowed.values:
                return "refused"
            points = int(str(error.allowed.values["count"]))
        else:
            return f"{points} points {1000 * (time.perf_counter() - start):.0f} ms"


def main() -> None:
    """Print a table for plain and for compiled kernels."""
    for name, kernels in [("plain", PLAIN)] + ([("compiled", compiled_kernels())] if jit.AVAILABLE else []):
        timed((2,), "tanh", kernels)  # compiles the kernels
        print(f"{name:32}" + "".join(f"{activation:>22}" for activation in ACTIVATIONS))
        for shape in SHAPES:
            cells = [timed(shape, activation, kernels) for activation in ACTIVATIONS]
            print(f"{'-'.join(map(str, shape)):32}" + "".join(f"{cell:>22}" for cell in cells))


if __name__ == "__main__":
    main()
