"""Test descriptions in words, the colour-blind-safe palette, and reduced motion."""

import re

from tests.browser.conftest import Pages
from tests.browser.playground import CIRCLE, Playground

# Records the offsets of line dashes.
DASHES = """
  window.dashes = [];
  const prototype = CanvasRenderingContext2D.prototype;
  const { get, set } = Object.getOwnPropertyDescriptor(prototype, 'lineDashOffset');
  Object.defineProperty(prototype, 'lineDashOffset', {
    get, set(offset) { window.dashes.push(offset); set.call(this, offset); },
  });
"""


def test_network_boundary_and_losses_are_described_in_words(playground: Playground) -> None:
    playground.open()
    assert "Layer 1: 4 neurons, Tanh. Layer 2: 2 neurons, Tanh." in playground.text("network-in-words")
    assert playground.text("losses-in-words").startswith("Epoch 0. Training loss")
    playground.play_to(150)
    assert "Centre: positive (blue). All four corners: negative (orange)." in playground.text("boundary-in-words")
    train, test = playground.losses
    assert playground.text("losses-in-words") == (
        f"Epoch 150. Training loss {train:.3f}, falling; test loss {test:.3f}, falling."
    )
    assert "Epoch 150." in (playground.page.locator("[data-root=news]").text_content() or "")
    described = playground.part("plot-marks").get_attribute("aria-describedby") or ""
    assert "boundary-in-words" in described


def test_metrics_are_described_even_when_hidden(pages: Pages, server_url: str) -> None:
    for link, figure in ((CIRCLE, r"accuracy ([\d.]+)%"), ("problem=regression&seed=0.3", r"R² ([\d.−-]+)")):
        playground = pages.new(server_url).open(link)
        assert not playground.page.locator("#measures").is_checked()
        before = re.findall(figure, playground.text("boundary-in-words"))
        assert len(before) == 2, "of test and of training data"
        playground.play()
        playground.wait(
            "before => !document.querySelector('[data-part=boundary-in-words]').textContent.includes(before)",
            re.search(f"Test data: {figure}", playground.text("boundary-in-words"))[0],
        )
        playground.pause()
        said = playground.text("boundary-in-words")
        assert not playground.page.locator("[data-root=measures]").is_visible()
        playground.page.click("details[data-control=see] summary")
        playground.page.check("#measures")
        playground.page.locator("[data-root=measures] caption").first.wait_for()
        shown = playground.page.locator("[data-root=measures] caption").all_inner_texts()
        assert [caption for caption in shown if caption not in said] == []


def test_descriptions_update_every_two_seconds_and_announcements_are_rare(playground: Playground) -> None:
    playground.open()
    playground.page.evaluate(
        """() => {
          window.changes = { described: [], news: [] };
          for (const [place, name] of [['[data-part=losses-in-words]', 'described'], ['[data-root=news]', 'news']])
            new MutationObserver(() => window.changes[name].push(performance.now()))
              .observe(document.querySelector(place), { childList: true });
        }"""
    )
    playground.play()
    playground.wait("() => window.changes.described.length >= 3")
    playground.pause()
    described, news = playground.page.evaluate("() => [window.changes.described, window.changes.news.length]")
    assert described[2] - described[1] >= 1900
    assert news == 2, "that it trains, and that it pauses"


def test_the_colour_blind_safe_palette_is_one_switch_and_is_remembered(playground: Playground) -> None:
    playground.open("dataset=clouds&classes=5&loss=cross-entropy&seed=0.3")
    before = (playground.pixels("plot"), playground.pixels("plot-marks"), playground.pixels("network"))
    playground.click("palette")
    after = (playground.pixels("plot"), playground.pixels("plot-marks"), playground.pixels("network"))
    assert all(one != other for one, other in zip(before, after, strict=True))
    playground.page.reload()
    playground.wait("() => document.querySelector('[data-part=test-loss]').textContent !== '–'")
    assert playground.part("palette").get_attribute("aria-pressed") == "true"
    playground.click("palette")
    assert playground.pixels("plot-marks") == before[1]


def test_reduced_motion_stops_animations(pages: Pages, server_url: str) -> None:
    for motion, moves in (("no-preference", True), ("reduce", False)):
        playground = pages.new(server_url, reduced_motion=motion)
        playground.page.add_init_script(DASHES)
        playground.open(CIRCLE)
        playground.press("ArrowRight")
        assert playground.epoch == 1
        assert playground.page.evaluate("() => window.dashes.some(offset => offset !== 0)") == moves
    moving = playground.page.evaluate(
        """() => [...document.querySelectorAll('*')].filter(element => {
          const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(element);
          return parseFloat(transitionDuration) > 0 || animationName !== 'none' || scrollBehavior === 'smooth';
        }).length"""
    )
    assert moving == 0
    playground.part("look-inside").click()
    playground.part("step-title").wait_for()
    before = playground.text("step-title")
    playground.part("play-trace").click()
    playground.wait("before => document.querySelector('[data-part=step-title]').textContent !== before", before)


def test_numbers_that_change_all_the_time_are_not_announced(playground: Playground) -> None:
    playground.open()
    playground.page.evaluate(
        """() => {
          window.announced = [];
          const live = 'output, [aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log]';
          new MutationObserver(changes => {
            for (const { target } of changes) {
              const region = (target instanceof Element ? target : target.parentElement).closest(live);
              if (region) window.announced.push(region.textContent.trim());
            }
          }).observe(document.body, { subtree: true, childList: true, characterData: true });
        }"""
    )
    playground.play()
    playground.wait("() => Number(document.querySelector('[data-part=epoch]').textContent) > 30")
    for noise in range(5, 50, 5):
        playground.slide("noise", noise)
    playground.click("add-layer")
    said: list[str] = playground.page.evaluate("() => window.announced")
    assert "Training started." in said
    assert len(said) < 4, said
