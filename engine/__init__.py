"""The mathematics of the playground: data, networks, training, explanations, links and files.

The engine does no input or output, reads no clock and starts no thread, so every result follows from its
arguments alone. Everything a notebook needs is imported from here; `docs/engine.md` shows how.

Letters in comments on shapes: F features, U units of a layer, B points in a batch, N points, P parameters, K outputs.
"""

from engine.analysis.chain_rule import paths_to
from engine.analysis.collapsed_affine import collapsed_affine
from engine.analysis.diagnosis import diagnose
from engine.analysis.example_step import example_step
from engine.analysis.explain import explain
from engine.analysis.gradient_check import check_gradient
from engine.analysis.gradient_flow import gradient_flow
from engine.analysis.metrics import accuracy, confusion, precision, r_squared, recall
from engine.data.datasets import DATASETS
from engine.data.features import FEATURES
from engine.data.own_data import OwnData
from engine.interchange.export import FRAMEWORKS, export
from engine.interchange.links import Link, experiment_from_link, link_to, read_link
from engine.interchange.model_file import ModelFile, model_from_json, model_to_json
from engine.interchange.view import View
from engine.nn.activations import ACTIVATIONS
from engine.nn.initializers import INITIALIZERS
from engine.nn.losses import LOSSES
from engine.optim.optimizers import OPTIMIZERS
from engine.optim.penalties import PENALTIES
from engine.optim.schedules import SCHEDULES
from engine.training.checkpoint import Checkpoint
from engine.training.experiment import Experiment
from engine.training.trainer import Trainer

__all__ = [
    "ACTIVATIONS",
    "DATASETS",
    "FEATURES",
    "FRAMEWORKS",
    "INITIALIZERS",
    "LOSSES",
    "OPTIMIZERS",
    "PENALTIES",
    "SCHEDULES",
    "Checkpoint",
    "Experiment",
    "Link",
    "ModelFile",
    "OwnData",
    "Trainer",
    "View",
    "accuracy",
    "check_gradient",
    "collapsed_affine",
    "confusion",
    "diagnose",
    "example_step",
    "experiment_from_link",
    "explain",
    "export",
    "gradient_flow",
    "link_to",
    "model_from_json",
    "model_to_json",
    "paths_to",
    "precision",
    "r_squared",
    "read_link",
    "recall",
]
