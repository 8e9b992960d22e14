"""Test that huge numbers stay short wherever they appear, and widen nothing."""

import re

import pytest

from tests.browser.conftest import Pages
from tests.browser.playground import Playground

WIDTHS = {390: 844, 768: 1024, 1440: 900}
LONG = re.compile(r"\d{9,}|\d[eE][+-]?\d|NaN|Infinity|undefined|null")
FEATURES = "&".join(
    f"{name}=true" for name in ("x", "y", "xSquared", "ySquared", "xTimesY", "sinX", "sinY", "cosX", "cosY")
)
FORMULAS = "formulas=x1^3;x2^3;sin(3*x1)+x2^2-abs(x1)*abs(x2)+exp(-x1^2)"


def fits(playground: Playground, width: int) -> None:
    """Assert that the page does not scroll sideways and that all its texts are short."""
    assert playground.page.evaluate("() => document.documentElement.scrollWidth") <= width
    words = playground.page.locator("body").inner_text()
    assert LONG.findall(words) == []
    fields: list[str] = playground.page.evaluate(
        "() => [...document.querySelectorAll('.card input')].filter(each => each.checkVisibility())"
        "  .map(each => each.value)"
    )
    assert [value for value in fields if len(value) > 12 or value == ""] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_a_diverged_run_widens_nothing(pages: Pages, server_url: str, width: int) -> None:
    playground = pages.new(server_url, viewport={"width": width, "height": WIDTHS[width]}).open(
        "problem=regression&regDataset=reg-plane&seed=0.3&learningRate=10&networkShape=4,2&activation=relu"
        "&measures=true&neuronLines=true&contours=true&gradients=true"
    )
    playground.page.evaluate("() => { for (const part of document.querySelectorAll('details')) part.open = true; }")
    playground.click("step")
    assert "·10" in playground.text("test-loss")
    fits(playground, width)
    playground.unit("Layer 1, neuron 1").click()  # the editor of its bias, and its picture's scale
    playground.settle()
    fits(playground, width)
    playground.press("Escape")
    playground.click("look-inside")
    playground.wait("() => document.querySelector('[data-part=step-count]').textContent !== ''")
    fits(playground, width)
    playground.click("close-trace")
    playground.click("step")
    playground.notice("diverged").wait_for()
    fits(playground, width)


@pytest.mark.parametrize("width", WIDTHS)
def test_an_equation_of_huge_weights_widens_nothing(pages: Pages, server_url: str, width: int) -> None:
    playground = pages.new(server_url, viewport={"width": width, "height": WIDTHS[width]}).open(
        "problem=regression&regDataset=reg-plane&seed=0.3&networkShape=2&activation=linear&measures=true"
    )
    for neuron, value in (("Output neuron", "999999.25"), ("Layer 1, neuron 1", "-999999.75")):
        playground.unit(neuron).click()
        playground.page.keyboard.type(value)
        playground.press("Enter")
        assert playground.page.locator("[data-root=editor]").is_hidden()
    playground.wait("() => document.querySelector('[data-part=test-loss]').textContent.includes('·10')")
    fits(playground, width)
    playground.part("plot-marks").hover()
    playground.settle()
    fits(playground, width)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_long_equation_wraps(pages: Pages, server_url: str, width: int, language: str) -> None:
    playground = pages.new(server_url, viewport={"width": width, "height": WIDTHS[width]}, locale=language)
    playground.open(f"activation=linear&networkShape=2&dataset=gauss&seed=0.3&{FEATURES}&{FORMULAS}")
    lines = playground.part("equation-lines")
    assert lines.locator(".term").count() == 13
    assert lines.evaluate("lines => lines.scrollWidth <= lines.clientWidth")
    assert playground.page.evaluate("() => document.documentElement.scrollWidth") <= width
    tops = lines.locator(".term").evaluate_all("terms => terms.map(term => term.getBoundingClientRect().top)")
    assert tops == sorted(tops)
    assert len(set(tops)) > 1
