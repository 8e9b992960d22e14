"""Compare the rise of the training loss that pruning predicts with the rise that happens, over 50 seeds.

Trains each network from 50 seeds, prunes a small share of its weights by saliency, and prints the median and the
quartiles of predicted / actual. Runs in which nothing changes (a neuron that was dead anyway) have no ratio.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from server.kernels.cache import use_kernel_cache

use_kernel_cache()  # before importing the engine, so that no outdated machine code is loaded

from engine import Experiment, Trainer  # noqa: E402

SEEDS = 50
SHARES = (0.05, 0.1)
EPOCHS = 100
SETTINGS: dict[str, dict[str, Any]] = {
    "circle, 4-2 tanh": {},
    "xor, 4-2 tanh": {"dataset": "xor"},
    "circle, 4-2 ReLU": {"activation": "relu"},
    "circle, 4-2 tanh, log loss": {"loss": "log"},
    "three clouds, cross-entropy": {"dataset": "clouds", "classes": 3, "loss": "cross-entropy"},
    "regression, 4-2 tanh": {"dataset": "reg-gauss"},
    "spiral, four features, 8-8 tanh": {
        "dataset": "spiral", "features": ("x", "y", "sinX", "sinY"), "hidden_layers": (8, 8),
    },
}  # fmt: skip


def ratios(fields: dict[str, Any], share: float, seeds: int = SEEDS) -> np.ndarray:
    """Return predicted / actual rise for each seed in which the loss changes."""
    found = []
    for seed in range(seeds):
        trainer = Trainer(Experiment(seed=str(seed), **fields))
        trainer.run(EPOCHS)
        pruned = trainer.prune(share, "saliency")
        if pruned.predicted is not None and pruned.actual:
            found.append(pruned.predicted / pruned.actual)
    return np.array(found)


def main() -> None:
    """Print a table, one row for each network and share."""
    print(f"{'predicted / actual rise of the loss':36}{'share':>6}{'median':>8}{'quartiles':>15}{'seeds':>7}")
    for name, fields in SETTINGS.items():
        for share in SHARES:
            ratio = ratios(fields, share)
            low, middle, high = np.percentile(ratio, [25, 50, 75])
            print(f"{name:36}{share:6.0%}{middle:8.2f}{f'{low:.2f} to {high:.2f}':>15}{ratio.size:7}")


if __name__ == "__main__":
    main()
