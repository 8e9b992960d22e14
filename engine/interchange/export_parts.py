"""Write the parts that scripts of all frameworks share: parameters, features, a summary of the training.

Untrusted text (a seed, a formula, names) enters a script only as a number, as code generated from a parsed formula, or
as quoted ASCII.
"""

import ast
import json
from collections.abc import Iterable

from engine.data.datasets import DATASETS
from engine.data.features import FEATURES, MARK
from engine.data.formula_tree import depends_on_inputs, to_numpy
from engine.data.formulas import LARGEST_VALUE, parse
from engine.data.own_data import EDGE
from engine.nn.activations import ACTIVATIONS, OUTPUT_ACTIVATIONS, Activation
from engine.nn.losses import LOSSES
from engine.optim.optimizers import OPTIMIZERS
from engine.optim.penalties import PENALTIES
from engine.optim.schedules import SCHEDULES
from engine.text.spelling import fill_template
from engine.training.experiment import OWN, Experiment
from engine.training.trainer import Trainer

WIDTH = 88  # of a line, as Python formatters have it

_BOUNDED = f'''def bounded(values):
    """Keep the values of a formula finite, as the playground does."""
    return np.clip(np.where(np.isnan(values), 0, values), -{LARGEST_VALUE:.0f}, {LARGEST_VALUE:.0f})'''

MAIN = """if __name__ == "__main__":
    for point in [[0, 0], [2, 3], [-4, 1.5]]:
        print(point, "->", predict([point])[0])"""


def call(head: str, arguments: Iterable[str], indent: int = 0) -> str:
    """Write a call (a tuple if the head is empty) on one line, or one argument per line if it is too long."""
    arguments = list(arguments)
    line = f"{head}({', '.join(arguments)})"
    if indent + len(line) <= WIDTH:
        return line
    inner = "".join(f"{' ' * (indent + 4)}{argument},\n" for argument in arguments)
    return f"{head}(\n{inner}{' ' * indent})"


def listed(head: str, arguments: Iterable[str]) -> str:
    """Write a call with one argument per line."""
    return f"{head}(\n{''.join(f'    {argument},{chr(10)}' for argument in arguments)})"


def assigned(name: str, code: str) -> str:
    """Write `name = code`, where code is a call; a call too long for a line gets one argument per line."""
    tree = ast.parse(code, mode="eval").body
    if not isinstance(tree, ast.Call) or len(name) + 3 + len(code) <= WIDTH:
        return f"{name} = {code}"
    head, *arguments = (str(ast.get_source_segment(code, part)) for part in (tree.func, *tree.args, *tree.keywords))
    return call(f"{name} = {head}", arguments)


def script(*blocks: str) -> str:
    """Join blocks of code: one blank line around plain lines, two around definitions and before the end."""
    text, before = "", ""
    for block in filter(None, blocks):
        wide = any(part.startswith(("def ", "class ", "if __name__")) for part in (before, block))
        text += ("\n\n\n" if wide else "\n\n") * bool(before) + block
        before = block
    return text + "\n"


def heading(trainer: Trainer, framework: str, needs: str) -> str:
    """Write the docstring of a script."""
    shape = "-".join(map(str, trainer.experiment.sizes))
    return f'''"""A network of the neural playground in {framework}: {shape}, after {trainer.epoch} epochs.

Needs {needs}. Run it, or import predict from it.
"""'''


def all_activations(experiment: Experiment) -> list[Activation]:
    """Return the activations of all layers, the output's last."""
    return [*(ACTIVATIONS[name] for name in experiment.activations), OUTPUT_ACTIVATIONS[experiment.output_activation]]


def setup(trainer: Trainer) -> str:
    """Summarize in comments how the network was trained."""
    experiment = trainer.experiment
    loss, optimizer = LOSSES[experiment.loss], OPTIMIZERS[experiment.optimizer]
    lines = [
        "How it was trained:",
        *_data(experiment),
        f"- points to train on: {len(trainer.train_points)}, shuffled by the seed {json.dumps(experiment.seed)}",
        f"- loss: {loss.label}, {loss.formula}{_hyperparameters(experiment, loss.hyperparameters)}",
        f"- optimizer: {optimizer.label}{_hyperparameters(experiment, optimizer.hyperparameters)}",
        f"- learning rate {experiment.learning_rate!r}, batches of {experiment.batch_size} points, "
        + ("shuffled anew in each epoch" if experiment.shuffle else "always in the same order"),
    ]
    schedule, penalty = SCHEDULES[experiment.schedule], PENALTIES[experiment.penalty]
    if scheduled(experiment):
        warmup = f", after a warm-up of {experiment.warmup_epochs} epochs" if experiment.warmup_epochs else ""
        hyperparameters = _hyperparameters(experiment, schedule.hyperparameters)
        lines.append(f"- schedule: {schedule.label}, {schedule.formula}{hyperparameters}{warmup}")
    if penalized(experiment):
        hyperparameters = _hyperparameters(experiment, penalty.hyperparameters)
        lines.append(
            f"- penalty on weights: {penalty.label}, {experiment.penalty_rate!r} {penalty.formula}{hyperparameters}"
        )
    if experiment.dropout:
        lines.append(f"- dropout: {experiment.dropout!r} of the hidden neurons")
    if experiment.clip_norm is not None:
        lines.append(f"- gradients no longer than {experiment.clip_norm!r}")
    if frozen(trainer):
        lines.append(f"Locked or dead weights and biases: {frozen(trainer)}; only the playground leaves them alone.")
    if optimizer.slots and trainer.epoch:
        lines.append("What the optimizer remembered of its last steps is not in this script.")
    return "\n".join(f"# {line}" for line in lines)


def _data(experiment: Experiment) -> list[str]:
    own = experiment.own
    if own is None or experiment.dataset != OWN:
        label = DATASETS[experiment.dataset].label if experiment.dataset in DATASETS else "none"
        return [f"- data: {label}, noise {experiment.noise:g} %"]
    meaning = f"classes {json.dumps(own.classes)}"
    if not own.classes:
        meaning = "-1 stands for {} and 1 for {}".format(*own.target_range)
    lines = [f"- data: {len(own.rows)} rows of a learner's own; target: {json.dumps(own.columns[2])}, {meaning}"]
    for axis, column, (low, high) in zip(("x1", "x2"), own.columns, own.ranges, strict=False):
        lines.append(f"- {axis}: {json.dumps(column)}; -{EDGE:g} stands for {low!r} and {EDGE:g} for {high!r}")
    return lines


def _hyperparameters(experiment: Experiment, names: Iterable[str]) -> str:
    return "".join(f", {name.replace('_', ' ')} {getattr(experiment, name)!r}" for name in names)


def scheduled(experiment: Experiment) -> bool:
    """Tell whether the learning rate changes between epochs."""
    return experiment.schedule != "constant" or experiment.warmup_epochs > 0


def penalized(experiment: Experiment) -> bool:
    """Tell whether a penalty acts on the weights."""
    return experiment.penalty != "none" and experiment.penalty_rate > 0


def frozen(trainer: Trainer) -> int:
    """Count the parameters that training does not change."""
    return int((trainer.locked | trainer.dead).sum())


def learning_rate(trainer: Trainer) -> str:
    """Write the function of the learning rate; nothing if the rate is constant."""
    experiment = trainer.experiment
    if not scheduled(experiment):
        return ""
    warmup = experiment.warmup_epochs
    e = f"max(epoch - {warmup}, 0)" if warmup else "epoch"
    factors = [repr(experiment.learning_rate)]
    if warmup:
        factors.append(f"min((epoch + 1) / {warmup}, 1)")
    lines = []
    if experiment.schedule != "constant":
        factors.append(fill_template(SCHEDULES[experiment.schedule].python, experiment))
        lines.append(f"    e = {e}\n")
    return f'''def learning_rate(epoch):
    """Return the learning rate of an epoch, counted from 0."""
{"".join(lines)}    return {" * ".join(factors)}'''


def parameters(trainer: Trainer) -> str:
    """Write the weights and biases as lists, each number in full."""

    def rows(matrix: Iterable[Iterable[float]], indent: str) -> str:
        return "".join(f"{indent}[{', '.join(repr(float(number)) for number in row)}],\n" for row in matrix)

    layers = "".join(f"    [\n{rows(weights, ' ' * 8)}    ],\n" for weights in trainer.weights)
    return (
        "# Layer by layer; of the weights a row for each neuron, in it a number for each input.\n"
        f"# fmt: off\nWEIGHTS = [\n{layers}]\nBIASES = [\n{rows(trainer.biases, '    ')}]\n# fmt: on"
    )


def features(trainer: Trainer) -> str:
    """Write the function that turns points into the network's inputs."""
    columns, helper, guard, indent = [], "", "", "    "
    for name in trainer.experiment.inputs:
        typed = name.startswith(MARK)
        tree = parse(name.removeprefix(MARK) if typed else FEATURES[name].formula).tree
        code = to_numpy(tree) if depends_on_inputs(tree) else f"np.full(len(x1), {to_numpy(tree)})"
        columns.append(f"bounded({code})" if typed else code)
        if typed:
            helper, guard, indent = _BOUNDED + "\n\n\n", '    with np.errstate(all="ignore"):\n', " " * 8
    lines = [f"{indent}    {column},\n" for column in columns]
    body = f"{indent}columns = [\n{''.join(lines)}{indent}]\n"
    if max(map(len, lines)) > WIDTH:
        body = f"{indent}# fmt: off\n{body}{indent}# fmt: on\n"
    inputs = "a column" if len(columns) == 1 else f"{len(columns)} columns"
    return f'''{helper}def features(points):
    """Return the inputs of the network for points (n, 2): {inputs}."""
    x1, x2 = np.asarray(points, dtype=float).reshape(-1, 2).T
{guard}{body}    return np.stack(columns, axis=1)'''


def no_train(framework: str, reasons: Iterable[str]) -> str:
    """Say why a script cannot train on as the playground does."""
    return f"# No train(): {framework} does not support\n" + "\n".join(f"# - {what}" for what in reasons)


def training(spelling: str, targets: str) -> str:
    """Say what `train` does, with an optimizer that is spelled so: an epsilon of its own is added elsewhere."""
    close = ", but for the place of the optimizer's epsilon" if "epsilon" in spelling else ""
    return f'''    """Train on for so many epochs, as the playground does{close}.

    The {targets}.
    """'''


def outputs(experiment: Experiment, array: str) -> str:
    """Write the end of `predict`: the outputs (n, K), or of one output (n,)."""
    return f"{array}[:, 0]" if experiment.outputs == 1 else array


def meaning(experiment: Experiment) -> str:
    """Say what `predict` returns."""
    link = experiment.output_activation
    if experiment.task == "regression":
        return "Return the value at each point (n, 2): (n,)."
    if experiment.outputs == 1:
        low = "-1 (first class) to 1 (second)" if link == "tanh" else "0 (first class) to 1 (second)"
        return f"Return a number for each point (n, 2): (n,), from {low}."
    return f"Return a number for each point and class: (n, {experiment.outputs})."


def expected(experiment: Experiment) -> str:
    """Say what the targets of training look like."""
    low = -1 if experiment.output_activation == "tanh" else 0
    if experiment.task == "regression":
        return "targets are values (n,)"
    if experiment.outputs == 1:
        return f"targets (n,) are {low} or 1"
    return f"targets (n, {experiment.outputs}) are 1 for the class and {low} for the others"
