"""The gradient check agrees for every activation and loss, and finds a wrong gradient."""

import numpy as np
import pytest

from engine import Experiment, Trainer
from engine.analysis.gradient_check import AGREEMENT, check_gradient, relative_differences
from engine.nn.activations import ACTIVATIONS
from engine.nn.losses import LOSSES
from engine.text.phrases import InvalidValue
from tests.engine_helpers import MODES, kernels_of

TASKS = {
    "square": {"dataset": "circle"},
    "log": {"dataset": "xor"},
    "cross-entropy": {"dataset": "rings", "classes": 3},
    "huber": {"dataset": "reg-gauss"},
    "square-each": {"dataset": "moons"},
}


def trained(epochs=5, kernels=None, **changes):
    trainer = Trainer(Experiment(**{"seed": "0.3", "hidden_layers": (4, 3), **changes}), kernels)
    trainer.run(epochs)
    return trainer


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_both_gradients_agree_for_every_activation_and_loss(activation, loss):
    check = check_gradient(trained(activation=activation, loss=loss, **TASKS[loss]))
    assert check.agrees
    assert check.digits >= 5
    assert check.difference.max(where=~check.bent, initial=0) < 1e-5


@pytest.mark.parametrize("mode", MODES)
def test_the_gradient_is_the_one_that_training_steps_by(mode):
    trainer = trained(kernels=kernels_of(mode), batch_size=500, train_percent=50, learning_rate=0.1, shuffle=False)
    before = trainer.theta
    check = check_gradient(trainer)
    trainer.step()
    np.testing.assert_allclose(before - trainer.theta, 0.1 * check.gradient, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("mode", MODES)
def test_the_check_changes_nothing(mode):
    trainer = trained(kernels=kernels_of(mode), optimizer="adam", shuffle=True, dropout=0.3)
    twin = Trainer.restore(trainer.experiment, trainer.checkpoint(), trainer.kernels)
    check_gradient(trainer)
    trainer.run(3)
    twin.run(3)
    assert trainer.checkpoint().to_bytes() == twin.checkpoint().to_bytes()


def test_the_batch_is_the_first_of_the_training_set_whatever_training_shuffles_drops_or_penalises():
    plain = check_gradient(trained(epochs=0))
    changed = trained(epochs=0, shuffle=True, dropout=0.5, penalty="L2", penalty_rate=1.0, clip_norm=0.001)
    check = check_gradient(changed)
    assert (check.epoch, check.points) == (0, 10)
    assert check.gradient.tolist() == plain.gradient.tolist()


def test_a_batch_larger_than_the_training_set_is_all_of_it():
    assert check_gradient(trained(train_percent=10, batch_size=500)).points == 50


def test_one_wrong_gradient_among_many_is_found():
    check = check_gradient(trained())
    wrong = check.gradient.copy()
    wrong[7] *= 1.01  # a slip of one in a hundred
    differences = relative_differences(wrong, check.quotient, np.full(wrong.size, 1e-11))
    assert int(np.argmax(differences)) == 7
    assert differences[7] > AGREEMENT
    assert np.delete(differences, 7).max() < AGREEMENT


@pytest.mark.parametrize("wrong", [0.0, -0.01, 0.02])
def test_a_gradient_that_is_missing_turned_or_doubled_differs_in_the_first_digit(wrong):
    (difference,) = relative_differences(np.array([wrong]), np.array([0.01]), np.array([1e-11]))
    assert difference >= 0.5


def test_a_gradient_below_the_rounding_of_the_quotient_is_not_called_wrong():
    assert relative_differences(np.array([1e-14]), np.array([3e-12]), np.array([1e-11]))[0] < AGREEMENT
    assert relative_differences(np.zeros(1), np.zeros(1), np.zeros(1))[0] == 0


def test_large_inputs_and_large_weights_leave_as_many_digits():
    trainer = trained(features=("x", "xCubed", "yCubed"), formulas=("100*x1",))
    trainer.set_weight(0, 0, 0, 300.0)
    trainer.set_weight(2, 0, 0, -4000.0)
    assert check_gradient(trainer).digits >= 5


def test_weights_at_the_bend_of_a_relu_are_marked_and_do_not_count():
    trainer = trained(epochs=0, activation="relu", hidden_layers=(2,), initializer="zero")
    trainer.set_weight(1, 0, 0, 1.0)  # the first neuron's z is exactly 0 for every point, and now it matters
    check = check_gradient(trainer)
    bias = trainer.parameter_index(0, 0, None)
    assert check.bent[bias]
    assert check.difference[bias] > AGREEMENT  # one side's slope is 0, the quotient is half of the other's
    assert not check.bent[trainer.parameter_index(1, 0, None)]
    assert check.agrees


def test_a_smooth_network_has_no_bends():
    assert not check_gradient(trained(activation="tanh")).bent.any()


def test_a_vanished_gradient_is_measured_by_what_the_quotient_can_tell():
    check = check_gradient(trained(hidden_layers=(8,) * 6, activation="sigmoid"))
    assert check.agrees


def test_too_much_work_is_refused_with_what_would_fit():
    wide = trained(epochs=0, hidden_layers=(32,) * 4, batch_size=400, train_percent=90)
    with pytest.raises(InvalidValue, match=r"at most \d+ points") as refusal:
        check_gradient(wide)
    fitting = int(refusal.value.allowed.values["count"])
    assert check_gradient(trained(epochs=0, hidden_layers=(32,) * 4, batch_size=fitting)).points == fitting
    with pytest.raises(InvalidValue, match="a smaller network"):
        check_gradient(trained(epochs=0, hidden_layers=(32,) * 10, batch_size=1))


def test_a_loss_beyond_all_numbers_is_refused():
    trainer = trained(epochs=0, activation="linear", dataset="reg-plane")
    theta = trainer.checkpoint()
    theta.theta[:] = 1e99
    with pytest.raises(InvalidValue, match="make the weights smaller"):
        check_gradient(Trainer.restore(trainer.experiment, theta))
