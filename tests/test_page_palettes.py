"""Measure the page's colours: contrast as WCAG 2 defines it, and whether colour-blind eyes tell them apart."""

import re
from itertools import combinations

import numpy as np
import pytest

from server.config.resources import resource

CSS = resource("static") / "css"
TOKENS = (CSS / "tokens.css").read_text()
THEMES = ("light", "dark")
PALETTES = ("usual", "safe")
CLASSES = [f"class-{i}" for i in range(6)]

TEXT = 4.5  # WCAG 2.2, 1.4.3
GRAPHICS = 3.0  # 1.4.11
LEAST_DISTANCE = 25.0  # in CIE Lab 1976, where 2.3 is just noticeable; with deuteranopia the usual palette has 4.4

# Machado, Oliveira and Fernandes, A physiologically-based model for simulation of color vision deficiency (2009), for
# linear RGB and full severity.
EYES = {
    "all cones": np.eye(3),
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def variables(theme: str, palette: str) -> dict[str, str]:
    """Return the page's colours by name. As in the cascade, a more specific rule overrides a more general one."""
    chosen = {"", f'[data-theme="{theme}"]', f'[data-palette="{palette}"]'}
    chosen.add(f'[data-theme="{theme}"][data-palette="{palette}"]')
    rules = re.findall(r":root((?:\[[^\]]+\])*) \{\n(.*?)\n  \}", TOKENS, re.S)
    rules = sorted((rule for rule in rules if rule[0] in chosen), key=lambda rule: rule[0].count("["))
    return {name: value for _, body in rules for name, value in re.findall(r"--([\w-]+): (#[0-9a-f]{6});", body)}


def linear(colour: str) -> np.ndarray:
    """Return linear RGB in [0, 1]."""
    values = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """Return WCAG's contrast ratio, from 1 to 21."""
    low, high = sorted(float(linear(colour) @ XYZ[1]) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(colour: str, eye: str) -> np.ndarray:
    """Return in CIE Lab what an eye sees of a colour."""
    seen = np.clip(np.array(EYES[eye]) @ linear(colour), 0, 1)
    t = XYZ @ seen / XYZ.sum(axis=1)
    x, y, z = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def least_distance(colours: list[str], eye: str) -> float:
    """Return the smallest distance between two of these colours."""
    return min(float(np.linalg.norm(lab(a, eye) - lab(b, eye))) for a, b in combinations(colours, 2))


def test_only_the_tokens_name_colours() -> None:
    for sheet in sorted(CSS.rglob("*.css")):
        if sheet.name != "tokens.css":
            assert re.findall(r"#[0-9a-f]{3,8}\b(?=[^{}]*;)|\b(?:rgb|hsl|oklch)a?\(", sheet.read_text()) == [], (
                sheet.name
            )


def test_every_rule_lies_in_a_layer_that_is_declared_first() -> None:
    declared = re.search(r"(?m)^@layer ([\w, ]+);", TOKENS)
    assert declared
    for sheet in sorted(CSS.rglob("*.css")):
        outermost = re.findall(r"(?m)^(?!@font-face)(\S.*) \{$", sheet.read_text())
        imports_only = not re.sub(r"(?m)^@import .*$|/\*.*?\*/|\s", "", sheet.read_text())
        assert outermost or imports_only, sheet.name
        assert {rule.removeprefix("@layer ") for rule in outermost} <= set(declared[1].split(", ")), sheet.name


def test_contrast_of_black_and_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1


@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize("theme", THEMES)
def test_text_stands_out(theme: str, palette: str) -> None:
    colour = variables(theme, palette)
    for ink, grounds in {
        "ink": ("ground", "surface", "warn"),
        "soft": ("ground", "surface"),
        "on-accent": ("accent",),
    }.items():
        for ground in grounds:
            assert contrast(colour[ink], colour[ground]) >= TEXT, (ink, ground)


@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize("theme", THEMES)
def test_the_accent_of_focus_and_choice_stands_out(theme: str, palette: str) -> None:
    colour = variables(theme, palette)
    for ground in ("ground", "surface"):
        assert contrast(colour["accent"], colour[ground]) >= GRAPHICS


@pytest.mark.parametrize("theme", THEMES)
def test_lines_and_classes_of_the_safe_palette_stand_out(theme: str) -> None:
    colour = variables(theme, "safe")
    for name in ("negative", "positive", *CLASSES):
        for ground in ("ground", "surface"):
            assert contrast(colour[name], colour[ground]) >= GRAPHICS, (name, ground)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("theme", THEMES)
def test_every_eye_tells_the_safe_classes_apart_and_from_an_uncertain_output(theme: str, eye: str) -> None:
    colour = variables(theme, "safe")
    assert least_distance([colour[name] for name in (*CLASSES, "zero")], eye) >= LEAST_DISTANCE


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize("theme", THEMES)
def test_every_eye_tells_positive_from_negative_in_each_palette(theme: str, palette: str, eye: str) -> None:
    colour = variables(theme, palette)
    assert least_distance([colour[name] for name in ("negative", "zero", "positive")], eye) >= LEAST_DISTANCE


@pytest.mark.parametrize("theme", THEMES)
def test_the_usual_classes_need_the_safe_palette(theme: str) -> None:
    colour = variables(theme, "usual")
    assert least_distance([colour[name] for name in CLASSES], "deuteranopia") < LEAST_DISTANCE / 5


def blended(colour: str, share: float, ground: str) -> str:
    """Return what is seen of a colour over another one."""
    pairs = [(int(colour[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(share * over + (1 - share) * under):02x}" for over, under in pairs)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize("kind", ["train", "test"])
def test_points_stand_out_from_every_ground_that_a_network_can_paint(theme: str, palette: str, kind: str) -> None:
    plot = (resource("static") / "js" / "features" / "plot" / "plot.js").read_text()
    found = re.search(r"GROUND = (\d+) / 255", plot)
    assert found
    rim, edge = (re.findall(rf'{kind}: "(#\w+)"', line)[0] for line in re.findall(r"const (?:RIM|EDGE) = .*", plot))
    colours = variables(theme, palette)
    opacity, share = int(found[1]) / 255, int(edge[7:], 16) / 255
    for end in ["negative", "positive", *CLASSES]:
        for sure in np.linspace(0, 1, 21):
            picture = blended(colours[end], float(sure), colours["zero"])
            ground = blended(picture, opacity, colours["surface"])
            best = max(contrast(rim, ground), contrast(blended(edge[:7], share, ground), ground))
            assert best >= GRAPHICS, (end, sure, ground)
