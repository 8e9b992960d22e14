"""Let a monkey play: seeded random clicks, drags, keys and values. Nothing may break, and the page must train on."""

import random
from collections.abc import Callable
from time import monotonic

import pytest

from tests.browser.conftest import Pages
from tests.browser.playground import Playground

SECONDS = 10
# What can be used now: neither leaving the page nor opening a file chooser.
USABLE = """() => [...document.querySelectorAll('button, select, summary, input, canvas, [tabindex="0"]')]
  .filter(each => each.checkVisibility() && !each.disabled && !each.readOnly && each.type !== 'file'
    && !each.closest('[data-root=share]'))
  .length"""
NUMBERED = USABLE.replace("() =>", "index =>").replace(".length", "[index]")
KEYS = [" ", "r", "ArrowRight", "ArrowLeft", "ArrowUp", "Enter", "Escape", "PageDown", "Tab", "?", "Home"]
VALUES = {"number": ["", "0", "-3", "7", "1e9", "0.5", "1e-320"], "text": ["", "x1^2", "exp(9*x2)", "nonsense", "((("]}


def act(playground: Playground, chance: random.Random) -> None:
    """Do one thing that a hand, a mouse or a keyboard can do."""
    page, mouse = playground.page, playground.page.mouse
    size = page.viewport_size
    assert size is not None

    def somewhere() -> tuple[float, float]:
        return chance.uniform(0, size["width"]), chance.uniform(0, size["height"])

    def use() -> None:
        handle = page.evaluate_handle(NUMBERED, chance.randrange(max(1, page.evaluate(USABLE)))).as_element()
        if handle is None:
            return
        kind = handle.evaluate("each => each.type ?? each.tagName")
        if kind == "select-one":
            values = handle.evaluate("each => [...each.options].filter(one => !one.disabled).map(one => one.value)")
            handle.evaluate(
                "(each, value) => { each.value = value; each.dispatchEvent(new Event('change', { bubbles: true })); }",
                chance.choice(values),
            )
        elif kind in ("number", "text"):
            handle.evaluate(
                "(each, value) => { each.focus(); each.value = value;"
                " each.dispatchEvent(new Event('input', { bubbles: true }));"
                " each.dispatchEvent(new Event('change', { bubbles: true })); }",
                chance.choice(VALUES[kind]),
            )
        else:
            handle.evaluate("each => each.click()")

    def click() -> None:
        mouse.click(*somewhere())

    def drag() -> None:
        mouse.move(*somewhere())
        mouse.down()
        for _ in range(3):
            mouse.move(*somewhere(), steps=3)
        mouse.up()

    def press() -> None:
        page.keyboard.press(chance.choice(KEYS))

    def wheel() -> None:
        mouse.wheel(0, chance.uniform(-900, 900))

    acts: list[Callable[[], None]] = [use, use, use, click, drag, press, wheel]
    chance.choice(acts)()


@pytest.mark.parametrize(("seed", "width"), [(1, 1440), (2, 390)])
def test_a_monkey_breaks_nothing(pages: Pages, server_url: str, seed: int, width: int) -> None:
    playground = pages.new(server_url, viewport={"width": width, "height": 844}).open()
    page, chance = playground.page, random.Random(seed)
    page.on("dialog", lambda dialog: dialog.accept())
    # The language is a link, and a lesson another page: the monkey stays on this one.
    page.evaluate("() => { for (const link of document.querySelectorAll('a[href]')) link.remove(); }")
    end = monotonic() + SECONDS
    done = 0
    while monotonic() < end:
        act(playground, chance)
        done += 1
    assert done > 30
    # It has left the page as a page that works: a fresh run begins, trains and stops.
    page.evaluate("() => { for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close(); }")
    page.evaluate("() => { location.hash = 'seed=0.3&dataset=circle&speed=1'; }")
    playground.settle()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    if not playground.playing:
        playground.part("play").evaluate("button => button.click()")
    before = playground.text("epoch")
    playground.wait("before => document.querySelector('[data-part=epoch]').textContent !== before", before)
    playground.part("play").evaluate("button => button.click()")
    playground.wait("() => document.querySelector('[data-part=play]').ariaPressed === 'false'")
