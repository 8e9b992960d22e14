"""Provide small example tables (EXAMPLES) for learners without data of their own.

Iris holds E. Anderson's measurements as published by R. A. Fisher, "The use of multiple measurements in taxonomic
problems", Annals of Eugenics 7, 1936 (public domain). The penguins are synthetic, with the rough sizes of three
species: longer bills are deeper within each species but flatter over all of them (Simpson's paradox).
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.data.datasets import normals
from engine.data.own_data import OwnData
from engine.data.tables import read_table, to_own_data
from engine.numerics.seedrandom import SeedRandom


@dataclass(frozen=True)
class Example:
    """A table as text, with the names of its two inputs and its target."""

    label: str
    table: Callable[[], str]
    columns: tuple[str, str, str]

    def data(self) -> OwnData:
        """Return the three columns as own data; the text is parsed once."""
        return _data(self)


@functools.cache
def _data(example: Example) -> OwnData:
    return to_own_data(read_table(example.table()), *example.columns).data


# In tenths of a centimetre, two digits per flower: sepal length and width, petal length and width.
IRIS: dict[str, tuple[str, str, str, str]] = {
    "setosa": (
        "5149474650544650444954484843585754515751545146514850505252474854525549505549445150454450514851465350",
        "3530323136393434293137343030404439353838343736333430343534323134414231323536303435233235383038323733",
        "1414131514171415141515161411121513141715171510171916161514161615151415121314131513131316191416141514",
        "0202020202040302020102020101020404030303020402050202040202020204010202020201020203030206040302020202",
    ),
    "versicolor": (
        "7064695565576349665250596061566756586256596163616466686760575555586054606763565555615850565757625157",
        "3232312328283324292720302229293130272225322825282930283029262424272730343123302526302623273029292528",
        "4745494046454733463935424047364445414539484049474344485045353837395145454744414044464033424242433041",
        "1415151315131610131410151014131415101511181315121314141715101110121615161513131312141210131213131113",
    ),
    "virginica": (
        "6358716365764973677265646857586465777760695677636772626164727479646361776364606967695868676763656259",
        "3327302930302529253632273025283230382622322828273332283028302838282826303431303131312732333025303430",
        "6051595658664563586151535550515355676950574967495760484956586164565156615655485456515159575250525451",
        "2519211822211718182520192120242318222315232020182118181821161920221514232418182124231923252319202318",
    ),
}


def _iris() -> str:
    rows = ["sepal length (cm),sepal width (cm),petal length (cm),petal width (cm),species"]
    for species, measures in IRIS.items():
        for at in range(0, len(measures[0]), 2):
            rows.append(",".join([*(f"{digits[at]}.{digits[at + 1]}" for digits in measures), species]))
    return "\n".join(rows)


# Species, count, and (mean, standard deviation) of the bill's length and depth in millimetres.
PENGUINS = (
    ("Adélie", 70, (38.8, 2.7), (18.3, 1.2)),
    ("chinstrap", 50, (48.8, 3.3), (18.4, 1.1)),
    ("gentoo", 60, (47.5, 3.1), (15.0, 1.0)),
)
CORRELATION = 0.6


def _penguins() -> str:
    rng = SeedRandom("penguins")
    rows = ["bill length (mm),bill depth (mm),species"]
    for species, count, length, depth in PENGUINS:
        first, second = normals(rng, count).T
        lengths = length[0] + length[1] * first
        depths = depth[0] + depth[1] * (CORRELATION * first + np.sqrt(1 - CORRELATION**2) * second)
        rows += [f"{x:.1f},{y:.1f},{species}" for x, y in zip(lengths, depths, strict=True)]
    return "\n".join(rows)


EXAMPLES: dict[str, Example] = {
    "iris-petals": Example("Iris: petals", _iris, ("petal length (cm)", "petal width (cm)", "species")),
    "iris-sepals": Example("Iris: sepals", _iris, ("sepal length (cm)", "sepal width (cm)", "species")),
    "penguins": Example("Penguins (synthetic)", _penguins, ("bill length (mm)", "bill depth (mm)", "species")),
}
