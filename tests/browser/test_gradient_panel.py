"""Test the gradient panel: figures per layer, and a diagnosis with layer and number."""

import re
from typing import Any

import pytest
from msgpack import unpackb
from playwright.sync_api import WebSocket

from engine import Trainer, read_link
from engine.analysis.diagnosis import rounded
from engine.analysis.gradient_flow import gradient_flow
from engine.text.phrases import rendered
from tests.browser.conftest import Pages
from tests.browser.playground import CIRCLE, SCHEMES, Playground
from tests.browser.test_layout import screenshot

# The setup of lesson 12.
VANISHING = (
    "dataset=circle&seed=0.1&networkShape=8,8,8,8,8,8&activation=sigmoid&learningRate=0.03&batchSize=10&gradients=true"
)
HISTOGRAMS = ("histogram-0", "histogram-1", "histogram-2")


def shown(playground: Playground) -> Playground:
    """Wait until the panel shows its figures."""
    playground.page.locator("[data-part=flow-layers] tr").first.wait_for()
    playground.settle()
    return playground


def rows(playground: Playground) -> list[list[str]]:
    """Return the texts of the table, row by row."""
    found = playground.page.locator("[data-part=flow-layers] tr").all()
    return [row.locator("th, td").all_inner_texts() for row in found]


def toggle(playground: Playground) -> None:
    """Open or close the panel."""
    playground.page.click("[data-root=gradients] > summary")
    playground.settle()


def test_a_vanishing_gradient_is_reported_with_layer_and_number(playground: Playground) -> None:
    shown(playground.open(VANISHING))
    layers = gradient_flow(Trainer(read_link(VANISHING).experiment)).layers
    times = rendered(rounded(layers[-1].gradient / layers[0].gradient))
    found = playground.page.locator("[data-kind=vanishing]")
    assert f"layer 1 learns {times} times slower than the output layer" in found.inner_text()
    assert "Try tanh or ReLU" in found.inner_text()
    assert [row[0] for row in rows(playground)] == [*(f"Layer {n}" for n in range(1, 7)), "Output layer"]
    assert playground.page.locator("[data-part=flow-layers] tr[data-ill]").inner_text().startswith("Layer 1")


def test_a_learning_network_is_called_healthy_and_then_learned(playground: Playground) -> None:
    shown(playground.open(f"{CIRCLE}&gradients=true"))
    assert playground.text("diagnosis").startswith("No sign of trouble")
    playground.play_to(200)
    assert playground.text("diagnosis").startswith("Learned")
    assert playground.page.locator("[data-part=flow-layers] tr[data-ill]").count() == 0


def test_histograms_show_the_chosen_layer(playground: Playground) -> None:
    shown(playground.open(VANISHING))
    assert playground.text("histograms-title") == "Layer 1"
    before = [playground.pixels(name) for name in HISTOGRAMS]
    assert all(playground.colours(name) > 1 for name in HISTOGRAMS)
    playground.page.get_by_role("button", name="Layer 5", exact=True).click()
    playground.settle()
    assert playground.text("histograms-title") == "Layer 5"
    after = [playground.pixels(name) for name in HISTOGRAMS]
    assert all(one != other for one, other in zip(before, after, strict=True))
    label = playground.part("histogram-0").get_attribute("aria-label") or ""
    assert re.fullmatch(r"Weights, Layer 5: from −0\.\d+ to 0\.\d+", label)


def test_the_chart_shows_gradients_or_updates_over_time(playground: Playground) -> None:
    shown(playground.open(VANISHING))
    playground.play_to(100)
    chart = playground.part("flow-chart")
    gradients = chart.screenshot()
    playground.page.locator("[data-part=flow-measures] label").last.click()
    playground.settle()
    assert chart.screenshot() != gradients


def test_figures_update_during_training_and_end_at_the_last_epoch(playground: Playground) -> None:
    shown(playground.open(f"{CIRCLE}&gradients=true"))
    before = rows(playground)
    playground.play_to(150)
    assert rows(playground) != before
    trainer = Trainer(read_link(CIRCLE).experiment)
    trainer.run(150)
    assert float(rows(playground)[0][1]) == pytest.approx(gradient_flow(trainer).layers[0].gradient, rel=0.05)


def test_the_panel_receives_figures_only_while_open(playground: Playground) -> None:
    frames: list[dict[str, Any]] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda data: frames.append(unpackb(data)))

    playground.page.on("websocket", listen)
    playground.open()
    assert not playground.page.locator("[data-root=gradients]").get_attribute("open")
    toggle(playground)
    shown(playground)
    assert playground.link["gradients"] == "true"
    toggle(playground)
    assert "gradients" not in playground.link
    frames.clear()
    playground.play_to(50)
    told = [frame for frame in frames if frame["type"] == "frame"]
    assert told
    assert all(frame["gradients"] is None for frame in told)
    frames.clear()
    toggle(playground)
    assert any(frame["gradients"] for frame in frames if frame["type"] == "frame")


def test_logistic_regression_has_one_row(playground: Playground) -> None:
    shown(playground.open("dataset=gauss&seed=0.3&networkShape=&gradients=true"))
    assert [row[0] for row in rows(playground)] == ["Output layer"]
    assert playground.text("histograms-title") == "Output layer"


def test_changing_the_network_changes_the_rows(playground: Playground) -> None:
    shown(playground.open(f"{CIRCLE}&gradients=true"))
    playground.click("add-layer")
    playground.wait("() => document.querySelectorAll('[data-part=flow-layers] tr').length === 4")
    playground.click("remove-layer")
    playground.click("remove-layer")
    playground.wait("() => document.querySelectorAll('[data-part=flow-layers] tr').length === 2")


@pytest.mark.parametrize("locale", ["en-GB", "ru-RU"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_gradient_panel_fits(pages: Pages, server_url: str, width: int, locale: str) -> None:
    viewport = {"width": width, "height": 1300 if width > 900 else 844}
    playground = shown(pages.new(server_url, viewport=viewport, locale=locale).open(VANISHING))
    playground.play_to(60)
    for scheme in SCHEMES:
        playground.page.emulate_media(color_scheme=scheme)
        screenshot(playground, f"{width}-gradients-{scheme}-{locale[:2]}")
        assert playground.page.evaluate("() => document.documentElement.scrollWidth") <= width
        frame = playground.page.locator(".flow-table")
        assert frame.evaluate("frame => frame.scrollWidth - frame.clientWidth") == 0
