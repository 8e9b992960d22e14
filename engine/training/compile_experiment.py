"""Translate an Experiment for the kernels: codes for names, vectors for settings, initial parameters."""

import math

import numpy as np

from engine.nn.activations import ACTIVATIONS, OUTPUT_ACTIVATIONS
from engine.nn.initializers import INITIALIZERS
from engine.nn.losses import LOSSES
from engine.nn.network import NetworkSpec, layout
from engine.numerics.types import Array
from engine.optim.optimizers import BETA_POWERS, MAX_SLOTS, OPTIMIZERS, Hyperparameters, Parameters
from engine.optim.penalties import PENALTIES
from engine.optim.update import UpdateConfig
from engine.training.experiment import Experiment
from engine.training.samples import weights_stream


def network_spec(experiment: Experiment) -> NetworkSpec:
    """Describe the network of an experiment to the kernels."""
    codes = [ACTIVATIONS[name].code for name in experiment.activations]
    codes.append(OUTPUT_ACTIVATIONS[experiment.output_activation].code)
    sizes = np.array(experiment.sizes)
    return NetworkSpec(sizes, np.array(codes), LOSSES[experiment.loss].code, float(experiment.huber_delta))


def update_config(experiment: Experiment) -> UpdateConfig:
    """Describe the updates of an experiment to the kernels.

    Every float must be a float: an int would make Numba compile the kernels again.
    """
    return UpdateConfig(
        optimizer=OPTIMIZERS[experiment.optimizer].code,
        hyperparameters=Hyperparameters(*(float(getattr(experiment, name)) for name in Hyperparameters._fields)),
        penalty=PENALTIES[experiment.penalty].code,
        penalty_rate=float(experiment.penalty_rate),
        elastic_ratio=float(experiment.elastic_ratio),
        clip_norm=math.inf if experiment.clip_norm is None else float(experiment.clip_norm),
        dropout=float(experiment.dropout),
        shuffle=experiment.shuffle,
    )


def initial_theta(experiment: Experiment) -> Array:
    """Draw the weights of epoch 0: layer by layer, neuron by neuron, input by input."""
    rng = weights_stream(experiment)
    initializer, scale = INITIALIZERS[experiment.initializer], experiment.init_scale
    theta = np.full(experiment.parameter_count, initializer.bias)
    for at in layout(experiment.sizes):
        for i in range(at.start, at.biases):
            theta[i] = initializer.weight(rng, at.columns, at.rows, scale)
    return theta


def initial_parameters(experiment: Experiment) -> Parameters:
    """Return the parameters of epoch 0, all free, with an empty optimizer state."""
    is_weight = np.zeros(experiment.parameter_count)
    for at in layout(experiment.sizes):
        is_weight[at.start : at.biases] = 1.0
    return Parameters(
        theta=initial_theta(experiment),
        mask=np.ones_like(is_weight),
        is_weight=is_weight,
        state=np.zeros((MAX_SLOTS, is_weight.size)),
        beta_powers=np.ones(BETA_POWERS),
    )
