"""Time the gradient panel: one measurement of a run, one epoch, and the panel's share of a playing run.

The share follows from server/sessions/measurements.py: ten looks a second at most, and a twentieth of the time.
"""

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from server.kernels.cache import use_kernel_cache

use_kernel_cache()  # before importing the engine, so that no outdated machine code is loaded

from engine import Experiment, Trainer  # noqa: E402
from engine.data.features import FEATURES  # noqa: E402
from engine.numerics import jit  # noqa: E402
from engine.text.phrases import ENGLISH  # noqa: E402
from engine.training.kernels import PLAIN, compiled_kernels  # noqa: E402
from server.kernels.kernel_source import KernelSource  # noqa: E402
from server.sessions.measurements import GRADIENT_FRACTION, GRADIENT_SECONDS, GradientMeter  # noqa: E402
from server.sessions.runner import Runner  # noqa: E402

RUNS: dict[str, dict[str, Any]] = {
    "2-4-2-1": {},
    "7-8-8-8-8-8-8-1": {"features": tuple(FEATURES)[:7], "hidden_layers": (8,) * 6},
    "2-(32 x 10)-1, 1080 points": {"dataset": "reg-plane", "train_percent": 90, "hidden_layers": (32,) * 10},
}
ROUNDS = 15


def seconds(does: Callable[[], object]) -> float:
    """Return the median time of a few calls."""
    does()
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        does()
        times.append(time.perf_counter() - begun)
    return median(times)


def look(trainer: Trainer) -> None:
    """Look at a run as a session does."""
    runner, meter = Runner(KernelSource(plain=True), 10**9), GradientMeter()
    runner.training.take(trainer)
    meter.follow(runner.training.take_readings(), new_data=False)
    meter.measure(runner, ENGLISH)


def main() -> None:
    """Print the table."""
    print(f"{'network':28s} {'kernels':9s} {'panel, ms':>9s} {'epoch, ms':>10s} {'share':>7s}")
    for name, fields in RUNS.items():
        for kernels in (PLAIN, compiled_kernels()) if jit.AVAILABLE else (PLAIN,):
            trainer = Trainer(Experiment(**fields), kernels)
            trainer.run(2)
            cost, epoch = seconds(partial(look, trainer)), seconds(partial(trainer.run, 1))
            share = cost / max(GRADIENT_SECONDS, cost / GRADIENT_FRACTION)
            mode = "compiled" if kernels.compiled else "plain"
            print(f"{name:28s} {mode:9s} {cost * 1e3:9.2f} {epoch * 1e3:10.3f} {share:7.1%}")


if __name__ == "__main__":
    main()
