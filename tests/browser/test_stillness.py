"""Test that nothing moves the page under the learner's pointer, and that a pause says so and ends."""

from typing import Any

import pytest

from tests.browser.conftest import Pages
from tests.browser.playground import CIRCLE, Playground

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def scrolled(playground: Playground) -> float:
    """Return how far the page is scrolled down."""
    return float(playground.page.evaluate("() => scrollY"))


def top(playground: Playground, part: str) -> float:
    """Return where a part begins in the window."""
    return float(playground.part(part).evaluate("element => element.getBoundingClientRect().top"))


def look_at_an_example(playground: Playground) -> None:
    """Click the plot and wait for the trace."""
    playground.part("plot-marks").click(position={"x": 120, "y": 120})
    playground.wait("() => !document.querySelector('[data-part=trace-steps]').hidden")


def train_a_while(playground: Playground) -> None:
    playground.play()
    playground.wait("() => Number(document.querySelector('[data-part=epoch]').textContent) > 5")


def in_sight(playground: Playground, key: str) -> bool:
    """Return whether a notice is wholly in the window."""
    return bool(
        playground.notice(key).evaluate(
            "notice => { const { top, bottom } = notice.getBoundingClientRect();"
            " return top >= 0 && bottom <= innerHeight; }"
        )
    )


def test_on_a_phone_a_tap_on_the_plot_moves_nothing_and_says_that_training_paused(
    pages: Pages, server_url: str
) -> None:
    playground = pages.new(server_url, **PHONE).open()
    train_a_while(playground)
    playground.page.evaluate("() => scrollTo(0, 260)")
    before = (scrolled(playground), top(playground, "plot"))
    playground.part("plot-marks").tap(position={"x": 120, "y": 120})
    playground.wait("() => !document.querySelector('[data-part=trace-steps]').hidden")
    playground.page.wait_for_timeout(400)
    assert (scrolled(playground), top(playground, "plot")) == before
    assert not playground.playing
    assert in_sight(playground, "looking")
    playground.notice("looking").get_by_role("button", name="Close it and continue").click()
    playground.settle()
    assert playground.playing
    assert playground.page.locator("[data-root=trace]").is_hidden()
    assert playground.notice("looking").count() == 0


@pytest.mark.parametrize("way", ["Escape", "close-trace", "look-inside"])
def test_training_goes_on_when_the_example_is_closed(playground: Playground, way: str) -> None:
    playground.open()
    train_a_while(playground)
    look_at_an_example(playground)
    paused = playground.epoch
    if way == "Escape":
        playground.press("Escape")
    else:
        playground.click(way)
    playground.wait("epoch => Number(document.querySelector('[data-part=epoch]').textContent) > epoch", paused)
    assert playground.playing


@pytest.mark.parametrize("act", ["step", "reset", "play"])
def test_training_stays_as_the_learner_left_it_meanwhile(playground: Playground, act: str) -> None:
    playground.open()
    train_a_while(playground)
    look_at_an_example(playground)
    playground.click(act)
    if act == "play":
        playground.pause()
    assert playground.notice("looking").count() == 0
    playground.press("Escape")
    epoch = playground.epoch
    playground.page.wait_for_timeout(200)
    assert not playground.playing
    assert playground.epoch == epoch


def test_an_example_of_a_paused_run_starts_nothing(playground: Playground) -> None:
    playground.open()
    playground.click("step")
    look_at_an_example(playground)
    assert playground.notice("looking").count() == 0
    playground.press("Escape")
    assert not playground.playing


@pytest.mark.parametrize("width", [390, 1440])
def test_notices_move_nothing(pages: Pages, server_url: str, width: int) -> None:
    playground = pages.new(server_url, viewport={"width": width, "height": 900}).open("noise=999&dataset=circle")
    notice = playground.page.locator(".notice")
    notice.first.wait_for()
    with_notice = [top(playground, part) for part in ("play", "network", "plot", "chart")]
    notice.get_by_role("button", name="Close").click()
    notice.wait_for(state="detached")
    assert [top(playground, part) for part in ("play", "network", "plot", "chart")] == with_notice


def test_a_notice_can_be_put_away_until_there_is_another_reason(playground: Playground) -> None:
    playground.open("seed=0.3&stopEpochs=3")
    playground.play()
    finished = playground.notice("finished")
    finished.wait_for()
    finished.get_by_role("button", name="Close").click()
    playground.settle()
    assert finished.count() == 0
    playground.choose("learningRate", "0.1")
    assert finished.count() == 0
    playground.click("reset")
    playground.play()
    finished.wait_for()


def test_a_click_below_an_open_editor_arrives_where_it_was_made(playground: Playground) -> None:
    playground.open(CIRCLE)
    playground.unit("Layer 1, neuron 1").click()
    button = playground.part("show-shortcuts")
    button.scroll_into_view_if_needed()
    playground.page.mouse.wheel(0, 200)
    playground.page.wait_for_timeout(100)
    before = scrolled(playground)
    assert before > 100
    box = button.bounding_box()
    assert box is not None
    playground.page.mouse.click(box["x"] + 20, box["y"] + 10)
    playground.settle()
    assert scrolled(playground) == before
    assert playground.page.locator("[data-root=editor]").is_hidden()
    assert playground.page.locator("[data-root=shortcuts]").is_visible()
    playground.press("Escape")
    # A press beside everything moves nothing either.
    playground.unit("Layer 1, neuron 1").evaluate("button => button.click()")
    playground.page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
    playground.settle()
    before = scrolled(playground)
    playground.page.mouse.click(3, 500)
    playground.settle()
    assert scrolled(playground) == before
