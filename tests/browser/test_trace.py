"""Test the trace of one example: its steps, formulas and numbers."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator

from engine import Trainer, experiment_from_link, explain
from engine.analysis.example_step import example_step
from tests.browser.conftest import Pages
from tests.browser.playground import Playground

SCREENSHOTS = Path(__file__).parent / "screenshots"
LINK = "seed=0.3&networkShape=3,2"
MAZUR = (
    "dataset=gauss&seed=0.3&networkShape=2&activation=sigmoid&loss=square-each&learningRate=0.5&batchSize=250"
    "&start=0.MzMzMzMzwz-amZmZmZnJPwAAAAAAANA_MzMzMzMz0z9mZmZmZmbWP2ZmZmZmZtY_mpmZmZmZ2T_NzMzMzMzcPwAAAAAAAOA_"
    "mpmZmZmZ4T8zMzMzMzPjPzMzMzMzM-M_AQEBAQICAQEBAQIC&digits=9&example=0.05,0.1,0.01,0.99"
)
# Steps to the n-th step with a title, or to the end, and returns the titles on the way.
WALK = """async ([name, number]) => {
  const [title, on] = ['step-title', 'next-step'].map(name => document.querySelector(`[data-part=${name}]`));
  const titles = [title.innerText];
  while (titles.filter(each => each === name).length < number && !on.disabled) {
    on.click();
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    titles.push(title.innerText);
  }
  return titles;
}"""


def title(playground: Playground) -> str:
    return playground.text("step-title")


def numbers(playground: Playground) -> list[str]:
    """Return the displayed lines that contain numbers."""
    lines = playground.page.locator("[data-part=step-equations] .numbers .katex-html").all_text_contents()
    return [line.replace("\u200b", "").replace("−", "-") for line in lines]


def results(playground: Playground) -> list[str]:
    """Return the results of the lines that contain numbers."""
    return [line.rpartition("=")[2] for line in numbers(playground)]


def go_to(playground: Playground, name: str, number: int = 1) -> None:
    """Step until a title appears for the given time."""
    titles = playground.page.evaluate(WALK, [name, number])
    assert (titles[-1], titles.count(name)) == (name, number)
    playground.settle()


def steps_of(playground: Playground) -> list[str]:
    """Step to the end and return all titles."""
    titles: list[str] = playground.page.evaluate(WALK, ["", 1])
    playground.settle()
    return titles


def plane_place(plot: Locator, x: float, y: float) -> dict[str, float]:
    """Return the place of a point of the plane on the plot's canvas."""
    box = plot.bounding_box()
    assert box is not None
    size = box["width"] - 36
    return {"x": 10 + (x + 6) / 12 * size, "y": 8 + (6 - y) / 12 * size}


def click_plane(playground: Playground, x: float, y: float) -> None:
    plot = playground.part("plot-marks")
    plot.scroll_into_view_if_needed()
    plot.click(position=plane_place(plot, x, y))
    playground.wait("() => !document.querySelector('[data-root=trace]').hidden")
    playground.settle()


def train_set(link: str) -> list[tuple[float, float, float]]:
    """Return the training examples of a link: x1, x2, label."""
    trainer = Trainer(experiment_from_link(link))
    rows = zip(trainer.train_points.tolist(), trainer.train_labels.tolist(), strict=True)
    return [(x, y, label) for (x, y), label in rows]


def test_clicking_an_example_pauses_training_and_traces_it(playground: Playground) -> None:
    playground.open(LINK)
    point = train_set(LINK)[0]
    playground.play()
    playground.page.wait_for_timeout(300)
    click_plane(playground, *point[:2])
    playground.wait("() => !document.querySelector('[data-part=trace-steps]').hidden")
    assert not playground.playing
    x1, x2, label = (float(part) for part in playground.link["example"].split(","))
    assert (x1, x2, label) == pytest.approx(point, abs=1e-6)
    assert title(playground) == "The inputs"
    assert playground.page.locator("[data-part=example-fields] select").input_value() == str(int(point[2]))


def test_any_place_can_be_traced_with_a_chosen_target(playground: Playground) -> None:
    playground.open(LINK)
    click_plane(playground, 5.5, 5.5)
    assert float(playground.link["example"].split(",")[0]) == pytest.approx(5.5, abs=0.06)
    assert playground.link["example"].endswith(",1")
    playground.page.locator("[data-part=example-fields] select").select_option("-1")
    playground.settle()
    assert playground.link["example"].endswith(",-1")
    go_to(playground, "The loss")
    assert numbers(playground)[0] == "t=-1"


def test_a_trace_goes_forward_backward_and_through_the_update(playground: Playground) -> None:
    playground.open("seed=0.3&networkShape=2&example=1,2,1")
    assert steps_of(playground) == [
        "The inputs",
        "Layer 1, neuron 1",
        "Layer 1, neuron 2",
        "Output neuron",
        "The loss",
        "Output neuron: derivative of the loss",
        "Output neuron: delta",
        "Output neuron: weight gradients",
        "Layer 1, neuron 1: delta",
        "Layer 1, neuron 1: weight gradients",
        "Layer 1, neuron 2: delta",
        "Layer 1, neuron 2: weight gradients",
        "Output neuron",
        "Layer 1, neuron 1",
        "Layer 1, neuron 2",
        "The loss after the update",
    ]


def test_its_numbers_agree_with_the_engine(playground: Playground) -> None:
    link = "seed=0.3&networkShape=2&activation=sigmoid&loss=log&optimizer=momentum&digits=9&example=1,2,1"
    playground.open(link)
    trainer = Trainer(experiment_from_link(link))
    explanation = explain(trainer, (1.0, 2.0), 1.0)
    step = example_step(trainer, explanation)
    hidden, output = explanation.layers

    def shown() -> list[float]:
        return [float(result) for result in results(playground)]

    go_to(playground, "Layer 1, neuron 2")
    assert shown() == pytest.approx([hidden.z[1], hidden.a[1]], abs=1e-9)
    go_to(playground, "The loss")
    assert shown()[-1] == pytest.approx(explanation.loss, abs=1e-9)
    go_to(playground, "Output neuron: delta")
    assert float(results(playground)[-1]) == pytest.approx(output.delta[0], abs=1e-9)
    go_to(playground, "Layer 1, neuron 1: weight gradients")
    expected = [*hidden.weight_gradient[0], hidden.bias_gradient[0]]
    assert shown() == pytest.approx(expected, abs=1e-9)
    go_to(playground, "Layer 1, neuron 1")
    assert shown()[1::2] == pytest.approx([step.theta[0], step.theta[1], step.theta[4]], abs=1e-9)
    go_to(playground, "The loss after the update")
    assert float(numbers(playground)[0].rpartition("⟶")[2]) == pytest.approx(step.loss, abs=1e-9)


def test_mazurs_example_shows_his_published_numbers(playground: Playground) -> None:
    playground.open(MAZUR)
    go_to(playground, "Layer 1, neuron 1")
    assert results(playground) == ["0.3775", "0.593269992"]
    go_to(playground, "Layer 1, neuron 2")
    assert results(playground)[1] == "0.596884378"
    go_to(playground, "Output neuron 1")
    assert results(playground) == ["1.105905967", "0.75136507"]
    go_to(playground, "Output neuron 2")
    assert results(playground)[1] == "0.772928465"
    go_to(playground, "The loss")
    assert results(playground)[-1] == "0.298371109"
    go_to(playground, "Output neuron 1: derivative of the loss")
    assert results(playground) == ["0.74136507"]
    go_to(playground, "Output neuron 1: delta")
    assert numbers(playground)[-1] == "=0.74136507⋅0.186815602=0.138498562"
    go_to(playground, "Output neuron 1: weight gradients")
    assert results(playground)[0] == "0.082167041"
    go_to(playground, "Layer 1, neuron 1: delta")
    assert numbers(playground)[-1] == "=0.036350306⋅0.241300709=0.008771355"
    go_to(playground, "Layer 1, neuron 1: weight gradients")
    assert results(playground)[0] == "0.000438568"
    go_to(playground, "Output neuron 1")
    assert results(playground) == ["0.35891648", "0.408666186", "0.6"]
    go_to(playground, "Output neuron 2")
    assert results(playground) == ["0.51130127", "0.561370121", "0.6"]
    go_to(playground, "Layer 1, neuron 1")
    assert results(playground) == ["0.149780716", "0.199561432", "0.35"]
    go_to(playground, "Layer 1, neuron 2")
    assert results(playground) == ["0.249751144", "0.299502287", "0.35"]
    go_to(playground, "The loss after the update")
    assert numbers(playground) == ["0.298371109⟶0.291027774"]


def test_the_chain_rule_of_a_weight_unfolds_into_paths_that_add_up(playground: Playground) -> None:
    playground.open("seed=0.3&networkShape=2,3&digits=6&example=1,2,1")
    go_to(playground, "Layer 1, neuron 2: weight gradients")
    playground.page.locator("[data-part=step-equations] button").first.click()
    playground.wait("() => !document.querySelector('[data-part=chain-rule]').hidden")
    assert playground.text("paths-title") == "The chain rule, path by path: Weight from x1"
    assert playground.text("paths-text").startswith("3 paths lead")
    lines = playground.page.locator("[data-part=paths] .numbers .katex-html").all_text_contents()
    products = [float(line.replace("−", "-").rpartition("=")[2]) for line in lines]
    total = playground.page.locator("[data-part=paths-total] .katex-html").text_content()
    assert sum(products) == pytest.approx(float(total.replace("−", "-").rpartition("=")[2]), abs=3e-6)
    before = playground.pixels("network")
    playground.page.locator("[data-part=paths] li").nth(1).hover()
    playground.settle()
    assert playground.pixels("network") != before
    playground.click("fold-chain-rule")
    playground.wait("() => document.querySelector('[data-part=chain-rule]').hidden")


def test_paths_of_a_deep_network_are_counted(playground: Playground) -> None:
    playground.open("seed=0.3&networkShape=8,8,8&example=1,2,1")
    playground.page.locator("[data-pass=backward]").click()
    playground.unit("Layer 1, neuron 1").click()
    playground.settle()
    assert title(playground) == "Layer 1, neuron 1: delta"
    playground.click("next-step")
    playground.page.locator("[data-part=step-equations] button").first.click()
    playground.wait("() => !document.querySelector('[data-part=paths-rest]').hidden")
    assert playground.text("paths-text").startswith("64 paths lead")
    assert playground.text("paths-rest").startswith("and 52 smaller paths")


def test_the_keyboard_steps_through_a_trace_and_closes_it(playground: Playground) -> None:
    playground.open(f"{LINK}&example=1,2,1")
    playground.press("ArrowRight")
    assert title(playground) == "Layer 1, neuron 1"
    playground.press("ArrowLeft")
    assert title(playground) == "The inputs"
    assert playground.epoch == 0
    playground.press("Escape")
    assert playground.page.locator("[data-root=trace]").is_hidden()
    assert "example" not in playground.link
    playground.press("ArrowRight")
    assert playground.epoch == 1


def test_escape_closes_a_trace_from_a_field_and_during_training(playground: Playground) -> None:
    playground.open(f"{LINK}&example=1,2,1")
    playground.page.locator("[data-part=example-fields] input").first.focus()
    playground.press("Escape")
    assert playground.page.locator("[data-root=trace]").is_hidden()
    playground.click("look-inside")
    playground.play()
    playground.press("Escape")
    assert playground.page.locator("[data-root=trace]").is_hidden()


def test_notes_explain_what_formulas_do_not_show(playground: Playground) -> None:
    playground.open(MAZUR)
    playground.page.locator("[data-pass=update]").click()
    playground.settle()
    notes = playground.page.locator("[data-part=step-equations] .note").all_text_contents()
    assert notes == ["locked: unchanged"]
    playground.open("seed=0.3&networkShape=2&regularization=L1&regularizationRate=10&example=1.3,-2.1,-1")
    playground.page.locator("[data-pass=update]").click()
    playground.settle()
    assert (
        "crossed 0: set to 0 for good"
        in playground.page.locator("[data-part=step-equations] .note").all_text_contents()
    )


def test_a_target_of_another_task_is_dropped(playground: Playground) -> None:
    playground.open("seed=0.3&dataset=clouds&classes=4&loss=log&networkShape=2&example=1,2,3")
    playground.page.locator("[data-dataset=circle]").click()
    playground.settle()
    assert playground.page.locator("[data-root=trace]").is_hidden()


def test_the_button_traces_the_first_example_and_then_the_next(playground: Playground) -> None:
    playground.open(LINK)
    points = train_set(LINK)
    playground.click("look-inside")
    first = [float(part) for part in playground.link["example"].split(",")]
    assert first == pytest.approx(points[0], abs=1e-5)
    playground.click("another-example")
    second = [float(part) for part in playground.link["example"].split(",")]
    assert second == pytest.approx(points[1], abs=1e-5)
    playground.click("look-inside")
    assert playground.page.locator("[data-root=trace]").is_hidden()


def test_a_trace_plays_slowly_and_stops_at_a_touch(playground: Playground) -> None:
    playground.open(f"{LINK}&example=1,2,1")
    playground.click("play-trace")
    playground.wait("() => document.querySelector('[data-part=step-title]').textContent === 'Layer 1, neuron 2'")
    playground.click("previous-step")
    assert playground.part("play-trace").get_attribute("aria-pressed") == "false"


def test_a_trace_waits_during_training_and_then_shows_new_numbers(playground: Playground) -> None:
    playground.open(f"{LINK}&digits=9&example=1,2,1")
    go_to(playground, "The loss")
    before = results(playground)
    playground.play()
    playground.wait("() => !document.querySelector('[data-part=trace-waits]').hidden")
    playground.pause()
    playground.wait("() => !document.querySelector('[data-part=trace-steps]').hidden")
    assert title(playground) == "The loss"
    assert results(playground) != before


def test_an_edited_weight_appears_in_the_numbers_at_once(playground: Playground) -> None:
    playground.open(f"{LINK}&digits=9&example=1,2,1")
    go_to(playground, "Layer 1, neuron 1")
    playground.hover_weight(playground.feature("x"), playground.unit("Layer 1, neuron 1"))
    x, y = playground.hover_weight(playground.feature("x"), playground.unit("Layer 1, neuron 1"))
    playground.page.mouse.click(x, y)
    playground.page.keyboard.type("3")
    playground.page.keyboard.press("Enter")
    playground.settle()
    assert numbers(playground)[0].startswith("=3⋅1")


def test_softmax_and_every_loss_have_formulas(playground: Playground) -> None:
    for link in (
        "dataset=clouds&classes=3&loss=cross-entropy&example=1,2,2",
        "dataset=clouds&classes=3&loss=log&example=1,2,2",
        "problem=regression&loss=huber&example=1,2,0.3",
        "loss=square-each&example=1,2,1&optimizer=adamw&regularization=elastic&regularizationRate=0.1",
    ):
        playground.open(f"seed=0.3&networkShape=2&{link}")
        playground.wait("() => !document.querySelector('[data-part=trace-steps]').hidden")
        titles = steps_of(playground)
        assert ("All outputs together" in titles) == ("cross-entropy" in link)
        assert playground.page.locator("[data-part=trace-steps] .katex-error").count() == 0


@pytest.mark.parametrize(
    "activation",
    ["relu", "tanh", "sigmoid", "linear", "leaky_relu", "elu", "gelu", "silu", "sine", "softplus"],
)
def test_every_activation_has_formulas(playground: Playground, activation: str) -> None:
    playground.open(f"seed=0.3&networkShape=1&activation={activation}&example=1,2,1")
    for name in ("Layer 1, neuron 1", "Layer 1, neuron 1: delta"):
        go_to(playground, name)
        playground.wait("() => document.querySelectorAll('[data-part=step-equations] .katex').length >= 3")
        assert playground.page.locator("[data-part=trace-steps] .katex-error").count() == 0


# Returns the texts of a trace that stick out of its panel, and how many formulas are set in it.
FORMULAS = """() => {
  const panel = document.querySelector('[data-root=trace]');
  const { left, right } = panel.getBoundingClientRect();
  const parts = [...panel.querySelectorAll('button, input, select, h2, h3, p, .equations > *')]
    .filter(part => part.checkVisibility());
  const out = parts.filter(part => {
    const box = part.getBoundingClientRect();
    return box.left < left - 0.5 || box.right > right + 0.5;
  });
  return [out.map(part => part.outerHTML.slice(0, 80)), panel.querySelectorAll('.equations .katex').length];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_trace_can_be_seen_in_both_themes(pages: Pages, server_url: str, scheme: str) -> None:
    playground = pages.new(server_url, color_scheme=scheme)
    playground.open(MAZUR)
    go_to(playground, "Layer 1, neuron 1: delta")
    playground.page.screenshot(path=SCREENSHOTS / f"trace-{scheme}.png")
    assert playground.page.evaluate("() => document.documentElement.scrollWidth") <= 1440
    out, formulas = playground.page.evaluate(FORMULAS)
    assert out == []
    assert formulas == 3, "the rule in symbols, with numbers, and its result"
    ground, ink = playground.part("step-title").evaluate(
        "title => [document.body, title].map((each, i) => getComputedStyle(each)[i ? 'color' : 'backgroundColor'])"
    )
    lightness = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in (ground, ink)]
    assert (lightness[0] > lightness[1]) == (scheme == "light")


def test_on_a_phone_nothing_is_cut_off(pages: Pages, server_url: str) -> None:
    playground = pages.new(server_url, viewport={"width": 390, "height": 844})
    playground.open(MAZUR)
    go_to(playground, "Layer 1, neuron 1: delta")
    playground.page.locator("[data-root=trace]").screenshot(path=SCREENSHOTS / "trace-phone.png")
    assert playground.page.evaluate("() => document.documentElement.scrollWidth") <= 390
    out, formulas = playground.page.evaluate(FORMULAS)
    assert out == []
    assert formulas == 3
