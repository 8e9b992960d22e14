"""Compute the update that one example alone would make, and its loss afterwards."""

from dataclasses import dataclass

import numpy as np

from engine.analysis.explain import Explanation, explain_inputs
from engine.numerics.types import Array
from engine.optim.update import clip, step
from engine.training.trainer import Trainer


@dataclass(frozen=True)
class ExampleStep:
    """An update from one example's gradient; all vectors are in the order of theta (P,).

    `descended` is theta after the optimizer, `theta` after the penalty, too. `gradient` is what the optimizer gets:
    that of frozen parameters is 0, and clipping multiplies the rest by `shortened`. The states are (slots, P),
    `beta_powers` are beta1^t and beta2^t after the step.
    """

    learning_rate: float
    shortened: float
    gradient: Array
    state_before: Array
    state: Array
    beta_powers: Array
    descended: Array
    theta: Array
    loss: float  # of the example, after the step


def example_step(trainer: Trainer, explanation: Explanation) -> ExampleStep:
    """Compute the update from an explained example without changing the trainer."""
    config, rate = trainer.update_config, trainer.learning_rate
    parameters, twin = trainer.parameters(), trainer.parameters()
    whole = explanation.gradient
    gradient = whole * parameters.mask
    norm = float(np.linalg.norm(gradient))
    before = parameters.state.copy()
    with np.errstate(all="ignore"):
        clip(gradient, 1, config.clip_norm)
        shortened = float(np.linalg.norm(gradient)) / norm if norm else 1.0
        step(parameters, whole.copy(), 1, rate, config)
        step(twin, whole.copy(), 1, rate, config._replace(penalty_rate=0.0))
    after = explain_inputs(parameters.theta, trainer.network, explanation.inputs, explanation.target)
    return ExampleStep(
        rate,
        shortened,
        gradient,
        before,
        parameters.state,
        parameters.beta_powers,
        twin.theta,
        parameters.theta,
        after.loss,
    )
