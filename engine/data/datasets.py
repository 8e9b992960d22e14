"""Generate labelled points in the plane (DATASETS); TFP's six come first and draw in its order (`dataset.ts`).

A generator takes a random generator, the number of points n, the noise (0..0.8) and, if it can have more than two
classes, their number. It returns points (n, 2) and targets (n,): -1 and +1 for two classes, 0..K-1 for more, and a
value mostly in [-1, 1] for regression. Draws are sequential; everything after is vectorized. Every class has n/K
points; if K does not divide n, the first classes have one more.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.data.formulas import Formula, parse
from engine.numerics import fdlibm
from engine.numerics.seedrandom import SeedRandom
from engine.numerics.types import Array, Flags

Samples = tuple[Array, Array]
Generator = Callable[..., Samples]  # (rng, n, noise), then the number of classes if it can be chosen

RADIUS = 5.0  # most classification data lies in [-5, 5]^2
PLANE = 6.0  # the visible plane and the range of regression data: [-6, 6]^2
TURN = 2 * np.pi


@dataclass(frozen=True)
class Dataset:
    """A generator of points with its task, its number of points, and the fewest and most classes."""

    label: str
    task: str
    points: Generator
    count: int
    classes: tuple[int, int] = (2, 2)


def _draws(rng: SeedRandom, n: int, *ranges: tuple[float, float]) -> Array:
    """Draw n rows with one number from each range; return the columns (ranges, n)."""
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


def normals(rng: SeedRandom, n: int) -> Array:
    """Draw standard normal points (n, 2) by Marsaglia's polar method; like TFP, keep the first number of a pair."""
    kept = np.empty((n, 2, 2))  # v1 and s for x and y of each point
    for pair in kept.reshape(-1, 2):
        pair[1] = 2.0
        while pair[1] > 1:
            v1 = 2 * rng.random() - 1
            v2 = 2 * rng.random() - 1
            pair[:] = v1, v1 * v1 + v2 * v2
    v, s = kept[..., 0], kept[..., 1]
    return np.sqrt(-2 * fdlibm.log(s) / s) * v


def _gauss(rng: SeedRandom, n: int, noise: float) -> Samples:
    labels = np.repeat([1.0, -1.0], n // 2)
    return 2.0 * labels[:, None] + np.sqrt(0.5 + 7 * noise) * normals(rng, n), labels


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
    """Return uniform points over the plane, and their coordinates moved by the noise."""
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


def _sizes(n: int, classes: int) -> list[int]:
    """Return the number of points of each class, as even as possible."""
    return [n // classes + (c < n % classes) for c in range(classes)]


def _classes(n: int, classes: int) -> Array:
    """Return labels (n,) of all classes, class by class."""
    return np.repeat(np.arange(float(classes)), _sizes(n, classes))


def _sides(n: int) -> Array:
    """Return labels (n,) of two classes, +1 first."""
    return np.repeat([1.0, -1.0], _sizes(n, 2))


def _polar(r: Array, angle: Array) -> Array:
    """Return points (n, 2) in polar coordinates; as in TFP, the angle turns clockwise from the top."""
    return np.column_stack([r * fdlibm.sin(angle), r * fdlibm.cos(angle)])


def _clouds(rng: SeedRandom, n: int, noise: float, classes: int = 3) -> Samples:
    labels = _classes(n, classes)
    centres = _polar(np.full(n, 3.5), TURN * labels / classes)
    return centres + np.sqrt(0.3 + 4 * noise) * normals(rng, n), labels


def _rings(rng: SeedRandom, n: int, noise: float, classes: int = 3) -> Samples:
    labels = _classes(n, classes)
    across, angle, *moves = _draws(rng, n, (0.0, 0.7), (0.0, TURN), (-2.0, 2.0), (-2.0, 2.0))
    return _polar((labels + across) * RADIUS / classes, angle) + np.column_stack(moves) * noise, labels


def _pinwheel(rng: SeedRandom, n: int, noise: float, classes: int = 3) -> Samples:
    """Draw blades that fill 0.6 of the circle and bend by a quarter radian per unit of radius."""
    labels = _classes(n, classes)
    r, across, *moves = _draws(rng, n, (1.0, RADIUS), (-0.3, 0.3), (-2.0, 2.0), (-2.0, 2.0))
    angle = TURN * (labels + across) / classes + 0.25 * r
    return _polar(r, angle) + np.column_stack(moves) * noise, labels


def _arms(rng: SeedRandom, n: int, noise: float, classes: int = 3) -> Samples:
    """Draw TFP's spiral with more arms, which have room for only 1.25 turns."""
    labels = _classes(n, classes)
    along = np.concatenate([np.arange(size) / size for size in _sizes(n, classes)])
    moves = _draws(rng, n, (-1.0, 1.0), (-1.0, 1.0)).T
    return _polar(RADIUS * along, TURN * (1.25 * along + labels / classes)) + moves * noise, labels


def _moons(rng: SeedRandom, n: int, noise: float) -> Samples:
    """Draw two interlocking half circles; each is the other one rotated by half a turn."""
    labels = _sides(n)
    (angle,) = _draws(rng, n, (-0.25 * TURN, 0.25 * TURN))
    moon = _polar(np.full(n, 3.0), angle) - (1.5, 0.75)
    return moon * labels[:, None] + 1.2 * noise * normals(rng, n), labels


def _blobs(rng: SeedRandom, n: int, noise: float) -> Samples:
    """Draw a narrow and a wide cloud that always overlap: the best boundary is curved and never perfect."""
    labels = _sides(n)
    variance = np.where(labels > 0, 0.8, 3.2) + 3 * noise
    return labels[:, None] + np.sqrt(variance)[:, None] * normals(rng, n), labels


def _region(inside: Callable[[Array, Array], Flags], move: float) -> Generator:
    """Return a generator of points over [-5, 5]^2: +1 if the point, moved by up to move * noise, is inside."""

    def generator(rng: SeedRandom, n: int, noise: float) -> Samples:
        side = (-RADIUS, RADIUS)
        x, y, move_x, move_y = _draws(rng, n, side, side, (-move, move), (-move, move))
        labels = np.where(inside(x + move_x * noise, y + move_y * noise), 1.0, -1.0)
        return np.column_stack([x, y]), labels

    return generator


def _dark_square(x: Array, y: Array) -> Flags:
    side = 0.5 * RADIUS
    dark: Flags = (np.floor(x / side) + np.floor(y / side)) % 2 == 0
    return dark


def _in_heart(x: Array, y: Array) -> Flags:
    """Return whether points lie inside the curve (x² + y² - 1)³ = x² y³, scaled by 3.6 and moved down by 0.4."""
    x, y = x / 3.6, (y + 0.4) / 3.6
    ring = x * x + y * y - 1
    inside: Flags = ring * ring * ring <= x * x * y * y * y
    return inside


def above(curve: Formula) -> Generator:
    """Return a generator of points that are +1 above the curve x2 = f(x1) and -1 below."""
    return _region(lambda x, y: y > curve.value(x, y), move=2.5)


DEFAULT_CURVE = "3*sin(x1)"


def _surface(height: Callable[[Array, Array], Array]) -> Generator:
    """Return a generator of points over the plane; the target is the height plus up to ±noise."""

    def generator(rng: SeedRandom, n: int, noise: float) -> Samples:
        side = (-PLANE, PLANE)
        x, y, move = _draws(rng, n, side, side, (-1.0, 1.0))
        return np.column_stack([x, y]), height(x, y) + move * noise

    return generator


def _ripple(x: Array, y: Array) -> Array:
    """Return circular waves around the origin that fade out towards the corners."""
    r = np.sqrt(x * x + y * y)
    height: Array = fdlibm.cos(1.5 * r) * (1 - r / (PLANE * np.sqrt(2)))
    return height


DATASETS: dict[str, Dataset] = {
    "circle": Dataset("Circle", "classification", _circle, 500),
    "xor": Dataset("XOR", "classification", _xor, 500),
    "gauss": Dataset("Gaussian", "classification", _gauss, 500),
    "spiral": Dataset("Spiral", "classification", _spiral, 500),
    "reg-plane": Dataset("Plane", "regression", _reg_plane, 1200, (1, 1)),
    "reg-gauss": Dataset("Multiple Gaussians", "regression", _reg_gauss, 1200, (1, 1)),
    "moons": Dataset("Moons", "classification", _moons, 500),
    "blobs": Dataset("Overlapping blobs", "classification", _blobs, 500),
    "checkerboard": Dataset("Checkerboard", "classification", _region(_dark_square, move=1.25), 500),
    "heart": Dataset("Heart", "classification", _region(_in_heart, move=2.5), 500),
    "above": Dataset("Above or below a curve", "classification", above(parse(DEFAULT_CURVE)), 500),
    "clouds": Dataset("Clouds", "classification", _clouds, 500, (3, 6)),
    "rings": Dataset("Rings", "classification", _rings, 500, (3, 6)),
    "pinwheel": Dataset("Pinwheel", "classification", _pinwheel, 500, (3, 6)),
    "arms": Dataset("Spiral arms", "classification", _arms, 500, (3, 6)),
    "reg-sine": Dataset("Sine", "regression", _surface(lambda x, y: fdlibm.sin(x)), 1200, (1, 1)),
    "reg-saddle": Dataset("Saddle", "regression", _surface(lambda x, y: x * y / (PLANE * PLANE)), 1200, (1, 1)),
    "reg-ripple": Dataset("Ripple", "regression", _surface(_ripple), 1200, (1, 1)),
}
