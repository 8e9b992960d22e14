"""Trainer: run an Experiment. It holds the data, the parameters and the epoch."""

import math
from typing import Self

import numpy as np

from engine.data.features import feature_matrix
from engine.nn.boundary import unit_outputs
from engine.nn.network import NetworkSpec, Workspace, forward, layer_views, layout, split, workspace
from engine.numerics import jit
from engine.numerics.counter_rng import epoch_keys
from engine.numerics.types import Array, Flags, Integers, Single
from engine.optim.optimizers import OPTIMIZERS, Parameters
from engine.optim.penalties import PENALTIES
from engine.optim.schedules import schedule_factors
from engine.optim.update import UpdateConfig
from engine.training.checkpoint import LARGEST, MAX_EPOCH, Checkpoint
from engine.training.classes import predicted_classes
from engine.training.compile_experiment import initial_parameters, network_spec, update_config
from engine.training.continuation import transfer
from engine.training.experiment import LIVE_SETTINGS, Experiment
from engine.training.kernels import PLAIN, Epochs, Kernels, compiled_kernels
from engine.training.pruning import SIZE, Pruned, prune
from engine.training.samples import batches_of, design_matrices, samples_of

MAX_VALUE = 1e6  # largest weight that can be set by hand
MANY = 4096  # most epochs in one call of a kernel
KEPT = 200_000  # units times points of the largest workspace that is kept between calls: 5 MB


class Trainer:
    """Train an Experiment's network on its data.

    `kernels` is `PLAIN` (NumPy) or `compiled_kernels()` (machine code, the default if Numba is installed).
    `diverged` is the epoch in which a parameter exceeded 1e100, or None. After divergence `run` does nothing, and the
    parameters are those of the epoch before. `finished` names the stop condition that was met (`stop_epochs`,
    `stop_loss` or `stop_patience`), or is None.
    """

    def __init__(self, experiment: Experiment, kernels: Kernels | None = None) -> None:
        self.experiment = experiment
        self._sizes = experiment.sizes
        self.kernels = kernels or (compiled_kernels() if jit.AVAILABLE else PLAIN)
        self.epoch = 0
        self.diverged: int | None = None
        self.finished: str | None = None
        self._losses: tuple[float, float] | None = None
        self._validation_loss: float | None = None
        self._outputs: list[Array] = []
        self._best = (math.inf, 0)  # the lowest loss that early stopping has seen, and its epoch

        samples = samples_of(experiment)
        self.train_points, self.train_labels = samples.train_points, samples.train_labels
        self.test_points, self.test_labels = samples.test_points, samples.test_labels
        self.validation_points, self.validation_labels = samples.validation_points, samples.validation_labels
        self._train_set = design_matrices(experiment, self.train_points, self.train_labels)
        self._test_set = design_matrices(experiment, self.test_points, self.test_labels)
        self._validation_set = design_matrices(experiment, self.validation_points, self.validation_labels)
        self._batches = batches_of(*self._train_set, experiment.batch_size)
        self._spaces: dict[tuple[int, bool], Workspace] = {}  # by points and whether they are for dropout

        self._network = network_spec(experiment)
        self._update_config = update_config(experiment)
        self._parameters = initial_parameters(experiment)
        self._locked = np.zeros_like(self._parameters.mask)
        start = experiment.start_checkpoint()
        if start is not None:
            self._load(start)

    @property
    def network(self) -> NetworkSpec:
        """The description of the network for the kernels."""
        return self._network

    @property
    def update_config(self) -> UpdateConfig:
        """The description of the updates for the kernels."""
        return self._update_config

    def parameters(self) -> Parameters:
        """Return a copy of everything that a training step changes."""
        return Parameters(*(values.copy() for values in self._parameters))

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
        """True for each parameter (P,) that the penalty clamped at 0; training no longer changes it."""
        frozen: Flags = (self._parameters.mask == 0) & (self._locked == 0)
        return frozen

    @property
    def locked(self) -> Flags:
        """True for each parameter (P,) that was locked or pruned; training does not change it."""
        locked: Flags = self._locked == 1
        return locked

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next epoch, according to the schedule."""
        return float(self._learning_rates(1)[0])

    def run(self, epochs: int = 1) -> int:
        """Train `epochs` epochs, fewer if the run diverges or a stop condition is met; return the epoch reached."""
        experiment = self.experiment
        watches_loss = experiment.stop_loss is not None or experiment.stop_patience is not None
        while epochs > 0 and self.diverged is None and self._unfinished():
            asked = 1 if watches_loss else min(epochs, MANY)
            asked = min(asked, self._last_epoch - self.epoch)
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
        """Train one epoch, ignoring the stop conditions, unless the run has diverged; return the epoch reached.

        Stops at MAX_EPOCH, the largest epoch a checkpoint can store.
        """
        if self.diverged is None and self.epoch < MAX_EPOCH:
            done = self._train(1)
            self.epoch += done
            self._losses = None
            self.finished = None
            if not done:
                self.diverged = self.epoch + 1
        return self.epoch

    def _train(self, epochs: int) -> int:
        experiment = self.experiment
        leaves_to_chance = experiment.shuffle or experiment.dropout > 0
        keys = epoch_keys(experiment.seed, self.epoch, epochs) if leaves_to_chance else np.zeros(epochs, np.uint64)
        plan = Epochs(self._learning_rates(epochs), keys)
        space = self._space_for(self._batches.x.shape[2], experiment.dropout > 0)
        with np.errstate(all="ignore"):  # a diverging run may overflow, which the kernel detects
            done = self.kernels.train(
                self._parameters, self._network, self._update_config, self._batches, space, plan, LARGEST
            )
        return int(done)

    def _learning_rates(self, epochs: int) -> Array:
        experiment = self.experiment
        factors = schedule_factors(
            experiment.schedule,
            self.epoch,
            epochs,
            experiment.schedule_epochs,
            experiment.schedule_factor,
            experiment.warmup_epochs,
        )
        return experiment.learning_rate * factors

    @property
    def _last_epoch(self) -> int:
        asked = self.experiment.stop_epochs
        return MAX_EPOCH if asked is None else asked

    def _unfinished(self) -> bool:
        experiment = self.experiment
        self.finished = None
        if self.epoch >= self._last_epoch:
            self.finished = "stop_epochs"
        if experiment.stop_loss is not None and self._watched_loss() < experiment.stop_loss:
            self.finished = "stop_loss"
        if experiment.stop_patience is not None:
            watched = self._watched_loss()
            if watched < self._best[0]:
                self._best = watched, self.epoch
            if self._out_of_patience():
                self.finished = "stop_patience"
        return self.finished is None

    def _watched_loss(self) -> float:
        """Return the loss that decides about stopping: the validation loss, or without one the test loss."""
        test = self.losses()[1]
        return test if self._validation_loss is None else self._validation_loss

    def _out_of_patience(self) -> bool:
        patience = self.experiment.stop_patience
        return patience is not None and self.epoch - self._best[1] >= patience

    def resume(self) -> None:
        """Let a run go on that early stopping ended; any other run keeps its count of epochs without improvement."""
        if self._out_of_patience():
            self._forget_best()

    def _forget_best(self) -> None:
        self._best = math.inf, self.epoch

    def losses(self) -> tuple[float, float]:
        """Return the mean training and test loss, without the penalty, as TFP shows them; never NaN."""
        if self._losses is None:
            losses, self._outputs = [], []
            space = self._wide_space()
            for x, targets in (self._train_set, self._test_set):
                losses.append(self._mean_loss(self._parameters.theta, x, targets, space))
                self._outputs.append(self._last_layer(space, x.shape[1]).copy())
            self._losses = losses[0], losses[1]
            if len(self.validation_points):
                self._validation_loss = self._mean_loss(self._parameters.theta, *self._validation_set, space)
        return self._losses

    def validation_loss(self) -> float | None:
        """Return the mean validation loss, without the penalty; None without validation points, never NaN."""
        self.losses()
        return self._validation_loss

    def outputs(self) -> tuple[Array, Array]:
        """Return the predictions for the training and test sets; free after `losses`."""
        self.losses()
        train, test = self._outputs
        return _outputs_of(train), _outputs_of(test)

    def loss_at(self, theta: Array) -> float:
        """Return the mean training loss at any parameters (P,), without the penalty; never NaN."""
        return self._mean_loss(np.asarray(theta, np.float64), *self._train_set, self._wide_space())

    def gradient_at(self, theta: Array) -> Array:
        """Return the gradient (P,) of `loss_at` at any parameters (P,)."""
        x, targets = self._train_set
        space = self._wide_space()
        with np.errstate(all="ignore"):
            self.kernels.gradient(np.asarray(theta, np.float64), self._network, x, targets, space)
        mean: Array = space.gradient / x.shape[1]
        return mean

    def _space_for(self, points: int, dropout: bool = False) -> Workspace:
        """Return a workspace. Small ones are kept, but a large one would fill the memory of a server between calls."""
        space = self._spaces.get((points, dropout))
        if space is None:
            space = workspace(self._sizes, points, dropout)
            if points * sum(self._sizes) <= KEPT:
                self._spaces[points, dropout] = space
        return space

    def _wide_space(self) -> Workspace:
        return self._space_for(max(len(self.train_points), len(self.test_points), len(self.validation_points)))

    def _mean_loss(self, theta: Array, x: Array, targets: Array, space: Workspace) -> float:
        with np.errstate(all="ignore"):
            loss = float(self.kernels.evaluate(theta, self._network, x, targets, space))
        # Huge parameters can produce ∞ − ∞; report that as an infinite loss.
        return math.inf if math.isnan(loss) else loss

    def predict(self, points: Array) -> Array:
        """Return the outputs (N,), or (N, K) for K outputs, at points (N, 2) in data coordinates; never NaN."""
        x = feature_matrix(np.asarray(points, np.float64).reshape(-1, 2), self.experiment.inputs)
        space = workspace(self.experiment.sizes, x.shape[1])
        with np.errstate(all="ignore"):
            forward(self._parameters.theta, self._network, x, space)
        return _outputs_of(self._last_layer(space, x.shape[1]))

    def _last_layer(self, space: Workspace, points: int) -> Array:
        """Return the outputs (K, N) that `forward` left in the workspace, as a view."""
        return layer_views(space.a, self._sizes, points)[-1]

    def predict_class(self, points: Array) -> Integers:
        """Return class indices (N,) at points (N, 2); with two classes, 0 means the label -1."""
        if self.experiment.task == "regression":
            raise ValueError("regression has no classes")
        return predicted_classes(self.experiment, self.predict(points))

    def boundary(self, resolution: int = 100) -> Single:
        """Return every unit's output over the plane, inputs first: (units, resolution, resolution), with y = 6 on top.

        The plane is [-6, 6]^2, ends included.
        """
        maps = unit_outputs(self._parameters.theta, self._network, self.experiment.inputs, resolution)
        return maps.reshape(-1, resolution, resolution)

    def parameter_index(self, layer: int, neuron: int, source: int | None) -> int:
        """Return the index in theta of a weight, or of a bias if `source` is None.

        `source` is the index of the input. Layers count from 0, the first hidden layer. IndexError names the index
        that is out of range.
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
        """Set one weight, or a bias if `source` is None. A dead parameter becomes free, a locked one stays locked."""
        if not abs(value) <= MAX_VALUE:
            raise ValueError(f"value {value!r}: a number from {-MAX_VALUE:g} to {MAX_VALUE:g}")
        index = self.parameter_index(layer, neuron, source)
        self._parameters.theta[index] = value
        self._parameters.mask[index] = 1.0 - self._locked[index]
        self._losses = None
        self.diverged = None

    def lock(self, layer: int, neuron: int, source: int | None, locked: bool = True) -> None:
        """Lock a weight, or a bias if `source` is None, against training; or free it, even if it was dead."""
        self._lock([self.parameter_index(layer, neuron, source)], locked)

    def lock_neuron(self, layer: int, neuron: int, locked: bool = True) -> None:
        """Lock or free all weights into a neuron and its bias."""
        bias = self.parameter_index(layer, neuron, None)
        columns = range(self.experiment.sizes[layer])
        self._lock([bias, *(self.parameter_index(layer, neuron, source) for source in columns)], locked)

    def _lock(self, indices: list[int] | Integers, locked: bool) -> None:
        self._locked[indices] = float(locked)
        self._parameters.mask[indices] = 1.0 - float(locked)

    def prune(self, fraction: float, method: str = SIZE) -> Pruned:
        """Set a fraction of the free weights to 0 and lock them; `method` is `size` or `saliency`, as in `pruning`."""
        with np.errstate(all="ignore"):
            chosen, pruned = prune(self._parameters, self._network, self._train_set, self.kernels, fraction, method)
        self._parameters.theta[chosen] = 0.0
        self._lock(chosen, True)
        self._losses = None
        self.diverged = None
        return pruned

    def checkpoint(self) -> Checkpoint:
        """Return the state from which `restore` resumes."""
        parameters, optimizer = self._parameters, OPTIMIZERS[self.experiment.optimizer]
        state = np.concatenate([parameters.state[: optimizer.slots].ravel(), parameters.beta_powers])
        size = optimizer.state_size(parameters.theta.size)
        waiting = self.experiment.stop_patience is not None and self._best[0] < math.inf
        return Checkpoint(
            self.epoch,
            parameters.theta.copy(),
            parameters.mask.copy(),
            self._locked.copy(),
            state[:size].copy(),
            self._best if waiting else None,
        )

    @classmethod
    def restore(cls, experiment: Experiment, checkpoint: Checkpoint, kernels: Kernels | None = None) -> Self:
        """Return a trainer that resumes from a checkpoint of the same experiment."""
        trainer = cls(experiment, kernels)
        trainer._load(checkpoint)
        return trainer

    def _load(self, checkpoint: Checkpoint) -> None:
        self.epoch = checkpoint.epoch
        parameters, slots = self._parameters, OPTIMIZERS[self.experiment.optimizer].slots
        parameters.theta[:] = checkpoint.theta
        parameters.mask[:] = checkpoint.mask
        self._locked[:] = checkpoint.locked
        kept = slots * parameters.theta.size
        parameters.state[:slots] = checkpoint.state[:kept].reshape(slots, parameters.theta.size)
        if checkpoint.state.size > kept:
            parameters.beta_powers[:] = checkpoint.state[kept:]
        self._losses = None
        self._best = checkpoint.best or (math.inf, self.epoch)

    def apply_live_settings(self, experiment: Experiment) -> None:
        """Continue under an experiment that differs only in LIVE_SETTINGS and `start`, with the result of `continued`.

        Data, parameters and the optimizer's state stay in place. ValueError names the fields that cannot change.
        """
        old = self.experiment
        fields = Experiment.model_fields.keys() - LIVE_SETTINGS - {"start"}
        fixed = sorted(name for name in fields if getattr(old, name) != getattr(experiment, name))
        if fixed:
            raise ValueError(f"{', '.join(fixed)} cannot change during a run: use `continued`")
        self.experiment = experiment
        self._update_config = update_config(experiment)
        if experiment.shuffle != old.shuffle:
            self._batches = batches_of(*self._train_set, experiment.batch_size)
        if not PENALTIES[experiment.penalty].clamps_at_zero:
            self._parameters.mask[:] = 1.0 - self._locked
        self._go_on()

    def start_here(self) -> None:
        """Make the present state the experiment's `start`, so that its link begins here.

        An untrained, unedited run needs no `start`.
        """
        plain = self.experiment.model_copy(update={"start": None})
        self._go_on()
        untouched = self.epoch == 0 and not self._locked.any()
        for now, first in zip(self._parameters, initial_parameters(plain), strict=True):
            untouched = untouched and now.tobytes() == first.tobytes()
        self.experiment = plain if untouched else plain.model_copy(update={"start": self.checkpoint().encode()})

    def _go_on(self) -> None:
        """Forget that the run diverged or finished."""
        self.diverged = self.finished = None
        self._forget_best()

    def continued(self, experiment: Experiment) -> "Trainer":
        """Return a trainer of another experiment that keeps the epoch and the weights that both networks have.

        New features, neurons and layers start with the weights that the new experiment draws for them. Output layers
        correspond. Locked weights stay locked; dead ones stay dead if the new penalty clamps at 0.
        """
        other = Trainer(experiment, self.kernels)
        old, new = self.experiment, other.experiment
        mine, theirs = self._parameters, other._parameters
        pairs = [(mine.theta, theirs.theta), (self._locked, other._locked)]
        if PENALTIES[experiment.penalty].clamps_at_zero:
            pairs.append((mine.mask, theirs.mask))
        if old.optimizer == new.optimizer:
            pairs += zip(mine.state, theirs.state, strict=True)
            theirs.beta_powers[:] = mine.beta_powers
        for source, target in pairs:
            transfer(source, target, old, new)
        theirs.mask[other._locked == 1] = 0.0
        other.epoch = self.epoch
        other._losses = None
        other._forget_best()
        return other


def _check_index(name: str, index: int, count: int) -> None:
    if not 0 <= index < count:
        raise IndexError(f"{name} {index}: 0 to {count - 1}")


def _outputs_of(layer: Array) -> Array:
    """Return outputs (N,) or (N, K) from a last layer (K, N), with NaN replaced by 0."""
    p = np.where(np.isnan(layer), 0.0, layer)
    return p[0] if len(p) == 1 else p.T.copy()
