"""Test the first steps of every optimizer against numbers worked out by hand, with non-default hyperparameters.

One linear neuron p = w x + b on the point x = 2, target 0.5, from w = 0.5 and b = 0.25: p = 1.25, dL/dp = 0.75, so
the gradient is (1.5, 0.75). Every number below can be checked on paper.
"""

import math

import numpy as np
import pytest

from engine import Experiment, Trainer
from engine.data.features import FEATURES
from engine.optim.optimizers import BETA_POWERS, MAX_SLOTS, OPTIMIZERS, Hyperparameters, Parameters, optimizer_step
from engine.optim.penalties import PENALTIES
from tests.engine_helpers import (
    MODES,
    assert_same_bits,
    kernels_of,
    network_spec,
    parameters_of,
    take_steps,
    update_config,
)

SIZES = (1, 1)
START = np.array([0.5, 0.25])
X, TARGET = np.array([[2.0]]), np.array([[0.5]])
HYPERPARAMETERS = {"momentum": 0.5, "rho": 0.75, "beta1": 0.5, "beta2": 0.75, "weight_decay": 0.25}


def steps(optimizer, mode, count, rate=0.25, **settings):
    parameters = parameters_of(START, SIZES)
    config = update_config(optimizer=optimizer, **{**HYPERPARAMETERS, **settings})
    take_steps(kernels_of(mode), parameters, network_spec(SIZES), config, rate, X, TARGET, count)
    return parameters


def gradient_at(w, b):
    error = 2 * w + b - 0.5
    return 2 * error, error


@pytest.mark.parametrize("mode", MODES)
def test_momentum_adds_half_of_the_last_step_to_the_gradient(mode):
    # m = (1.5, 0.75), moved by 0.25 m: (0.125, 0.0625). p = 0.3125, error -0.1875, gradient (-0.375, -0.1875);
    # m = 0.5 m + g = (0.375, 0.1875), moved by (0.09375, 0.046875).
    assert steps("momentum", mode, 1).theta.tolist() == [0.125, 0.0625]
    parameters = steps("momentum", mode, 2)
    assert parameters.theta.tolist() == [0.03125, 0.015625]
    assert parameters.state[0].tolist() == [0.375, 0.1875]


@pytest.mark.parametrize("mode", MODES)
def test_nesterov_looks_ahead_by_half_of_the_new_step(mode):
    # m = g = (1.5, 0.75), moved by 0.25 (g + 0.5 m) = 0.25 (2.25, 1.125).
    assert steps("nesterov", mode, 1).theta.tolist() == [0.5 - 0.5625, 0.25 - 0.28125]


@pytest.mark.parametrize("mode", MODES)
def test_rmsprop_divides_by_the_root_of_the_mean_square(mode):
    # v = 0.25 g^2, so g / sqrt(v) = 2 for both parameters, apart from the 1e-8 in the denominator.
    parameters = steps("rmsprop", mode, 1)
    assert parameters.state[0].tolist() == [0.25 * 2.25, 0.25 * 0.5625]
    assert parameters.theta == pytest.approx([0.0, -0.25], abs=2e-8)


@pytest.mark.parametrize("mode", MODES)
def test_adagrad_divides_by_the_root_of_the_sum_of_squares(mode):
    # At first g / |g| = 1, so theta = (0.25, 0). Then p equals the target 0.5, and the gradient is 0.
    first = steps("adagrad", mode, 1)
    assert first.theta == pytest.approx([0.25, 0.0], abs=1e-9)
    assert first.state[0].tolist() == [2.25, 0.5625]
    assert steps("adagrad", mode, 2).theta == pytest.approx([0.25, 0.0], abs=1e-9)


@pytest.mark.parametrize("mode", MODES)
def test_adam_corrects_the_bias_of_its_averages(mode):
    # m = 0.5 g, m' = g; v = 0.25 g^2, v' = g^2: the first step is 0.25 for both parameters.
    first = steps("adam", mode, 1)
    assert first.theta == pytest.approx([0.25, 0.0], abs=1e-8)
    assert first.state.tolist() == [[0.75, 0.375], [0.5625, 0.140625]]
    assert first.beta_powers.tolist() == [0.5, 0.75]
    # At (0.25, 0) the gradient is 0: m = 0.25 g, m' = g / 3; v = 3/16 g^2, v' = 3/7 g^2.
    move = 0.25 * (1 / 3) / math.sqrt(3 / 7)
    second = steps("adam", mode, 2)
    assert second.theta == pytest.approx([0.25 - move, -move], abs=3e-8)
    assert second.beta_powers.tolist() == [0.25, 0.5625]


@pytest.mark.parametrize("mode", MODES)
def test_adamw_first_decays_weights_and_biases(mode):
    # times 1 - 0.25 * 0.25, then Adam's step of 0.25
    assert steps("adamw", mode, 1).theta == pytest.approx([0.9375 * 0.5 - 0.25, 0.9375 * 0.25 - 0.25], abs=1e-8)


@pytest.mark.parametrize("mode", MODES)
def test_clipping_shortens_only_long_gradients(mode):
    length = math.hypot(1.5, 0.75)
    long = steps("sgd", mode, 1, clip_norm=length / 2)
    assert long.theta == pytest.approx([0.5 - 0.125 * 1.5, 0.25 - 0.125 * 0.75], abs=1e-6)
    assert steps("sgd", mode, 1, clip_norm=length * 2).theta.tolist() == [0.125, 0.0625]


@pytest.mark.parametrize("mode", MODES)
def test_clipping_uses_the_norm_of_the_mean_gradient(mode):
    x, targets = np.repeat(X, 8, axis=1), np.repeat(TARGET, 8, axis=1)
    parameters = parameters_of(START, SIZES)
    take_steps(kernels_of(mode), parameters, network_spec(SIZES), update_config(clip_norm=2.0), 0.25, x, targets)
    assert parameters.theta.tolist() == [0.125, 0.0625]  # the mean has length 1.68; the sum would have 13.4


@pytest.mark.parametrize("mode", MODES)
def test_the_elastic_net_combines_both_penalties(mode):
    parameters = parameters_of(START, SIZES)
    config = update_config("elastic", 0.5, elastic_ratio=0.25)
    take_steps(kernels_of(mode), parameters, network_spec(SIZES), config, 0.25, X, TARGET)
    # 0.125 after the gradient step, minus 0.25 * 0.5 * (0.25 * 1 + 0.75 * 0.5); the bias is not penalized
    assert parameters.theta.tolist() == [0.125 - 0.078125, 0.0625]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("penalty", [name for name, entry in PENALTIES.items() if entry.clamps_at_zero])
def test_a_clamping_penalty_freezes_a_weight_that_crosses_0(penalty, mode):
    parameters = parameters_of(START, SIZES)
    take_steps(kernels_of(mode), parameters, network_spec(SIZES), update_config(penalty, 8.0), 0.25, X, TARGET)
    assert parameters.theta.tolist() == [0.0, 0.0625]
    assert parameters.mask.tolist() == [0, 1]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_locked_parameter_keeps_its_value_in_spite_of_the_optimizers_state(optimizer, mode):
    trainer = Trainer(Experiment(optimizer=optimizer, penalty="L2", penalty_rate=0.1), kernels_of(mode))
    trainer.run(3)  # builds up a state that would keep moving the weight
    before = trainer.weights[0][1, 0]
    trainer.lock(0, 1, 0)
    trainer.run(5)
    assert trainer.weights[0][1, 0] == before
    assert trainer.theta.tolist() != Trainer(trainer.experiment).theta.tolist()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_state_has_the_size_in_the_registry(name):
    trainer = Trainer(Experiment(optimizer=name, features=tuple(FEATURES)))
    trainer.run(2)
    state = trainer.checkpoint().state
    assert state.size == OPTIMIZERS[name].state_size(trainer.theta.size)
    assert bool(OPTIMIZERS[name].slots) == bool(state.any())


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "sgd"])
def test_a_step_moves_against_the_gradient_in_proportion_to_the_rate(name):
    moves = []
    for rate in (0.1, 0.05):
        theta = np.zeros(3)
        parameters = Parameters(theta, np.ones(3), np.ones(3), np.zeros((MAX_SLOTS, 3)), np.ones(BETA_POWERS))
        hyperparameters = Hyperparameters(**HYPERPARAMETERS)
        optimizer_step(OPTIMIZERS[name].code, parameters, np.array([4.0, -2.0, 0.0]), 2, rate, hyperparameters)
        moves.append(theta)
    assert (np.sign(moves[0]) == [-1, 1, 0]).all()
    assert_same_bits(moves[0], 2 * moves[1])


def test_the_docstrings_gradient_is_correct():
    assert gradient_at(0.5, 0.25) == (1.5, 0.75)
