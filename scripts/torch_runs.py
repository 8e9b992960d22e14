"""Record 50 training steps in PyTorch for every rule of the engine, in tests/fixtures/torch_runs.json.

Both start from the same weights and train on the same points, in float64. PyTorch computes outputs, losses, gradients,
clipping, updates and learning rates. Only random numbers come from the engine, because generators differ. Needs PyTorch
(the extra `bench`). `tests/test_torch.py` compares the engine with the record.
"""

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine import Experiment, Trainer  # noqa: E402
from engine.data.features import feature_matrix  # noqa: E402
from engine.nn.activations import ACTIVATIONS  # noqa: E402
from engine.nn.losses import LOSSES  # noqa: E402
from engine.numerics.counter_rng import epoch_keys, fill_dropout_mask, shuffled_order  # noqa: E402
from engine.optim.optimizers import OPTIMIZERS  # noqa: E402
from engine.optim.schedules import SCHEDULES  # noqa: E402
from engine.training.kernels import PLAIN  # noqa: E402

FIXTURE = ROOT / "tests" / "fixtures" / "torch_runs.json"
STEPS = 50
EPOCHS = (1, 5)  # compare parameters after these epochs of ten steps
# Hyperparameters differ from the defaults. Each learning rate makes visible progress within 50 steps.
OPTIMIZER_FIELDS: dict[str, dict[str, float]] = {
    "sgd": {"learning_rate": 0.1},
    "momentum": {"learning_rate": 0.03, "momentum": 0.8},
    "nesterov": {"learning_rate": 0.03, "momentum": 0.7},
    "rmsprop": {"learning_rate": 0.01, "rho": 0.95},
    "adagrad": {"learning_rate": 0.1},
    "adam": {"learning_rate": 0.02, "beta1": 0.85, "beta2": 0.98},
    "adamw": {"learning_rate": 0.02, "beta1": 0.8, "beta2": 0.97, "weight_decay": 0.1},
}
LOSS_FIELDS: dict[str, dict[str, Any]] = {
    "square": {"dataset": "spiral"},
    "square of values": {"loss": "square", "dataset": "reg-gauss"},
    "square of 3 classes": {"loss": "square", "dataset": "clouds", "classes": 3},
    "square of each": {"loss": "square-each", "dataset": "spiral"},
    "log": {"loss": "log", "dataset": "spiral"},
    "log of 3 classes": {"loss": "log", "dataset": "clouds", "classes": 3},
    "cross-entropy": {"loss": "cross-entropy", "dataset": "spiral"},
    "cross-entropy of 5 classes": {"loss": "cross-entropy", "dataset": "clouds", "classes": 5},
    "huber": {"loss": "huber", "huber_delta": 0.2, "dataset": "reg-plane"},
}
SCHEDULE_FIELDS: dict[str, dict[str, Any]] = {
    "constant": {},
    "step": {"schedule_epochs": 7, "schedule_factor": 0.6},
    "exponential": {"schedule_epochs": 9, "schedule_factor": 0.3},
    "cosine": {"schedule_epochs": 60},
}


def _runs() -> dict[str, dict[str, Any]]:
    """Return the experiments by name: every optimizer with every loss, then activations, schedules and the rest."""
    runs: dict[str, dict[str, Any]] = {}
    for optimizer, hyperparameters in OPTIMIZER_FIELDS.items():
        for loss, fields in LOSS_FIELDS.items():
            runs[f"{optimizer}, {loss}"] = {"optimizer": optimizer, **hyperparameters, **fields}
    for activation in ACTIVATIONS:
        runs[f"activation {activation}"] = {"activation": activation, "dataset": "xor", "learning_rate": 0.1}
    runs["an activation a layer"] = {"layer_activations": ("sine", "gelu"), "dataset": "xor"}
    for schedule, fields in SCHEDULE_FIELDS.items():
        for warmup in (0, 5):
            runs[f"schedule {schedule}, warm-up {warmup}"] = {
                "schedule": schedule, "warmup_epochs": warmup, "learning_rate": 0.3, "batch_size": 20_000, **fields,
            }  # fmt: skip
    runs["clipping"] = {"clip_norm": 0.05, "learning_rate": 0.3, "dataset": "gauss"}
    runs["clipping, Adam"] = {"clip_norm": 0.02, "optimizer": "adam", "learning_rate": 0.01, "dataset": "gauss"}
    runs["dropout"] = {"dropout": 0.4, "activation": "silu", "learning_rate": 0.1}
    runs["shuffling"] = {"shuffle": True, "learning_rate": 0.1, "batch_size": 28}  # the last batch has 26 points
    return {
        name: {
            "batch_size": 25,
            "train_percent": 20 if "reg-" in str(fields) else 50,
            "hidden_layers": (4, 3),
            **fields,
        }
        for name, fields in runs.items()
    }


RUNS = _runs()


def epochs_of(fields: dict[str, Any]) -> tuple[int, ...]:
    """Return the epochs after which parameters are compared; the last one ends with step 50."""
    return (10, STEPS) if fields["batch_size"] == 20_000 else EPOCHS


def covered() -> dict[str, set[str]]:
    """Return the entries of each registry that the runs use."""
    experiments = [Experiment(**fields) for fields in RUNS.values()]
    return {
        field: {getattr(experiment, field) for experiment in experiments}
        for field in ("optimizer", "loss", "activation", "schedule")
    }


REGISTRIES = {"optimizer": OPTIMIZERS, "loss": LOSSES, "activation": ACTIVATIONS, "schedule": SCHEDULES}


def torch_run(fields: dict[str, Any]) -> list[list[float]]:
    """Train with PyTorch and return all parameters, in the engine's order, after each compared epoch."""
    import torch
    from torch.nn import functional

    experiment = Experiment(**fields)
    trainer = Trainer(experiment, PLAIN)
    inputs = torch.tensor(feature_matrix(trainer.train_points, experiment.inputs).T.copy())
    labels = torch.tensor(trainer.train_labels)
    parameters = [
        torch.tensor(values, requires_grad=True)
        for pair in zip(trainer.weights, trainer.biases, strict=True)
        for values in pair
    ]
    weights, biases = parameters[::2], parameters[1::2]
    functions = {
        "relu": torch.relu,
        "tanh": torch.tanh,
        "sigmoid": torch.sigmoid,
        "linear": lambda z: z,
        "leaky_relu": functional.leaky_relu,
        "elu": functional.elu,
        "gelu": lambda z: functional.gelu(z, approximate="tanh"),
        "silu": functional.silu,
        "sine": torch.sin,
        "softplus": lambda z: functional.softplus(z, threshold=1e9),
    }

    def logits(x: Any, keep: Any) -> Any:
        first = 0
        for name, weight, bias in zip(experiment.activations, weights, biases, strict=False):
            x = functions[name](x @ weight.T + bias)
            if keep is not None:
                x = x * keep[first : first + len(bias)].T
                first += len(bias)
        return x @ weights[-1].T + biases[-1]

    classes = (labels > 0).long() if experiment.classes == 2 else labels.long()
    chosen = functional.one_hot(classes, experiment.classes).double() if experiment.task == "classification" else None

    def loss_of(z: Any, rows: Any) -> Any:
        if experiment.loss == "cross-entropy":
            return functional.cross_entropy(z, classes[rows])
        one = labels[:, None] if experiment.task == "regression" or experiment.classes == 2 else None
        if experiment.loss == "huber":
            return functional.huber_loss(z, one[rows], delta=experiment.huber_delta)
        if experiment.loss == "log":
            targets = (one + 1) / 2 if one is not None else chosen
            losses = functional.binary_cross_entropy_with_logits(z, targets[rows], reduction="none")
            return losses.sum(1).mean()
        if experiment.loss == "square-each":
            return 0.5 * ((torch.sigmoid(z) - chosen[rows]) ** 2).sum(1).mean()
        targets = one if one is not None else 2 * chosen - 1
        p = z if experiment.task == "regression" else torch.tanh(z)
        return 0.5 * ((p - targets[rows]) ** 2).sum(1).mean()

    optimizer = _optimizer(torch.optim, experiment, parameters)
    scheduler = _scheduler(torch.optim.lr_scheduler, experiment, optimizer)
    count = len(labels)
    batch = min(experiment.batch_size, count)
    keys = epoch_keys(experiment.seed, 0, STEPS)
    hidden = sum(experiment.hidden_layers)
    wanted = epochs_of(fields)
    recorded = []
    for epoch in range(wanted[-1]):
        order = np.arange(count)
        if experiment.shuffle:
            shuffled_order(keys[epoch], order)
        for first in range(0, count, batch):
            rows = torch.tensor(order[first : first + batch])
            keep = None
            if experiment.dropout:
                kept = np.empty(hidden * len(rows))
                with np.errstate(over="ignore"):
                    fill_dropout_mask(keys[epoch], (count + first) * hidden, experiment.dropout, kept)
                keep = torch.tensor(kept.reshape(hidden, len(rows)))
            optimizer.zero_grad()
            loss_of(logits(inputs[rows], keep), rows).backward()
            if experiment.clip_norm is not None:
                torch.nn.utils.clip_grad_norm_(parameters, experiment.clip_norm)
            optimizer.step()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SequentialLR uses an argument that PyTorch deprecates
            scheduler.step()
        if epoch + 1 in wanted:
            recorded.append(torch.cat([values.detach().ravel() for values in parameters]).tolist())
    return recorded


def _optimizer(optim: Any, experiment: Experiment, parameters: list[Any]) -> Any:
    rate, betas = experiment.learning_rate, (experiment.beta1, experiment.beta2)
    match experiment.optimizer:
        case "sgd":
            return optim.SGD(parameters, lr=rate)
        case "momentum":
            return optim.SGD(parameters, lr=rate, momentum=experiment.momentum)
        case "nesterov":
            return optim.SGD(parameters, lr=rate, momentum=experiment.momentum, nesterov=True)
        case "rmsprop":
            return optim.RMSprop(parameters, lr=rate, alpha=experiment.rho)
        case "adagrad":
            return optim.Adagrad(parameters, lr=rate)
        case "adam":
            return optim.Adam(parameters, lr=rate, betas=betas)
        case "adamw":
            return optim.AdamW(parameters, lr=rate, betas=betas, weight_decay=experiment.weight_decay)
    raise ValueError(experiment.optimizer)


def _scheduler(schedulers: Any, experiment: Experiment, optimizer: Any) -> Any:
    period, factor, warmup = experiment.schedule_epochs, experiment.schedule_factor, experiment.warmup_epochs
    rise = schedulers.LinearLR(optimizer, 1 / warmup, 1.0, warmup - 1) if warmup else None
    match experiment.schedule:
        case "constant":
            then = schedulers.ConstantLR(optimizer, 1.0, 1)
        case "step":
            then = schedulers.StepLR(optimizer, period, factor)
        case "exponential":
            then = schedulers.ExponentialLR(optimizer, factor ** (1 / period))
        case "cosine":
            then = schedulers.CosineAnnealingLR(optimizer, period)
    return schedulers.SequentialLR(optimizer, [rise, then], [warmup]) if rise else then


if __name__ == "__main__":
    lines = [f"{json.dumps(name)}: {json.dumps(torch_run(fields))}" for name, fields in RUNS.items()]
    FIXTURE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{FIXTURE.relative_to(ROOT)}: {len(lines)} runs, {FIXTURE.stat().st_size / 1000:.0f} kB")
