"""Test learning rate schedules: published formulas, warm-up, and runs split at any epoch."""

import math

import pytest

from engine import Experiment, Trainer
from engine.optim.schedules import SCHEDULES, schedule_factors
from tests.engine_helpers import assert_same_bits


def rates(count, **fields):
    trainer = Trainer(Experiment(learning_rate=2, hidden_layers=(), **fields))
    found = []
    for _ in range(count):
        found.append(trainer.learning_rate)
        trainer.run(1)
    return found


def test_a_constant_schedule_keeps_the_rate():
    assert rates(3) == [2.0, 2.0, 2.0]


def test_a_step_schedule_multiplies_after_every_period():
    fields = {"schedule": "step", "schedule_epochs": 2, "schedule_factor": 0.25}
    assert rates(5, **fields) == pytest.approx([2, 2, 0.5, 0.5, 0.125], rel=1e-15)


def test_an_exponential_schedule_multiplies_by_the_factor_per_period():
    fields = {"schedule": "exponential", "schedule_epochs": 2, "schedule_factor": 0.25}
    assert rates(5, **fields) == pytest.approx([2, 1, 0.5, 0.25, 0.125], rel=1e-14)


def test_a_cosine_schedule_falls_to_0_and_stays_there():
    fields = {"schedule": "cosine", "schedule_epochs": 4}
    expected = [2, 1 + math.sqrt(0.5), 1, 1 - math.sqrt(0.5), 0, 0, 0]
    assert rates(7, **fields) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_schedule_begins_after_a_linear_warm_up(schedule):
    fields = {"schedule": schedule, "schedule_epochs": 3}
    assert rates(4, **fields, warmup_epochs=4) == pytest.approx([0.5, 1, 1.5, 2])
    assert rates(9, **fields, warmup_epochs=4)[4:] == rates(5, **fields)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_rate_does_not_depend_on_how_the_run_is_split(schedule):
    whole = schedule_factors(schedule, 0, 1000, 37, 0.3, 5)
    for first in (0, 1, 4, 5, 6, 36, 500):
        assert_same_bits(schedule_factors(schedule, first, 1000 - first, 37, 0.3, 5), whole[first:])
    assert ((whole >= 0) & (whole <= 1)).all()


@pytest.mark.parametrize("factor", [1e-6, 0.5, 1.0])
def test_rates_of_the_longest_run_are_finite(factor):
    assert (schedule_factors("step", 10_000_000, 3, 1, factor, 0) >= 0).all()


def test_the_rate_also_scales_the_penalty():
    # From the second epoch on the rate is 0, so the penalty must not move the weights either
    fields = {"schedule": "cosine", "schedule_epochs": 1, "penalty": "L2", "penalty_rate": 1}
    trainer = Trainer(Experiment(**fields))
    trainer.run(1)
    theta = trainer.theta
    assert trainer.learning_rate == 0
    trainer.run(5)
    assert_same_bits(trainer.theta, theta)
