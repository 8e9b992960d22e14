"""Take the same short tour in Firefox and in WebKit, where they are installed."""

from collections.abc import Iterator

import pytest

from tests.browser.other_browsers import CONTROL, ENTER, LACKING, Place, Tab, firefox, webkit

LINK = "dataset=circle&activation=tanh&networkShape=4,2&learningRate=0.03&batchSize=10&seed=0.59704"
BROWSERS = {"firefox": firefox, "webkit": webkit}
EPOCH = "() => Number(document.querySelector('[data-part=epoch]').innerText.replace(/\\D/g, ''))"
# Returns a number that changes with the picture.
PICTURE = """() => {
  const canvas = document.querySelector('canvas[data-part=plot]');
  const copy = document.createElement('canvas');
  [copy.width, copy.height] = [canvas.width, canvas.height];
  copy.getContext('2d').drawImage(canvas, 0, 0);
  const { data } = copy.getContext('2d').getImageData(0, 0, copy.width, copy.height);
  return data.reduce((sum, byte) => (sum * 31 + byte) % 1000003, 7);
}"""
OPEN = "() => /[0-9]/.test(document.querySelector('[data-part=test-loss]').innerText)"
PLAYING = "() => document.querySelector('[data-part=play]').getAttribute('aria-pressed') === 'true'"
SETTLED = "() => !document.body.hasAttribute('data-pending')"
SHOWN = "selector => document.querySelector(selector)?.getClientRects().length > 0"
TABLE = "length;width;kind\n" + "".join(f"{4 + i % 7};{1 + i % 5};{'rose' if i % 2 else 'lily'}\n" for i in range(40))


@pytest.fixture(scope="module", params=BROWSERS)
def browser(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """Start one of the browsers."""
    if lacking := LACKING[request.param]:
        pytest.skip(f"not installed here: {', '.join(lacking)}")
    with BROWSERS[request.param](tmp_path_factory.mktemp(request.param)) as tab:
        yield tab


@pytest.fixture
def tab(server_url: str, browser: Tab) -> Iterator[Tab]:
    """Open the playground. No test may leave an error in the page's console."""
    show(browser, f"{server_url}/#{LINK}")
    yield browser
    complaints = browser.complaints()
    browser.goto("about:blank")  # so that its session ends before the next test
    assert complaints == []


def show(tab: Tab, url: str) -> None:
    """Open a page anew and wait for its losses."""
    tab.goto("about:blank")
    tab.goto(url)
    tab.wait(OPEN)


def losses(tab: Tab) -> list[float]:
    """Return the displayed losses."""
    return [float(tab.text(f"[data-part={name}-loss]")) for name in ("train", "test")]


def place_of(tab: Tab, x: float, y: float) -> Place:
    """Return where a point of the plane is drawn."""
    left, top, width, _ = tab.box("[data-part=plot-marks]")
    size = width - 36
    return left + 10 + (x + 6) / 12 * size, top + 8 + (6 - y) / 12 * size


def write(tab: Tab, selector: str, text: str) -> None:
    """Replace the text of a field."""
    tab.click(selector)
    tab.keys("a", held=CONTROL)
    tab.keys(*text)


def test_it_plays(tab: Tab) -> None:
    before, picture = losses(tab), tab.evaluate(PICTURE)
    tab.click("[data-part=play]")
    tab.wait(f"() => ({EPOCH})() > 30")
    tab.click("[data-part=play]")
    tab.wait(f"() => !({PLAYING})() && ({SETTLED})()")
    assert losses(tab)[0] < before[0]
    assert tab.evaluate(PICTURE) != picture


def test_a_weight_is_edited(tab: Tab) -> None:
    before = tab.text("[data-part=train-loss]")
    source = tab.middle("[data-feature=x]")
    target = tab.middle("[aria-label='Layer 1, neuron 1']")
    middle = (source[0] + target[0]) / 2, (source[1] + target[1]) / 2
    tab.hover(middle)
    tab.press(middle)
    write(tab, "[data-part=editor-value]", "2.5")
    tab.keys(ENTER)
    tab.wait("before => document.querySelector('[data-part=train-loss]').innerText !== before", before)


def test_an_example_is_traced(tab: Tab) -> None:
    tab.press(place_of(tab, 2, 2))
    tab.wait(SHOWN, "[data-part=trace-steps]")
    assert tab.text("[data-part=step-title]") == "The inputs"
    tab.click("[data-part=next-step]")
    tab.wait("() => document.querySelector('[data-part=step-title]').innerText === 'Layer 1, neuron 1'")
    tab.wait(SHOWN, "[data-part=step-equations] .katex")


def test_points_are_drawn(tab: Tab) -> None:
    tab.click("[data-part=own-data] summary")
    tab.click("[data-part=draw]")
    tab.click("[data-part=clear-points]")
    tab.wait(SETTLED)
    tab.press(place_of(tab, -4, -4), place_of(tab, -2, 0), place_of(tab, -4, 4))
    tab.wait("() => /own=[^&]{60}/.test(location.hash)")


def test_a_table_is_imported(tab: Tab) -> None:
    tab.click("[data-part=own-data] summary")
    tab.click("[data-part=import-table]")
    tab.wait(SHOWN, "[data-part=table-text]")
    tab.evaluate(
        """table => {
          const text = document.querySelector('[data-part=table-text]');
          text.value = table;
          text.dispatchEvent(new Event('input', { bubbles: true }));
        }""",
        TABLE,
    )
    tab.wait("() => !document.querySelector('[data-part=table-use]').disabled")
    tab.click("[data-part=table-use]")
    tab.wait(f"() => /dataset=own/.test(location.hash) && ({SETTLED})()")
    tab.click("[data-part=step]")
    tab.wait(f"() => ({EPOCH})() === 1")


def test_a_lesson_leads_to_its_goal(tab: Tab, server_url: str) -> None:
    show(tab, f"{server_url}/?lesson=three-lines")
    tab.click("[data-part=lesson-question] label:first-of-type")
    for _ in range(2):
        tab.click("[aria-label='Add a neuron to layer 1']")
        tab.wait(SETTLED)
    tab.evaluate(
        """() => {
          const speed = document.querySelector('#speed, [data-part=speed]');
          speed.value = 'max';
          speed.dispatchEvent(new Event('change', { bubbles: true }));
        }"""
    )
    tab.click("[data-part=play]")
    tab.wait(SHOWN, "[data-part=lesson-explanation]")
    assert tab.text("[data-part=lesson-reached]") == "Goal reached. Well done."


def test_the_address_opens_the_same_run(tab: Tab) -> None:
    before = tab.text("[data-part=train-loss]")
    tab.click("[data-part=new-weights]")
    tab.wait("before => document.querySelector('[data-part=train-loss]').innerText !== before", before)
    tab.wait(f"link => ({SETTLED})() && !location.hash.includes(link)", LINK)
    seen = losses(tab)
    show(tab, tab.evaluate("() => location.href"))
    assert losses(tab) == seen
