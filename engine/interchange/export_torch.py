"""Write a trained network as a PyTorch script, which can continue training as the playground does."""

import re

from engine.interchange import export_parts as parts
from engine.nn.losses import LOSSES
from engine.optim.optimizers import OPTIMIZERS
from engine.optim.penalties import PENALTIES
from engine.text.spelling import fill_template
from engine.training.experiment import Experiment
from engine.training.trainer import Trainer


def torch_script(trainer: Trainer) -> str:
    """Return the script; its model is a `Sequential` that ends with the output's activation."""
    experiment = trainer.experiment
    activations = parts.all_activations(experiment)
    model = []
    for layer, used in enumerate(activations):
        columns, rows = experiment.sizes[layer : layer + 2]
        model += [f"nn.Linear({columns}, {rows})", str(used.spelling.torch)]
        if experiment.dropout and layer < len(activations) - 1:
            model.append(f"nn.Dropout({experiment.dropout!r})")
    optimizer = fill_template(str(OPTIMIZERS[experiment.optimizer].spelling.torch), experiment)
    return parts.script(
        parts.heading(trainer, "PyTorch", "numpy and torch"),
        "import numpy as np\nimport torch\nfrom torch import nn",
        "torch.set_default_dtype(torch.float64)  # as exact as the playground",
        parts.setup(trainer),
        parts.parameters(trainer),
        parts.features(trainer),
        *dict.fromkeys(used.spelling.torch_class for used in activations),
        f"""model = {parts.listed("nn.Sequential", model)}
linear = [layer for layer in model if isinstance(layer, nn.Linear)]
with torch.no_grad():
    for layer, weights, biases in zip(linear, WEIGHTS, BIASES):
        layer.weight.copy_(torch.tensor(weights))
        layer.bias.copy_(torch.tensor(biases))""",
        f'''def predict(points):
    """{parts.meaning(experiment)}"""
    model.eval()
    with torch.no_grad():
        outputs = model(torch.tensor(features(points))).numpy()
    return {parts.outputs(experiment, "outputs")}''',
        parts.assigned("optimizer", optimizer),
        parts.learning_rate(trainer),
        _train(trainer),
        parts.MAIN,
    )


def _train(trainer: Trainer) -> str:
    experiment = trainer.experiment
    loss = fill_template(str(LOSSES[experiment.loss].spelling.torch), experiment)
    first = f", first={trainer.epoch}" if parts.scheduled(experiment) else ""
    start = "first, first + epochs" if first else "epochs"
    rate = '        optimizer.param_groups[0]["lr"] = learning_rate(epoch)\n' if first else ""
    order = "torch.randperm(len(x))" if experiment.shuffle else "torch.arange(len(x))"
    through = "p = model(x[batch])"
    if re.search(r"\bz\b", loss):
        through = "z = model[:-1](x[batch])  # the loss has the last activation in it"
    clip = ""
    if experiment.clip_norm is not None:
        clip = f"            nn.utils.clip_grad_norm_(model.parameters(), {experiment.clip_norm!r})\n"
    before, after = _penalty(experiment) if parts.penalized(experiment) else ("", "")
    return f"""def train(points, targets, epochs=1{first}):
{parts.training(str(OPTIMIZERS[experiment.optimizer].spelling.torch), parts.expected(experiment))}
    x = torch.tensor(features(points))
    targets = torch.tensor(np.reshape(targets, (len(x), -1)), dtype=torch.float64)
    model.train()
    for {"epoch" if first else "_"} in range({start}):
{rate}        for batch in {order}.split({experiment.batch_size}):
            t = targets[batch]
            {through}
            loss = {loss}
            optimizer.zero_grad()
            loss.backward()
{clip}{before}            optimizer.step()
{after}""".rstrip()


def _penalty(experiment: Experiment) -> tuple[str, str]:
    """Write the penalty's code before and after the optimizer's step."""
    penalty = PENALTIES[experiment.penalty]
    slope = fill_template(str(penalty.spelling.torch), experiment)
    before = f"""            rate = optimizer.param_groups[0]["lr"]
            weights = [layer.weight.data for layer in linear]
            pulls = [rate * {slope} for w in weights]
"""
    after = """            for w, pull in zip(weights, pulls):
                w -= pull
"""
    if penalty.clamps_at_zero:
        after = """            for w, pull in zip(weights, pulls):
                # A weight that changes its sign is 0, in the playground for good.
                flipped = w * (w - pull) < 0
                w.copy_(torch.where(flipped, 0, w - pull))
"""
    return before, after
