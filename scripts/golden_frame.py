"""Write the golden frames: frame.msgpack and next_frame.msgpack as they are sent, and their values in frame.json.

Tests in Python and JavaScript decode the frames and compare the values. Run this after a deliberate change of frames.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine import Experiment, Trainer  # noqa: E402
from engine.analysis.metrics import accuracy, confusion, precision, recall  # noqa: E402
from engine.numerics.types import Array  # noqa: E402
from engine.training.kernels import PLAIN  # noqa: E402
from server.kernels.kernel_source import KernelSource  # noqa: E402
from server.protocol.answers import Frame  # noqa: E402
from server.protocol.deltas import DeltaEncoder  # noqa: E402
from server.protocol.frames import pack  # noqa: E402
from server.sessions.session import Session  # noqa: E402

FIXTURES = ROOT / "tests" / "fixtures"
EXPERIMENT = Experiment(
    dataset="xor", seed="0.42", noise=10, train_percent=10, features=("x", "y", "xTimesY"), hidden_layers=(3, 2),
    penalty="L1", penalty_rate=0.01, learning_rate=0.1, activation="relu",
)  # fmt: skip
EPOCHS = 12
FOCUS = 4


def golden_frames() -> tuple[Frame, Frame]:
    """Return a frame and the next one, as they are sent.

    The first shows a small network after a few epochs, with a focused neuron and points. The next is an epoch later.
    """
    session, encoder = Session(KernelSource(plain=True)), DeltaEncoder()
    session.handle(json.dumps({
        "type": "hello", "rev": 3, "experiment": EXPERIMENT.model_dump(mode="json"),
    }))  # fmt: skip
    for rev in range(4, 4 + EPOCHS):
        session.handle(json.dumps({"type": "step", "rev": rev}))
    session.handle(json.dumps({"type": "focus", "unit": FOCUS}))
    first = encoder.encode(session.snapshot())
    session.handle(json.dumps({"type": "step", "rev": 4 + EPOCHS}))
    return first, encoder.encode(session.snapshot())


def pictures(trainer: Trainer) -> dict[str, Any]:
    """Return a few bytes of the pictures, computed by the engine alone."""
    maps = trainer.boundary(100)
    scales = [
        1.0 if unit == len(maps) - 1 else max(float(np.abs(plane).max()), 1e-6) for unit, plane in enumerate(maps)
    ]

    def byte(unit: int, row: int, column: int) -> int:
        return int(np.floor(np.clip(maps[unit, row, column] / scales[unit], -1, 1) * np.float32(127)) + 128)

    corners = [(0, 0), (0, 99), (99, 0), (99, 99), (50, 20), (33, 66)]
    return {
        "scales": scales,
        "boundary": [[row, column, byte(FOCUS, row, column)] for row, column in corners],
        "pictures": [[unit, 11, 22, byte(unit, 33, 66)] for unit in range(len(maps))],
    }


def measures(trainer: Trainer, points: Array, labels: Array) -> dict[str, Any]:
    """Return the metrics, computed by the engine alone."""
    true, said = (labels > 0).astype(int), (trainer.predict(points) >= 0).astype(int)
    counts = confusion(true, said, 2)
    return {
        "accuracy": accuracy(true, said),
        "confusion": counts.tolist(),
        "precision": precision(counts).values.tolist(),
        "recall": recall(counts).values.tolist(),
    }


def expected() -> dict[str, Any]:
    """Return the first frame's values, and the second frame's pictures under `next`."""
    trainer = Trainer(EXPERIMENT, PLAIN)
    trainer.run(EPOCHS)
    next_trainer = Trainer(EXPERIMENT, PLAIN)
    next_trainer.run(EPOCHS + 1)
    train_loss, test_loss = trainer.losses()
    return {
        "type": "frame",
        "frame": 1,
        "rev": 15,
        "base": None,
        "run": 1,
        "net": 2,
        "data": 2,
        "mode": "paused",
        "epoch": EPOCHS,
        "train_loss": train_loss,
        "test_loss": test_loss,
        "validation_loss": None,
        "curve": [EPOCHS, train_loss, test_loss],
        "sizes": [3, 3, 2, 1],
        "features": ["x", "y", "xTimesY"],
        "classes": 2,
        "learning_rate": EXPERIMENT.learning_rate,
        "metrics": {
            "train": measures(trainer, trainer.train_points, trainer.train_labels),
            "test": measures(trainer, trainer.test_points, trainer.test_labels),
        },
        "wrong": None,
        "gradients": None,
        "chosen": None,
        "linear": None,
        "line_pictures": None,
        "centers": [0.0] * sum(trainer.experiment.sizes),
        "theta": trainer.theta.tolist(),
        "mask": (~trainer.dead).astype(int).tolist(),
        "checkpoint_text": trainer.checkpoint().encode(),
        "focus": FOCUS,
        **pictures(trainer),
        "next": pictures(next_trainer),
        "train_count": len(trainer.train_points),
        "test_count": len(trainer.test_points),
        "first_train_point": [*trainer.train_points[0].tolist(), float(trainer.train_labels[0])],
        "last_test_point": [*trainer.test_points[-1].tolist(), float(trainer.test_labels[-1])],
        "diverged": None,
        "remedy": None,
        "finished": None,
    }


if __name__ == "__main__":
    for name, frame in zip(("frame", "next_frame"), golden_frames(), strict=True):
        (FIXTURES / f"{name}.msgpack").write_bytes(pack(frame))
    (FIXTURES / "frame.json").write_text(json.dumps(expected(), indent=1) + "\n", encoding="utf-8")
