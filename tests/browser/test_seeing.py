"""Test display options and downloads."""

import base64
import csv
import io
import struct
from pathlib import Path

import pytest

from tests.browser.playground import Playground


def more(playground: Playground, part: str = "see") -> None:
    """Unfold a part below the plot."""
    playground.page.click(f"details[data-control={part}] summary")


def saved(playground: Playground, button: str) -> bytes:
    """Click a download button and return the file."""
    with playground.page.expect_download() as download:
        playground.part(button).click()
    return Path(download.value.path()).read_bytes()


def test_the_boundary_and_its_margins_can_be_drawn_as_lines(playground: Playground) -> None:
    playground.open()
    playground.play_to(100)
    before = playground.pixels("plot")
    more(playground)
    playground.page.check("#contours")
    playground.settle()
    assert playground.pixels("plot") != before
    assert playground.link["contours"] == "true"
    playground.page.uncheck("#contours")
    playground.settle()
    assert playground.pixels("plot") == before
    assert "contours" not in playground.link


def test_losses_can_be_logarithmic_and_smoothed(playground: Playground) -> None:
    playground.open("seed=0.3&dataset=spiral&networkShape=6&learningRate=0.3")
    playground.play_to(200)
    chart = playground.part("chart")
    pictures = {chart.screenshot()}
    more(playground)
    playground.page.check("#logScale")
    playground.settle()
    pictures.add(chart.screenshot())
    playground.choose("smoothing", "0.9")
    pictures.add(chart.screenshot())
    assert len(pictures) == 3
    assert (playground.link["logScale"], playground.link["smoothing"]) == ("true", "0.9")
    assert playground.epoch == 200


def test_losses_can_be_downloaded_as_a_table(playground: Playground) -> None:
    playground.open()
    playground.play_to(30)
    more(playground, "save")
    rows = list(csv.DictReader(io.StringIO(saved(playground, "save-losses").decode())))
    assert (rows[0]["epoch"], rows[-1]["epoch"]) == ("0", "30")
    assert round(float(rows[-1]["test loss"]), 3) == playground.losses[1]
    assert len(rows) > 3


# Decodes a picture, and returns how many colours it has and how many pixels stand out in its leftmost 50 columns.
SEEN = """async encoded => {
  const bytes = Uint8Array.from(atob(encoded), character => character.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
  const context = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
  context.drawImage(picture, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, picture.width, picture.height).data.buffer);
  const left = pixels.filter((_, i) => i % picture.width < 50);
  return [new Set(pixels).size, left.filter(pixel => pixel !== pixels[0]).length];
}"""


def test_plot_and_network_can_be_downloaded_as_pictures(playground: Playground) -> None:
    playground.open()
    more(playground, "save")
    left = {}
    for button, canvas in (("save-plot", "plot"), ("save-network", "network")):
        picture = saved(playground, button)
        assert picture.startswith(b"\x89PNG")
        size = playground.part(canvas).evaluate("canvas => [canvas.width, canvas.height]")
        width, height = struct.unpack(">II", picture[16:24])
        assert width >= 1600, "large enough for a slide"
        assert width / height == pytest.approx(size[0] / size[1], rel=0.01)
        colours, left[canvas] = playground.page.evaluate(SEEN, base64.b64encode(picture).decode())
        assert colours > 100, "it shows what the page does"
    assert left["network"] > 200, "the names of the features stand beside their pictures"


def test_metrics_count_right_and_wrong_predictions(playground: Playground) -> None:
    playground.open("dataset=gauss&noise=50&seed=0.3")
    playground.play_to(50)
    more(playground)
    playground.page.check("#measures")
    playground.page.locator("[data-root=measures] caption").first.wait_for()
    text = playground.page.locator("[data-root=measures]").inner_text()
    assert "Test data: accuracy" in text
    cells = playground.page.locator("[data-root=measures] table").first.locator("td").all_inner_texts()
    counts = [int(cell) for cell in cells if cell.isdigit()]
    assert sum(counts) == 250
    right = (counts[0] + counts[3]) / 250
    assert f"accuracy {right * 100:.1f}%" in text


def test_a_regression_has_r_squared(playground: Playground) -> None:
    playground.open("problem=regression&regDataset=reg-plane&seed=0.3")
    playground.play_to(50)
    more(playground)
    playground.page.check("#measures")
    playground.page.locator("[data-root=measures] caption").first.wait_for()
    assert "R² 0.9" in playground.page.locator("[data-root=measures]").inner_text()


def test_misclassified_points_are_marked(playground: Playground) -> None:
    playground.open("dataset=gauss&noise=50&seed=0.3")
    playground.play_to(50)
    before = playground.pixels("plot-marks")
    more(playground)
    playground.page.check("#markWrong")
    playground.settle()
    assert playground.pixels("plot-marks") != before
