"""Trainer: an Experiment in motion. It holds the data, the parameters and the epoch, and nothing of the clock."""

import functools
import math
from typing import Self

import numpy as np

from engine import compiled
from engine.activations import ACTIVATIONS
from engine.boundary import unit_outputs
from engine.checkpoint import LARGEST, Checkpoint
from engine.datasets import DATASETS
from engine.experiment import Experiment
from engine.features import feature_matrix
from engine.initializers import INITIALIZERS
from engine.losses import LOSSES
from engine.network import (
    PLAIN,
    Kernels,
    Model,
    Rule,
    Workspace,
    compiled_kernels,
    forward,
    layout,
    split,
    workspace,
)
from engine.optimizers import OPTIMIZERS, Parameters
from engine.penalties import L1, PENALTIES
from engine.seedrandom import SeedRandom
from engine.types import Array, Flags, Single

MAX_VALUE = 1e6  # the largest weight that may be set by hand


@functools.lru_cache(maxsize=64)
def _shuffled_points(dataset: str, seed: str, noise: float) -> tuple[Array, SeedRandom]:
    """Return the points (N, 3) of a dataset in shuffled order, and the generator as it stands after them."""
    rng = SeedRandom(seed)
    source = DATASETS[dataset]
    points, targets = source.points(rng, source.count, noise / 100)
    order = list(range(source.count))
    rng.shuffle(order)
    return np.column_stack([points, targets])[order], rng


def initial_theta(experiment: Experiment) -> Array:
    """Draw the weights of epoch 0: layer by layer, neuron by neuron, input by input."""
    if experiment.weights_seed is None:
        rng = _shuffled_points(experiment.dataset, experiment.seed, experiment.noise)[1].copy()
    else:
        rng = SeedRandom(experiment.weights_seed)
    initializer = INITIALIZERS[experiment.initializer]
    theta = np.full(experiment.parameter_count, initializer.bias)
    for at in layout(experiment.sizes):
        for i in range(at.start, at.biases):
            theta[i] = initializer.weight(rng)
    return theta


class Trainer:
    """Trains an Experiment's network on its data.

    `kernels` chooses how: `PLAIN` runs as plain NumPy, `compiled_kernels()` as machine code. Left out, it is the
    compiled one where Numba is installed. `diverged` is the epoch in which the parameters passed 1e100, or None:
    from there on `run` stands still, with the parameters of the epoch before. `finished` is the stop condition
    that was met (`stop_epochs`, `stop_loss` or `stop_patience`), or None.
    """

    def __init__(self, experiment: Experiment, kernels: Kernels | None = None) -> None:
        self.experiment = experiment
        self.kernels = kernels or (compiled_kernels() if compiled.AVAILABLE else PLAIN)
        self.epoch = 0
        self.diverged: int | None = None
        self.finished: str | None = None
        self._losses: tuple[float, float] | None = None
        self._best = (math.inf, 0)  # the lowest test loss since `resume`, and its epoch

        samples, _ = _shuffled_points(experiment.dataset, experiment.seed, experiment.noise)
        count = math.floor(len(samples) * experiment.train_percent / 100)
        self.train_points, self.train_labels = samples[:count, :2].copy(), samples[:count, 2].copy()
        self.test_points, self.test_labels = samples[count:, :2].copy(), samples[count:, 2].copy()

        activation = ACTIVATIONS[experiment.activation].code
        link = ACTIVATIONS[experiment.output_activation].code
        hidden = len(experiment.hidden_layers)
        self._model = Model(
            np.array(experiment.sizes), np.array([activation] * hidden + [link]), LOSSES[experiment.loss].code
        )
        is_weight = np.zeros(experiment.parameter_count)
        for at in layout(experiment.sizes):
            is_weight[at.start : at.biases] = 1.0
        self._parameters = Parameters(
            theta=initial_theta(experiment),
            mask=np.ones_like(is_weight),
            is_weight=is_weight,
            state=np.zeros((OPTIMIZERS[experiment.optimizer].slots, is_weight.size)),
        )
        self._set_rule()
        self._set_data()
        start = experiment.start_checkpoint()
        if start is not None:
            self._load(start)

    def _set_rule(self) -> None:
        experiment = self.experiment
        self._rule = Rule(
            OPTIMIZERS[experiment.optimizer].code,
            float(experiment.learning_rate),  # an int here would have the kernels compiled once more
            PENALTIES[experiment.penalty].code,
            float(experiment.penalty_rate),
        )

    def _set_data(self) -> None:
        """Lay out the training set as full batches (batches, F, B) and a rest (F, R)."""
        features = self.experiment.features
        x, t = feature_matrix(self.train_points, features), self.train_labels[None, :]
        self._train_set = x, t.copy()
        self._test_set = feature_matrix(self.test_points, features), self.test_labels[None, :].copy()
        batch = min(self.experiment.batch_size, x.shape[1])
        full = x.shape[1] // batch

        def batches(rows: Array) -> Array:
            cut = rows[:, : full * batch].reshape(rows.shape[0], full, batch)
            return np.ascontiguousarray(cut.transpose(1, 0, 2))

        rest = [np.ascontiguousarray(rows[:, full * batch :]) for rows in (x, t)]
        self._batches = batches(x), batches(t), rest[0], rest[1]
        self._space = workspace(self.experiment.sizes, batch)
        self._wide_space: Workspace = workspace(self.experiment.sizes, max(x.shape[1], len(self.test_points)))

    @property
    def model(self) -> Model:
        """What the kernels need to know of the network."""
        return self._model

    @property
    def theta(self) -> Array:
        """All parameters, (P,), as a copy."""
        return self._parameters.theta.copy()

    @property
    def weights(self) -> list[Array]:
        """The weights of each layer, (neurons, inputs), as copies."""
        return [weights.copy() for weights in split(self._parameters.theta, self.experiment.sizes)[0]]

    @property
    def biases(self) -> list[Array]:
        """The biases of each layer, (neurons,), as copies."""
        return [biases.copy() for biases in split(self._parameters.theta, self.experiment.sizes)[1]]

    @property
    def dead(self) -> Flags:
        """True for each parameter (P,) that training leaves alone."""
        frozen: Flags = self._parameters.mask == 0
        return frozen

    def run(self, epochs: int = 1) -> int:
        """Train so many epochs, fewer if the run diverges or a stop condition is met; return the epoch reached."""
        experiment = self.experiment
        watches_loss = experiment.stop_loss is not None or experiment.stop_patience is not None
        while epochs > 0 and self.diverged is None and self._unfinished():
            asked = 1 if watches_loss else epochs
            if experiment.stop_epochs is not None:
                asked = min(asked, experiment.stop_epochs - self.epoch)
            done = self._train(asked)
            epochs -= done
            self.epoch += done
            self._losses = None
            if done < asked:
                self.diverged = self.epoch + 1
        if self.diverged is None:
            self._unfinished()
        return self.epoch

    def step(self) -> int:
        """Train one epoch, whatever the stop conditions say, unless the run has diverged; return the epoch reached."""
        if self.diverged is None:
            done = self._train(1)
            self.epoch += done
            self._losses = None
            self.finished = None
            if not done:
                self.diverged = self.epoch + 1
        return self.epoch

    def _train(self, epochs: int) -> int:
        with np.errstate(all="ignore"):  # a run about to diverge may overflow; the kernel looks at the outcome
            done = self.kernels.train(
                self._parameters, self._model, self._rule, *self._batches, self._space, epochs, LARGEST
            )
        return int(done)

    def _unfinished(self) -> bool:
        experiment = self.experiment
        self.finished = None
        if experiment.stop_epochs is not None and self.epoch >= experiment.stop_epochs:
            self.finished = "stop_epochs"
        if experiment.stop_loss is not None and self.losses()[1] < experiment.stop_loss:
            self.finished = "stop_loss"
        if experiment.stop_patience is not None:
            test = self.losses()[1]
            if test < self._best[0]:
                self._best = test, self.epoch
            if self.epoch - self._best[1] >= experiment.stop_patience:
                self.finished = "stop_patience"
        return self.finished is None

    def resume(self) -> None:
        """Start counting the epochs without improvement anew."""
        self._best = math.inf, self.epoch

    def losses(self) -> tuple[float, float]:
        """Return (train, test): the mean over each set, without the penalty, as TFP shows them; never NaN."""
        if self._losses is None:
            theta, model = self._parameters.theta, self._model
            with np.errstate(all="ignore"):
                train, test = (
                    float(self.kernels.evaluate(theta, model, x, t, self._wide_space))
                    for x, t in (self._train_set, self._test_set)
                )
            # Huge parameters may lead to ∞ − ∞ on the way: that is no number, and too large a loss.
            self._losses = (math.inf if math.isnan(train) else train), (math.inf if math.isnan(test) else test)
        return self._losses

    def predict(self, points: Array) -> Array:
        """Return the outputs (N,), or (N, K) of K outputs, at points (N, 2) in data coordinates; never NaN."""
        x = feature_matrix(np.asarray(points, np.float64).reshape(-1, 2), self.experiment.features)
        space = workspace(self.experiment.sizes, x.shape[1])
        with np.errstate(all="ignore"):
            forward(self._parameters.theta, self._model, x, space.z, space.a)
        units, outputs = sum(self.experiment.sizes[1:]), self.experiment.sizes[-1]
        p = space.a.reshape(units, x.shape[1])[-outputs:]
        p[np.isnan(p)] = 0.0
        return p[0].copy() if outputs == 1 else p.T.copy()

    def boundary(self, resolution: int = 100) -> Single:
        """Return every unit's output over the plane, inputs first, (units, resolution, resolution); y = +6 on top.

        The plane is [-6, 6]^2, both ends included.
        """
        maps = unit_outputs(self._parameters.theta, self._model, self.experiment.features, resolution)
        return maps.reshape(-1, resolution, resolution)

    def parameter_index(self, layer: int, neuron: int, source: int | None) -> int:
        """Return the place in theta of a weight (`source` is the input's index) or of a bias (None).

        IndexError names what is out of range. Layers count from 0, the first hidden one (or the output).
        """
        places = layout(self.experiment.sizes)
        _check_index("layer", layer, len(places))
        at = places[layer]
        _check_index("neuron", neuron, at.rows)
        if source is None:
            return at.biases + neuron
        _check_index("input", source, at.columns)
        return at.start + neuron * at.columns + source

    def set_weight(self, layer: int, neuron: int, source: int | None, value: float) -> None:
        """Set one weight, or with `source` None a bias; training goes on from there, even if it was dead."""
        if not abs(value) <= MAX_VALUE:
            raise ValueError(f"value {value!r}: a number from {-MAX_VALUE:g} to {MAX_VALUE:g}")
        index = self.parameter_index(layer, neuron, source)
        self._parameters.theta[index] = value
        self._parameters.mask[index] = 1.0
        self._losses = None
        self.diverged = None

    def checkpoint(self) -> Checkpoint:
        """Return all that `restore` needs to go on from here."""
        parameters = self._parameters
        return Checkpoint(self.epoch, parameters.theta.copy(), parameters.mask.copy(), parameters.state.copy())

    @classmethod
    def restore(cls, experiment: Experiment, checkpoint: Checkpoint, kernels: Kernels | None = None) -> Self:
        """Return a trainer that goes on from a checkpoint of the same experiment."""
        trainer = cls(experiment, kernels)
        trainer._load(checkpoint)
        return trainer

    def _load(self, checkpoint: Checkpoint) -> None:
        self.epoch = checkpoint.epoch
        self._parameters.theta[:] = checkpoint.theta
        self._parameters.mask[:] = checkpoint.mask
        self._parameters.state[:] = checkpoint.state
        self._losses = None
        self.resume()

    def continued(self, experiment: Experiment) -> "Trainer":
        """Return a trainer of another experiment that keeps this one's epoch and the weights both have.

        A new feature, neuron or layer starts with the weights that the new experiment draws for it. The last
        layer stays the last. Dead weights stay dead as long as the penalty is L1.
        """
        other = Trainer(experiment, self.kernels)
        keeps_dead = PENALTIES[experiment.penalty].code == L1
        old, new = self.experiment, other.experiment
        pairs = [
            (self._parameters.theta, other._parameters.theta),
            *([(self._parameters.mask, other._parameters.mask)] if keeps_dead else []),
            *(
                zip(self._parameters.state, other._parameters.state, strict=True)
                if old.optimizer == new.optimizer
                else ()
            ),
        ]
        for source, target in pairs:
            _transfer(source, target, old, new)
        other.epoch = self.epoch
        other._losses = None
        other.resume()
        return other


def _check_index(name: str, index: int, count: int) -> None:
    if not 0 <= index < count:
        raise IndexError(f"{name} {index}: 0 to {count - 1}")


def _transfer(source: Array, target: Array, old: Experiment, new: Experiment) -> None:
    """Copy what two networks share from one flat vector to the other."""
    old_weights, old_biases = split(source, old.sizes)
    new_weights, new_biases = split(target, new.sizes)
    inputs = [(old.features.index(name), new.features.index(name)) for name in new.features if name in old.features]
    shared = min(len(old.hidden_layers), len(new.hidden_layers))
    layers = [(i, i) for i in range(shared)] + [(len(old_weights) - 1, len(new_weights) - 1)]
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
