"""The update from one example equals training on that example alone."""

import numpy as np
import pytest
from engine_helpers import MODES, kernels_of

from engine import Experiment, Trainer, explain
from engine.analysis.example_step import example_step
from engine.data.own_data import OwnData
from engine.optim.optimizers import OPTIMIZERS
from engine.optim.penalties import PENALTIES

TWO_POINTS = OwnData(task="classification", classes=("no", "yes"), rows=np.array([[1.0, 2.0, 1], [-2.0, 0.5, 0]]))
PRIMING = 3  # steps before, so that the optimizer remembers something


def trained_on_one(mode="plain", **fields):
    fields = {"hidden_layers": (3, 2), "learning_rate": 0.1, "activation": "sigmoid", **fields}
    trainer = Trainer(Experiment(dataset="own", own=TWO_POINTS, **fields), kernels_of(mode))
    trainer.run(PRIMING)
    return trainer


def explained(trainer):
    return explain(trainer, tuple(trainer.train_points[0]), float(trainer.train_labels[0]))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_update_is_the_one_that_training_makes(optimizer, penalty, mode):
    trainer = trained_on_one(
        mode, optimizer=optimizer, penalty=penalty, penalty_rate=0.05, clip_norm=0.01, learning_rate=0.003
    )
    step = example_step(trainer, explained(trainer))
    before = trainer.theta
    trainer.run(1)
    np.testing.assert_allclose(step.theta, trainer.theta, rtol=0, atol=1e-15)
    assert np.abs(trainer.theta - before).max() > 1e-7
    assert step.loss == pytest.approx(trainer.losses()[0], rel=1e-12)
    assert step.shortened < 1


def test_the_penalty_pulls_what_the_optimizer_leaves():
    trainer = trained_on_one(penalty="L2", penalty_rate=0.5)
    step = example_step(trainer, explained(trainer))
    weights = trainer.parameters().is_weight
    np.testing.assert_allclose(step.theta, step.descended - 0.1 * 0.5 * trainer.theta * weights, rtol=0, atol=1e-15)


def test_locked_parameters_stay_where_they_are():
    trainer = trained_on_one(optimizer="adam")
    trainer.lock_neuron(0, 1)
    step = example_step(trainer, explained(trainer))
    np.testing.assert_array_equal(step.theta[trainer.locked], trainer.theta[trainer.locked])
    assert (step.gradient[trainer.locked] == 0).all()


def test_the_trainer_does_not_change():
    trainer, twin = trained_on_one(optimizer="adam"), trained_on_one(optimizer="adam")
    example_step(trainer, explained(trainer))
    trainer.run(2)
    twin.run(2)
    np.testing.assert_array_equal(trainer.theta, twin.theta)
