"""Write a trained network as a Keras script, which can continue training, though not to the last digit.

Keras adds a penalty to the loss, so clipping and optimizers with state see it. The playground's penalty is a step of
its own. Where the two differ, the script says so and has no `train`.
"""

from engine.interchange import export_parts as parts
from engine.nn.losses import LOSSES
from engine.optim.optimizers import OPTIMIZERS
from engine.optim.penalties import PENALTIES
from engine.text.spelling import fill_template
from engine.training.experiment import Experiment
from engine.training.trainer import Trainer

_RATES = """    rates = keras.callbacks.LearningRateScheduler(
        lambda epoch, _: learning_rate(first + epoch)
    )
"""


def keras_script(trainer: Trainer) -> str:
    """Return the script; its model is a `Sequential` that ends with the output's activation."""
    experiment = trainer.experiment
    activations = parts.all_activations(experiment)
    penalty = ""
    reasons = _reasons(experiment)
    if parts.penalized(experiment) and not reasons:
        penalty = parts.assigned(
            "penalty", fill_template(str(PENALTIES[experiment.penalty].spelling.keras), experiment)
        )
    model = [f"keras.Input(({experiment.sizes[0]},))"]
    for layer, used in enumerate(activations):
        regularizer = ", kernel_regularizer=penalty" if penalty else ""
        model += [f"layers.Dense({experiment.sizes[layer + 1]}{regularizer})", str(used.spelling.keras)]
        if experiment.dropout and layer < len(activations) - 1:
            model.append(f"layers.Dropout({experiment.dropout!r})")
    optimizer = fill_template(str(OPTIMIZERS[experiment.optimizer].spelling.keras), experiment)
    if experiment.clip_norm is not None:
        optimizer = f"{optimizer[:-1]}, global_clipnorm={experiment.clip_norm!r})"
    loss = fill_template(str(LOSSES[experiment.loss].spelling.keras), experiment)
    layers = "".join(f"        {layer},\n" for layer in model)
    return parts.script(
        parts.heading(trainer, "Keras", "numpy, keras 3 and one of its backends"),
        "import keras\nimport numpy as np\nfrom keras import layers",
        'keras.config.set_floatx("float64")  # TensorFlow computes so, other backends in float32',
        parts.setup(trainer),
        parts.parameters(trainer),
        parts.features(trainer),
        penalty,
        f"""model = keras.Sequential(
    [
{layers}    ]
)
dense = [layer for layer in model.layers if isinstance(layer, layers.Dense)]
for layer, weights, biases in zip(dense, WEIGHTS, BIASES):
    layer.set_weights([np.transpose(weights), np.array(biases)])""",
        f"""{parts.assigned("optimizer", optimizer)}
{parts.call("model.compile", ["optimizer=optimizer", f"loss={loss}"])}""",
        f'''def predict(points):
    """{parts.meaning(experiment)}"""
    outputs = keras.ops.convert_to_numpy(model(features(points)))
    return {parts.outputs(experiment, "outputs")}''',
        parts.learning_rate(trainer),
        parts.no_train("Keras", reasons) if reasons else _train(trainer),
        parts.MAIN,
    )


def _reasons(experiment: Experiment) -> list[str]:
    """Name what keeps Keras from training on as the playground does."""
    if not parts.penalized(experiment):
        return []
    label = PENALTIES[experiment.penalty].label
    optimizer = OPTIMIZERS[experiment.optimizer]
    missing = {
        f"{label} apart from the gradient that {optimizer.label} sees": optimizer.slots > 0,
        f"{label} apart from the gradient that is clipped": experiment.clip_norm is not None,
    }
    return [what for what, holds in missing.items() if holds]


def _train(trainer: Trainer) -> str:
    experiment = trainer.experiment
    first = f", first={trainer.epoch}" if parts.scheduled(experiment) else ""
    rates = _RATES if first else ""
    settings = [
        "features(points)",
        "t",
        f"batch_size={experiment.batch_size}",
        "epochs=epochs",
        f"shuffle={experiment.shuffle}",
        *(["callbacks=[rates]"] if first else []),
        "verbose=0",
    ]
    note = ""
    if parts.penalized(experiment) and PENALTIES[experiment.penalty].clamps_at_zero:
        note = "# A weight that L1 moves across 0 stays 0 for good in the playground, but not in Keras.\n"
    return f"""{note}def train(points, targets, epochs=1{first}):
{parts.training(str(OPTIMIZERS[experiment.optimizer].spelling.keras), parts.expected(experiment))}
    t = np.reshape(targets, (len(points), -1))
{rates}    {parts.call("model.fit", settings, 4)}"""
