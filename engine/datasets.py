"""DATASETS: generators of labelled points in the plane, drawing in TFP's order (its `dataset.ts`)."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.seedrandom import SeedRandom

Sample = tuple[float, float, float]  # x1, x2, target
Generator = Callable[[SeedRandom, int, float], Iterator[Sample]]

RADIUS = 5.0  # most classification data lie in [-5, 5]^2
PLANE = 6.0  # the plane shown, and the range of regression data: [-6, 6]^2


@dataclass(frozen=True)
class Dataset:
    """A generator `points(rng, n, noise)` with noise in 0..0.8, its task, and how many points TFP draws."""

    label: str
    task: str
    points: Generator
    count: int


def _circle(rng: SeedRandom, n: int, noise: float) -> Iterator[Sample]:
    for low, high in ((0.0, 0.5 * RADIUS), (0.7 * RADIUS, RADIUS)):
        for _ in range(n // 2):
            r = rng.uniform(low, high)
            angle = rng.uniform(0, 2 * math.pi)
            x, y = r * math.sin(angle), r * math.cos(angle)
            moved_x = x + rng.uniform(-RADIUS, RADIUS) * noise
            moved_y = y + rng.uniform(-RADIUS, RADIUS) * noise
            yield x, y, 1.0 if math.sqrt(moved_x**2 + moved_y**2) < 0.5 * RADIUS else -1.0


def _xor(rng: SeedRandom, n: int, noise: float) -> Iterator[Sample]:
    padding = 0.3
    for _ in range(n):
        x = rng.uniform(-RADIUS, RADIUS)
        x += padding if x > 0 else -padding
        y = rng.uniform(-RADIUS, RADIUS)
        y += padding if y > 0 else -padding
        moved_x = x + rng.uniform(-RADIUS, RADIUS) * noise
        moved_y = y + rng.uniform(-RADIUS, RADIUS) * noise
        yield x, y, 1.0 if moved_x * moved_y >= 0 else -1.0


def _gauss(rng: SeedRandom, n: int, noise: float) -> Iterator[Sample]:
    variance = 0.5 + 7 * noise
    for centre, label in ((2.0, 1.0), (-2.0, -1.0)):
        for _ in range(n // 2):
            x = rng.normal(centre, variance)
            y = rng.normal(centre, variance)
            yield x, y, label


def _spiral(rng: SeedRandom, n: int, noise: float) -> Iterator[Sample]:
    half = n // 2
    for start, label in ((0.0, 1.0), (math.pi, -1.0)):
        for i in range(half):
            r = i / half * RADIUS
            t = 1.75 * i / half * 2 * math.pi + start
            x = r * math.sin(t) + rng.uniform(-1, 1) * noise
            y = r * math.cos(t) + rng.uniform(-1, 1) * noise
            yield x, y, label


def _plane_points(rng: SeedRandom, n: int, noise: float) -> Iterator[tuple[float, float, float, float]]:
    for _ in range(n):
        x = rng.uniform(-PLANE, PLANE)
        y = rng.uniform(-PLANE, PLANE)
        moved_x = x + rng.uniform(-PLANE, PLANE) * noise
        moved_y = y + rng.uniform(-PLANE, PLANE) * noise
        yield x, y, moved_x, moved_y


def _reg_plane(rng: SeedRandom, n: int, noise: float) -> Iterator[Sample]:
    for x, y, moved_x, moved_y in _plane_points(rng, n, noise):
        yield x, y, (moved_x + moved_y) / 10


def _reg_gauss(rng: SeedRandom, n: int, noise: float) -> Iterator[Sample]:
    hills = ((-4, 2.5, 1), (0, 2.5, -1), (4, 2.5, 1), (-4, -2.5, -1), (0, -2.5, 1), (4, -2.5, -1))
    for x, y, moved_x, moved_y in _plane_points(rng, n, noise):
        label = 0.0
        for centre_x, centre_y, sign in hills:
            distance = math.sqrt((moved_x - centre_x) ** 2 + (moved_y - centre_y) ** 2)
            height = sign * max(0.0, 1 - distance / 2)
            if abs(height) > abs(label):
                label = height
        yield x, y, label


DATASETS: dict[str, Dataset] = {
    "circle": Dataset("Circle", "classification", _circle, 500),
    "xor": Dataset("Exclusive or", "classification", _xor, 500),
    "gauss": Dataset("Gaussian", "classification", _gauss, 500),
    "spiral": Dataset("Spiral", "classification", _spiral, 500),
    "reg-plane": Dataset("Plane", "regression", _reg_plane, 1200),
    "reg-gauss": Dataset("Multi gaussian", "regression", _reg_gauss, 1200),
}
