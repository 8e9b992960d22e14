"""Views know only their root element, so one can be mounted twice."""

from collections.abc import Iterator
from typing import Any

import pytest
from live import LiveServer

from server.config.settings import Settings
from tests.browser.conftest import Pages

# Mounts two loss charts, each in a copy of its template, with a state of its own that only its own gestures change.
MOUNT = """async () => {
  const main = document.querySelector('script[type=module]').src;
  const load = path => import(new URL(path, main));
  const [{ bindLosses, createLosses }, { readTheme }, { createStore }, { emptyHistory, extended }] = await Promise.all([
    load('features/losses/losses.js'), load('features/settings/theme.js'), load('core/store.js'),
    load('state/history.js'),
  ]);
  const theme = readTheme();
  const template = document.querySelector('[data-root=losses]');
  [[1, 0.5], [0.2, 0.1]].forEach(([train, test], i) => {
    const root = template.cloneNode(true);
    root.id = `chart-${i}`;
    document.body.prepend(root);
    const curve = Float64Array.from([0, 1, 1, 10, train, test]);
    const store = createStore({ history: extended(emptyHistory(), { curve }), wanted: null, reading: null });
    const frame = { train_loss: train, test_loss: test };
    const view = createLosses({ root, theme: { get: () => theme } });
    bindLosses({ root, actions: { read: reading => store.set({ reading }) } });
    const draw = () => view.draw(store.get(), frame);
    store.subscribe(draw);
    draw();
  });
}"""
SHOWN = """() => [0, 1].map(i => {
  const text = name => document.querySelector(`#chart-${i} [data-part=${name}]`).textContent;
  const picture = document.querySelector(`#chart-${i} canvas`).toDataURL();
  return { losses: [text('train-loss'), text('test-loss')], reading: text('chart-value'), picture };
})"""


@pytest.fixture
def dev_server() -> Iterator[LiveServer]:
    """Start a server whose page loads the modules one by one."""
    with LiveServer(Settings(port=0, plain=True, dev=True)) as server:
        yield server


def test_the_loss_chart_can_be_mounted_twice(dev_server: LiveServer, pages: Pages) -> None:
    playground = pages.new(dev_server.url).open()
    before = [playground.text("train-loss"), playground.text("test-loss"), playground.pixels("chart")]
    playground.page.evaluate(MOUNT)

    def shown() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = playground.page.evaluate(SHOWN)
        return found

    first, second = shown()
    assert (first["losses"], second["losses"]) == (["1.000", "0.500"], ["0.200", "0.100"])
    assert first["picture"] != second["picture"]
    # A chart is read where the pointer is; the other one stays as it was.
    box = playground.page.locator("#chart-1 canvas").bounding_box()
    assert box is not None
    playground.page.mouse.move(box["x"] + box["width"] - 20, box["y"] + 40)
    playground.settle()
    assert shown()[0] == first
    assert shown()[1]["reading"] == "Epoch 10: test 0.100, training 0.200"
    playground.page.locator("#chart-0 canvas").hover(position={"x": 45, "y": 40})
    playground.settle()
    assert [each["reading"] for each in shown()] == ["Epoch 0: test 1.000, training 1.000", ""]
    # The page's own chart has not noticed.
    page = playground.page
    page.evaluate("() => { for (const i of [0, 1]) document.getElementById(`chart-${i}`).remove(); }")
    playground.settle()
    assert [playground.text("train-loss"), playground.text("test-loss"), playground.pixels("chart")] == before
