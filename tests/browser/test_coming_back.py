"""Test that the run, own data and the steps of undo outlive a reload, another language, lessons and Back."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.conftest import Pages
from tests.browser.playground import Playground

LARGE = "a,b,kind\n" + "".join(
    f"{(i * 37 % 1000) / 100},{(i * 91 % 1000) / 100},{'rose' if i % 3 else 'lily'}\n" for i in range(5000)
)


def loaded(playground: Playground) -> None:
    playground.wait("() => document.querySelector('[data-part=test-loss]').textContent !== '–'")
    playground.settle()


def import_large(playground: Playground) -> None:
    playground.page.click("[data-part=own-data] summary")
    playground.click("import-table")
    file = {"name": "large.csv", "mimeType": "text/csv", "buffer": LARGE.encode()}
    playground.page.set_input_files("[data-part=table-file]", file)  # type: ignore[arg-type]
    playground.wait("() => !document.querySelector('[data-part=table-use]').disabled")
    playground.click("table-use")
    playground.notice("large-data").wait_for()


def reload(playground: Playground) -> None:
    playground.page.reload()
    loaded(playground)


def switch_language(playground: Playground) -> None:
    with playground.page.expect_navigation():
        playground.page.get_by_role("link", name="Русский", exact=True).click()
    loaded(playground)


def open_lessons_and_close(playground: Playground) -> None:
    with playground.page.expect_navigation():
        playground.page.get_by_role("link", name="Lessons", exact=True).click()
    loaded(playground)
    with playground.page.expect_navigation():
        playground.page.get_by_role("link", name="Close the lessons").click()
    loaded(playground)


def take_a_lesson_and_go_back(playground: Playground) -> None:
    page = playground.page
    page.get_by_role("link", name="Lessons", exact=True).click()
    page.get_by_role("heading", name="Lessons", exact=True).wait_for()
    loaded(playground)
    page.locator("[data-lesson=xor]").click()
    page.get_by_role("heading", name="One line is not enough").wait_for()
    loaded(playground)
    page.go_back()
    page.get_by_role("heading", name="Lessons", exact=True).wait_for()
    loaded(playground)
    page.go_back()
    playground.wait("() => !document.querySelector('[data-root=lesson]')")
    loaded(playground)


def change_and_go_back(playground: Playground) -> None:
    playground.choose("activation", "relu")
    playground.page.locator("[data-dataset=xor]").click()
    playground.settle()
    for _ in range(2):
        playground.page.go_back()
        playground.settle()
    playground.wait("() => document.querySelector('#activation').value === 'tanh'")
    playground.settle()


ABSENCES = [reload, switch_language, open_lessons_and_close, take_a_lesson_and_go_back, change_and_go_back]


def losses_file(playground: Playground) -> str:
    """Return the loss curves as the page saves them."""
    details = playground.page.locator("details[data-control=save]")
    if details.get_attribute("open") is None:
        details.locator("summary").click()
    with playground.page.expect_download() as download:
        playground.page.click("[data-part=save-losses]")
    return Path(download.value.path()).read_text()


@pytest.mark.parametrize("leave", ABSENCES)
def test_a_trained_run_on_much_own_data_comes_back(playground: Playground, leave: Callable[[Playground], None]) -> None:
    playground.open("dataset=circle&seed=0.3")
    import_large(playground)
    playground.settle()
    assert playground.notice("large-data").count() == 1
    playground.part("keep").check()
    playground.play_to(12)
    curves = losses_file(playground)
    shown = (playground.epoch, playground.losses, playground.pixels("plot-marks"), playground.link)
    assert len(curves.split()) > 5
    leave(playground)
    assert playground.notice("large-data").count() == 1
    assert playground.page.locator(".notice").count() == (2 if playground.notice("finished").count() else 1)
    assert (playground.epoch, playground.losses, playground.pixels("plot-marks"), playground.link) == shown
    assert losses_file(playground) == curves
    assert playground.part("keep").is_checked()
    playground.part("step").click()
    playground.wait("() => document.querySelector('[data-part=epoch]').textContent === '13'")


@pytest.mark.parametrize("leave", [reload, take_a_lesson_and_go_back])
def test_a_drawing_comes_back_with_its_undo(playground: Playground, leave: Callable[[Playground], None]) -> None:
    playground.open("dataset=circle&seed=0.3")
    playground.page.click("[data-part=own-data] summary")
    playground.click("draw")
    playground.part("plot-marks").focus()
    links = []
    for key in ("Enter", "Shift+ArrowRight", "Enter", "Shift+ArrowRight", "Enter"):
        playground.press(key)
        links.append(playground.link["own"])
    leave(playground)
    assert playground.part("brushes").is_visible()
    assert playground.link["own"] == links[4]
    playground.click("undo")
    assert playground.link["own"] == links[2]
    playground.click("undo")
    assert playground.link["own"] == links[0]
    playground.click("redo")
    assert playground.link["own"] == links[2]


def test_a_playing_run_plays_on_after_a_reload(playground: Playground) -> None:
    playground.open()
    playground.choose("speed", "10")
    playground.play()
    playground.wait("() => Number(document.querySelector('[data-part=epoch]').textContent) > 100")
    reload(playground)
    assert playground.part("speed").input_value() == "10"
    assert playground.playing
    reached = playground.epoch
    assert reached > 100
    playground.wait("epoch => Number(document.querySelector('[data-part=epoch]').textContent) > epoch + 50", reached)


def test_a_link_typed_anew_begins_its_run(playground: Playground) -> None:
    playground.open()
    playground.play_to(20)
    address = playground.page.url
    playground.page.goto("about:blank")
    playground.page.goto(address)
    loaded(playground)
    assert playground.epoch == 0


def test_what_the_tab_stored_for_another_version_does_no_harm(playground: Playground) -> None:
    playground.open()
    playground.play_to(20)
    losses = playground.losses
    damages = (
        "text => 'no JSON'",
        "text => '[1, 2]'",
        "text => JSON.stringify({ ...JSON.parse(text), experiment: null })",
        "text => JSON.stringify({ ...JSON.parse(text), history: { epochs: 5 } })",
        "text => JSON.stringify({ ...JSON.parse(text), checkpoint: '20.AAAA' })",
        'text => text.replace(\'"dataset":"circle"\', \'"dataset":"old"\')',
    )
    page = playground.page
    page.add_init_script(
        """for (const key of Object.keys(sessionStorage)) {
          if (key.startsWith('run-')) sessionStorage[key] = eval(localStorage.damage)(sessionStorage[key]);
        }
        localStorage.lessons = '{"xor": 5, "neuron": {"chosen": "no"}}';"""
    )
    for damage in damages:
        page.evaluate("damage => { localStorage.damage = damage; }", damage)
        reload(playground)
        assert playground.epoch == 0, damage
        assert playground.link["dataset"] == "circle"
        playground.click("step")
        assert playground.epoch == 1
    page.evaluate("() => { localStorage.damage = 'text => text'; }")
    playground.play_to(20)
    assert playground.losses == losses


def test_where_nothing_can_be_stored_the_page_asks_before_own_data_are_lost(playground: Playground) -> None:
    playground.page.add_init_script(
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"
    )
    playground.open("dataset=circle&seed=0.3")
    asked = []

    def answer(dialog: object) -> None:
        asked.append(dialog)
        dialog.accept()  # type: ignore[attr-defined]

    playground.page.on("dialog", answer)
    playground.play_to(10)
    reload(playground)
    assert asked == [], "the link holds everything"
    import_large(playground)
    playground.page.reload()
    loaded(playground)
    assert len(asked) == 1


def test_a_model_of_another_run_brings_its_own_curve(playground: Playground, tmp_path: Path) -> None:
    playground.open("dataset=xor&seed=0.2")
    playground.play_to(100)
    playground.page.click("details[data-control=save] summary")
    with playground.page.expect_download() as download:
        playground.page.click("[data-save=model]")
    file = tmp_path / "model.json"
    download.value.save_as(file)
    playground.open("dataset=circle&seed=0.9")
    playground.play_to(120)
    playground.page.click("details[data-control=save] summary")
    playground.page.set_input_files("[data-part=open-model]", file)
    playground.wait("() => document.querySelector('[data-part=epoch]').textContent === '100'")
    playground.settle()
    epochs = re.findall(r"^(\d+),", losses_file(playground), re.M)
    assert epochs == ["100"]
    playground.page.go_back()
    playground.wait("() => document.querySelector('[data-part=epoch]').textContent === '120'")
    playground.settle()
    assert len(re.findall(r"^(\d+),", losses_file(playground), re.M)) > 10


def test_a_lesson_opened_from_a_run_leaves_the_run_to_back(pages: Pages, server_url: str) -> None:
    playground = pages.new(server_url).open()
    playground.play_to(30)
    losses = playground.losses
    take_a_lesson_and_go_back(playground)
    assert (playground.epoch, playground.losses) == (30, losses)
