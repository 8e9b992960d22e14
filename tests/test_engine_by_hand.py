"""Test steps of training worked out by hand: a published example, both penalties, a batch.

Matt Mazur, "A Step by Step Backpropagation Example" (2015): two inputs, two hidden and two output neurons, all
sigmoid, one example, learning rate 0.5, biases left alone. The engine runs it unchanged: K = 2 outputs, and a mask
that freezes the biases.
"""

import numpy as np
import pytest

from engine import Experiment, Trainer, explain
from engine.analysis.example_step import example_step
from engine.nn.network import split, workspace
from tests.engine_helpers import MODES, kernels_of, network_spec, parameters_of, take_steps, update_config, weight_flags

PUBLISHED = 5e-10  # the article prints nine decimals


def train(mode, parameters, network, config, x, targets, steps=1, rate=0.125):
    """Take `steps` steps on the same batch x (F, B), targets (K, B)."""
    take_steps(kernels_of(mode), parameters, network, config, rate, np.array(x, float), np.array(targets, float), steps)


def mean_loss(mode, parameters, network, x, targets):
    x, targets = np.array(x, float), np.array(targets, float)
    return kernels_of(mode).evaluate(parameters.theta, network, x, targets, workspace(list(network.sizes), x.shape[1]))


MAZUR_SIZES = (2, 2, 2)
MAZUR_INPUTS, MAZUR_TARGETS = [[0.05], [0.10]], [[0.01], [0.99]]


def mazur():
    """Return theta = w1..w4, b1, b1, w5..w8, b2, b2 with frozen biases, and the network."""
    theta = np.array([0.15, 0.20, 0.25, 0.30, 0.35, 0.35, 0.40, 0.45, 0.50, 0.55, 0.60, 0.60])
    return parameters_of(theta, MAZUR_SIZES, mask=weight_flags(MAZUR_SIZES)), network_spec(
        MAZUR_SIZES, "sigmoid", "sigmoid"
    )


@pytest.mark.parametrize("mode", MODES)
def test_mazurs_example_starts_with_the_published_error(mode):
    parameters, network = mazur()
    error = mean_loss(mode, parameters, network, MAZUR_INPUTS, MAZUR_TARGETS)
    assert error == pytest.approx(0.298371109, abs=PUBLISHED)


@pytest.mark.parametrize("mode", MODES)
def test_one_step_of_mazurs_example_gives_the_published_weights(mode):
    parameters, network = mazur()
    train(mode, parameters, network, update_config(), MAZUR_INPUTS, MAZUR_TARGETS, rate=0.5)
    (hidden, output), biases = split(parameters.theta, MAZUR_SIZES)
    assert hidden.ravel() == pytest.approx([0.149780716, 0.199561432, 0.249751144, 0.299502287], abs=PUBLISHED)
    assert output.ravel() == pytest.approx([0.358916480, 0.408666186, 0.511301270, 0.561370121], abs=PUBLISHED)
    assert np.concatenate(biases).tolist() == [0.35, 0.35, 0.60, 0.60]


@pytest.mark.parametrize("mode", MODES)
def test_one_step_of_mazurs_example_lowers_the_error(mode):
    # The article gives 0.291027924 here, because it computes the hidden deltas with updated output weights. The
    # engine computes all gradients at one point, which gives 0.29102777369.
    parameters, network = mazur()
    train(mode, parameters, network, update_config(), MAZUR_INPUTS, MAZUR_TARGETS, rate=0.5)
    error = mean_loss(mode, parameters, network, MAZUR_INPUTS, MAZUR_TARGETS)
    assert error == pytest.approx(0.29102777369, abs=5e-12)


# One linear neuron, p = 2 w1 - w2 + b, can be checked on paper. It starts at w = (0.5, -0.25), b = 0.25:
# p = 1 + 0.25 + 0.25 = 1.5. With target 0.5 the loss is 0.5 * 1^2 = 0.5, dL/dp = 1, and the gradient (2, -1, 1).
LINE_SIZES = (2, 1)
LINE = np.array([0.5, -0.25, 0.25])
LINE_INPUTS, LINE_TARGETS = [[2.0], [-1.0]], [[0.5]]


def line():
    return parameters_of(LINE, LINE_SIZES), network_spec(LINE_SIZES)


@pytest.mark.parametrize("mode", MODES)
def test_a_step_of_gradient_descent(mode):
    parameters, network = line()
    assert mean_loss(mode, parameters, network, LINE_INPUTS, LINE_TARGETS) == 0.5
    train(mode, parameters, network, update_config(), LINE_INPUTS, LINE_TARGETS)
    # minus 0.125 * (2, -1, 1); all are exact in binary
    assert parameters.theta.tolist() == [0.25, -0.125, 0.125]
    # p = 0.5 + 0.125 + 0.125 = 0.75, loss 0.5 * 0.25^2
    assert mean_loss(mode, parameters, network, LINE_INPUTS, LINE_TARGETS) == 0.03125


@pytest.mark.parametrize("mode", MODES)
def test_L2_uses_the_weights_before_the_gradient_step(mode):
    parameters, network = line()
    train(mode, parameters, network, update_config("L2", 0.5), LINE_INPUTS, LINE_TARGETS)
    # 0.25 - 0.125 * 0.5 * 0.5 and -0.125 + 0.125 * 0.5 * 0.25; the bias is not pulled
    assert parameters.theta.tolist() == [0.21875, -0.109375, 0.125]


@pytest.mark.parametrize("mode", MODES)
def test_L1_moves_every_weight_by_the_same_amount(mode):
    parameters, network = line()
    train(mode, parameters, network, update_config("L1", 0.5), LINE_INPUTS, LINE_TARGETS)
    # towards 0 by 0.125 * 0.5 = 0.0625; the bias is not pulled
    assert parameters.theta.tolist() == [0.1875, -0.0625, 0.125]
    assert parameters.mask.tolist() == [1, 1, 1]


@pytest.mark.parametrize("mode", MODES)
def test_a_weight_that_L1_pulls_across_0_stays_dead(mode):
    parameters, network = line()
    train(mode, parameters, network, update_config("L1", 1.5), LINE_INPUTS, LINE_TARGETS)
    # The penalty moves weights by 0.125 * 1.5 = 0.1875: 0.25 - 0.1875 stays alive, -0.125 + 0.1875 > 0 crossed 0.
    assert parameters.theta.tolist() == [0.0625, 0.0, 0.125]
    assert parameters.mask.tolist() == [1, 0, 1]
    # p = 0.125 + 0.125 = 0.25, dL/dp = -0.25, gradient (-0.5, 0.25, -0.25). The dead weight stays at 0;
    # the others become 0.0625 + 0.125 * 0.5 and 0.125 + 0.125 * 0.25.
    train(mode, parameters, network, update_config(), LINE_INPUTS, LINE_TARGETS)
    assert parameters.theta.tolist() == [0.125, 0.0, 0.15625]


@pytest.mark.parametrize("mode", MODES)
def test_a_weight_that_L1_pulls_to_exactly_0_stays_alive(mode):
    parameters, network = line()
    train(mode, parameters, network, update_config("L1", 1.0), LINE_INPUTS, LINE_TARGETS)
    # The penalty moves weights by 0.125: to 0.25 - 0.125, and to -0.125 + 0.125, which reaches 0 without crossing it.
    assert parameters.theta.tolist() == [0.125, 0.0, 0.125]
    assert parameters.mask.tolist() == [1, 1, 1]


@pytest.mark.parametrize("mode", MODES)
def test_a_weight_that_the_gradient_moves_across_0_stays_alive(mode):
    parameters, network = line()
    train(mode, parameters, network, update_config("L1", 0.25), LINE_INPUTS, LINE_TARGETS, rate=0.5)
    # The gradient step takes w to (-0.5, 0.25), across 0. The penalty's 0.125 has the sign of w before: away from 0.
    assert parameters.theta.tolist() == [-0.625, 0.375, -0.25]
    assert parameters.mask.tolist() == [1, 1, 1]


@pytest.mark.parametrize("mode", MODES)
def test_a_batch_takes_one_step_with_the_mean_gradient(mode):
    parameters, network = line()
    # A second point (0, 2) with target -1: p = -0.5 + 0.25 = -0.25, dL/dp = 0.75, gradient (0, 1.5, 0.75).
    # The mean with (2, -1, 1) is (1, 0.25, 0.875); times 0.125: (0.125, 0.03125, 0.109375).
    train(mode, parameters, network, update_config(), [[2.0, 0.0], [-1.0, 2.0]], [[0.5, -1.0]])
    assert parameters.theta.tolist() == [0.375, -0.28125, 0.140625]


@pytest.mark.parametrize("mode", MODES)
def test_gradient_and_penalty_leave_a_frozen_parameter_alone(mode):
    _, network = line()
    parameters = parameters_of(LINE, LINE_SIZES, mask=np.array([0.0, 1.0, 0.0]))
    train(mode, parameters, network, update_config("L2", 0.5), LINE_INPUTS, LINE_TARGETS)
    assert parameters.theta.tolist() == [0.5, -0.109375, 0.25]


def test_mazurs_network_can_be_explained():
    experiment = Experiment(loss="square-each", activation="sigmoid", hidden_layers=(2,), learning_rate=0.5)
    trainer = Trainer(experiment)
    (hidden, output), biases = split(mazur()[0].theta, MAZUR_SIZES)
    for layer, (weights, bias) in enumerate(zip((hidden, output), biases, strict=True)):
        for neuron, source in np.ndindex(2, 2):
            trainer.set_weight(layer, neuron, source, weights[neuron, source])
        for neuron in range(2):
            trainer.set_weight(layer, neuron, None, bias[neuron])
            trainer.lock(layer, neuron, None)
    explanation = explain(trainer, (0.05, 0.10), [0.01, 0.99])
    step = example_step(trainer, explanation)
    assert explanation.loss == pytest.approx(0.298371109, abs=PUBLISHED)
    assert explanation.output.tolist() == pytest.approx([0.751365070, 0.772928465], abs=PUBLISHED)
    assert explanation.layers[1].delta[0] == pytest.approx(0.138498562, abs=PUBLISHED)
    assert explanation.layers[1].weight_gradient[0, 0] == pytest.approx(0.082167041, abs=PUBLISHED)
    assert explanation.layers[0].weight_gradient[0, 0] == pytest.approx(0.000438568, abs=PUBLISHED)
    assert split(step.theta, MAZUR_SIZES)[0][0].ravel() == pytest.approx(
        [0.149780716, 0.199561432, 0.249751144, 0.299502287], abs=PUBLISHED
    )
    assert step.loss == pytest.approx(0.291027774, abs=PUBLISHED)
