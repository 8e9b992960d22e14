"""Test that the page names what it shows: datasets, features, weights, measures, formulas."""

from itertools import pairwise

import pytest

from tests.browser.conftest import Pages
from tests.browser.playground import CIRCLE, Playground


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_every_picture_of_a_dataset_has_a_visible_name_of_its_own(
    pages: Pages, server_url: str, width: int, language: str
) -> None:
    playground = pages.new(server_url, viewport={"width": width, "height": 900}, locale=language).open("")
    playground.page.click("[data-part=more-data] summary")
    names = playground.page.locator("[data-dataset]:visible span")
    texts = names.all_inner_texts()
    assert len(set(texts)) == len(texts) > 10
    assert all(texts)
    for box, name in playground.page.locator("[data-dataset]:visible").evaluate_all(
        "buttons => buttons.map(button => [button, button.querySelector('span')].map(each => each.scrollWidth))"
    ):
        assert name <= box


def test_the_table_in_use_is_marked(playground: Playground) -> None:
    playground.open("dataset=circle&seed=0.3")
    playground.page.click("[data-part=own-data] summary")
    chosen = playground.page.locator("[data-example][aria-pressed=true]")
    assert chosen.count() == 0
    for key in ("iris-petals", "iris-sepals", "penguins"):
        playground.page.click(f"[data-example={key}]")
        playground.page.locator(f"[data-example={key}][aria-pressed=true]").wait_for()
        assert chosen.count() == 1
    assert "points" in playground.text("own-count")
    playground.page.reload()
    playground.wait("() => document.querySelector('[data-part=test-loss]').textContent !== '–'")
    playground.page.locator("[data-example=penguins][aria-pressed=true]").wait_for(state="attached")
    assert chosen.count() == 1
    playground.page.click("[data-dataset=xor]")
    playground.settle()
    assert chosen.count() == 0
    assert playground.text("own-count") == ""


def test_datasets_that_were_folded_stay_folded(playground: Playground) -> None:
    playground.open("dataset=moons&seed=0.3")
    more = playground.part("more-data")
    assert more.evaluate("details => details.open")
    more.locator("summary").click()
    playground.choose("learningRate", "0.1")
    playground.slide("noise", 20)
    playground.click("regenerate")
    assert not more.evaluate("details => details.open")
    playground.page.evaluate("() => { location.hash = 'dataset=heart&seed=0.3'; }")
    playground.wait("() => document.querySelector('[data-part=more-data]').open")


def test_measures_are_named_for_the_problem(playground: Playground) -> None:
    playground.open(CIRCLE)
    playground.page.click("details[data-control=see] summary")
    options = playground.page.locator("details[data-control=see]")
    assert "Accuracy and other metrics" in options.inner_text()
    assert "Mark misclassified points" in options.inner_text()
    playground.choose("problem", "regression")
    assert "R² (explained variance)" in options.inner_text()
    assert "Accuracy" not in options.inner_text()
    assert "misclassified" not in options.inner_text()


def test_a_feature_that_is_not_in_use_is_shown_when_it_is_pointed_at(playground: Playground) -> None:
    playground.open(CIRCLE)
    before = playground.pixels("plot")
    playground.feature("xTimesY").hover()
    playground.settle()
    assert playground.text("plot-value").startswith("Feature x1")
    assert playground.pixels("plot") != before
    playground.page.mouse.move(2, 2)
    playground.settle()
    assert playground.pixels("plot") == before
    assert "xTimesY=false" in playground.page.url or "xTimesY" not in playground.link


def test_a_weights_card_names_both_of_its_ends(playground: Playground) -> None:
    playground.open(CIRCLE)
    playground.hover_weight(playground.feature("x"), playground.unit("Layer 1, neuron 1"))
    assert " ".join(playground.page.locator("[data-root=tooltip]").inner_text().split()).startswith(
        "Weight from x1 → Layer 1, neuron 1"
    )
    playground.unit("Layer 2, neuron 2").click()
    editor = playground.page.locator("[data-root=editor]")
    assert " ".join(editor.inner_text().split()).startswith("Bias Layer 2, neuron 2")


def test_formulas_look_as_in_print(playground: Playground) -> None:
    playground.open(CIRCLE)
    playground.page.click("[data-part=more-training] summary")
    for name, value, printed in (
        ("loss", "square", "½ (p − t)²"),
        ("loss", "log", "−t log p − (1 − t) log(1 − p)"),
        ("optimizer", "rmsprop", "v = ρ v + (1 − ρ) g²; w − rate g / (√(v) + 10⁻⁸)"),
        ("activation", "gelu", None),
    ):
        playground.choose(name, value)
        if printed:
            assert playground.part(name).locator("xpath=..").locator(".formula").inner_text() == printed


def test_the_menus_of_layers_stand_apart(playground: Playground) -> None:
    playground.open(CIRCLE + "&networkShape=3,3,3")
    playground.page.click("[data-part=more-training] summary")
    playground.page.check("[data-part=per-layer]")
    playground.settle()
    boxes = playground.page.locator("[data-part=layer-activations] select").evaluate_all(
        "menus => menus.map(menu => menu.getBoundingClientRect()).map(({ top, bottom }) => [top, bottom])"
    )
    assert len(boxes) == 3
    assert all(below[0] - above[1] >= 4 for above, below in pairwise(boxes))
