"""Draw the random numbers of shuffling and dropout from a counter-based generator.

Each number depends only on the seed, the epoch and its index, so a checkpoint stores no generator state. The n-th
number of an epoch is the n-th output of splitmix64 (Steele, Lea and Flood, 2014), started at the epoch's key.
"""

from typing import Any

import numpy as np

from engine.numerics.jit import compiled_as, elementwise, inlined, kernel
from engine.numerics.types import Array, Integers, Words

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
BASIS, PRIME = 0xCBF29CE484222325, 0x100000001B3  # FNV-1a, 64 bits


@elementwise
def mix64(x: Words) -> Words:
    """Return splitmix64's mix of x: 64 bits that look unrelated to it."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def epoch_keys(seed: str, first: int, count: int) -> Words:
    """Return the keys (count,) of the epochs that start at `first`."""
    base = BASIS
    for byte in seed.encode("utf-8", "surrogatepass"):
        base = (base ^ byte) * PRIME % 2**64
    epochs = np.arange(first + 1, first + 1 + count).astype(np.uint64)
    return mix64(mix64(np.array([base], np.uint64)) + epochs * GOLDEN)


@inlined
def _as_uniform(words: Words) -> Array:
    """Return the upper 53 bits of each word as a number in [0, 1)."""
    numbers: Any = np.float64(words >> np.uint64(11))
    uniform: Array = numbers * 2.0**-53
    return uniform


def _compiled_uniforms(key: np.uint64, first: int, numbers: Array) -> None:
    for i in range(numbers.size):
        word: Any = key + np.uint64(first + 1 + i) * GOLDEN
        numbers[i] = _as_uniform(mix64(word))


@compiled_as(_compiled_uniforms)
def fill_uniforms(key: np.uint64, first: int, numbers: Array) -> None:
    """Fill an array with an epoch's uniform numbers in [0, 1), starting at index `first`."""
    places = np.arange(first + 1, first + 1 + numbers.size).astype(np.uint64)
    numbers[:] = _as_uniform(mix64(key + places * GOLDEN))


@kernel
def fill_dropout_mask(key: np.uint64, first: int, dropout: float, mask: Array) -> None:
    """Fill mask with 0 at a fraction `dropout` of the units and with 1 / (1 - dropout) at the others."""
    fill_uniforms(key, first, mask)
    mask[:] = np.where(mask < dropout, 0.0, 1.0 / (1.0 - dropout))


@kernel
def shuffled_order(key: np.uint64, order: Integers) -> None:
    """Fill order (N,) with a random permutation of 0..N-1 (Fisher-Yates, from the end)."""
    numbers = np.empty(order.size)
    fill_uniforms(key, 0, numbers)
    for i in range(order.size):
        order[i] = i
    for last in range(order.size - 1, 0, -1):
        other = int(numbers[last] * (last + 1))
        order[last], order[other] = order[other], order[last]
