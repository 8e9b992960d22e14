"""Test lessons: predict, play, reach the goal, read why."""

import re

import pytest

from server.config.resources import resource
from server.lessons.lesson_files import load_lessons
from tests.browser.conftest import Pages
from tests.browser.playground import SCHEMES, Playground

LESSONS = load_lessons(resource("lessons")).by_language["en"]


def open_lesson(playground: Playground, name: str, fragment: str = "") -> None:
    playground.page.goto("about:blank")
    playground.page.goto(f"{playground.url}/?lesson={name}{fragment}")
    playground.wait("() => document.querySelector('[data-part=test-loss]').textContent !== '–'")
    playground.settle()


def predict(playground: Playground, choice: int) -> None:
    playground.page.locator("[data-part=lesson-question] input").nth(choice).check()


def visible(playground: Playground, name: str) -> bool:
    return playground.part(name).is_visible()


def test_a_lesson_sets_the_playground_up(playground: Playground) -> None:
    open_lesson(playground, "vanishing-gradients")
    assert playground.link["networkShape"] == "8,8,8,8,8,8"
    assert playground.page.locator("#activation").input_value() == "sigmoid"
    assert playground.page.locator(".unit").count() == 49


def test_a_lesson_leads_from_prediction_to_explanation(playground: Playground) -> None:
    open_lesson(playground, "three-lines")
    assert not visible(playground, "lesson-explanation")
    assert not visible(playground, "lesson-solve")
    predict(playground, 1)
    assert playground.text("lesson-hint") == "Now press Play and see."
    predict(playground, 0)  # predictions can change until the learner presses play
    playground.choose("speed", "max")
    playground.play()
    playground.page.locator("[data-part=lesson-question] .right").wait_for()
    playground.pause()
    assert playground.page.locator(".choice.right").inner_text().split() == ["3", "correct"]
    assert playground.page.locator(".choice.wrong").inner_text().split() == ["1", "your", "guess"]
    assert playground.page.locator("[data-part=lesson-question] input").first.is_disabled()
    assert not visible(playground, "lesson-explanation")
    for _ in range(2):
        playground.page.get_by_label("Add a neuron to layer 1").click()
        playground.settle()
    playground.play()
    playground.part("lesson-explanation").wait_for()
    assert playground.text("lesson-reached") == "Goal reached. Well done."
    assert playground.page.locator(".goal li.holds").count() == 3


def test_every_solution_reaches_its_goal_on_the_page(playground: Playground) -> None:
    for name, lesson in LESSONS.items():
        open_lesson(playground, name, f"#{lesson.solution}")
        if lesson.epochs:
            playground.choose("speed", "10")
            playground.play()
        playground.page.locator("[data-root=lesson].done").wait_for(timeout=20_000)
    playground.page.goto(f"{playground.url}/?lesson=")
    assert playground.text("lesson-progress") == "15 of 15 done"


def test_progress_stays_in_the_browser_until_it_is_reset(playground: Playground) -> None:
    lesson = LESSONS["neuron"]
    open_lesson(playground, "neuron", f"#{lesson.solution}")
    predict(playground, 0)
    open_lesson(playground, "neuron")
    assert visible(playground, "lesson-explanation")
    assert playground.page.locator("[data-part=lesson-question] input").first.is_checked()
    playground.page.get_by_role("link", name="All lessons").click()
    assert playground.page.locator(".lesson-list .done").inner_text().split("\n")[:2] == ["6", "A neuron and its line"]
    playground.page.get_by_role("button", name="Reset progress").click()
    assert playground.text("lesson-progress") == "0 of 15 done"
    playground.page.reload()
    assert playground.page.locator(".lesson-list .done").count() == 0


def test_a_stuck_learner_can_see_a_solution(playground: Playground) -> None:
    open_lesson(playground, "xor")
    predict(playground, 1)
    playground.choose("speed", "10")
    playground.play()
    playground.page.get_by_role("button", name="Show a solution").click()
    playground.settle()
    assert playground.link["xTimesY"] == "true"
    assert visible(playground, "lesson-explanation")
    assert playground.text("lesson-reached") == ""


def test_a_lesson_can_be_reset(playground: Playground) -> None:
    open_lesson(playground, "xor")
    start = playground.losses
    playground.click("add-layer")
    playground.play()
    playground.wait("() => Number(document.querySelector('[data-part=epoch]').textContent) > 3")
    playground.page.get_by_role("button", name="Reset lesson").click()
    playground.settle()
    assert (playground.epoch, playground.playing, playground.losses) == (0, False, start)
    assert playground.link["networkShape"] == ""


def test_a_neuron_can_be_set_by_hand(playground: Playground) -> None:
    open_lesson(playground, "neuron")
    playground.hover_weight(playground.feature("y"), playground.unit("Output neuron"))
    playground.page.mouse.down()
    playground.page.mouse.up()
    playground.part("editor-value").fill("1")
    playground.page.keyboard.press("Enter")
    playground.page.locator("[data-root=lesson].done").wait_for()


def test_links_lead_from_lesson_to_lesson_and_back(playground: Playground) -> None:
    open_lesson(playground, "logistic-regression")
    page = playground.page
    page.locator("a[rel=next]").click()
    page.get_by_role("heading", name="One line is not enough").wait_for()
    playground.wait("() => location.hash.includes('dataset=xor')")
    page.go_back()
    page.get_by_role("heading", name="Two clouds and one line").wait_for()
    playground.wait("() => location.hash.includes('dataset=gauss')")


def test_closing_a_lesson_keeps_its_run(playground: Playground) -> None:
    open_lesson(playground, "xor")
    playground.click("add-layer")
    link = playground.link
    playground.page.get_by_role("link", name="Close the lesson").click()
    playground.wait("() => document.querySelector('[data-part=test-loss]').textContent !== '–'")
    playground.settle()
    assert playground.page.locator("[data-root=lesson]").count() == 0
    assert playground.link == link


def test_a_lesson_works_by_keyboard_and_its_parts_are_named(playground: Playground) -> None:
    open_lesson(playground, "xor")
    page = playground.page
    page.get_by_role("link", name="Lessons", exact=True).focus()
    reached = []
    for _ in range(10):
        playground.press("Tab")
        reached.append(
            page.evaluate("() => (document.activeElement.ariaLabel || document.activeElement.value ||"
                          " document.activeElement.textContent).trim()")
        )  # fmt: skip
    assert reached[3:7] == ["All lessons", "Close the lesson", "0", "Reset lesson"]
    page.locator("[data-part=lesson-question] input").first.focus()
    playground.press("ArrowDown")
    assert page.locator("[data-part=lesson-question] input").nth(1).is_checked()
    assert playground.epoch == 0
    assert page.get_by_role("complementary", name="One line is not enough").count() == 1
    assert page.get_by_role("group", name=re.compile("Your prediction")).count() == 1
    assert page.get_by_role("region", name="Goal").count() == 1


@pytest.mark.parametrize(("width", "beside"), [(1920, True), (1280, True), (1024, False), (390, False)])
def test_the_lesson_panel_is_beside_or_above_the_playground(
    pages: Pages, server_url: str, width: int, beside: bool
) -> None:
    playground = pages.new(server_url, viewport={"width": width, "height": 844})
    open_lesson(playground, "backward-pass")
    page = playground.page
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    panel, plot = page.locator("[data-root=lesson]").bounding_box(), page.locator("[data-part=plot]").bounding_box()
    assert panel is not None
    assert plot is not None
    assert (panel["x"] + panel["width"] <= plot["x"]) == beside
    if not beside:
        assert panel["y"] + panel["height"] <= plot["y"]
        page.get_by_role("button", name="Text").click()
        assert not visible(playground, "lesson-text")
        assert page.locator(".goal").is_visible()
    page.click("[data-part=play]")
    playground.wait("() => Number(document.querySelector('[data-part=epoch]').textContent) > 3")
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=f"tests/browser/screenshots/lesson-{width}-{scheme}.png")


def test_resetting_a_lesson_begins_it_anew_and_keeps_that_it_was_done(playground: Playground) -> None:
    lesson = LESSONS["three-lines"]
    open_lesson(playground, "three-lines", f"#{lesson.solution}")
    predict(playground, 0)
    playground.choose("speed", "max")
    playground.play()
    playground.part("lesson-explanation").wait_for()
    playground.click("lesson-setup")
    for _ in range(2):
        assert not visible(playground, "lesson-explanation")
        assert playground.text("lesson-reached") == ""
        choices = playground.page.locator("[data-part=lesson-question] input")
        assert not any(choices.nth(i).is_checked() or choices.nth(i).is_disabled() for i in range(choices.count()))
        assert playground.page.locator(".choice .verdict").all_inner_texts() == [""] * choices.count()
        open_lesson(playground, "three-lines")
    with playground.page.expect_navigation():
        playground.page.get_by_role("link", name="All lessons").click()
    assert playground.page.locator(".lesson-list .done").count() == 1


def test_progress_can_be_reset_as_soon_as_there_is_any(playground: Playground) -> None:
    playground.page.goto(f"{playground.url}/?lesson=")
    assert not visible(playground, "lesson-forget")
    open_lesson(playground, "xor")
    predict(playground, 0)
    playground.page.goto(f"{playground.url}/?lesson=")
    playground.part("lesson-forget").click()
    assert not visible(playground, "lesson-forget")
    open_lesson(playground, "xor")
    assert not playground.page.locator("[data-part=lesson-question] input").first.is_checked()


def test_a_lesson_without_training_asks_for_none(playground: Playground) -> None:
    open_lesson(playground, "forward-pass")
    assert "Play" not in playground.text("lesson-hint")
    predict(playground, 1)
    assert playground.text("lesson-hint") == "Now try it and see."
