"""Test own data: drawn, imported, taken from an example, and kept in links and files."""

import base64
import json
import re
import struct
from pathlib import Path

from tests.browser.conftest import Pages
from tests.browser.playground import Playground

TABLE = "length;width;kind\n" + "".join(
    f"{4 + i % 7 * 0.3:.1f};{1 + i % 5 * 0.2:.1f};{'rose' if i % 2 else 'lily'}\n" for i in range(40)
)


def own_data(playground: Playground) -> Playground:
    """Open the page with the own-data buttons visible."""
    playground.open("dataset=circle&seed=0.3")
    playground.page.click("[data-part=own-data] summary")
    return playground


def drag(playground: Playground, *places: tuple[float, float]) -> None:
    """Drag over places of the plane."""
    box = playground.part("plot-marks").bounding_box()
    assert box is not None
    size = box["width"] - 36
    spots = [(box["x"] + 10 + (x + 6) / 12 * size, box["y"] + 8 + (6 - y) / 12 * size) for x, y in places]
    playground.page.mouse.move(*spots[0])
    playground.page.mouse.down()
    for spot in spots[1:]:
        playground.page.mouse.move(*spot, steps=12)
    playground.page.mouse.up()
    playground.settle()


def rows(playground: Playground) -> int:
    """Count the own points in the link."""
    return len(playground.link["own"].partition(".")[2]) // 8


def decoded(own: str) -> list[tuple[float, float]]:
    """Return the places of the own points in a link."""
    text = own.partition(".")[2]
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return [(x / 5000, y / 5000) for x, y, _ in struct.iter_unpack("<hhh", data)]


def test_points_can_be_drawn_moved_erased_and_undone(playground: Playground) -> None:
    own_data(playground).click("draw")
    playground.click("clear-points")
    drag(playground, (-4, -4), (-4, 4))
    drawn = rows(playground)
    assert drawn > 10
    playground.page.check("[name=brush][value='1']", force=True)
    drag(playground, (4, -4), (4, 4))
    both = rows(playground)
    assert both > drawn + 10
    assert playground.link["dataset"] == "own"
    playground.page.check("[name=tool][value=erase]", force=True)
    drag(playground, (4, 3), (4, 4.5))
    fewer = rows(playground)
    assert drawn < fewer < both
    playground.click("undo")
    assert rows(playground) == both
    playground.click("redo")
    assert rows(playground) == fewer
    before = playground.link["own"]
    playground.page.check("[name=tool][value=move]", force=True)
    drag(playground, (-4, -4), (0, -5))
    assert rows(playground) == fewer
    assert playground.link["own"] != before
    playground.play_to(100)
    assert playground.losses[0] < 0.1


def test_drawing_starts_with_the_visible_points_and_training_continues(playground: Playground) -> None:
    own_data(playground).play()
    playground.wait("() => Number(document.querySelector('[data-part=epoch]').textContent) > 10")
    playground.click("draw")
    drag(playground, (5.5, 5.5), (5.5, 5))
    assert playground.playing
    assert playground.epoch > 10
    assert playground.link["dataset"] == "own"


def test_own_data_keep_the_datasets_visible_and_their_task(playground: Playground) -> None:
    own_data(playground).page.click("[data-example=iris-petals]")
    playground.settle()
    assert playground.page.locator("[data-dataset]:visible").count() == 4
    assert playground.page.locator("#noise").is_disabled()
    playground.click("import-table")
    playground.part("table-text").fill("a,b,price\n" + "".join(f"{i},{i % 7},{i * 2}\n" for i in range(40)))
    playground.wait("() => !document.querySelector('[data-part=table-use]').disabled")
    playground.click("table-use")
    assert playground.part("problem").input_value() == "regression"
    playground.page.click("[data-part=more-training] summary")
    assert playground.page.locator("#loss option[value=log]").is_disabled()
    assert playground.page.locator("#loss option[value=huber]").is_enabled()


def test_opening_something_else_ends_drawing(playground: Playground) -> None:
    own_data(playground).click("draw")
    drag(playground, (5.5, 5.5), (5.5, 5))
    playground.page.click("[data-example=iris-petals]")
    playground.settle()
    assert playground.part("brushes").is_hidden()
    playground.click("draw")
    drag(playground, (5.5, 5.5), (5.5, 5))
    assert playground.page.locator("[data-part=class-legend] li").count() == 3


def test_changing_a_setting_keeps_the_drawing_tools(playground: Playground) -> None:
    own_data(playground).click("draw")
    playground.choose("learningRate", "0.1")
    assert playground.part("brushes").is_visible()


def test_points_can_be_drawn_for_a_regression_on_the_plane(playground: Playground) -> None:
    playground.open("problem=regression&regDataset=reg-plane&seed=0.3")
    playground.page.click("[data-part=own-data] summary")
    playground.click("draw")
    drag(playground, (0, 0), (1, 1))
    assert playground.link["dataset" if "dataset" in playground.link else "regDataset"] == "own"
    assert playground.page.locator(".notice").count() == 0


def test_drawn_points_survive_a_reload(playground: Playground) -> None:
    own_data(playground).click("draw")
    drag(playground, (5.5, 5.5), (5.5, 4))
    losses = playground.losses
    playground.page.reload()
    playground.wait("() => document.querySelector('[data-part=test-loss]').textContent !== '–'")
    assert playground.losses == losses


def test_a_third_class_adds_a_third_output(playground: Playground) -> None:
    own_data(playground).click("draw")
    playground.click("add-class")
    playground.page.check("[name=brush][value='2']", force=True)
    drag(playground, (-5.5, 5.5), (-4, 5.5))
    assert playground.page.get_by_role("button", name="Output neuron").count() == 3
    assert playground.page.locator("[data-part=class-legend] li").all_inner_texts() == ["A", "B", "C"]


def test_values_can_be_drawn_for_a_regression(playground: Playground) -> None:
    playground.open("problem=regression&regDataset=reg-plane&seed=0.3")
    playground.page.click("[data-part=own-data] summary")
    playground.click("draw")
    playground.click("clear-points")
    for value, x in ((-1, -4), (1, 4)):
        playground.part("brush-value").fill(str(value))
        drag(playground, (x, -3), (x, 3))
    assert playground.link["problem"] == "regression"
    playground.play_to(300)
    assert playground.losses[0] < 0.05


def test_a_table_can_be_pasted_and_its_columns_chosen(playground: Playground) -> None:
    own_data(playground).click("import-table")
    dialog = playground.page.locator("[data-root=import]")
    assert dialog.is_visible()
    playground.part("table-text").fill(TABLE.replace("4.0;1.0;lily", "four;1.0;lily", 1))
    playground.wait("() => !document.querySelector('[data-part=table-use]').disabled")
    assert playground.part("table-target").input_value() == "kind"
    assert "line 2" in playground.text("table-problems").lower()
    assert playground.text("table-summary") == "39 of 40 rows"
    playground.click("table-use")
    assert dialog.is_hidden()
    assert playground.link["dataset"] == "own"
    playground.part("plot-marks").hover()
    playground.settle()
    found = re.match(r"length ([\d.]+), width ([\d.]+)", playground.text("plot-value"))
    assert found  # original units, in the middle of both ranges
    assert 4 < float(found[1]) < 6.2
    assert 1 < float(found[2]) < 2


def test_an_invalid_table_says_what_is_wrong(playground: Playground, tmp_path: Path) -> None:
    file = tmp_path / "notes.csv"
    file.write_text("just one column\nof words\n")
    own_data(playground).click("import-table")
    playground.page.set_input_files("[data-part=table-file]", file)
    playground.wait("() => document.querySelectorAll('[data-part=table-problems] li').length > 0")
    assert playground.part("table-use").is_disabled()


def test_a_proxys_answer_in_place_of_the_servers_is_reported(pages: Pages, server_url: str) -> None:
    pages.tolerated = ("502",)  # Chromium logs it
    playground = own_data(pages.new(server_url))
    playground.page.route(re.compile(r"/table\?"), lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    playground.click("import-table")
    playground.part("table-text").fill(TABLE)
    playground.wait("() => document.querySelectorAll('[data-part=table-problems] li').length > 0")
    assert "Can’t reach the server" in playground.text("table-problems")


def test_example_data_can_be_chosen(playground: Playground) -> None:
    own_data(playground).page.click("[data-example=iris-petals]")
    playground.settle()
    assert playground.page.locator("[data-part=class-legend] li").all_inner_texts() == [
        "setosa",
        "versicolor",
        "virginica",
    ]
    playground.play_to(200)
    assert playground.losses[1] < 0.3


def test_another_example_begins_anew_as_another_dataset_does(playground: Playground) -> None:
    own_data(playground).page.click("[data-example=iris-petals]")
    playground.wait("() => location.hash.includes('own=')")
    playground.play_to(20)
    iris = playground.link["own"]
    playground.page.click("[data-example=penguins]")
    playground.wait("iris => !location.hash.includes(iris)", iris)
    playground.settle()
    assert playground.epoch == 0
    playground.play_to(20)
    playground.part("keep").check()
    penguins = playground.link["own"]
    playground.page.click("[data-example=iris-petals]")
    playground.wait("penguins => !location.hash.includes(penguins)", penguins)
    playground.settle()
    assert playground.epoch == 20, "unless the learner keeps the weights"


def test_own_data_are_in_the_link(pages: Pages, server_url: str) -> None:
    first = own_data(pages.new(server_url))
    first.page.click("[data-example=penguins]")
    first.settle()
    first.play_to(20)
    second = pages.new(server_url).open(first.page.url.partition("#")[2])
    second.play_to(20)
    assert second.losses == first.losses
    assert second.pixels("plot-marks") == first.pixels("plot-marks")


def test_a_model_can_be_downloaded_with_its_data_and_imported(playground: Playground, tmp_path: Path) -> None:
    own_data(playground).page.click("[data-example=iris-sepals]")
    playground.settle()
    playground.play_to(50)
    losses = playground.losses
    playground.page.click("details[data-control=save] summary")
    with playground.page.expect_download() as download:
        playground.page.click("[data-save=model]")
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert json.loads(file.read_text())["epoch"] == 50
    playground.open("dataset=xor&seed=0.9")
    playground.page.click("details[data-control=save] summary")
    playground.page.set_input_files("[data-part=open-model]", file)
    playground.wait("() => document.querySelector('[data-part=epoch]').textContent === '50'")
    assert playground.losses == losses
    playground.click("step")
    assert playground.epoch == 51


def test_an_invalid_model_file_changes_nothing(playground: Playground, tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text('{"format": "something else"}')
    playground.open()
    losses = playground.losses
    playground.page.click("details[data-control=save] summary")
    playground.page.set_input_files("[data-part=open-model]", file)
    playground.page.locator(".notice").wait_for()
    assert playground.losses == losses


def test_the_network_can_be_exported_as_code(playground: Playground) -> None:
    playground.open()
    playground.page.click("details[data-control=save] summary")
    for framework, word in (("numpy", "import numpy"), ("torch", "import torch"), ("keras", "import keras")):
        with playground.page.expect_download() as download:
            playground.page.click(f"[data-save={framework}]")
        assert word in Path(download.value.path()).read_text()
        assert download.value.suggested_filename.endswith(".py")


def test_on_a_phone_drawing_scrolls_to_the_plot(pages: Pages, server_url: str) -> None:
    playground = own_data(pages.new(server_url, viewport={"width": 390, "height": 844}))
    playground.click("draw")
    bar = playground.part("play").bounding_box()
    brushes = playground.part("brushes").bounding_box()
    assert bar is not None
    assert brushes is not None
    assert bar["y"] + bar["height"] <= brushes["y"] < 200


def test_a_long_table_fits_into_its_dialog_on_a_phone(pages: Pages, server_url: str) -> None:
    playground = own_data(pages.new(server_url, viewport={"width": 390, "height": 844}))
    playground.click("import-table")
    names = ";".join(f"a rather long name of column {i}" for i in range(8))
    playground.part("table-text").fill(names + "\n" + "1;2;3;4;5;6;7;8\n2;3;4;5;6;7;8;9\n")
    playground.wait("() => !document.querySelector('[data-part=table-use]').disabled")
    dialog = "() => { const d = document.querySelector('[data-root=import]'); return d.scrollWidth <= d.clientWidth; }"
    assert playground.page.evaluate(dialog)


class Fingers:
    """Touch the screen with several fingers."""

    def __init__(self, playground: Playground) -> None:
        self.playground = playground
        self.session = playground.page.context.new_cdp_session(playground.page)
        self.down: dict[int, dict[str, float]] = {}

    def _send(self, kind: str) -> None:
        points = [{"id": finger, **place} for finger, place in self.down.items()]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def move(self, finger: int, x: float, y: float) -> None:
        """Put a finger down, or move it."""
        kind = "touchMove" if finger in self.down else "touchStart"
        self.down[finger] = {"x": x, "y": y}
        self._send(kind)

    def lift(self, finger: int) -> None:
        """Lift a finger."""
        del self.down[finger]
        self._send("touchMove" if self.down else "touchEnd")
        self.playground.settle()


def test_a_finger_draws_a_stroke_of_its_own(pages: Pages, server_url: str) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    playground = own_data(pages.new(server_url, **phone))
    playground.click("draw")
    playground.click("clear-points")
    playground.page.wait_for_timeout(100)
    box = playground.part("plot-marks").bounding_box()
    assert box is not None
    before = playground.page.evaluate("() => scrollY")
    x, y = box["x"] + 100, box["y"] + 40
    finger = Fingers(playground)
    finger.move(0, x, y)
    for step in range(1, 25):
        finger.move(0, x, y + 8 * step)
        if step == 8:
            finger.move(1, x + 120, y + 60)  # a second finger, for example of the hand that holds the phone
        if 8 < step < 16:
            finger.move(1, x + 120, y + 60 + 4 * step)
        if step == 16:
            finger.lift(1)
    finger.lift(0)
    assert playground.page.evaluate("() => scrollY") == before
    drawn = rows(playground)
    assert drawn >= 12  # the whole stroke, and of the second finger nothing
    coordinates = decoded(playground.link["own"])
    assert max(abs(row[0] - coordinates[0][0]) for row in coordinates) < 0.1
    assert coordinates[0][1] - coordinates[-1][1] > 5
    playground.click("undo")
    assert playground.notice("few-points").is_visible()  # of the stroke nothing is left
    # Without the tools a finger scrolls the page again.
    playground.click("draw")
    assert playground.part("plot-marks").evaluate("plot => getComputedStyle(plot).touchAction") == "pan-y"
