"""Test that a failure stays where it is: a view that throws, a browser that stores nothing."""

import re

import pytest

from tests.browser.conftest import Pages
from tests.browser.playground import Playground

BLOCKED = """for (const name of ['localStorage', 'sessionStorage']) {
  Object.defineProperty(window, name, { get() { throw new DOMException('denied', 'SecurityError'); } });
}"""
GROUND = "() => getComputedStyle(document.body).backgroundColor"


def test_a_view_that_fails_says_so_and_training_goes_on(pages: Pages, server_url: str) -> None:
    pages.tolerated = ("the chart is broken",)
    playground = pages.new(server_url)
    logged: list[str] = []
    playground.page.on("console", lambda message: logged.append(message.text))
    playground.page.add_init_script(
        """const { getContext } = HTMLCanvasElement.prototype;
        HTMLCanvasElement.prototype.getContext = function (...options) {
          if (globalThis.broken && this.closest('[data-root=losses]')) throw new Error('the chart is broken');
          return getContext.apply(this, options);
        };
        const { clearRect } = CanvasRenderingContext2D.prototype;
        CanvasRenderingContext2D.prototype.clearRect = function (...place) {
          if (globalThis.broken && this.canvas.closest('[data-root=losses]')) throw new Error('the chart is broken');
          clearRect.apply(this, place);
        };"""
    )
    playground.open()
    playground.page.evaluate("() => { globalThis.broken = true; }")
    playground.play()
    playground.wait("() => Number(document.querySelector('[data-part=epoch]').textContent) > 40")
    failed = playground.page.locator("[data-root=losses] .failed")
    assert "stopped working" in failed.inner_text()
    assert playground.page.locator(".failed").count() == 1
    assert len([text for text in logged if "the chart is broken" in text]) == 1
    before = playground.pixels("plot")
    playground.wait(
        "epoch => Number(document.querySelector('[data-part=epoch]').textContent) > epoch + 20", playground.epoch
    )
    assert playground.pixels("plot") != before
    playground.page.evaluate("() => { globalThis.broken = false; }")
    failed.wait_for(state="detached")


def test_the_page_works_where_all_site_data_are_blocked(playground: Playground) -> None:
    playground.page.add_init_script(BLOCKED)
    playground.open()
    playground.play_to(20)
    playground.choose("activation", "relu")
    ground = playground.page.evaluate(GROUND)
    playground.click("theme")
    assert playground.page.evaluate(GROUND) != ground
    playground.page.go_back()
    playground.wait("() => document.querySelector('#activation').value === 'tanh'")
    playground.page.goto(f"{playground.url}/?lesson=xor")
    playground.wait("() => document.querySelector('[data-part=test-loss]').textContent !== '–'")
    playground.page.locator("[data-part=lesson-question] input").first.check()
    assert playground.text("lesson-hint") == "Now press Play and see."


@pytest.mark.parametrize("chosen", [None, "dark", "light"])
def test_the_first_paint_has_the_right_theme(pages: Pages, server_url: str, chosen: str | None) -> None:
    playground = pages.new(server_url, color_scheme="light" if chosen == "dark" else "dark").open()
    if chosen and playground.page.evaluate("() => document.documentElement.dataset.theme") != chosen:
        playground.click("theme")
    ground = playground.page.evaluate(GROUND)
    pages.tolerated = ("ERR_FAILED",)
    playground.page.route(re.compile(r"\.js$"), lambda route: route.abort())
    playground.page.reload()
    assert playground.page.evaluate(GROUND) == ground, "before any script of the page has run"
    assert playground.page.evaluate("() => document.documentElement.dataset.theme") == (chosen or "dark")
