"""Draw the datasets' pictures as one SVG file of symbols, so that the first HTML shows them in the page's colours."""

from collections import defaultdict

from engine import Experiment
from engine.data.datasets import DATASETS, PLANE, Dataset
from engine.training.samples import samples_of

POINTS = 200
SCALE = 10  # units of the picture per unit of the plane
DOT = 5.4  # the diameter of a dot
SHADES = 5  # of a regression's values, between zero and each end


def thumbnails() -> str:
    """Return the file: a symbol for each dataset, with its name."""
    symbols = "\n".join(_symbol(name, dataset) for name, dataset in DATASETS.items())
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'


def _symbol(name: str, dataset: Dataset) -> str:
    samples = samples_of(Experiment(dataset=name, classes=max(2, dataset.classes[0]), train_percent=90))
    dots = defaultdict(list)
    for (x, y), target in zip(samples.train_points[:POINTS].tolist(), samples.train_labels.tolist(), strict=False):
        if max(abs(x), abs(y)) <= PLANE:
            at = f"M{round((PLANE + x) * SCALE)} {round((PLANE - y) * SCALE)}h0"
            dots[_colour(target, dataset.classes[1] > 2)].append(at)
    paths = "".join(f'<path stroke="{colour}" d="{"".join(places)}"/>' for colour, places in sorted(dots.items()))
    side = round(2 * PLANE * SCALE)
    look = f'viewBox="0 0 {side} {side}" stroke-linecap="round" stroke-width="{DOT}"'
    return f'<symbol id="{name}" {look}>{paths}</symbol>'


def _colour(target: float, many: bool) -> str:
    if many:
        return f"var(--class-{round(target)})"
    share = round(max(-1.0, min(1.0, target)) * SHADES) * 100 // SHADES
    end = "var(--positive)" if share > 0 else "var(--negative)"
    return end if abs(share) == 100 else f"color-mix(in srgb, var(--zero), {end} {abs(share)}%)"
