"""Compare the engine with TensorFlow Playground: an epoch, and a full step (epoch, losses, all neurons' boundaries).

TFP's figures are recorded, not measured again: its own JavaScript under V8 on a two-core machine. They give an epoch in
microseconds from best to worst round, and the full steps its page makes a second. The engine's figures are processor
time, median of the rounds. Ratios are against TFP's best round.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from server.kernels.cache import use_kernel_cache

use_kernel_cache()  # before importing the engine, so that no outdated machine code is loaded

from engine import Experiment, Trainer  # noqa: E402
from engine.data.features import FEATURES  # noqa: E402
from engine.training.kernels import compiled_kernels  # noqa: E402

SEVEN = tuple(FEATURES)[:7]
# features, hidden layers, TFP's microseconds per epoch, its full steps a second, goals: ratio of epochs, of full steps
NETWORKS = {
    "2-4-2-1": (("x", "y"), (4, 2), (125, 175), 45, 2, 15),
    "7-8-8-1": (SEVEN, (8, 8), (510, 740), None, 3, 15),
    "7-8-8-6-1": (SEVEN, (8, 8, 6), None, 14, 3, 15),
    "7-8-8-8-8-8-8-1": (SEVEN, (8,) * 6, (1640, 2120), 8, 4, 15),
}


def microseconds(work: Callable[[], object], rounds: int, times: int) -> float:
    """Return the median processor time of one call."""
    found = []
    for _ in range(rounds):
        began = time.process_time()
        for _ in range(times):
            work()
        found.append((time.process_time() - began) / times * 1e6)
    return median(found)


def cell(ours: float, theirs: float | None, goal: float) -> str:
    """Return the engine's time, TFP's time as a multiple of it, and whether the ratio reaches the goal."""
    if theirs is None:
        return f"{ours:8,.0f} {'-':>7} {'':16}"
    verdict = "reached" if theirs / ours >= goal else "MISSED"
    return f"{ours:8,.0f} {theirs / ours:6.1f}x (>= {goal}x) {verdict}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a quarter of the rounds")
    rounds = 5 if parser.parse_args().quick else 21
    print("Microseconds, and TFP's recorded time as a multiple; 250 points, batches of 10, tanh.\n")
    print(f"{'network':16} {'epoch':>8} {'TFP / ours':>28}   {'full step':>10} {'TFP / ours':>20}")
    for name, (features, hidden, epochs, steps, epoch_goal, step_goal) in NETWORKS.items():
        trainer = Trainer(Experiment(features=features, hidden_layers=hidden), compiled_kernels())
        trainer.run(1)

        def step(trainer: Trainer = trainer) -> None:
            trainer.run(1)
            trainer.losses()
            trainer.boundary(100)

        epoch = microseconds(lambda trainer=trainer: trainer.run(100), rounds, 3) / 100  # type: ignore[misc]
        full = microseconds(step, rounds, 20)
        print(
            f"{name:16} {cell(epoch, epochs and epochs[0], epoch_goal)}   "
            f"{cell(full, steps and 1e6 / steps, step_goal)}",
            flush=True,
        )


if __name__ == "__main__":
    main()
