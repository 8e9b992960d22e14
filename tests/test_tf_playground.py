"""Six runs recorded from TensorFlow Playground: the engine repeats them from their links alone.

`tf_playground_runs.json` holds, for each link, the first points, the initial parameters, the losses at some epochs
up to 200 and the final parameters. Further down, plain and compiled code agree bit by bit where TFP has no say.
"""

import numpy as np
import pytest

from engine import Experiment, Trainer, experiment_from_link
from engine.data.datasets import DATASETS
from engine.nn.activations import ACTIVATIONS
from engine.nn.initializers import INITIALIZERS
from engine.nn.losses import LOSSES
from engine.optim.optimizers import OPTIMIZERS
from engine.optim.penalties import PENALTIES
from engine.optim.schedules import SCHEDULES
from engine.training.kernels import PLAIN, compiled_kernels
from tests.engine_helpers import MODES, assert_same_bits, kernels_of, read_fixture

RUNS = read_fixture("tf_playground_runs.json")
AGREEMENT = 1e-9  # what is promised; larger than rounding, far smaller than one wrong bit grows to in 200 epochs


def trainer_of(name, mode="plain"):
    return Trainer(experiment_from_link(RUNS[name]["hash"]), kernels_of(mode))


def points_and_labels(points, labels):
    return np.column_stack([points, labels])


@pytest.mark.parametrize("name", RUNS)
def test_points_agree_with_tfp_in_order(name):
    run, trainer = RUNS[name], trainer_of(name)
    assert (len(trainer.train_points), len(trainer.test_points)) == (run["n_train"], run["n_test"])
    first = points_and_labels(trainer.train_points, trainer.train_labels)[: len(run["first_train_points"])]
    last = points_and_labels(trainer.test_points, trainer.test_labels)[-1]
    np.testing.assert_allclose(first, run["first_train_points"], rtol=0, atol=AGREEMENT)
    np.testing.assert_allclose(last, run["last_test_point"], rtol=0, atol=AGREEMENT)


@pytest.mark.parametrize("name", RUNS)
def test_initial_weights_agree_with_tfp(name):
    run, trainer = RUNS[name], trainer_of(name)
    assert len(run["initial"]) == len(trainer.weights) == len(trainer.biases)
    for layer, weights, biases in zip(run["initial"], trainer.weights, trainer.biases, strict=True):
        np.testing.assert_allclose(weights, layer["weights"], rtol=0, atol=AGREEMENT)
        np.testing.assert_allclose(biases, layer["biases"], rtol=0, atol=AGREEMENT)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", RUNS)
def test_losses_and_final_parameters_agree_with_tfp(name, mode):
    run, trainer = RUNS[name], trainer_of(name, mode)
    losses = []
    for epoch, *_ in run["losses"]:
        assert trainer.run(epoch - trainer.epoch) == epoch
        losses.append([epoch, *trainer.losses()])
    assert_same_bits(losses, run["losses"])
    # Bit by bit, which is more than promised: the order of every sum and each function's rounding are TFP's.
    for layer, weights, biases in zip(run["final"], trainer.weights, trainer.biases, strict=True):
        assert_same_bits(weights, layer["weights"])
        assert_same_bits(biases, layer["biases"])


def test_the_recorded_runs_cover_tfps_options():
    experiments = [experiment_from_link(run["hash"]) for run in RUNS.values()]
    assert {e.dataset for e in experiments} == {"circle", "xor", "gauss", "spiral", "reg-gauss"}
    assert {e.penalty for e in experiments} == {"none", "L1", "L2"}
    assert {e.task for e in experiments} == {"classification", "regression"}
    assert min(len(e.hidden_layers) for e in experiments) == 0


OTHER_EXPERIMENTS = [
    *({"activation": name, "hidden_layers": (5, 3)} for name in ACTIVATIONS),
    *({"penalty": name, "penalty_rate": 0.03, "hidden_layers": (6,)} for name in PENALTIES),
    *(
        {"dataset": name, "learning_rate": 0.01, "noise": 20, "classes": max(2, dataset.classes[1])}
        for name, dataset in DATASETS.items()
    ),
    *({"activation": name, "hidden_layers": (4, 3), "dropout": 0.3, "batch_size": 7} for name in ACTIVATIONS),
    *(
        {"loss": name, "dataset": "reg-gauss" if name == "huber" else "circle", "hidden_layers": (4,)}
        for name in LOSSES
    ),
    *({"optimizer": name, "penalty": "elastic", "penalty_rate": 0.01} for name in OPTIMIZERS),
    *({"schedule": name, "schedule_epochs": 3, "warmup_epochs": 2} for name in SCHEDULES),
    *({"initializer": name, "layer_activations": ("gelu", "sine")} for name in INITIALIZERS),
    {"shuffle": True, "batch_size": 7},
    {"shuffle": True, "dropout": 0.5, "optimizer": "adam", "clip_norm": 0.1, "batch_size": 20_000},
    {"loss": "log", "hidden_layers": (), "dataset": "gauss"},
    {"loss": "cross-entropy", "learning_rate": 10.0, "hidden_layers": (3,)},
    {"batch_size": 1},
    {"batch_size": 29, "features": ("x",), "hidden_layers": (1, 1)},
    {"batch_size": 7},  # 250 = 35 * 7 + 5
    {"batch_size": 30, "train_percent": 90},
    {"batch_size": 1200},  # more than the set holds
    {"train_percent": 10, "batch_size": 12},  # 50 = 4 * 12 + 2
    {"features": ("x", "y", "xSquared", "ySquared", "xTimesY", "sinX", "sinY"), "hidden_layers": ()},
    {"hidden_layers": (8, 7, 6, 5, 4, 3, 2, 3, 4, 5), "activation": "relu", "learning_rate": 0.1},
    {"hidden_layers": (32, 32), "batch_size": 13, "activation": "sigmoid", "learning_rate": 1.0},
    {"initializer": "zero", "penalty": "L1", "penalty_rate": 0.1},
    {"learning_rate": 10.0, "activation": "relu", "dataset": "spiral"},  # wild, perhaps divergent
]


@pytest.mark.parametrize("fields", OTHER_EXPERIMENTS, ids=str)
def test_compiled_and_plain_code_agree_bit_for_bit(fields):
    experiment = Experiment(seed="0.777", **fields)
    plain, compiled = Trainer(experiment, PLAIN), Trainer(experiment, compiled_kernels())
    for epochs in (1, 7):
        assert plain.run(epochs) == compiled.run(epochs)
        assert_same_bits(plain.theta, compiled.theta)
        assert plain.diverged == compiled.diverged
        assert plain.dead.tolist() == compiled.dead.tolist()
        assert_same_bits(plain.losses(), compiled.losses())


def test_kernels_compile_once_for_all_experiments():
    # A second set of types would mean seconds of compilation in the middle of a lesson.
    kernels = compiled_kernels()
    linked = experiment_from_link("regularization=L2&regularizationRate=1&learningRate=1")
    for experiment in [Experiment(), linked, *(Experiment(**fields) for fields in OTHER_EXPERIMENTS)]:
        trainer = Trainer(experiment, kernels)
        trainer.run(1)
        trainer.losses()
    assert len(kernels.train.signatures) == len(kernels.evaluate.signatures) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"stop_patience": 3, "noise": 50, "dataset": "xor", "learning_rate": 0.3},
        {"stop_patience": 2, "dataset": "rings", "classes": 4, "loss": "cross-entropy", "learning_rate": 0.3},
        {"stop_loss": 0.2, "loss": "log", "learning_rate": 0.1},
        {"stop_patience": 2, "optimizer": "adam", "dataset": "reg-gauss", "loss": "huber", "dropout": 0.2},
    ],
    ids=str,
)
def test_compiled_and_plain_runs_stop_in_the_same_epoch(fields):
    for seed in ("1", "2", "3"):
        plain, compiled = (Trainer(Experiment(seed=seed, **fields), kernels) for kernels in (PLAIN, compiled_kernels()))
        assert plain.run(300) == compiled.run(300)
        assert (plain.finished, plain._best) == (compiled.finished, compiled._best)
