"""Test the pictures that can be downloaded: large enough to use, with everything that the page shows."""

import base64
from pathlib import Path
from typing import Any

from tests.browser.conftest import Pages
from tests.browser.playground import CIRCLE, Playground

FEATURES = "&".join(
    f"{name}=true"
    for name in ("x", "y", "xSquared", "ySquared", "xTimesY", "sinX", "sinY", "cosX", "cosY", "xCubed", "yCubed")
)
# Counts the pixels of each place that differ from the picture's upper left corner.
INKED = """async ([data, places]) => {
  const picture = await createImageBitmap(await (await fetch(data)).blob());
  const ctx = new OffscreenCanvas(picture.width, picture.height).getContext('2d', { willReadFrequently: true });
  ctx.drawImage(picture, 0, 0);
  const [ground] = new Uint32Array(ctx.getImageData(0, 0, 1, 1).data.buffer);
  return {
    width: picture.width,
    inked: places.map(([x, y, w, h]) => {
      const scale = picture.width / w;
      const { data } = ctx.getImageData(...[x, y, h[0], h[1]].map(each => Math.round(each * scale)));
      return new Uint32Array(data.buffer).filter(pixel => pixel !== ground).length;
    }),
  };
}"""


def picture(playground: Playground, name: str, places: list[Any]) -> dict[str, Any]:
    """Download a picture and count the ink in places of it: x, y, the page's whole width, and their own size."""
    with playground.page.expect_download() as download:
        playground.page.click(f"[data-part=save-{name}]")
    data = base64.b64encode(Path(download.value.path()).read_bytes()).decode()
    found: dict[str, Any] = playground.page.evaluate(INKED, [f"data:image/png;base64,{data}", places])
    return found


def test_the_picture_of_the_network_names_every_feature_and_counts_neurons(pages: Pages, server_url: str) -> None:
    playground = pages.new(server_url, bypass_csp=True).open(f"{CIRCLE}&{FEATURES}&formulas=x1^3-x2")
    playground.page.click("details[data-control=save] summary")
    playground.click("more-features")
    places: list[Any] = playground.page.evaluate(
        """() => {
          const stage = document.querySelector('[data-part=stage]').getBoundingClientRect();
          const boxes = [...document.querySelectorAll('.feature')].filter(each => each.checkVisibility());
          return boxes.map(button => {
            const { left, top, height } = button.getBoundingClientRect();
            return [0, top - stage.top, stage.width, [left - stage.left - 2, height]];
          });
        }"""
    )
    assert len(places) > 12
    found = picture(playground, "network", places)
    assert found["width"] >= 1600
    assert min(found["inked"]) > 30, found["inked"]
    tools = playground.page.evaluate(
        """() => {
          const stage = document.querySelector('[data-part=stage]').getBoundingClientRect();
          return [...document.querySelectorAll('.layer-tools p')].map(words => {
            const { left, top, width, height } = words.getBoundingClientRect();
            return [left - stage.left, top - stage.top, stage.width, [width, height]];
          });
        }"""
    )
    assert min(picture(playground, "network", tools)["inked"]) > 30


def test_the_picture_of_the_plot_is_large_and_without_the_pointer(pages: Pages, server_url: str) -> None:
    playground = pages.new(server_url, bypass_csp=True).open(CIRCLE)
    playground.page.click("details[data-control=save] summary")
    width = playground.part("plot").evaluate("plot => plot.clientWidth")
    axis = [width - 24, 20, width, [24, 200]]
    first = picture(playground, "plot", [axis])
    assert first["width"] >= 1600
    assert first["inked"][0] > 500, "the numbers beside the axis"
    before = playground.pixels("plot-marks")
    playground.part("save-plot").focus()
    playground.part("plot-marks").evaluate(
        "plot => plot.dispatchEvent(new PointerEvent('pointermove', { clientX: plot.getBoundingClientRect().left + 99,"
        " clientY: plot.getBoundingClientRect().top + 99 }))"
    )
    playground.settle()
    assert playground.pixels("plot-marks") != before
    assert picture(playground, "plot", [axis]) == first
