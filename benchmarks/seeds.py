"""Compare how often and how fast the engine and TensorFlow Playground (TFP) learn, over twenty seeds.

Trains each problem from twenty links that differ only in the seed. Counts the seeds whose test accuracy reaches 95%,
checked after every epoch, and the median epoch in which these first reach it. The seeds behind TFP's figures are
unknown, so the two agree only as samples of one distribution do.
"""

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from server.kernels.cache import use_kernel_cache

use_kernel_cache()  # before importing the engine, so that no outdated machine code is loaded

from engine import Trainer, experiment_from_link  # noqa: E402

SEEDS = [f"{number / 100_000:.5f}" for number in range(1, 21)]  # 0.00001 to 0.00020
ACCURACY = 0.95
COMMON = "problem=classification&noise=0&percTrainData=50&batchSize=10&learningRate=0.03&regularizationRate=0"


@dataclass(frozen=True)
class Problem:
    """A link without a seed, the epoch limit, and TFP's figures over 20 seeds."""

    name: str
    link: str
    limit: int
    tfp_solved: int
    tfp_median: int


PROBLEMS = [
    Problem("circle 4-2 tanh", "dataset=circle&activation=tanh&networkShape=4,2", 1000, 20, 43),
    Problem("xor 4-2 tanh", "dataset=xor&activation=tanh&networkShape=4,2", 1000, 20, 35),
    Problem("spiral 8-8 tanh", "dataset=spiral&activation=tanh&networkShape=8,8", 2000, 14, 1072),
    Problem("spiral 8-8-8 relu", "dataset=spiral&activation=relu&networkShape=8,8,8", 2000, 19, 304),
]


def accuracy(trainer: Trainer) -> float:
    """Return the share of test points classified correctly; an output of 0 counts as +1."""
    sides = np.where(trainer.predict(trainer.test_points) >= 0, 1.0, -1.0)
    return float(np.mean(sides == trainer.test_labels))


def epoch_solved(link: str, limit: int) -> int | None:
    """Train a link's run; return the first epoch that reaches the accuracy, or None within the limit."""
    trainer = Trainer(experiment_from_link(link))
    while trainer.epoch < limit and trainer.diverged is None:
        trainer.run(1)
        if accuracy(trainer) >= ACCURACY:
            return trainer.epoch
    return None


def main() -> None:
    """Train every problem from every seed and print a line per problem."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="five seeds instead of twenty")
    seeds = SEEDS[:5] if parser.parse_args().quick else SEEDS

    print(f"Seeds {seeds[0]} to {seeds[-1]}; solved: test accuracy of {ACCURACY:.0%}. TFP: 20 other seeds.\n")
    print(
        f"{'problem':20}{'limit':>6}{'solved':>9}{'median epoch':>14}{'TFP solved':>12}{'TFP median':>12}{'seconds':>9}"
    )
    for problem in PROBLEMS:
        start = time.perf_counter()
        links = [f"{COMMON}&{problem.link}&seed={seed}" for seed in seeds]
        epochs = [epoch for link in links if (epoch := epoch_solved(link, problem.limit)) is not None]
        middle = f"{median(epochs):.0f}" if epochs else "-"
        print(
            f"{problem.name:20}{problem.limit:6}{f'{len(epochs)}/{len(seeds)}':>9}{middle:>14}"
            f"{f'{problem.tfp_solved}/20':>12}{problem.tfp_median:12}{time.perf_counter() - start:9.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
