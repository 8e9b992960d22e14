"""Test whole tasks by keyboard alone: Tab, Enter, Space, arrows and Escape, with visible focus."""

import re

import pytest

from tests.browser.playground import Playground

MOST_STOPS = 200

FOCUS = """() => {
  const element = document.activeElement;
  const outlined = [element, element.closest('label')]
    .some(each => each && getComputedStyle(each).outlineStyle !== 'none');
  const { top, bottom, width } = element.getBoundingClientRect();
  const parts = ['.masthead', '.topbar', '.panel', '.data', '.network', '.output', '.article'];
  return {
    part: parts.findIndex(part => element.closest(part)), lost: element === document.body, outlined,
    seen: element.checkVisibility() && width > 0 && bottom > 0 && top < innerHeight,
    name: element.id || element.className || element.tagName,
  };
}"""


def tab_to(playground: Playground, selector: str, key: str = "Tab") -> None:
    """Press Tab until an element has the focus."""
    keyboard = playground.page.keyboard
    for _ in range(MOST_STOPS):
        if playground.page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        keyboard.press(key)
    raise AssertionError(f"{selector} is not reached by {key}")


def focused(playground: Playground) -> str:
    found: str = playground.page.evaluate("() => document.activeElement.dataset.part ?? document.activeElement.id")
    return found


def own_points(playground: Playground) -> int:
    """Count the own points in the link."""
    return len(playground.link["own"].partition(".")[2]) // 8


def test_tab_follows_reading_order_and_the_focus_is_always_visible(playground: Playground) -> None:
    playground.open()
    order = []
    for _ in range(MOST_STOPS):
        playground.page.keyboard.press("Tab")
        stop = playground.page.evaluate(FOCUS)
        if stop["lost"]:
            break
        assert stop["outlined"], stop
        assert stop["seen"], stop
        order.append(stop["part"])
    assert order[0] == -1, "the skip link comes first"
    assert order[1:] == sorted(order[1:])
    assert set(order[1:]) == set(range(7))


def test_the_skip_link_leads_to_the_network_and_keeps_the_address(playground: Playground) -> None:
    playground.open()
    address = playground.page.url
    playground.press("Tab")
    assert focused(playground) == "skip"
    assert playground.part("skip").is_visible()
    playground.press("Enter")
    assert focused(playground) == "network-part"
    assert playground.page.url == address
    playground.press("Tab")
    assert focused(playground) == "add-layer"


def test_a_network_can_be_built_and_trained(playground: Playground) -> None:
    playground.open()
    tab_to(playground, "[data-dataset=xor]")
    playground.press("Enter")
    tab_to(playground, "[data-part=add-layer]")
    playground.press("Enter")
    tab_to(playground, "[data-feature=xTimesY]")
    playground.press("Space")
    tab_to(playground, "[data-part=layers] > :nth-child(3) [data-change='1']")
    playground.press("Enter")
    playground.press("Enter")
    assert playground.link["dataset"] == "xor"
    assert playground.link["networkShape"] == "4,2,4"
    assert playground.link["xTimesY"] == "true"
    tab_to(playground, "[data-part=more-data] summary", "Shift+Tab")
    playground.press("Enter")
    tab_to(playground, "[data-dataset=moons]")
    playground.press("Shift+Tab")
    playground.press("ArrowRight")
    assert playground.epoch == 1


def test_the_focus_moves_on_when_its_control_disappears(playground: Playground) -> None:
    playground.open("dataset=circle&networkShape=2&seed=0.3")
    tab_to(playground, "[data-part=remove-layer]")
    playground.press("Enter")
    assert focused(playground) == "add-layer"
    playground.press("Enter")
    tab_to(playground, "[data-change='-1']")
    playground.press("Enter")
    assert playground.page.evaluate("() => document.activeElement.dataset.change") == "1"
    playground.open("dataset=circle&noise=999")
    tab_to(playground, "[data-root=notices] button")
    playground.press("Enter")
    assert playground.page.locator("[data-root=notices] button").count() == 0
    assert focused(playground) == "play"


def test_an_example_can_be_chosen_traced_and_closed(playground: Playground) -> None:
    playground.open()
    tab_to(playground, "[data-part=plot-marks]")
    assert "output" in playground.text("plot-value")
    playground.press("ArrowLeft")
    playground.press("Shift+ArrowUp")
    assert "−0.20" in playground.text("plot-value")
    assert "1.00" in playground.text("plot-value")
    assert playground.epoch == 0, "the arrows do not step"
    playground.wait("() => document.querySelector('[data-root=news]').textContent.includes('1.00')")
    playground.press("PageDown")
    playground.press("Enter")
    playground.page.locator("[data-root=trace]").wait_for()
    playground.wait("() => document.activeElement.dataset.part === 'next-step'")
    example = playground.link["example"].split(",")
    assert len(example) == 3
    before = playground.text("step-title")
    playground.press("Enter")
    playground.press("ArrowRight")
    assert playground.text("step-title") != before
    playground.press("Escape")
    assert not playground.page.locator("[data-root=trace]").is_visible()
    assert focused(playground) == "plot-marks"


def test_own_points_can_be_drawn_moved_and_erased(playground: Playground) -> None:
    playground.open("dataset=circle&seed=0.3")
    tab_to(playground, "[data-part=own-data] summary")
    playground.press("Enter")
    tab_to(playground, "[data-part=draw]")
    playground.press("Enter")
    tab_to(playground, "[data-part=clear-points]")
    playground.press("Enter")
    tab_to(playground, "[data-part=plot-marks]")
    for key in ("Enter", "Shift+ArrowRight", "Enter", "Shift+ArrowRight", "Enter"):
        playground.press(key)
    assert own_points(playground) == 3
    assert playground.page.locator("[data-root=news]").text_content() == "3 points"
    tab_to(playground, "[name=tool]", "Shift+Tab")
    playground.press("ArrowRight")
    tab_to(playground, "[data-part=plot-marks]")
    before = playground.link["own"]
    for key in ("Enter", "Shift+ArrowUp", "ArrowUp", "Enter"):
        playground.press(key)
    assert own_points(playground) == 3
    assert playground.link["own"] != before
    tab_to(playground, "[name=tool]", "Shift+Tab")
    playground.press("ArrowRight")
    tab_to(playground, "[data-part=plot-marks]")
    playground.press("Enter")
    assert own_points(playground) == 2


def test_the_gradient_panel_and_its_layers_can_be_used(playground: Playground) -> None:
    playground.open()
    tab_to(playground, "[data-root=gradients] summary")
    playground.press("Enter")
    playground.page.locator("[data-part=flow-layers] button").first.wait_for()
    before = playground.text("histograms-title")
    tab_to(playground, "[data-part=flow-layers] tr:nth-child(2) button")
    playground.press("Enter")
    assert playground.text("histograms-title") != before


def test_a_lesson_can_be_taken_from_prediction_to_goal(playground: Playground) -> None:
    playground.page.goto(f"{playground.url}/?lesson=three-lines")
    playground.wait("() => document.querySelector('[data-part=test-loss]').textContent !== '–'")
    tab_to(playground, "[name=prediction]")
    playground.press("Space")
    assert playground.page.locator("[name=prediction]").first.is_checked()
    tab_to(playground, "[data-part=speed]")
    for _ in range(3):
        playground.press("ArrowDown")
    assert playground.part("speed").input_value() == "max"
    tab_to(playground, "[data-part=play]", "Shift+Tab")
    playground.press("Space")
    playground.part("lesson-solve").wait_for()
    tab_to(playground, "[data-part=lesson-solve]", "Shift+Tab")
    playground.press("Enter")
    tab_to(playground, "[data-part=play]")
    if not playground.playing:
        playground.press("Space")
    playground.wait("() => document.querySelector('[data-part=lesson-reached]').textContent !== ''")
    assert playground.part("lesson-reached").get_attribute("role") == "status"


def test_keys_are_listed_and_escape_closes_dialogs(playground: Playground) -> None:
    playground.open()
    tab_to(playground, "[data-part=own-data] summary")
    playground.press("Enter")
    tab_to(playground, "[data-part=import-table]")
    playground.press("Enter")
    assert playground.page.locator("[data-root=import]").is_visible()
    playground.press("Escape")
    assert focused(playground) == "import-table"
    playground.press("?")
    assert re.search(r"Space\s+Play or pause", playground.page.locator("#keys-dialog").inner_text())
    playground.press("Escape")
    assert focused(playground) == "import-table"


def test_a_dialog_in_front_has_all_keys(playground: Playground) -> None:
    playground.open()
    playground.play_to(5)
    page = playground.page
    for opening, title in (("?", "Keyboard shortcuts"), ("import", "Import a table")):
        if opening == "?":
            playground.press("?")
        else:
            page.click("[data-part=own-data] summary")
            playground.click("import-table")
        heading = page.get_by_role("heading", name=title)
        for focus in ("at first", "after a click on the title"):
            if focus != "at first":
                heading.click()
            for key in ("r", "ArrowRight", "?"):
                playground.press(key)
            assert playground.epoch == 5, focus
            assert page.locator("dialog[open]").count() == 1, focus
        playground.press("Space")
        assert not playground.playing
        playground.press("Escape")
        assert page.locator("dialog[open]").count() == 0
    playground.press("ArrowRight")
    assert playground.epoch == 6


def test_the_card_of_a_weight_has_the_keys_until_it_is_closed(playground: Playground) -> None:
    playground.open()
    playground.click("look-inside")
    playground.page.locator("[data-root=trace]").wait_for()
    playground.part("close-trace").focus()
    playground.page.evaluate("() => scrollTo(0, 0)")
    place = playground.hover_weight(playground.feature("x"), playground.unit("Layer 1, neuron 1"))
    playground.page.mouse.click(*place)
    playground.part("editor-name").click()
    for key in ("ArrowRight", "r", "?"):
        playground.press(key)
    assert playground.epoch == 0
    assert playground.page.locator("dialog[open]").count() == 0
    assert playground.page.locator("[data-root=editor]").is_visible()
    playground.press("Escape")
    assert playground.page.locator("[data-root=editor]").is_hidden()
    assert playground.page.locator("[data-root=trace]").is_visible(), "one Escape closes one thing"
    playground.press("Escape")
    assert playground.page.locator("[data-root=trace]").is_hidden()


KEYS = {
    "Caps Lock": {"key": "R", "code": "KeyR"},
    "a Russian keyboard": {"key": "к", "code": "KeyR"},
    "a Russian keyboard and Caps Lock": {"key": "К", "code": "KeyR"},
    "Dvorak": {"key": "r", "code": "KeyO"},
}


@pytest.mark.parametrize("keyboard", KEYS)
def test_letters_work_on_every_keyboard(playground: Playground, keyboard: str) -> None:
    playground.open()
    playground.play_to(5)
    press = "keys => document.body.dispatchEvent(new KeyboardEvent('keydown', { ...keys, bubbles: true }))"
    playground.page.evaluate(press, {"key": "p", "code": "KeyR"})
    playground.settle()
    assert playground.epoch == 5
    playground.page.evaluate(press, {**KEYS[keyboard], "ctrlKey": True})
    playground.settle()
    assert playground.epoch == 5
    playground.page.evaluate(press, KEYS[keyboard])
    playground.settle()
    assert playground.epoch == 0


def test_a_space_bar_held_down_plays_once(playground: Playground) -> None:
    playground.open()
    for _ in range(4):
        playground.page.keyboard.down("Space")
    playground.page.keyboard.up("Space")
    playground.settle()
    assert playground.playing
