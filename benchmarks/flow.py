"""Time the gradient panel: one measurement of a run, one epoch, and the panel's share of a playing run.

server/sessions/gradients.py limits the share: at most ten measurements a second and a twentieth of the time.
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
from engine.training.kernels import PLAIN, compiled_kernels  # noqa: E402
from server.sessions.gradients import INTERVAL, SHARE, Gradients  # noqa: E402

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
    """Measure a run's gradients as a session does."""
    gradients = Gradients()
    gradients.follow([(trainer.epoch, *trainer.losses())])
    gradients.fields(trainer, False, str)


def main() -> None:
    """Print the table."""
    print(f"{'network':28s} {'kernels':9s} {'panel, ms':>9s} {'epoch, ms':>10s} {'share':>7s}")
    for name, fields in RUNS.items():
        for kernels in (PLAIN, compiled_kernels()) if jit.AVAILABLE else (PLAIN,):
            trainer = Trainer(Experiment(**fields), kernels)
            trainer.run(2)
            cost, epoch = seconds(partial(look, trainer)), seconds(partial(trainer.run, 1))
            share = cost / max(INTERVAL, cost / SHARE)
            mode = "compiled" if kernels.compiled else "plain"
            print(f"{name:28s} {mode:9s} {cost * 1e3:9.2f} {epoch * 1e3:10.3f} {share:7.1%}")


if __name__ == "__main__":
    main()
