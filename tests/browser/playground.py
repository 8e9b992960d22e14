"""Drive the page as a learner would: act on it and read what it shows."""

import base64
import hashlib
from collections import Counter
from typing import Any, Literal

from playwright.sync_api import Locator, Page

CIRCLE = "seed=0.59704&dataset=circle&activation=tanh&networkShape=4,2&learningRate=0.03&batchSize=10"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

# Actions and hovers are drawn within two animation frames. Changes that need the server are marked as pending.
SETTLED = """async () => {
  const frames = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  const pending = () => document.body.hasAttribute('data-pending');
  await frames();
  if (!pending()) await frames();
  for (const end = performance.now() + 1500; pending() && performance.now() < end;) await frames();
}"""


SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def number(text: str) -> float:
    """Read a displayed number, such as 0.25, 0,25 or 2.5·10¹⁵⁰."""
    return float(text.replace(",", ".").replace("·10", "e").replace("−", "-").translate(SUPERSCRIPTS))


class Playground:
    """One open page. Waits depend on what a learner would see, never on time alone."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url

    def open(self, fragment: str = CIRCLE, ready: bool = True) -> "Playground":
        """Open the page at a link, replacing the current one."""
        if self.page.url != "about:blank":
            self.page.goto("about:blank")
        self.page.goto(f"{self.url}/#{fragment}")
        if ready:
            self.wait("() => document.querySelector('[data-part=test-loss]').textContent !== '–'")
        return self

    def wait(self, condition: str, argument: Any = None, seconds: float = 20) -> None:
        """Wait until a JavaScript function returns a true value."""
        self.page.wait_for_function(condition, arg=argument, timeout=seconds * 1000)

    def settle(self) -> None:
        """Wait until the page has drawn the answer to every action so far. A refused change gets none."""
        self.page.evaluate(SETTLED)

    def part(self, name: str) -> Locator:
        """Return a part of the page by its name: a control that is a setting has the id of its key in a link."""
        return self.page.locator(f"[data-part='{name}'], [id='{name}']")

    # Actions

    def click(self, name: str) -> None:
        """Click the part with this name."""
        self.part(name).click()
        self.settle()

    def choose(self, name: str, value: str) -> None:
        """Choose an option of a menu."""
        self.part(name).select_option(value)
        self.settle()

    def press(self, key: str) -> None:
        """Press a key."""
        self.page.keyboard.press(key)
        self.settle()

    def slide(self, name: str, value: float) -> None:
        """Move a slider to a value and release it."""
        self.part(name).evaluate(
            "(slider, value) => { slider.value = value;"
            " slider.dispatchEvent(new Event('input', { bubbles: true }));"
            " slider.dispatchEvent(new Event('change', { bubbles: true })); }",
            value,
        )
        self.settle()

    def play(self) -> None:
        """Press play."""
        assert not self.playing
        self.page.click("[data-part=play]")

    def pause(self) -> None:
        """Press pause and wait until training has stopped."""
        self.page.click("[data-part=play]")
        self.wait("() => document.querySelector('[data-part=play]').ariaPressed === 'false'")
        self.settle()

    def play_to(self, epoch: int, seconds: float = 40) -> None:
        """Play at full speed until training stops automatically at an epoch."""
        if not self.page.locator("#stopEpochs").is_visible():
            self.page.click("details[data-control=stop] summary")
        self.page.fill("#stopEpochs", str(epoch))
        self.page.locator("#stopEpochs").blur()
        self.choose("speed", "max")
        self.play()
        self.wait(
            "epoch => document.querySelector('[data-part=epoch]').textContent.replace(/\\D/g, '') === String(epoch)"
            " && document.querySelector('[data-part=play]').ariaPressed === 'false'",
            epoch,
            seconds,
        )
        self.settle()

    def hover_weight(self, source: Locator, target: Locator) -> tuple[float, float]:
        """Hover over the line between two pictures and return the place."""
        a, b = source.bounding_box(), target.bounding_box()
        assert a is not None
        assert b is not None
        x = (a["x"] + a["width"] + b["x"]) / 2
        y = (a["y"] + a["height"] / 2 + b["y"] + b["height"] / 2) / 2
        self.page.mouse.move(x, y)
        self.settle()
        return x, y

    # Display

    @property
    def playing(self) -> bool:
        """Whether the play button shows that training runs."""
        return self.page.locator("[data-part=play]").get_attribute("aria-pressed") == "true"

    @property
    def epoch(self) -> int:
        """The displayed epoch."""
        return int(self.text("epoch").replace(",", ""))

    @property
    def losses(self) -> tuple[float, float]:
        """The displayed training and test loss, also where the decimals follow a comma."""
        return number(self.text("train-loss")), number(self.text("test-loss"))

    @property
    def link(self) -> dict[str, str]:
        """The address bar's fragment by key."""
        return dict(part.partition("=")[::2] for part in self.page.url.partition("#")[2].split("&"))

    def text(self, name: str) -> str:
        """Return the text of an element."""
        return self.part(name).inner_text()

    def notice(self, key: str) -> Locator:
        """Return a notice below the top bar."""
        return self.page.locator(f"[data-notice={key}]")

    def unit(self, name: str) -> Locator:
        """Return the button of a neuron by its name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def feature(self, name: str) -> Locator:
        """Return the button of a feature by its key."""
        return self.page.locator(f"[data-feature={name}]")

    def pixels(self, canvas: str) -> str:
        """Return a digest of what a canvas shows."""
        return hashlib.sha256(self._image(canvas)).hexdigest()

    def colours(self, canvas: str) -> int:
        """Return how many colours a canvas shows, without half-transparent edges."""
        image = self._image(canvas)
        return len({image[i : i + 3] for i in range(0, len(image), 4) if image[i + 3] == 255})

    def plainness(self, canvas: str, count: int = 2) -> float:
        """Return which share of a canvas its commonest colours cover."""
        image = self._image(canvas)
        found = Counter(image[i : i + 3] for i in range(0, len(image), 4) if image[i + 3] == 255)
        return sum(times for _, times in found.most_common(count)) / found.total()

    def _image(self, canvas: str) -> bytes:
        """Return the RGBA bytes of a canvas, from a copy: reading the canvas itself would slow it down for good."""
        encoded: str = self.part(canvas).evaluate(
            """source => {
              const copy = new OffscreenCanvas(source.width, source.height).getContext('2d');
              copy.drawImage(source, 0, 0);
              const { data } = copy.getImageData(0, 0, source.width, source.height);
              let binary = '';
              for (let i = 0; i < data.length; i += 8192) {
                binary += String.fromCharCode(...data.subarray(i, i + 8192));
              }
              return btoa(binary);
            }"""
        )
        return base64.b64decode(encoded)
