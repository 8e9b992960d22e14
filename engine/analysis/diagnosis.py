"""Diagnose a run from its gradient flow and its losses, and say in words what is wrong.

The thresholds lie far outside the range of healthy runs, measured over 300 epochs of the four classic datasets on the
default network and on deeper ones, with tanh and ReLU.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.analysis.gradient_flow import GradientFlow, LayerFlow, gradient_flow
from engine.text.phrases import Phrase
from engine.training.experiment import Experiment
from engine.training.remedy import remedy_for
from engine.training.trainer import Trainer

VANISHING = 100.0  # ratio of a later layer's gradient to this one's; below 40 in healthy runs
SLOWER = 10.0  # ratio of the updates, too, since Adam compensates for small gradients
EXPLODING = 100.0  # norm of a gradient; below 2 in healthy runs
STUCK = 0.5  # fraction of a layer's neurons dead or saturated
UNSOLVED = 0.1  # of the zero network's loss; below, small gradients and saturated neurons are a sign of success
LARGE_STEP = 0.5  # norm of an update relative to the weights; below 0.1 in healthy runs unless weights are tiny
PATIENCE = 100  # epochs, and
TOO_LONG = 1.2  # times the zero network's loss: the steps were probably too long
NO_BETTER = 0.98  # times the loss at the beginning, or the zero network's if that is lower
WORSE = 1.5  # times the zero network's loss, and
GROWN = 1.5  # times the lowest training loss, more than a fluctuation
APART = 0.2  # gap of test and training loss relative to the zero network's loss, and
ABOVE = 1.5  # times the training loss, and
RISEN = 1.2  # times the lowest test loss while the training loss fell (if both rise, a step was too long); or
FAR_ABOVE = 10.0  # times the training loss, for a run with unknown history


@dataclass(frozen=True)
class Finding:
    """A problem: its kind, layer (0 is the first hidden layer, None the whole network) and size.

    `text` describes it, `advice` says what to try. The kind `healthy` has no advice.
    """

    kind: str
    layer: int | None
    number: float | None
    text: Phrase
    advice: Phrase | None


@dataclass(frozen=True)
class Trend:
    """The newest and lowest losses, and the training loss at the lowest test loss; all infinite at first.

    `first` is the training loss of the first reading, in epoch `since`.
    """

    epoch: int = 0
    train: float = math.inf
    test: float = math.inf
    lowest_train: float = math.inf
    lowest_test: float = math.inf
    train_then: float = math.inf
    since: int = 0
    first: float = math.inf

    def after(self, readings: Iterable[tuple[int, float, float]]) -> "Trend":
        """Return the trend after readings of (epoch, training loss, test loss); an earlier epoch resets it."""
        trend = self
        for epoch, train, test in readings:
            known = (
                trend if epoch >= trend.epoch and epoch > 0 and trend != Trend() else Trend(since=epoch, first=train)
            )
            best = min((known.lowest_test, known.train_then), (test, train))
            trend = Trend(epoch, train, test, min(known.lowest_train, train), *best, known.since, known.first)
        return trend


@dataclass(frozen=True)
class _Evidence:
    """The evidence for a diagnosis."""

    trainer: Trainer
    flow: GradientFlow
    trend: Trend

    @property
    def experiment(self) -> Experiment:
        return self.trainer.experiment

    @property
    def layers(self) -> list[LayerFlow]:
        return self.flow.layers

    @property
    def zero_network_loss(self) -> float:
        return self.flow.zero_network_loss

    @property
    def unsolved(self) -> bool:
        """Whether there is much left to learn."""
        return self.trend.train > UNSOLVED * self.zero_network_loss


def diagnose(trainer: Trainer, trend: Trend | None = None, flow: GradientFlow | None = None) -> list[Finding]:
    """Name what is wrong with a run, the most urgent finding first, at most one of each kind.

    A run without trouble gets a single finding of the kind `healthy`. `trend` tells how the losses came about; without
    it only the present losses count. `flow` saves computing the gradient flow again.
    """
    if trainer.diverged is not None:
        text = Phrase("Diverged: the weights blew up in epoch {epoch}.", {"epoch": trainer.diverged})
        return [Finding("diverging", None, float(trainer.diverged), text, _tried_rate(trainer))]
    trend = trend or Trend().after([(trainer.epoch, *trainer.losses())])
    run = _Evidence(trainer, flow or gradient_flow(trainer), trend)
    stuck = [*_dead(run), *_saturated(run)]
    diverging = [*_diverging(run)]
    stalled = [] if diverging else [*_not_learning(run)]
    found = [*diverging, *_exploding(run), *stalled, *_vanishing(run, bool(stuck)), *stuck, *_overfitting(run)]
    return found or [Finding("healthy", None, None, _healthy(run), None)]


def layer_name(run: _Evidence, layer: int) -> Phrase:
    """Return the page's name for a layer, for use within a sentence."""
    if layer == len(run.layers) - 1:
        return Phrase("the output layer")
    return Phrase("layer {number}", {"number": layer + 1})


def rounded(number: float, digits: int = 1) -> float:
    """Round to significant digits: 387 becomes 400."""
    return float(f"{number:.{digits}g}")


def _diverging(run: _Evidence) -> Iterator[Finding]:
    trend, experiment = run.trend, run.experiment
    safe = experiment.safe_penalty_rate()
    if safe is not None:
        text = Phrase("About to diverge: each regularization step makes the weights larger instead of smaller.")
        advice = Phrase("Try a regularization rate of {rate}.", {"rate": safe})
        yield Finding("diverging", None, experiment.penalty_rate, text, advice)
    elif (run.flow.step or 0.0) >= LARGE_STEP and not run.trainer.loss_at(run.flow.stepped) < trend.train:
        worst = max(range(len(run.layers)), key=lambda layer: run.layers[layer].update or 0.0)
        moved = run.layers[worst].update or 0.0
        text = Phrase(
            "About to diverge: the next step will change the weights of {layer} by {percent}% of their norm.",
            {"layer": layer_name(run, worst), "percent": rounded(100 * moved)},
        )
        yield Finding("diverging", worst, moved, text, _smaller_rate(experiment))
    elif trend.train > WORSE * run.zero_network_loss and trend.train > GROWN * trend.lowest_train:
        values = {"low": _loss(trend.lowest_train), "now": _loss(trend.train), "idle": _loss(run.zero_network_loss)}
        text = Phrase(
            "About to diverge: the training loss rose from {low} to {now}. Always answering 0 would give {idle}.",
            values,
        )
        yield Finding("diverging", None, trend.train, text, _smaller_rate(experiment))


def _exploding(run: _Evidence) -> Iterator[Finding]:
    worst = max(range(len(run.layers)), key=lambda layer: run.layers[layer].gradient)
    norm = run.layers[worst].gradient
    if norm >= EXPLODING:
        text = Phrase(
            "Exploding gradient: its norm in {layer} is {norm}. In a healthy run it’s about 1 or less.",
            {"layer": layer_name(run, worst), "norm": rounded(norm)},
        )
        advice = Phrase("Try smaller initial weights (Xavier, He), gradient clipping, or fewer layers.")
        yield Finding("exploding", worst, norm, text, advice)


def _vanishing(run: _Evidence, explained: bool) -> Iterator[Finding]:
    """Find a layer without gradient, or one that learns much more slowly than a later layer."""
    if not run.unsolved or explained:
        return
    layers = run.layers
    norms = [layer.gradient for layer in layers]
    slow = min(range(len(layers)), key=norms.__getitem__)
    if norms[slow] == 0:
        text = Phrase("No gradient: none reaches {layer}, so it can’t learn.", {"layer": layer_name(run, slow)})
        advice = Phrase("Try random initial weights, new weights, or weaker regularization.")
        yield Finding("vanishing", slow, 0.0, text, advice)
        return
    fast = max(range(slow, len(layers)), key=norms.__getitem__)
    ratio = norms[fast] / norms[slow]
    if ratio >= VANISHING and _shorter_steps(layers[slow], layers[fast]):
        text = Phrase(
            "Vanishing gradient: {slow} learns {times} times slower than {fast}.",
            {"slow": layer_name(run, slow), "times": rounded(ratio), "fast": layer_name(run, fast)},
        )
        advice = Phrase("Try tanh or ReLU, fewer layers, larger initial weights (Xavier, He), or the Adam optimizer.")
        yield Finding("vanishing", slow, ratio, text, advice)


def _shorter_steps(slow: LayerFlow, fast: LayerFlow) -> bool:
    return slow.update is None or fast.update is None or slow.update * SLOWER <= fast.update


def _dead(run: _Evidence) -> Iterator[Finding]:
    shares = [(layer.dead or 0) / layer.neurons for layer in run.layers]
    worst = max(range(len(shares)), key=shares.__getitem__)
    if run.unsolved and shares[worst] >= STUCK:
        text = Phrase.counted(
            "Dead neurons in {layer}: {count} of {all} never fires on the training data.",
            "Dead neurons in {layer}: {count} of {all} never fire on the training data.",
            _stuck(run, worst),
        )
        advice = Phrase("Try Leaky ReLU or ELU, a smaller learning rate, or new weights.")
        yield Finding("dead", worst, shares[worst], text, advice)


def _saturated(run: _Evidence) -> Iterator[Finding]:
    """Find saturated neurons.

    Confident outputs are expected; report them only if the loss exceeds a zero network's.
    """
    output = len(run.layers) - 1
    shares = [(layer.saturated or 0) / layer.neurons for layer in run.layers]
    if run.trend.train < run.zero_network_loss:
        shares[output] = 0.0
    worst = max(range(len(shares)), key=shares.__getitem__)
    if run.unsolved and shares[worst] >= STUCK:
        text = Phrase(
            "Saturated neurons in {layer}: the activation is nearly flat for {count} of {all}.", _stuck(run, worst)
        )
        advice = Phrase("Try smaller initial weights (Xavier), a smaller learning rate, or L2 regularization.")
        yield Finding("saturated", worst, shares[worst], text, advice)


def _stuck(run: _Evidence, layer: int) -> dict[str, object]:
    flow = run.layers[layer]
    return {"layer": layer_name(run, layer), "count": flow.dead or flow.saturated, "all": flow.neurons}


def _overfitting(run: _Evidence) -> Iterator[Finding]:
    """Find a test loss that is well above the training loss and has risen, or that is very far above it."""
    trend = run.trend
    if trend.test - trend.train < APART * run.zero_network_loss or trend.test < ABOVE * trend.train:
        return
    advice = Phrase("Try more training data, L2 regularization, dropout, a smaller network, or stopping earlier.")
    if trend.test > RISEN * trend.lowest_test and trend.train < trend.train_then:
        values = {"low": _loss(trend.lowest_test), "test": _loss(trend.test), "train": _loss(trend.train)}
        text = Phrase(
            "Overfitting: the test loss rose from {low} to {test}, while the training loss is {train}.", values
        )
        yield Finding("overfitting", None, trend.test / trend.lowest_test, text, advice)
    elif trend.test > FAR_ABOVE * trend.train:
        values = {"test": _loss(trend.test), "train": _loss(trend.train)}
        text = Phrase("Overfitting: the test loss is {test}, but the training loss is only {train}.", values)
        yield Finding("overfitting", None, math.inf if trend.train == 0 else trend.test / trend.train, text, advice)


def _not_learning(run: _Evidence) -> Iterator[Finding]:
    """Find a training loss that is still about where it began, or about what answering 0 would give, or above."""
    trend = run.trend
    bound = NO_BETTER * min(trend.first, run.zero_network_loss)
    if trend.epoch - trend.since >= PATIENCE and trend.train > bound and trend.lowest_train > UNSOLVED * bound:
        values = {"now": _loss(trend.train), "first": _loss(trend.first), "count": trend.epoch - trend.since}
        text = Phrase.counted(
            "Not learning: {count} epoch ago the training loss was {first}, and now it is {now}.",
            "Not learning: {count} epochs ago the training loss was {first}, and now it is {now}.",
            values,
        )
        advice = Phrase("Try another learning rate, new weights, more features, or a larger network.")
        if trend.train > TOO_LONG * run.zero_network_loss:
            advice = _smaller_rate(run.experiment)
        yield Finding("stalled", None, trend.train, text, advice)


def _healthy(run: _Evidence) -> Phrase:
    if not run.unsolved:
        loss = {"loss": _loss(run.trend.train)}
        return Phrase("Learned: the training loss is {loss}. With little left to learn, gradients are small.", loss)
    return Phrase("No sign of trouble: the gradient reaches every layer, and no layer is stuck.")


def _smaller_rate(experiment: Experiment) -> Phrase:
    return Phrase("Try a learning rate of {rate} or less.", {"rate": experiment.smaller_learning_rates()[0]})


def _tried_rate(trainer: Trainer) -> Phrase:
    """Advise a rate with which a copy of the run has learned."""
    remedy = remedy_for(trainer.experiment, trainer.kernels)
    if remedy.field == "penalty_rate":
        return Phrase("Try a regularization rate of {rate}.", {"rate": remedy.value})
    return Phrase("Try a learning rate of {rate}.", {"rate": remedy.value})


def _loss(value: float) -> float:
    return rounded(value, 3)
