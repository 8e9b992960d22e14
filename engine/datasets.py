"""DATASETS: generators of labelled points in the plane, drawing in TFP's order (its `dataset.ts`).

Each takes a random generator, the number of points n and the noise (0..0.8), and returns points (n, 2) and targets
(n,). Numbers are drawn one by one; what is made of them is computed on all at once.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine import fdlibm
from engine.seedrandom import SeedRandom
from engine.types import Array

Samples = tuple[Array, Array]
Generator = Callable[..., Samples]  # (rng, n, noise), and the number of classes where that can be chosen

RADIUS = 5.0  # most classification data lie in [-5, 5]^2
PLANE = 6.0  # the plane shown, and the range of regression data: [-6, 6]^2
TURN = 2 * np.pi


@dataclass(frozen=True)
class Dataset:
    """A generator of points, its task, how many points TFP draws, and the fewest and the most classes."""

    label: str
    task: str
    points: Generator
    count: int
    classes: tuple[int, int] = (2, 2)


def _draws(rng: SeedRandom, n: int, *ranges: tuple[float, float]) -> Array:
    """Draw one row after the other, each with one number from every range; return the columns (ranges, n)."""
    return np.array([[rng.uniform(low, high) for low, high in ranges] for _ in range(n)]).T


def _circle(rng: SeedRandom, n: int, noise: float) -> Samples:
    moves = (-RADIUS, RADIUS), (-RADIUS, RADIUS)
    rings = (0.0, 0.5 * RADIUS), (0.7 * RADIUS, RADIUS)
    draws = [_draws(rng, n // 2, ring, (0.0, TURN), *moves) for ring in rings]
    r, angle, move_x, move_y = np.concatenate(draws, axis=1)
    x, y = r * fdlibm.sin(angle), r * fdlibm.cos(angle)
    moved_x, moved_y = x + move_x * noise, y + move_y * noise
    distance = np.sqrt(moved_x * moved_x + moved_y * moved_y)
    return np.column_stack([x, y]), np.where(distance < 0.5 * RADIUS, 1.0, -1.0)


def _xor(rng: SeedRandom, n: int, noise: float) -> Samples:
    side = (-RADIUS, RADIUS)
    x, y, move_x, move_y = _draws(rng, n, side, side, side, side)
    x = x + np.where(x > 0, 0.3, -0.3)
    y = y + np.where(y > 0, 0.3, -0.3)
    product = (x + move_x * noise) * (y + move_y * noise)
    return np.column_stack([x, y]), np.where(product >= 0, 1.0, -1.0)


def _gauss(rng: SeedRandom, n: int, noise: float) -> Samples:
    """Marsaglia's polar method, of which TFP keeps the first of each pair."""
    kept = np.empty((n, 2, 2))  # v1 and s for x and y of each point
    for pair in kept.reshape(-1, 2):
        pair[1] = 2.0
        while pair[1] > 1:
            v1 = 2 * rng.random() - 1
            v2 = 2 * rng.random() - 1
            pair[:] = v1, v1 * v1 + v2 * v2
    v, s = kept[..., 0], kept[..., 1]
    deviation = np.sqrt(-2 * fdlibm.log(s) / s) * v
    labels = np.repeat([1.0, -1.0], n // 2)
    return 2.0 * labels[:, None] + np.sqrt(0.5 + 7 * noise) * deviation, labels


def _spiral(rng: SeedRandom, n: int, noise: float) -> Samples:
    half = n // 2
    move_x, move_y = _draws(rng, n, (-1.0, 1.0), (-1.0, 1.0))
    i = np.tile(np.arange(half), 2)
    labels = np.repeat([1.0, -1.0], half)
    r = i / half * RADIUS
    t = 1.75 * i / half * 2 * np.pi + np.where(labels > 0, 0.0, np.pi)
    points = [r * fdlibm.sin(t) + move_x * noise, r * fdlibm.cos(t) + move_y * noise]
    return np.column_stack(points), labels


def _plane_points(rng: SeedRandom, n: int, noise: float) -> tuple[Array, Array, Array]:
    """Return points all over the plane, and their coordinates moved by the noise."""
    side = (-PLANE, PLANE)
    x, y, move_x, move_y = _draws(rng, n, side, side, side, side)
    return np.column_stack([x, y]), x + move_x * noise, y + move_y * noise


def _reg_plane(rng: SeedRandom, n: int, noise: float) -> Samples:
    points, x, y = _plane_points(rng, n, noise)
    return points, (x + y) / 10


def _reg_gauss(rng: SeedRandom, n: int, noise: float) -> Samples:
    hills = ((-4, 2.5, 1), (0, 2.5, -1), (4, 2.5, 1), (-4, -2.5, -1), (0, -2.5, 1), (4, -2.5, -1))
    points, x, y = _plane_points(rng, n, noise)
    labels = np.zeros(n)
    for centre_x, centre_y, sign in hills:
        distance = np.sqrt((x - centre_x) * (x - centre_x) + (y - centre_y) * (y - centre_y))
        height = sign * np.maximum(0.0, 1 - distance / 2)
        labels = np.where(np.abs(height) > np.abs(labels), height, labels)
    return points, labels


DATASETS: dict[str, Dataset] = {
    "circle": Dataset("Circle", "classification", _circle, 500),
    "xor": Dataset("Exclusive or", "classification", _xor, 500),
    "gauss": Dataset("Gaussian", "classification", _gauss, 500),
    "spiral": Dataset("Spiral", "classification", _spiral, 500),
    "reg-plane": Dataset("Plane", "regression", _reg_plane, 1200, (1, 1)),
    "reg-gauss": Dataset("Multi gaussian", "regression", _reg_gauss, 1200, (1, 1)),
}
