"""What every unit outputs over the plane [-6, 6]^2, and the same as pictures of one byte a point."""

import functools
from collections.abc import Sequence

import numpy as np

from engine.datasets import PLANE
from engine.features import feature_matrix
from engine.network import Model, forward
from engine.types import Array, Bytes, Single

SAFE_IN_SINGLE = 1e4  # parameters beyond this may overflow float32 in a deep network
LARGEST_SINGLE = float(np.finfo(np.float32).max)


@functools.lru_cache(maxsize=256)
def plane(features: tuple[str, ...], resolution: int) -> Single:
    """Return the inputs over the plane, (F, resolution^2), rows from the top, both ends included."""
    axis = np.linspace(-PLANE, PLANE, resolution)
    x, y = np.meshgrid(axis, axis[::-1])
    return feature_matrix(np.column_stack([x.ravel(), y.ravel()]), features).astype(np.float32)


def unit_outputs(theta: Array, model: Model, features: Sequence[str], resolution: int) -> Single:
    """Return the outputs of all units over the plane, inputs first, (units, resolution^2), always finite."""
    inputs = plane(tuple(features), resolution)
    safe = float(np.max(np.abs(theta))) < SAFE_IN_SINGLE
    dtype = np.float32 if safe else np.float64
    points = inputs.shape[1]
    z = np.empty(int(model.sizes[1:].sum()) * points, dtype)
    outputs = np.empty((int(model.sizes.sum()), points), dtype)
    outputs[: len(inputs)] = inputs
    with np.errstate(all="ignore"):
        forward(
            theta.astype(dtype),
            model,
            outputs[: len(inputs)],
            z,
            outputs[len(inputs) :].reshape(-1),
        )
        finite: Single = np.nan_to_num(outputs, copy=False, nan=0.0, posinf=LARGEST_SINGLE, neginf=-LARGEST_SINGLE)
        single: Single = np.clip(finite, -LARGEST_SINGLE, LARGEST_SINGLE).astype(np.float32, copy=False)
    return single


def picture(values: Single, scale: float) -> Bytes:
    """Quantise values clamped to ±scale to bytes: 1 is -scale, 255 is +scale, and v >= 0 exactly when >= 128."""
    quantised: Bytes = (np.floor(np.clip(values / scale, -1.0, 1.0) * 127.0) + 128.0).astype(np.uint8)
    return quantised


def picture_scale(values: Single, bounded: bool) -> float:
    """Return the scale of a unit's picture: 1 for a bounded unit, else its largest magnitude (at least 1e-6)."""
    return 1.0 if bounded else max(float(np.max(np.abs(values))), 1e-6)
