"""Test the languages: chosen by browser, switch or address; complete; and fitting the page."""

import re

import pytest

from server.config.resources import resource
from server.lessons.lesson_files import load_lessons
from tests.browser.conftest import Pages
from tests.browser.playground import CIRCLE, Playground

LESSONS = load_lessons(resource("lessons"), ("en", "ru")).by_language
LARGEST = "seed=0.4&dataset=spiral&networkShape=8,8,8,8,8,8"
EVERYTHING = (
    "dataset=clouds&classes=5&loss=cross-entropy&seed=0.3&networkShape=6,5&optimizer=adamw&noise=20&measures=true"
)

# Names, file formats, keys, code and the functions in formulas are the same in every language.
SAME = set(
    re.findall(
        r"\w+",
        """TensorFlow Playground NumPy PyTorch Keras scikit learn JavaScript CSV TSV PNG JSON Enter Escape Page Down
    XOR ReLU Leaky ELU GELU SiLU Tanh Softplus Softmax Xavier He LeCun RMSProp Adagrad Adam AdamW Optimal
    brain damage Up Shift
    sin cos tanh exp log ln sqrt max min floor abs atan pi rho beta""",
    )
)

TEXTS = """() => {
  const found = [document.title, document.querySelector('meta[name=description]').content];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (element.closest('script, annotation, [hreflang]')) continue;
    if (node.nodeType === Node.TEXT_NODE) found.push(node.textContent.trim());
    else for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'data-formula'])
      found.push(node.getAttribute(name) ?? '');
  }
  return found.filter(Boolean);
}"""

# Finds labels, headings, buttons and menu choices that are cut off or overlap.
CROWDED = """() => {
  const seen = element => element.checkVisibility();
  const cut = [...document.querySelectorAll('button, .button, h1, h2, dt, summary, legend,'
    + ' .field > span, .check, .slider')]
    .filter(element => seen(element) && element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1);
  const chosen = [...document.querySelectorAll('select')].filter(seen).filter(menu => {
    const copy = document.createElement('select');
    copy.append(new Option(menu.selectedOptions[0]?.text ?? ''));
    copy.style.width = 'max-content';
    menu.after(copy);
    const wide = copy.getBoundingClientRect().width;
    copy.remove();
    return wide > menu.getBoundingClientRect().width + 1;
  });
  const boxes = [...document.querySelectorAll('.masthead > *, .field > span, .layer-tools p, .losses dt,'
    + ' .network-head h2, .network-head button, .network-foot > *, .data button, .data .hint, .lesson-nav > *,'
    + ' .lesson-tools > *')]
    .filter(seen).map(element => {
      const range = document.createRange();
      range.selectNodeContents(element);
      const words = element.matches('p, span, dt') ? range.getBoundingClientRect() : element.getBoundingClientRect();
      return { element, box: words };
    }).filter(({ element }) => !element.matches('.masthead p'));
  const over = [];
  boxes.forEach((one, i) => boxes.slice(i + 1).forEach(other => {
    if (one.element.contains(other.element) || other.element.contains(one.element)) return;
    const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
    const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
    if (across > 0.5 && down > 3) over.push([one, other].map(({ element }) => element.textContent.trim()).join(' | '));
  }));
  const named = cut.map(element => 'cut: ' + element.textContent.trim());
  return [...named, ...chosen.map(menu => 'menu: ' + menu.id), ...over];
}"""


def language(playground: Playground) -> str:
    return str(playground.page.evaluate("() => document.documentElement.lang"))


def go(playground: Playground, query: str, fragment: str = "") -> None:
    playground.page.goto("about:blank")
    playground.page.goto(f"{playground.url}/{query}{fragment}")
    loaded(playground)


def loaded(playground: Playground) -> None:
    playground.wait("() => document.querySelector('[data-part=test-loss]').textContent !== '–'")
    playground.settle()


def switch(playground: Playground, name: str) -> None:
    with playground.page.expect_navigation():
        playground.page.get_by_role("link", name=name, exact=True).click()
    loaded(playground)


def unfold(playground: Playground) -> None:
    """Unfold every part of the page."""
    playground.page.evaluate("() => { for (const part of document.querySelectorAll('details')) part.open = true; }")
    playground.click("more-features")


def foreign(playground: Playground) -> list[str]:
    """Return texts that contain a Latin word other than a name."""
    texts = playground.page.evaluate(TEXTS)
    assert len(texts) > 150
    words = {text: set(re.findall(r"[A-Za-z]{2,}", text)) for text in texts}
    return [text for text, latin in words.items() if latin - SAME]


def test_a_russian_browser_gets_the_page_in_russian(pages: Pages, server_url: str) -> None:
    playground = pages.new(server_url, locale="ru-RU").open()
    assert language(playground) == "ru"
    assert playground.page.get_by_role("link", name="Уроки", exact=True).is_visible()
    assert playground.page.get_by_role("button", name="Пуск").is_visible()


def test_the_switch_changes_the_language_both_ways_and_keeps_the_run(playground: Playground) -> None:
    playground.open(CIRCLE)
    playground.click("add-layer")
    playground.choose("activation", "relu")
    link, losses = playground.link, playground.losses
    switch(playground, "Русский")
    assert language(playground) == "ru"
    assert (playground.link, playground.losses) == (link, losses)
    switch(playground, "English")
    assert language(playground) == "en"
    assert (playground.link, playground.losses) == (link, losses)


def test_the_choice_is_remembered(playground: Playground) -> None:
    playground.open()
    switch(playground, "Русский")
    go(playground, "")
    assert language(playground) == "ru"
    switch(playground, "English")
    go(playground, "")
    assert language(playground) == "en"


def test_the_switch_keeps_a_trained_network(playground: Playground) -> None:
    playground.open()
    playground.play()
    playground.wait("() => Number(document.querySelector('[data-part=epoch]').textContent) > 10")
    playground.pause()
    epoch, losses = playground.epoch, playground.losses
    switch(playground, "Русский")
    assert (playground.epoch, playground.losses) == (epoch, losses)
    playground.page.reload()
    loaded(playground)
    assert (playground.epoch, playground.losses) == (epoch, losses)


def test_the_switch_keeps_the_lesson_and_lessons_keep_the_language(playground: Playground) -> None:
    page = playground.page
    go(playground, "?lesson=xor")
    playground.click("add-layer")
    link = playground.link
    switch(playground, "Русский")
    assert page.get_by_role("heading", name=LESSONS["ru"]["xor"].title).is_visible()
    assert playground.link == link
    page.locator("a[rel=next]").click()
    page.get_by_role("heading", name=LESSONS["ru"]["three-lines"].title).wait_for()
    assert "lang=ru" in page.url
    page.get_by_role("link", name="Все уроки").click()
    page.get_by_text("Пройдено: 0 из 15").wait_for()
    page.get_by_role("link", name="Закрыть уроки").click()
    loaded(playground)
    assert language(playground) == "ru"


def test_the_switch_works_by_keyboard_and_names_its_language(playground: Playground) -> None:
    playground.open()
    link = playground.page.get_by_role("link", name="Русский", exact=True)
    assert (link.get_attribute("lang"), link.get_attribute("hreflang")) == ("ru", "ru")
    playground.page.get_by_role("link", name="Lessons", exact=True).focus()
    playground.press("Tab")
    with playground.page.expect_navigation():
        playground.page.keyboard.press("Enter")
    loaded(playground)
    assert language(playground) == "ru"


def test_no_english_is_left_on_the_page(playground: Playground) -> None:
    page = playground.page
    go(playground, "?lang=ru", f"#{EVERYTHING}")
    unfold(playground)
    playground.click("per-layer")
    playground.play_to(30)
    page.locator(".unit").first.hover()
    playground.settle()
    assert foreign(playground) == []
    playground.click("draw")
    assert foreign(playground) == []
    page.click("[data-example=penguins]")
    playground.settle()
    page.locator("[data-part=plot-marks]").hover()
    playground.settle()
    assert foreign(playground) == []


def test_no_english_is_left_in_a_trace(playground: Playground) -> None:
    go(playground, "?lang=ru", "#seed=0.3&networkShape=2&optimizer=adam&regularization=L2&regularizationRate=0.01")
    playground.click("look-inside")
    playground.page.locator("[data-root=trace]").wait_for()
    steps = int(playground.part("trace-step").get_attribute("max") or 0)
    assert steps > 5
    for _ in range(steps):
        assert foreign(playground) == []
        playground.click("next-step")
    assert foreign(playground) == []


def test_no_english_is_left_in_the_lessons(playground: Playground) -> None:
    go(playground, "?lang=ru&lesson=")
    assert foreign(playground) == []
    for name in LESSONS["ru"]:
        go(playground, f"?lang=ru&lesson={name}")
        assert foreign(playground) == []


def test_canvas_texts_are_in_russian(playground: Playground) -> None:
    playground.page.add_init_script(
        """const words = (globalThis.drawn = new Set());
        const { fillText } = CanvasRenderingContext2D.prototype;
        CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
          words.add(text);
          fillText.call(this, text, ...place);
        };"""
    )
    go(playground, "?lang=ru", f"#{CIRCLE}")
    playground.play_to(1500)
    drawn = playground.page.evaluate("() => [...drawn]")
    assert "1\N{NO-BREAK SPACE}000" in drawn
    assert [text for text in drawn if re.search("[A-Za-z]{2}", text)] == []


def test_server_messages_are_in_russian(playground: Playground) -> None:
    go(playground, "?lang=ru", "#noise=-1&seed=0.3&tutorial=x")
    notices = playground.page.locator(".notice p").all_inner_texts()
    assert "Шум: ожидается число от 0 до 80. Ваше значение: «-1»." in notices
    assert "tutorial: не учитывается: здесь это ни на что не влияет. Ваше значение: «x»." in notices


def test_divergence_is_reported_in_russian(playground: Playground) -> None:
    go(playground, "?lang=ru", "#regularization=L2&learningRate=10&regularizationRate=10&seed=0.1")
    assert foreign(playground) == []
    playground.play()
    playground.notice("diverged").wait_for()
    assert "Обучение разошлось" in playground.notice("diverged").inner_text()
    assert foreign(playground) == []


@pytest.mark.parametrize(("tongue", "widths"), [("en", (390, 1440)), ("ru", (390, 768, 1024, 1280, 1440))])
def test_texts_fit_in_every_language(playground: Playground, tongue: str, widths: tuple[int, ...]) -> None:
    for query, fragment in (
        ("", f"#{LARGEST}"),
        ("", "#seed=0.3&problem=regression&networkShape=4,2&showTestData=true"),
        ("&lesson=vanishing-gradients", ""),
        ("&lesson=", ""),
        ("", f"#{EVERYTHING}"),
    ):
        go(playground, f"?lang={tongue}{query}", fragment)
        if EVERYTHING in fragment:
            unfold(playground)
        for width in widths:
            playground.page.set_viewport_size({"width": width, "height": 850})
            playground.settle()
            assert playground.page.evaluate("() => document.documentElement.scrollWidth") <= width
            assert playground.page.evaluate(CROWDED) == [], width
