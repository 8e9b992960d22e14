"""The mathematics of the playground: data, network, training, boundaries, explanation.

The engine does no input or output, reads no clock and starts no thread, so every result follows from its
arguments alone. Letters used in shape comments: F features, U units of a layer, B points in a batch, N points,
P parameters, K outputs.
"""

from engine.analysis.explain import explain
from engine.interchange.links import Link, View, read_link, write_link
from engine.training.experiment import Experiment
from engine.training.trainer import Trainer

__all__ = ["Experiment", "Link", "Trainer", "View", "explain", "read_link", "write_link"]
