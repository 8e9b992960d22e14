"""Compute the output of every unit over the plane [-6, 6]^2, and pictures of it with one byte per point."""

import functools
import math
from collections.abc import Sequence

import numpy as np

from engine.data.datasets import PLANE
from engine.data.features import feature_matrix
from engine.nn.activations import activate_fast
from engine.nn.network import NetworkSpec, split
from engine.numerics.types import Array, Bytes, Single

LARGEST_SINGLE = float(np.finfo(np.float32).max)


@functools.lru_cache(maxsize=256)
def plane(name: str, resolution: int) -> tuple[Single, float]:
    """Return an input over the plane (resolution^2,), top row first, ends included, and its largest magnitude."""
    axis = np.linspace(-PLANE, PLANE, resolution)
    x, y = np.meshgrid(axis, axis[::-1])
    values = feature_matrix(np.column_stack([x.ravel(), y.ravel()]), [name])[0].astype(np.float32)
    values.setflags(write=False)
    return values, float(np.max(np.abs(values)))


def _fits_single(theta: Array, sizes: Sequence[int], reach: float) -> bool:
    """Return whether no output can overflow float32; `reach` is the largest input, each layer grows it by `growth`."""
    growth = (max(sizes) + 1) * max(1.0, float(np.max(np.abs(theta))))
    return (len(sizes) - 1) * math.log10(growth) < math.log10(LARGEST_SINGLE / max(reach, 1.0))


def unit_outputs(theta: Array, network: NetworkSpec, inputs: Sequence[str], resolution: int) -> Single:
    """Return the outputs of all units over the plane (units, resolution^2), inputs first; always finite."""
    rows = [plane(name, resolution) for name in inputs]
    sizes = [int(size) for size in network.sizes]
    safe = _fits_single(theta, sizes, max(reach for _, reach in rows))
    dtype = np.float32 if safe else np.float64
    outputs = np.empty((sum(sizes), resolution * resolution), dtype)
    for output, (values, _) in zip(outputs, rows, strict=False):
        output[:] = values
    first, above = 0, sizes[0]
    with np.errstate(all="ignore"):
        for code, weights, biases in zip(network.codes, *split(theta.astype(dtype), sizes), strict=True):
            end = above + len(biases)
            z = np.matmul(weights, outputs[first:above], out=outputs[above:end])
            z += biases[:, None]
            activated = activate_fast(int(code), z)
            if activated is not z:
                z[:] = activated
            first, above = above, end
        if not safe:
            np.nan_to_num(outputs, copy=False, nan=0.0)
            np.clip(outputs, -LARGEST_SINGLE, LARGEST_SINGLE, out=outputs)
    return outputs.astype(np.float32, copy=False)


def first_layer_sums(theta: Array, network: NetworkSpec, inputs: Sequence[str], resolution: int) -> Array:
    """Return the weighted sums z of the first layer's neurons over the plane, (neurons, resolution^2).

    A neuron draws its line where z is 0. Without a hidden layer, these are the sums of the outputs.
    """
    weights, biases = split(theta, [int(size) for size in network.sizes])
    rows = np.stack([plane(name, resolution)[0] for name in inputs]).astype(np.float64)
    sums: Array = weights[0] @ rows + biases[0][:, None]
    return sums


def picture(values: Single | Array, scale: float | Array) -> Bytes:
    """Clamp values to ±scale and quantize them to bytes: 1 is -scale, 255 is +scale, and v >= 0 gives 128 or more."""
    quantised: Bytes = (np.floor(np.clip(values / scale, -1.0, 1.0) * 127.0) + 128.0).astype(np.uint8)
    return quantised


def picture_scale(values: Single | Array, bounded: bool) -> float:
    """Return the scale of a unit's picture: 1 if it is bounded, else its largest magnitude (at least 1e-6)."""
    return 1.0 if bounded else max(float(np.max(np.abs(values))), 1e-6)
