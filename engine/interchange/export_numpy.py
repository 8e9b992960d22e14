"""Write a trained network as a script in plain NumPy."""

from engine.interchange import export_parts as parts
from engine.nn.activations import Activation
from engine.training.trainer import Trainer


def numpy_script(trainer: Trainer) -> str:
    """Return the script; its model is a list of weights, biases and activation, layer by layer."""
    experiment = trainer.experiment
    activations = parts.all_activations(experiment)
    layers = [f"    (WEIGHTS[{i}], BIASES[{i}], {name_of(used)}),\n" for i, used in enumerate(activations)]
    return parts.script(
        parts.heading(trainer, "plain NumPy", "numpy"),
        "import numpy as np",
        parts.setup(trainer),
        parts.parameters(trainer),
        parts.features(trainer),
        *(f"def {name_of(used)}(z):\n    return {used.spelling.numpy}" for used in dict.fromkeys(activations)),
        f"model = [\n{''.join(layers)}]",
        f'''def predict(points):
    """{parts.meaning(experiment)}"""
    a = features(points)
    for weights, biases, activation in model:
        a = activation(a @ np.transpose(weights) + np.array(biases))
    return {parts.outputs(experiment, "a")}''',
        parts.MAIN,
    )


def name_of(activation: Activation) -> str:
    """Return the name of an activation's function in a script."""
    return activation.label.lower().replace(" ", "_")
