"""A trained network as a script of scikit-learn: a pipeline of the features and one of its networks.

Its networks have one activation for all hidden layers, out of four. Other hidden layers go into the pipeline as a
function, and only the output layer is a network of scikit-learn's. What it can't train as the playground does, the
script says, and has no `train` then.
"""

from engine.interchange import export_parts as parts
from engine.interchange.export_numpy import name_of
from engine.nn.activations import OUTPUT_ACTIVATIONS, Activation
from engine.nn.losses import LOSSES
from engine.optim.optimizers import OPTIMIZERS
from engine.text.spelling import fill_template
from engine.training.trainer import Trainer


def sklearn_script(trainer: Trainer) -> str:
    """Return the script; its model is a `Pipeline` that ends with an `MLPRegressor` or `MLPClassifier`."""
    experiment = trainer.experiment
    hidden = parts.all_activations(experiment)[:-1]
    own = len(dict.fromkeys(hidden)) > 1 or any(used.spelling.sklearn is None for used in hidden)
    # With two classes MLPClassifier has one output, so a softmax of two goes the other way.
    classifier = LOSSES[experiment.loss].spelling.sklearn == "MLPClassifier" and experiment.outputs != 2
    estimator = "MLPClassifier" if classifier else "MLPRegressor"
    reasons = _reasons(trainer, own)
    settings = [f"hidden_layer_sizes={() if own else experiment.hidden_layers!r}"]
    if hidden and not own:
        settings.append(f'activation="{hidden[0].spelling.sklearn}"')
    if not reasons:
        solver = fill_template(str(OPTIMIZERS[experiment.optimizer].spelling.sklearn), experiment)
        settings += [*solver.split(", "), f"learning_rate_init={experiment.learning_rate!r}"]
        settings += [f"shuffle={experiment.shuffle}", "alpha=0"]
    steps = ["FunctionTransformer(features)", *(["FunctionTransformer(hidden_layers)"] if own else []), "network"]
    predicted = "model.predict(points)"
    if classifier:
        predicted = "model.predict_proba(points)" + ("[:, 1]" if experiment.outputs == 1 else "")
    return parts.script(
        parts.heading(trainer, "scikit-learn", "numpy and scikit-learn"),
        f"""import numpy as np
from sklearn.neural_network import {estimator}
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer""",
        parts.setup(trainer),
        parts.parameters(trainer),
        parts.features(trainer),
        *(_hidden_layers(hidden) if own else []),
        f"{parts.call(f'network = {estimator}', settings)}\n{_filling(trainer, own, classifier, not reasons)}",
        parts.call("model = make_pipeline", steps),
        f'''def predict(points):
    """{parts.meaning(experiment)}"""
    return {predicted}''',
        parts.no_train("scikit-learn", reasons) if reasons else _train(trainer),
        parts.MAIN,
    )


def _filling(trainer: Trainer, own: bool, classifier: bool, trains: bool) -> str:
    """Write what puts the weights into the network."""
    experiment = trainer.experiment
    inputs, outputs = experiment.sizes[-2 if own else 0], experiment.outputs
    classes = max(outputs, 2)
    dummy = f"np.zeros((1, {inputs})), np.zeros({1 if outputs == 1 else (1, outputs)})"
    if classifier and experiment.output_activation == "sigmoid" and outputs > 1:  # a yes or no for each class
        dummy = f"np.zeros(({classes}, {inputs})), np.eye({classes}), classes=range({classes})"
    elif classifier:
        dummy = f"np.zeros(({classes}, {inputs})), range({classes}), classes=range({classes})"
    last = "[-1:]" if own else ""
    lines = [
        "# It makes its arrays in a first step, on nothing; then the trained ones take their place.",
        f"network.partial_fit({dummy})",
        f"network.coefs_ = [np.transpose(weights) for weights in WEIGHTS{last}]",
        f"network.intercepts_ = [np.array(biases) for biases in BIASES{last}]",
    ]
    if not classifier and experiment.output_activation != "linear":
        lines.append(f'network.out_activation_ = "{OUTPUT_ACTIVATIONS[experiment.output_activation].spelling.sklearn}"')
    if trains and OPTIMIZERS[experiment.optimizer].slots:
        lines.append("del network._optimizer  # made anew, with no memory of that step")
    return "\n".join(lines)


def _train(trainer: Trainer) -> str:
    experiment = trainer.experiment
    targets = parts.expected(experiment)
    if experiment.output_activation == "softmax":
        targets = f"targets (n,) are classes from 0 to {experiment.outputs - 1}"
    return f"""def train(points, targets, epochs=1):
{parts.training(str(OPTIMIZERS[experiment.optimizer].spelling.sklearn), targets)}
    x = features(points)
    network.set_params(batch_size=min({experiment.batch_size}, len(x)))
    for _ in range(epochs):
        network.partial_fit(x, targets)"""


def _reasons(trainer: Trainer, own: bool) -> list[str]:
    """Name what keeps scikit-learn from training on as the playground does."""
    experiment = trainer.experiment
    loss, optimizer = LOSSES[experiment.loss], OPTIMIZERS[experiment.optimizer]
    outputs = {"MLPRegressor": ("linear",), "MLPClassifier": ("sigmoid", "softmax")}
    trained = experiment.output_activation in outputs.get(str(loss.spelling.sklearn), ()) and experiment.outputs != 2
    missing = {
        "layers with these activations": own,
        f"{loss.label} with {OUTPUT_ACTIVATIONS[experiment.output_activation].label} as its output": not trained,
        optimizer.label: optimizer.spelling.sklearn is None,
        "such a schedule": parts.scheduled(experiment),
        "a penalty that does not depend on the size of a batch": parts.penalized(experiment),
        "dropout": experiment.dropout > 0,
        "clipping": experiment.clip_norm is not None,
        "locked or dead weights": parts.frozen(trainer) > 0,
    }
    return [what for what, holds in missing.items() if holds]


def _hidden_layers(hidden: list[Activation]) -> list[str]:
    names = ", ".join(name_of(used) for used in hidden)
    return [
        *(f"def {name_of(used)}(z):\n    return {used.spelling.numpy}" for used in dict.fromkeys(hidden)),
        f'''def hidden_layers(a):
    """Return what the last hidden layer makes of inputs: scikit-learn has no such layers."""
    for i, activation in enumerate([{names}]):
        a = activation(a @ np.transpose(WEIGHTS[i]) + np.array(BIASES[i]))
    return a''',
    ]
