"""Test what a learner sees during training."""

import json
import re
import socket
from pathlib import Path

import pytest

from tests.browser.conftest import Pages
from tests.browser.playground import Playground
from tests.live import ServerProcess

RUNS = json.loads((Path(__file__).parent.parent / "fixtures" / "tf_playground_runs.json").read_text())
XOR = "seed=0.4&dataset=xor&activation=tanh&learningRate=0.03&batchSize=10"


def test_the_default_circle_is_solved(playground: Playground) -> None:
    playground.open("")
    assert (playground.epoch, playground.playing) == (0, False)
    playground.choose("speed", "10")
    playground.play()
    playground.wait("() => Number(document.querySelector('[data-part=test-loss]').textContent) < 0.02", seconds=60)
    assert playground.playing
    playground.pause()


def test_xor_needs_a_hidden_layer(playground: Playground) -> None:
    playground.open(f"{XOR}&networkShape=")
    assert playground.text("layer-count").lower() == "0 hidden layers"
    playground.play_to(1000)
    assert playground.losses[1] > 0.4

    playground.open(f"{XOR}&networkShape=4")
    playground.play_to(1000)
    assert playground.losses[1] < 0.02


def test_everything_updates_during_training(playground: Playground) -> None:
    playground.open()
    before = [playground.pixels(name) for name in ("plot", "network")], playground.losses
    playground.play()
    playground.wait("() => Number(document.querySelector('[data-part=epoch]').textContent) > 20")
    playground.pause()
    after = [playground.pixels(name) for name in ("plot", "network")], playground.losses
    assert before[0][0] != after[0][0]
    assert before[0][1] != after[0][1]
    assert before[1] != after[1]


def test_the_chart_draws_the_losses_and_shows_their_values(playground: Playground) -> None:
    playground.open()
    playground.play_to(60)
    playground.part("chart").hover()
    assert re.fullmatch(r"Epoch \d+: test 0\.\d{3}, training 0\.\d{3}", playground.text("chart-value"))
    playground.page.mouse.move(5, 5)
    playground.settle()
    assert playground.text("chart-value") == ""


def test_the_chart_follows_the_run_under_a_resting_pointer_and_the_theme(playground: Playground) -> None:
    playground.open()
    playground.play_to(30)
    playground.page.fill("#stopEpochs", "")
    playground.page.locator("#stopEpochs").blur()
    playground.part("chart").hover()
    playground.settle()
    before = playground.text("chart-value")
    playground.page.keyboard.press("Space")
    playground.wait("before => document.querySelector('[data-part=chart-value]').textContent !== before", before)
    playground.page.keyboard.press("Space")
    playground.settle()
    value, picture = playground.text("chart-value"), playground.pixels("chart")
    assert re.fullmatch(r"Epoch [\d,]+: test 0\.\d{3}, training 0\.\d{3}", value)
    playground.page.evaluate("document.querySelector('[data-part=theme]').click()")
    playground.settle()
    assert playground.text("chart-value") == value
    assert playground.pixels("chart") != picture


@pytest.mark.parametrize("name", RUNS)
def test_a_tfp_link_gives_the_loss_recorded_from_tfp(playground: Playground, name: str) -> None:
    epoch, train, test = RUNS[name]["losses"][-1]
    playground.open(RUNS[name]["hash"])
    playground.play_to(epoch)
    assert playground.losses == (float(f"{train:.3f}"), float(f"{test:.3f}"))


def test_pause_stops_and_step_trains_one_epoch(playground: Playground) -> None:
    playground.open()
    playground.play()
    playground.wait("() => Number(document.querySelector('[data-part=epoch]').textContent) > 5")
    playground.pause()
    stopped = playground.epoch
    playground.page.wait_for_timeout(300)
    assert playground.epoch == stopped
    playground.click("step")
    assert playground.epoch == stopped + 1
    playground.play()
    playground.click("step")
    assert not playground.playing


def test_reset_restarts_the_same_run_and_new_weights_another(playground: Playground) -> None:
    playground.open()
    start = playground.losses, playground.pixels("network")
    playground.play_to(30)
    end = playground.losses
    playground.click("reset")
    assert playground.epoch == 0
    assert (playground.losses, playground.pixels("network")) == start
    playground.play_to(30)
    assert playground.losses == end
    reset, new = playground.part("reset").bounding_box(), playground.part("new-weights").bounding_box()
    assert reset is not None
    assert new is not None
    assert abs(reset["x"] - new["x"]) + abs(reset["y"] - new["y"]) < 240, "a bad start is escaped beside Reset"
    playground.click("new-weights")
    assert playground.epoch == 0
    assert playground.pixels("network") != start[1]
    assert playground.link["weightsSeed"]


def test_the_keyboard_plays_steps_and_resets(playground: Playground) -> None:
    playground.open()
    keyboard = playground.page.keyboard
    keyboard.press("ArrowRight")
    playground.settle()
    assert playground.epoch == 1
    keyboard.press(" ")
    playground.wait("() => Number(document.querySelector('[data-part=epoch]').textContent) > 5")
    keyboard.press(" ")
    playground.wait("() => document.querySelector('[data-part=play]').ariaPressed === 'false'")
    keyboard.press("r")
    playground.settle()
    assert playground.epoch == 0


def test_higher_speeds_train_more_epochs_per_frame(playground: Playground) -> None:
    playground.open()
    reached = []
    for speed in ("1", "10", "100"):
        playground.click("reset")
        playground.choose("speed", speed)
        playground.play()
        playground.page.wait_for_timeout(700)
        playground.pause()
        reached.append(playground.epoch)
    assert reached[0] * 3 < reached[1]
    assert reached[1] * 3 < reached[2]


def test_a_diverging_run_stops_and_offers_a_smaller_rate(playground: Playground) -> None:
    playground.open("dataset=circle&problem=regression&regDataset=reg-plane&seed=0.3&learningRate=10&networkShape=4,2")
    playground.play()
    notice = playground.notice("diverged")
    notice.wait_for()
    assert re.search(r"diverged in epoch \d+", notice.inner_text())
    assert not playground.playing
    playground.click("play")
    assert not playground.playing
    assert "NaN" not in playground.page.locator("body").inner_text()
    before = playground.losses
    notice.get_by_role("button").click()
    notice.wait_for(state="detached")
    playground.settle()
    assert playground.epoch == 0
    assert float(playground.page.locator("#learningRate").input_value()) <= 3
    playground.play_to(100)
    assert playground.losses < before


def test_excessive_l2_gets_a_warning_before_and_an_explanation_after(playground: Playground) -> None:
    playground.open("dataset=circle&seed=0.3&learningRate=1&regularization=L2&regularizationRate=10")
    playground.notice("penalty").wait_for()
    playground.play()
    diverged = playground.notice("diverged")
    diverged.wait_for()
    assert "regularization rate" in diverged.inner_text()
    diverged.get_by_role("button").click()
    diverged.wait_for(state="detached")
    assert float(playground.page.locator("#regularizationRate").input_value()) <= 1
    playground.play_to(20)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("stopEpochs", "25", "epoch limit reached"),
        ("stopLoss", "0.3", "below your threshold"),
        ("stopPatience", "5", "the test loss has not improved"),
    ],
)
def test_a_run_stops_automatically(playground: Playground, field: str, value: str, reason: str) -> None:
    rate = "10" if field == "stopPatience" else "0.03"
    playground.open(f"dataset=circle&seed=0.59704&learningRate={rate}")
    playground.page.click("details[data-control=stop] summary")
    playground.page.fill(f"#{field}", value)
    playground.page.locator(f"#{field}").blur()
    playground.settle()
    assert playground.link[field] == value
    playground.choose("speed", "100")
    playground.play()
    playground.notice("finished").wait_for()
    assert reason in playground.notice("finished").inner_text()
    assert not playground.playing


def test_a_hidden_tab_gets_one_frame_a_second_and_keeps_training(playground: Playground) -> None:
    frames: list[int] = []
    playground.page.on("websocket", lambda socket: socket.on("framereceived", lambda _: frames.append(1)))
    playground.open()
    playground.play()
    playground.page.evaluate(
        "() => { Object.defineProperty(document, 'hidden', { value: true, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )
    playground.page.wait_for_timeout(300)
    epoch, count = playground.epoch, len(frames)
    playground.page.wait_for_timeout(3000)
    assert 1 <= len(frames) - count <= 5
    assert playground.epoch > epoch + 60


def test_two_tabs_are_two_runs(pages: Pages, server_url: str) -> None:
    first, second = pages.new(server_url).open(), pages.new(server_url).open()
    first.play_to(40)
    assert (first.epoch, second.epoch) == (40, 0)
    second.choose("activation", "relu")
    assert first.page.locator("#activation").input_value() == "tanh"


def test_training_continues_after_the_server_is_killed(pages: Pages) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    pages.tolerated = ("WebSocket connection", "ERR_CONNECTION_REFUSED")  # Chromium logs the lost server
    with ServerProcess(port, "--plain") as server:
        server.wait_ready()
        playground = pages.new(server.url).open()
        playground.play()
        playground.wait("() => Number(document.querySelector('[data-part=epoch]').textContent) > 20")
        server.kill()
        playground.notice("lost").wait_for()
        reached, shown = playground.epoch, playground.losses
        server.start().wait_ready()
        playground.notice("lost").wait_for(state="detached", timeout=15_000)
        playground.wait(
            "epoch => Number(document.querySelector('[data-part=epoch]').textContent) > epoch + 10", reached
        )
        assert playground.playing
        assert playground.losses[0] <= shown[0]
        # The run is still the link's: from the start it reaches the same numbers.
        playground.pause()
        epoch, losses = playground.epoch, playground.losses
        playground.click("reset")
        playground.play_to(epoch)
        assert playground.losses == losses
