"""Test what a learner sees when answers come late or the connection is lost: nothing is forgotten, nothing lies."""

import contextlib
from collections.abc import Iterator

import pytest

from server.config.settings import Settings
from tests.browser.cable import Cable
from tests.browser.conftest import Pages
from tests.browser.playground import Playground
from tests.live import LiveServer

LOST = ("WebSocket connection", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION", "ERR_NETWORK")  # Chromium logs a lost server
PAUSED = "() => document.querySelector('[data-part=play]').ariaPressed === 'false'"


@pytest.fixture
def cable() -> Iterator[Cable]:
    """Return a line to a separate server, with 100 ms each way."""
    with (
        LiveServer(Settings(port=0, plain=True)) as server,
        contextlib.closing(Cable(int(server.url.rpartition(":")[2]))) as cable,
    ):
        yield cable


@pytest.fixture
def playground(cable: Cable, pages: Pages) -> Playground:
    pages.tolerated = LOST
    playground = pages.new(cable.url).open()
    cable.delay = 0.1
    return playground


def break_off(playground: Playground, cable: Cable) -> None:
    cable.break_off()
    playground.notice("lost").wait_for()


def mend(playground: Playground, cable: Cable) -> None:
    cable.mend()
    playground.notice("lost").wait_for(state="detached")
    playground.settle()


def test_a_stop_after_a_refusal_is_seen_at_once(playground: Playground) -> None:
    playground.page.click("details[data-control=stop] summary")
    playground.page.fill("#stopEpochs", "40")
    playground.page.locator("#stopEpochs").blur()
    playground.page.click("[data-part=more-features]")
    playground.play()
    playground.part("formula").fill("sin(")
    playground.page.keyboard.press("Enter")
    playground.page.locator(".notice", has_text="sin(").wait_for()
    playground.wait(PAUSED, seconds=10)
    assert playground.epoch == 40
    playground.page.wait_for_timeout(400)
    assert not playground.playing
    assert playground.notice("lost").count() == 0


def test_two_clicks_within_one_round_trip_are_both_in_the_address(playground: Playground) -> None:
    page = playground.page
    weights = playground.link.get("weightsSeed")
    page.click("[data-part=new-weights]")
    page.click("[data-part=play]")
    playground.wait("() => Number(document.querySelector('[data-part=epoch]').textContent) > 15")
    assert playground.link.get("weightsSeed") != weights
    playground.pause()
    page.select_option("#learningRate", "0.1")
    playground.settle()
    assert playground.epoch > 15
    page.select_option("#activation", "relu")
    page.click("[data-part=play]")
    playground.settle()
    assert playground.playing
    assert playground.link["activation"] == "relu"
    assert page.locator("#activation").input_value() == "relu"


def test_a_setting_changed_while_the_server_is_away_is_sent_afterwards(playground: Playground, cable: Cable) -> None:
    page = playground.page
    break_off(playground, cable)
    page.select_option("#activation", "relu")
    playground.part("noise").fill("20")
    page.click("[data-part=new-weights]")
    assert "Your changes will be sent" in playground.notice("lost").inner_text()
    page.set_viewport_size({"width": 390, "height": 844})
    for place in ("0", "document.body.scrollHeight / 2", "document.body.scrollHeight"):
        page.evaluate(f"() => scrollTo(0, {place})")
        box = playground.notice("lost").bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 844
    mend(playground, cable)
    assert page.locator("#activation").input_value() == "relu"
    assert (playground.link["activation"], playground.link["noise"]) == ("relu", "20")
    assert "weightsSeed" in playground.link


def test_a_weight_cannot_be_edited_while_the_server_is_away_and_says_so(playground: Playground, cable: Cable) -> None:
    playground.unit("Output neuron").focus()
    playground.page.keyboard.press("Enter")
    break_off(playground, cable)
    assert playground.part("editor-value").get_attribute("readonly") is not None
    assert "Not connected" in playground.text("editor-hint")
    mend(playground, cable)
    playground.part("editor-value").fill("2")
    playground.page.keyboard.press("Enter")
    playground.settle()
    assert "start" in playground.link


def test_what_is_drawn_and_its_undo_survive_a_lost_connection(playground: Playground, cable: Cable) -> None:
    page = playground.page
    page.click("[data-part=own-data] summary")
    page.click("[data-part=draw]")
    page.click("[data-part=clear-points]")
    playground.part("plot-marks").focus()
    for key in ("Enter", "Shift+ArrowRight", "Enter", "Shift+ArrowRight", "Enter"):
        page.keyboard.press(key)
    playground.settle()
    break_off(playground, cable)
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    mend(playground, cable)
    assert len(playground.link["own"].partition(".")[2]) // 8 == 4
    assert playground.part("brushes").is_visible()
    page.click("[data-part=undo]")
    playground.settle()
    assert len(playground.link["own"].partition(".")[2]) // 8 == 3
