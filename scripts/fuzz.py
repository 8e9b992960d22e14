"""Fuzz every reader of untrusted text and print how many inputs each accepted.

Run `make fuzz`, or `make fuzz ARGS="--inputs 1000000"` for longer, or `ARGS="--only tables"` for one target. Each run
uses new inputs; `--seed` repeats a run. A failure prints its input. Add a test for every failure you find.
"""

import argparse
import sys
import time
import warnings
from pathlib import Path
from random import Random, randrange

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from server.kernels.cache import use_kernel_cache  # noqa: E402

use_kernel_cache()

from fuzz_targets import Target, targets  # noqa: E402

SLOWEST = 1.0  # seconds allowed per input; a session's training waits meanwhile


def attacked(target: Target, inputs: int, random: Random) -> tuple[int, float]:
    """Return how many inputs were accepted, and the seconds the slowest took."""
    understood, slowest = 0, 0.0
    for text in target.inputs.seeds:  # compile everything before timing
        target.attack(text)
    for _ in range(inputs):
        text = target.inputs.one(random)
        begun = time.process_time()
        try:
            understood += target.attack(text)
        except BaseException:
            print(f"failed with {text!r}")
            raise
        seconds = time.process_time() - begun
        slowest = max(slowest, seconds)
        if seconds > SLOWEST:
            sys.exit(f"{seconds:.1f} s for {text!r}")
    return understood, slowest


def main() -> None:
    """Fuzz each target with its share of the inputs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=120_000, help="total number of inputs")
    parser.add_argument("--only", help="name of a single target")
    parser.add_argument("--seed", type=int, default=randrange(10**6), help="seed of the inputs")
    asked = parser.parse_args()
    warnings.simplefilter("error")
    chosen = {name: target for name, target in targets().items() if asked.only in (None, name)}
    shares = sum(target.share for target in chosen.values())
    total = 0
    print(f"seed {asked.seed}")
    print(f"{'target':18}{'inputs':>9}{'accepted':>12}{'slowest':>10}{'seconds':>9}")
    for name, target in chosen.items():
        begun = time.perf_counter()
        count = asked.inputs * target.share // shares
        understood, slowest = attacked(target, count, Random(f"{name} {asked.seed}"))
        total += count
        print(
            f"{name:18}{count:9,}{understood:12,}{slowest * 1000:7.0f} ms{time.perf_counter() - begun:9.0f}", flush=True
        )
    print(f"{'all':18}{total:9,}   no failures")


if __name__ == "__main__":
    main()
