"""Explain one example: every number of its forward and backward pass, by name."""

from dataclasses import dataclass

import numpy as np

from engine.data.features import feature_matrix
from engine.nn.activations import derivative
from engine.nn.losses import loss_value, output_gradient
from engine.nn.network import NetworkSpec, backward, forward, layer_views, split, workspace
from engine.numerics.types import Array
from engine.training.classes import targets_of
from engine.training.experiment import Experiment
from engine.training.trainer import Trainer


@dataclass(frozen=True)
class LayerPass:
    """One layer of U neurons with I inputs, both ways. All gradients are those of this example's loss.

    delta is a_gradient times derivative, except for a softmax: each z moves every output there, so derivative is only
    da_k/dz_k, and delta, the sum over all outputs, is a - target.
    """

    inputs: Array  # (I,)
    weights: Array  # (U, I)
    biases: Array  # (U,)
    z: Array  # (U,) weighted sums
    a: Array  # (U,) activations
    derivative: Array  # (U,) da/dz
    a_gradient: Array  # (U,) dL/da
    delta: Array  # (U,) dL/dz
    weight_gradient: Array  # (U, I)
    bias_gradient: Array  # (U,)


@dataclass(frozen=True)
class Explanation:
    """The forward and the backward pass of one example; `layers` from the first hidden one to the output."""

    point: tuple[float, float] | None
    target: Array  # (K,)
    inputs: Array  # (F,)
    layers: list[LayerPass]
    output: Array  # (K,)
    loss: float

    @property
    def gradient(self) -> Array:
        """The derivatives with respect to all parameters, (P,), in the order of theta."""
        return np.concatenate(
            [part.ravel() for layer in self.layers for part in (layer.weight_gradient, layer.bias_gradient)]
        )


def is_valid_example(experiment: Experiment, example: tuple[float, ...]) -> bool:
    """Tell whether x1, x2 and the target or targets form an example of an experiment."""
    count, classes = len(example) - 2, experiment.class_count
    if count == 1 and classes > 1:
        return example[2] in ((-1, 1) if classes == 2 else range(classes))
    return count in (1, experiment.outputs)


def explain(trainer: Trainer, point: tuple[float, float], target: float | list[float] | Array) -> Explanation:
    """Explain a point of the plane.

    A single target is a label, as in the data. A list holds one number per output for the loss to compare with.
    """
    x1, x2 = float(point[0]), float(point[1])
    x = feature_matrix(np.array([[x1, x2]]), trainer.experiment.inputs)
    given = np.asarray(target, np.float64)
    targets = targets_of(trainer.experiment, given)[:, 0] if given.ndim == 0 else given
    return explain_inputs(trainer.theta, trainer.network, x[:, 0], targets, (x1, x2))


def explain_inputs(
    theta: Array, network: NetworkSpec, x: Array, target: Array, point: tuple[float, float] | None = None
) -> Explanation:
    """Explain the network's inputs x (F,) for any parameters theta (P,)."""
    sizes = [int(size) for size in network.sizes]
    targets = np.asarray(target, np.float64).reshape(sizes[-1], 1)
    column = np.ascontiguousarray(x, dtype=np.float64).reshape(-1, 1)
    space = workspace(sizes, 1)
    with np.errstate(all="ignore"):
        forward(theta, network, column, space)
        backward(theta, network, column, targets, space)
    weights, biases = split(theta.copy(), sizes)
    weight_gradients, bias_gradients = split(space.gradient, sizes)
    parts = (layer_views(buffer, sizes, 1) for buffer in (space.z, space.a, space.delta))
    zs, activations, deltas = ([part[:, 0] for part in views] for views in parts)
    layers: list[LayerPass] = []
    inputs = column[:, 0]
    for layer, (z, a, delta) in enumerate(zip(zs, activations, deltas, strict=True)):
        if layer + 1 < len(weights):
            a_gradient = weights[layer + 1].T @ deltas[layer + 1]
        else:
            a_gradient = output_gradient(network.loss, network.huber_delta, a[:, None], targets)[:, 0]
        layers.append(
            LayerPass(
                inputs=inputs,
                weights=weights[layer],
                biases=biases[layer],
                z=z,
                a=a,
                derivative=derivative(int(network.codes[layer]), z, a),
                a_gradient=a_gradient,
                delta=delta,
                weight_gradient=weight_gradients[layer],
                bias_gradient=bias_gradients[layer],
            )
        )
        inputs = a
    z, p = layers[-1].z[:, None], layers[-1].a[:, None]
    loss = float(loss_value(network.loss, network.huber_delta, z, p, targets)[0])
    return Explanation(point, targets[:, 0], column[:, 0], layers, layers[-1].a, loss)
