"""Test the card of a weight: it changes what was edited, and nothing else."""

from tests.browser.playground import Playground

EPOCH = "epoch => Number(document.querySelector('[data-part=epoch]').textContent) > epoch"


def open_card(playground: Playground) -> None:
    playground.unit("Output neuron").focus()
    playground.press("Enter")


def test_looking_at_weights_during_training_changes_none(playground: Playground) -> None:
    playground.open()
    playground.play()
    open_card(playground)
    shown = {playground.part("editor-value").input_value()}
    playground.wait(EPOCH, playground.epoch + 20)
    shown.add(playground.part("editor-value").input_value())
    assert len(shown) == 2, "an untouched card follows the training"
    for key in ("PageDown", "PageDown", "PageUp", "Enter"):
        playground.press(key)
    playground.settle()
    assert playground.page.locator("[data-root=editor]").is_hidden()
    playground.pause()
    assert "start" not in playground.link, "no weight was edited"
    epoch, losses = playground.epoch, playground.losses
    playground.click("reset")
    playground.play_to(epoch)
    assert playground.losses == losses


def test_what_was_typed_counts_when_a_click_elsewhere_closes_the_card(playground: Playground) -> None:
    playground.open()
    open_card(playground)
    losses = playground.losses
    playground.part("editor-value").fill("2.5")
    playground.page.get_by_role("heading", name="Data", exact=True).click()
    playground.settle()
    assert playground.page.locator("[data-root=editor]").is_hidden()
    assert playground.losses != losses
    open_card(playground)
    assert playground.part("editor-value").input_value() == "2.5"
    playground.part("editor-value").fill("7")
    playground.press("Escape")
    open_card(playground)
    assert playground.part("editor-value").input_value() == "2.5", "Escape takes nothing over"


def test_an_arrow_key_held_down_makes_one_entry_in_the_history(playground: Playground) -> None:
    playground.open()
    address = playground.page.url
    open_card(playground)
    before = playground.page.evaluate("() => history.length")
    for _ in range(30):
        playground.page.keyboard.down("ArrowUp")
    playground.page.keyboard.up("ArrowUp")
    playground.settle()
    assert playground.part("editor-value").input_value() == "3.1"
    assert playground.page.evaluate("() => history.length") == before + 1
    playground.press("Escape")
    playground.page.go_back()
    playground.wait("address => location.href === address", address)
    playground.settle()
    open_card(playground)
    assert playground.part("editor-value").input_value() == "0.1"


def test_the_wheel_over_a_card_applies_what_it_shows(playground: Playground) -> None:
    playground.open()
    losses = playground.losses
    open_card(playground)
    playground.part("editor-value").hover()
    playground.page.mouse.wheel(0, -100)
    playground.page.wait_for_timeout(300)
    playground.settle()
    shown = playground.part("editor-value").input_value()
    assert (shown != "0.1") == (playground.losses != losses)
    playground.press("Escape")
    open_card(playground)
    assert playground.part("editor-value").input_value() == shown


def test_an_impossible_weight_stays_in_its_field_to_be_corrected(playground: Playground) -> None:
    playground.open()
    open_card(playground)
    losses = playground.losses
    playground.part("editor-value").fill("1e9")
    playground.press("Enter")
    assert playground.page.locator("[data-root=editor]").is_visible()
    assert playground.losses == losses
    playground.part("editor-value").fill("1")
    playground.press("Enter")
    playground.settle()
    assert playground.page.locator("[data-root=editor]").is_hidden()
    assert playground.losses != losses
