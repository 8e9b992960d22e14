"""Time one epoch of training in the engine (compiled and plain), scikit-learn and PyTorch.

All train the same network on the same 250 points in batches of 10, in order, with gradient descent, tanh and float64 on
one thread. Setting up is not timed. Rounds alternate, so that a busy machine slows all of them alike, and the median
counts. Run `make bench`, or this file with `--quick`.
"""

import argparse
import contextlib
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from server.kernels.cache import use_kernel_cache

use_kernel_cache()  # before importing the engine, so that no outdated machine code is loaded

from engine import Experiment, Trainer  # noqa: E402
from engine.data.features import FEATURES, feature_matrix  # noqa: E402
from engine.numerics import jit  # noqa: E402
from engine.training.kernels import PLAIN, Kernels, compiled_kernels  # noqa: E402

SEVEN = tuple(FEATURES)[:7]  # the features of TFP
NETWORKS = {
    "2-4-2-1": (("x", "y"), (4, 2)),
    "7-8-8-1": (SEVEN, (8, 8)),
    "7-8-8-8-8-8-8-1": (SEVEN, (8, 8, 8, 8, 8, 8)),
}
LEARNING_RATE, BATCH = 0.03, 10
GOAL = 12  # how many times faster than each peer the compiled engine must be
PEERS = ("scikit-learn", "PyTorch")
HOW_TO_GET = {"scikit-learn": "pip install scikit-learn", "PyTorch": "pip install torch"}

Run = Callable[[int], object]  # trains that many epochs


def experiment_of(network: str) -> Experiment:
    """Return the experiment that all libraries train."""
    features, hidden = NETWORKS[network]
    return Experiment(features=features, hidden_layers=hidden, learning_rate=LEARNING_RATE, batch_size=BATCH)


def engine_run(experiment: Experiment, kernels: Kernels) -> Run:
    """Return a function that trains with the engine."""
    trainer = Trainer(experiment, kernels)
    trainer.run(1)
    return trainer.run


def scikit_learn_run(experiment: Experiment) -> Run:
    """Return a function that trains with scikit-learn: one warm-started call of `fit`.

    This is its fastest way, because `partial_fit` checks the data in each epoch. Its output is linear instead of tanh,
    which saves it some work.
    """
    from sklearn.neural_network import MLPRegressor

    trainer = Trainer(experiment)
    x, targets = feature_matrix(trainer.train_points, experiment.inputs).T.copy(), trainer.train_labels
    model = MLPRegressor(
        hidden_layer_sizes=experiment.hidden_layers,
        activation="tanh",
        solver="sgd",
        alpha=0.0,
        batch_size=BATCH,
        learning_rate_init=LEARNING_RATE,
        momentum=0.0,
        nesterovs_momentum=False,
        shuffle=False,
        tol=0.0,
        n_iter_no_change=10**9,
        max_iter=1,
        warm_start=True,
        random_state=0,
    )

    def run(epochs: int) -> None:
        model.max_iter = epochs
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns after each call that it has not converged
            model.fit(x, targets)

    run(1)
    return run


def pytorch_run(experiment: Experiment) -> Run:
    """Return a function that trains with PyTorch: the loop of its tutorials, with batches cut in advance."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    trainer = Trainer(experiment)
    x = torch.from_numpy(feature_matrix(trainer.train_points, experiment.inputs).T.copy())
    targets = torch.from_numpy(trainer.train_labels.copy())[:, None]
    batches = list(zip(x.split(BATCH), targets.split(BATCH), strict=True))
    sizes = experiment.sizes
    parts: list[torch.nn.Module] = []
    for columns, rows in pairwise(sizes):
        parts += [torch.nn.Linear(columns, rows, dtype=torch.float64), torch.nn.Tanh()]
    network = torch.nn.Sequential(*parts)
    optimizer = torch.optim.SGD(network.parameters(), lr=LEARNING_RATE)

    def run(epochs: int) -> None:
        for _ in range(epochs):
            for inputs, wanted in batches:
                optimizer.zero_grad()
                loss = 0.5 * ((network(inputs) - wanted) ** 2).mean()
                loss.backward()
                optimizer.step()

    run(1)
    return run


def contestants(network: str) -> Iterator[tuple[str, Run]]:
    """Yield every installed library, ready to train."""
    experiment = experiment_of(network)
    if jit.AVAILABLE:
        yield "compiled", engine_run(experiment, compiled_kernels())
    yield "plain", engine_run(experiment, PLAIN)
    for peer, make in zip(PEERS, (scikit_learn_run, pytorch_run), strict=True):
        with contextlib.suppress(ImportError):
            yield peer, make(experiment)


def microseconds(run: Run, epochs: int) -> float:
    """Time some epochs and return the microseconds of one."""
    start = time.perf_counter()
    run(epochs)
    return (time.perf_counter() - start) / epochs * 1e6


def measure(network: str, rounds: int, budget: float) -> dict[str, float]:
    """Return each library's median microseconds per epoch; a round of each lasts about `budget` seconds."""
    runs = dict(contestants(network))
    epochs = {name: max(1, round(budget * 1e6 / microseconds(run, 3))) for name, run in runs.items()}
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            times[name].append(microseconds(run, epochs[name]))
    return {name: median(values) for name, values in times.items()}


def row(network: str, times: dict[str, float]) -> str:
    """Return a line of the table: microseconds, then each peer's time as a multiple of the engine's."""
    cells = [f"{times[name]:10,.0f}" if name in times else f"{'-':>10}" for name in ("compiled", "plain")]
    for peer in PEERS:
        cells.append(f"{times[peer]:12,.0f}" if peer in times else f"{'-':>12}")
        for ours in ("compiled", "plain"):
            both = peer in times and ours in times
            cells.append(f"{times[peer] / times[ours]:8.1f}x" if both else f"{'-':>9}")
    return f"{network:16}" + " ".join(cells)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="three short rounds instead of eleven")
    arguments = parser.parse_args()
    rounds, budget = (3, 0.05) if arguments.quick else (11, 0.2)

    print(
        f"Microseconds an epoch (250 points, batches of {BATCH}, tanh, float64, one thread), median of {rounds} rounds."
    )
    print("Beside each peer: its time as a multiple of the engine's, compiled and plain.")
    print(f"Goal: compiled, at least {GOAL} times faster than each peer on each network.\n")
    heads = ["  compiled", "     plain"]
    for peer in PEERS:
        heads += [f"{peer:>12}", f"{'/compiled':>9}", f"{'/plain':>9}"]
    print(f"{'network':16}" + " ".join(heads))
    ratios: dict[str, float] = {}
    present: set[str] = set()
    for network in NETWORKS:
        times = measure(network, rounds, budget)
        present |= set(times)
        print(row(network, times), flush=True)
        for peer in PEERS:
            if peer in times and "compiled" in times:
                ratios[f"{network} against {peer}"] = times[peer] / times["compiled"]
    print()
    if "compiled" not in present:
        print("Compiled kernels are missing. Install them with: pip install neural-playground[fast]")
    for peer in PEERS:
        if peer not in present:
            print(f"{peer} was not measured because it is not installed. Run {HOW_TO_GET[peer]}, or make bench")
    if ratios:
        slowest = min(ratios, key=lambda name: ratios[name])
        verdict = "reached" if ratios[slowest] >= GOAL else "missed"
        print(f"Goal {GOAL}x: {verdict}; the smallest ratio is {ratios[slowest]:.1f}x ({slowest}).")


if __name__ == "__main__":
    main()
