"""Test refusals: in words, beside their field, and in sight wherever the page is scrolled to."""

import json
import re
from collections.abc import Iterator

import msgpack
import pytest
from playwright.sync_api import Locator, WebSocketRoute

from engine import Experiment, View
from server.config.settings import Settings
from server.protocol import commands
from tests.browser.conftest import Pages
from tests.browser.playground import Playground
from tests.live import LiveServer

# What the page says by itself, so that no refusal of it means anything to a learner.
OF_THE_PAGE = {"rev", "type", "frames", "run", "playing", "view", "locked", "whole", "what"}


@pytest.fixture
def small() -> Iterator[LiveServer]:
    """Start a server that allows small experiments only."""
    with LiveServer(Settings(port=0, plain=True, max_experiment_cost=100_000)) as server:
        yield server


def stands_beside(playground: Playground, field: Locator) -> str:
    """Return the refusal's text after checking that it is in sight, below its field or above."""
    refusal = playground.page.locator("[data-root=refusals] .notice")
    refusal.wait_for()
    playground.settle()
    box, near = refusal.bounding_box(), field.bounding_box()
    view = playground.page.viewport_size
    assert box is not None
    assert near is not None
    assert view is not None
    below, above = box["y"] - (near["y"] + near["height"]), near["y"] - (box["y"] + box["height"])
    assert 0 <= max(below, above) < 40
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= view["width"]
    assert box["y"] + box["height"] <= view["height"]
    assert playground.page.locator("[data-root=notices] .notice").count() == 0
    return refusal.inner_text()


@pytest.mark.parametrize("width", [1440, 390])
def test_an_impossible_number_is_refused_beside_its_field_and_put_back(
    pages: Pages, server_url: str, width: int
) -> None:
    playground = pages.new(server_url, viewport={"width": width, "height": 844}).open()
    playground.page.click("[data-part=more-training] summary")
    field = playground.page.locator("#dropout")
    field.scroll_into_view_if_needed()
    field.fill("5")
    field.press("Enter")
    text = stands_beside(playground, field)
    assert re.match(r"Dropout rate must be a number between 0 and 0\.\d+\. Your value: “5”\.", text)
    assert field.input_value() == "0", "the number in force"
    field.fill("0.2")
    field.press("Enter")
    playground.settle()
    assert playground.page.locator("[data-root=refusals] .notice").count() == 0
    assert playground.link["dropout"] == "0.2"


def test_a_refusal_at_a_field_that_was_left_is_seen_too(playground: Playground) -> None:
    playground.open()
    playground.page.click("[data-part=more-training] summary")
    playground.page.fill("#clipNorm", "-1")
    playground.page.locator("#dropout").focus()
    assert "Clip gradient norm at must be" in stands_beside(playground, playground.page.locator("#clipNorm"))
    assert playground.page.locator("#clipNorm").input_value() == ""
    playground.page.locator("[data-root=refusals]").get_by_role("button", name="Close").click()
    assert playground.page.locator("[data-root=refusals] .notice").count() == 0


@pytest.mark.parametrize("width", [1440, 390])
def test_a_formula_is_refused_beside_its_field(pages: Pages, server_url: str, width: int) -> None:
    playground = pages.new(server_url, viewport={"width": width, "height": 844}).open()
    playground.click("more-features")
    playground.part("formula").fill("sin(3*x1")
    playground.press("Enter")
    text = stands_beside(playground, playground.part("formula"))
    assert text.startswith("Formula ")
    assert "sin(3*x1" in text


def test_a_network_that_is_too_large_is_refused_beside_what_was_pressed(pages: Pages, small: LiveServer) -> None:
    playground = pages.new(small.url).open("dataset=circle&seed=0.3&networkShape=8,8,8,2")
    for _ in range(2):
        playground.page.get_by_role("button", name="Add a neuron to layer 4").click()
        playground.settle()
        assert playground.link["networkShape"] == "8,8,8,3"
    text = playground.page.locator("[data-root=refusals] .notice").inner_text()
    assert text.startswith("The network and its data is too large")


def test_a_refusal_out_of_sight_is_a_notice_in_the_window(playground: Playground) -> None:
    playground.open()
    playground.page.click("details[data-control=save] summary")
    file = {"name": "other.json", "mimeType": "application/json", "buffer": b'{"format": "something else"}'}
    playground.page.set_input_files("[data-part=open-model]", file)  # type: ignore[arg-type]
    playground.page.evaluate("() => scrollTo(0, 0)")
    notice = playground.page.locator(".notice")
    notice.wait_for()
    assert notice.count() == 1


def test_no_refusal_names_a_raw_field(playground: Playground) -> None:
    """Every field of a message gets a name that is on the page, whichever the server names."""
    fields = {f"experiment.{name}" for name in Experiment.model_fields} | {f"view.{name}" for name in View.model_fields}
    for command in (commands.Edit, commands.Lock, commands.Prune, commands.Save, commands.Open, commands.Hello):
        fields |= set(command.model_fields)
    rest = sorted(fields)

    def carry(page: WebSocketRoute) -> None:
        server = page.connect_to_server()

        def refuse(text: str | bytes) -> None:
            message = json.loads(text)
            if message["type"] != "speed":
                server.send(text)
                return
            answer = {"type": "refused", "rev": message["rev"], "field": rest[-1], "value": "", "allowed": "is tried"}
            page.send(msgpack.packb(answer))

        page.on_message(refuse)

    playground.page.route_web_socket(re.compile("/ws"), carry)
    playground.open()
    raw = {}
    while rest:
        field = rest[-1]
        playground.part("speed").select_option("10" if len(rest) % 2 else "1")
        notice = playground.page.locator(".notice")
        notice.wait_for()
        playground.settle()
        text = notice.inner_text()
        if "_" in text or not text[0].isupper() or text.startswith("The request") != (field in OF_THE_PAGE):
            raw[field] = text
        notice.get_by_role("button", name="Close").click()
        notice.wait_for(state="detached")
        rest.pop()
    assert raw == {}
