"""Transfer weights from one network to another of a different shape."""

from engine.nn.network import split
from engine.numerics.types import Array
from engine.training.experiment import Experiment


def transfer(source: Array, target: Array, old: Experiment, new: Experiment) -> None:
    """Copy the entries that two networks share from one parameter vector (P,) to the other.

    Output layers correspond, whatever the number of hidden layers. But a single output (two classes, or a value) shares
    nothing with one output per class.
    """
    old_weights, old_biases = split(source, old.sizes)
    new_weights, new_biases = split(target, new.sizes)
    inputs = [(old.inputs.index(name), new.inputs.index(name)) for name in new.inputs if name in old.inputs]
    shared = min(len(old.hidden_layers), len(new.hidden_layers))
    layers = [(i, i) for i in range(shared)]
    if (old.outputs == 1) == (new.outputs == 1):
        layers.append((len(old_weights) - 1, len(new_weights) - 1))
    for i, j in layers:
        rows = min(len(old_biases[i]), len(new_biases[j]))
        if i == 0 and j == 0:
            columns = inputs
        elif i == 0 or j == 0:  # inputs on one side, neurons on the other: nothing to match
            columns = []
        else:
            columns = [(k, k) for k in range(min(old_weights[i].shape[1], new_weights[j].shape[1]))]
        for from_column, to_column in columns:
            new_weights[j][:rows, to_column] = old_weights[i][:rows, from_column]
        new_biases[j][:rows] = old_biases[i][:rows]
