"""Run axe-core on every page, in every state that adds something to it, in both themes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.conftest import Pages
from tests.browser.playground import CIRCLE, Playground

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"


def unfold(playground: Playground) -> None:
    """Unfold every part of the page."""
    playground.page.evaluate("() => document.querySelectorAll('details').forEach(each => { each.open = true; })")
    playground.click("more-features")
    playground.part("check-now").click()
    playground.page.locator("[data-part=check-table] td").first.wait_for()


def draw(playground: Playground) -> None:
    """Start drawing points."""
    playground.page.click("[data-part=own-data] summary")
    playground.click("draw")


def bring(playground: Playground) -> None:
    """Import a table."""
    playground.page.click("[data-part=own-data] summary")
    playground.click("import-table")
    playground.part("table-text").fill("length,width,kind\n4.1,1.2,rose\n5.3,0.9,lily\n4.0,1.1,rose\n5.5,0.8,lily")
    playground.page.locator("[data-part=table-preview] td").first.wait_for()


def edit(playground: Playground) -> None:
    """Open the editor of a bias."""
    playground.page.locator(".unit").first.press("Enter")
    playground.settle()


def answer(playground: Playground) -> None:
    """Predict and play, so that the lesson shows its answer."""
    playground.page.check("[data-part=lesson-question] input[value='0']")
    playground.choose("speed", "max")
    playground.play()
    playground.page.locator("[data-part=lesson-question] .right").wait_for()
    playground.pause()


def nothing(_: Playground) -> None:
    """Leave the page as it is."""


STATES: dict[str, tuple[str, Callable[[Playground], None]]] = {
    "everything unfolded": ("/#" + CIRCLE + "&measures=true&contours=true&neuronLines=true", unfold),
    "a lesson": ("/?lesson=xor", nothing),
    "a lesson answered": ("/?lesson=xor", answer),
    "the list of lessons": ("/?lesson=", nothing),
    "drawing": ("/#" + CIRCLE, draw),
    "a table": ("/#" + CIRCLE, bring),
    "a trace": ("/#" + CIRCLE + "&example=1,2,1", nothing),
    "where the gradient goes": ("/#" + CIRCLE + "&gradients=true", nothing),
    "the equation of linear layers": ("/#activation=linear&networkShape=2&dataset=gauss&seed=0.3", nothing),
    "notices": ("/#noise=999&learningRate=nonsense&dataset=circle", nothing),
    "many classes": ("/#dataset=clouds&classes=4&loss=cross-entropy&seed=0.3&measures=true", nothing),
    "a regression": ("/#problem=regression&regDataset=reg-plane&seed=0.3&measures=true", nothing),
    "a weight in hand": ("/#" + CIRCLE, edit),
    "the keys": ("/#" + CIRCLE, lambda playground: playground.press("?")),
    "everything unfolded, in Russian": ("/?lang=ru#" + CIRCLE + "&measures=true", unfold),
}


def faults(playground: Playground) -> list[str]:
    """Return axe-core's violations: rule, element and reason."""
    found: list[str] = playground.page.evaluate(
        """async () => (await axe.run()).violations.flatMap(({ id, nodes }) =>
             nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`))"""
    )
    return found


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_no_violation_in_either_theme(pages: Pages, server_url: str, state: str) -> None:
    address, prepare = STATES[state]
    playground = pages.new(server_url, color_scheme="light", bypass_csp=True)
    playground.page.goto(server_url + address)
    playground.wait("() => document.querySelector('[data-part=test-loss]').textContent !== '–'")
    prepare(playground)
    playground.settle()
    playground.page.evaluate(AXE.read_text())
    assert faults(playground) == []
    playground.page.emulate_media(color_scheme="dark")
    playground.settle()
    assert faults(playground) == []
