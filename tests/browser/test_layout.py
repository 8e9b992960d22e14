"""Test the layout: five widths, two themes, touch, keyboard, sharp screens. Takes screenshots for people to look at."""

from pathlib import Path

import pytest

from tests.browser.conftest import Pages
from tests.browser.playground import CIRCLE, SCHEMES, Playground

WIDTHS = {390: 844, 768: 1024, 1024: 768, 1440: 900, 2560: 1440}
SCREENSHOTS = Path(__file__).parent / "screenshots"
LARGEST = "seed=0.4&dataset=spiral&networkShape=8,8,8,8,8,8&" + "&".join(
    f"{name}=true" for name in ("x", "y", "xSquared", "ySquared", "xTimesY", "sinX", "sinY")
)
# Finds controls partly outside the page, and pairs that overlap.
CUT = """width => [...document.querySelectorAll('button, select, input, canvas, h1, h2, dd')]
  .filter(element => element.checkVisibility() && !element.closest('.scroller'))
  .filter(element => { const { left, right } = element.getBoundingClientRect();
    return left < 0 || right > width + 0.5; })
  .map(element => element.id || element.outerHTML.slice(0, 80))"""
OVERLAPPING = """() => {
  const boxes = [...document.querySelectorAll('.topbar button, .topbar select, .data button, .data input,'
    + ' .data label, .output label, .output dd, .plot canvas:first-child, .chart canvas, .network-foot button'
    + ', .network-head button')]
    .filter(element => element.checkVisibility())
    .map(element => ({ element, box: element.getBoundingClientRect() }));
  const found = [];
  boxes.forEach((one, i) => boxes.slice(i + 1).forEach(other => {
    if (one.element.contains(other.element) || other.element.contains(one.element)) return;
    const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
    const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
    if (across > 1 && down > 1) found.push([one, other].map(({ element }) => element.id || element.className));
  }));
  return found;
}"""


def screenshot(playground: Playground, name: str) -> None:
    """Save a picture of the whole page."""
    SCREENSHOTS.mkdir(exist_ok=True)
    playground.page.evaluate("() => scrollTo(0, 0)")
    playground.page.mouse.move(2, 2)
    playground.settle()
    playground.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


@pytest.mark.parametrize("width", WIDTHS)
def test_everything_fits_at_every_width(pages: Pages, server_url: str, width: int) -> None:
    playground = pages.new(server_url, viewport={"width": width, "height": WIDTHS[width]}).open()
    for scheme in SCHEMES:
        playground.page.emulate_media(color_scheme=scheme)
        screenshot(playground, f"{width}-{scheme}-first")
    playground.play_to(120)
    for scheme in SCHEMES:
        playground.page.emulate_media(color_scheme=scheme)
        screenshot(playground, f"{width}-{scheme}")
        assert playground.page.evaluate("() => document.documentElement.scrollWidth") <= width
        assert playground.page.evaluate(CUT, width) == []
        assert playground.page.evaluate(OVERLAPPING) == []


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_everything_unfolded_fits_too(pages: Pages, server_url: str, width: int) -> None:
    playground = pages.new(
        server_url, viewport={"width": width, "height": WIDTHS[width]}, reduced_motion="reduce"
    ).open(
        "dataset=clouds&classes=5&loss=cross-entropy&seed=0.3&networkShape=6,5&optimizer=adamw&noise=20&measures=true"
    )
    playground.page.evaluate("() => { for (const part of document.querySelectorAll('details')) part.open = true; }")
    playground.click("more-features")
    playground.play_to(100)
    for scheme in SCHEMES:
        playground.page.emulate_media(color_scheme=scheme)
        screenshot(playground, f"{width}-{scheme}-unfolded")
        assert playground.page.evaluate("() => document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_the_largest_network_fits_or_scrolls_in_its_frame(pages: Pages, server_url: str, width: int) -> None:
    playground = pages.new(server_url, viewport={"width": width, "height": WIDTHS[width]}).open(LARGEST)
    playground.play_to(50)
    screenshot(playground, f"{width}-largest")
    assert playground.page.evaluate("() => document.documentElement.scrollWidth") <= width
    output = playground.unit("Output neuron")
    output.scroll_into_view_if_needed()
    box = output.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert output.evaluate(
        """button => {
          const { x, y, width, height } = button.getBoundingClientRect();
          return document.elementFromPoint(x + width / 2, y + height / 2) === button;
        }"""
    ), "nothing lies over it"


def test_a_regression_has_its_pictures(pages: Pages, server_url: str) -> None:
    playground = pages.new(server_url).open(
        "problem=regression&regDataset=reg-gauss&seed=0.2&networkShape=6,4&activation=relu&learningRate=0.03"
    )
    playground.play_to(200)
    screenshot(playground, "1440-regression")
    assert playground.losses[1] < 0.06


def test_the_readme_pictures_can_be_taken(pages: Pages, server_url: str) -> None:
    desk = pages.new(server_url, viewport={"width": 1280, "height": 760}, device_scale_factor=1.5).open(
        "seed=0.3&dataset=spiral&networkShape=8,6&xSquared=true&ySquared=true&sinX=true&sinY=true&batchSize=10"
    )
    phone = pages.new(server_url, viewport={"width": 390, "height": 780}, color_scheme="dark").open()
    for playground, epochs, name in ((desk, "300", "readme-desk"), (phone, "80", "readme-phone")):
        playground.choose("speed", "10")
        playground.play()
        playground.wait(f"() => Number(document.querySelector('[data-part=epoch]').textContent) >= {epochs}")
        playground.pause()
        playground.page.mouse.move(2, 2)
        playground.settle()
        SCREENSHOTS.mkdir(exist_ok=True)
        playground.page.screenshot(path=SCREENSHOTS / f"{name}.png")
    assert desk.losses[1] < 0.3
    assert phone.losses[1] < 0.1


def test_pictures_are_sharp_on_dense_screens(pages: Pages, server_url: str) -> None:
    playground = pages.new(server_url, device_scale_factor=2).open()
    for name in ("network", "plot", "plot-marks"):
        ratio = playground.part(name).evaluate("canvas => canvas.width / canvas.getBoundingClientRect().width")
        assert ratio == pytest.approx(2, abs=0.02)


def test_touch_can_train_toggle_and_edit(pages: Pages, server_url: str) -> None:
    playground = pages.new(server_url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).open()
    playground.part("play").tap()
    playground.wait("() => Number(document.querySelector('[data-part=epoch]').textContent) > 5")
    playground.part("play").tap()
    playground.feature("xSquared").tap()
    playground.settle()
    assert playground.link["xSquared"] == "true"
    playground.unit("Layer 1, neuron 1").tap()
    playground.settle()
    assert playground.page.locator("[data-root=editor]").is_visible()
    assert playground.text("plot-value").startswith("Layer 1, neuron 1")
    box = playground.page.locator("[data-root=editor]").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


def test_on_a_phone_the_play_button_stays_visible(pages: Pages, server_url: str) -> None:
    playground = pages.new(server_url, viewport={"width": 390, "height": 844}).open()
    playground.page.evaluate("() => scrollTo(0, 1500)")
    playground.settle()
    box = playground.part("play").bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 100


def test_tab_reaches_every_control_with_a_visible_focus_and_a_name(playground: Playground) -> None:
    playground.open()
    wanted = playground.page.evaluate(
        """() => [...document.querySelectorAll('button, select, input, summary')]
          .filter(element => element.checkVisibility() && !element.disabled && !element.readOnly).length"""
    )
    playground.page.evaluate("() => document.body.focus()")
    seen: dict[str, str] = {}
    for _ in range(wanted + 5):
        playground.page.keyboard.press("Tab")
        key, name, outline = playground.page.evaluate(
            """() => {
              const element = document.activeElement;
              const name = element.getAttribute('aria-label') || element.labels?.[0]?.innerText
                || element.innerText || element.title;
              const path = [];
              for (let at = element; at && at !== document.body; at = at.parentElement)
                path.push([...at.parentElement.children].indexOf(at));
              return [path.join(), name, getComputedStyle(element).outlineStyle];
            }"""
        )
        if key:
            assert name.strip(), key
            assert outline != "none", name
            seen[key] = name
    assert len(seen) >= wanted


def test_reduced_motion_turns_transitions_off(pages: Pages, server_url: str) -> None:
    playground = pages.new(server_url, reduced_motion="reduce").open(CIRCLE + "&learningRate=0")
    before = playground.pixels("network")
    playground.play_to(40)
    assert playground.pixels("network") == before


def test_the_page_needs_no_other_host(playground: Playground) -> None:
    asked: list[str] = []
    playground.page.on("request", lambda request: asked.append(request.url))
    playground.open()
    playground.settle()
    assert len(asked) > 5
    assert [url for url in asked if not url.startswith((playground.url, "about:", "data:", "blob:"))] == []


def test_icons_and_fonts_load(playground: Playground) -> None:
    playground.open()
    assert playground.page.evaluate("() => document.fonts.ready.then(() => document.fonts.check('15px Inter'))")
    drawn = playground.page.evaluate(
        "() => [...document.querySelectorAll('[data-part=play] .when-paused use')]"
        "  .map(use => use.getBoundingClientRect().width)"
    )
    assert drawn[0] > 5


def test_first_hints_disappear_after_use(playground: Playground) -> None:
    playground.open()
    hint = playground.part("callout-neuron")
    assert hint.is_visible()
    assert playground.part("callout-weights").is_visible()
    playground.play()
    hint.wait_for(state="hidden")
