"""Test the gradient check, the equation of linear layers, and the lines of first-layer neurons."""

import re
from typing import Any

from engine import Trainer, experiment_from_link, read_link
from engine.analysis.collapsed_affine import collapsed_affine
from tests.browser.conftest import Pages
from tests.browser.playground import Playground

LINEAR = "activation=linear&networkShape=3,2&seed=0.3&dataset=gauss&learningRate=0.003"


def number(text: str) -> float:
    return float(text.replace("−", "-").replace(" ", ""))


def checked(playground: Playground) -> list[list[str]]:
    """Run the gradient check and return the table's rows of numbers."""
    if not playground.part("check-now").is_visible():
        playground.page.click("[data-root=check] summary")
    playground.part("check-now").click()
    playground.page.locator("[data-part=check-table] table").wait_for()
    playground.settle()
    rows: list[list[str]] = playground.page.evaluate(
        "() => [...document.querySelectorAll('[data-part=check-table] tbody tr:not(.neuron)')]"
        ".map(row => [...row.children].map(cell => cell.textContent))"
    )
    return rows


def equation(playground: Playground) -> list[float]:
    """Return the equation's numbers: weights, then bias."""
    terms = playground.page.locator("[data-part=equation-lines] .term").all()
    return [
        number(term.locator(".sign").inner_text().replace("+", "") + term.locator(".value").inner_text())
        for term in terms
    ]


def named_lines(playground: Playground) -> str:
    """Return the variable part of the plot's text alternative."""
    return (playground.part("plot-marks").get_attribute("aria-label") or "").partition("dots")[2]


# --- the gradient check


def test_a_button_compares_the_gradient_with_finite_differences(playground: Playground) -> None:
    playground.open("seed=0.3&networkShape=3,2&dataset=xor")
    playground.play_to(20)
    rows = checked(playground)
    assert len(rows) == 2 * 3 + 3 + 3 * 2 + 2 + 2 + 1
    for _name, gradient, quotient, _difference in rows:
        if "10" not in gradient:
            assert abs(number(gradient) - number(quotient)) <= 2e-8
    verdict = playground.text("check-verdict")
    found = re.search(
        r"Epoch 20, batch of 10: the gradients agree to (\d+) digits across 20 weights and biases", verdict
    )
    assert found
    assert int(found[1]) >= 5
    worst = playground.page.locator("[data-part=check-table] .worst")
    assert worst.count() == 1
    assert worst.locator("th").inner_text().lower() in verdict


def test_checking_during_training_stops_nothing(playground: Playground) -> None:
    playground.open("seed=0.3&networkShape=4,2")
    playground.play()
    playground.wait("() => Number(document.querySelector('[data-part=epoch]').textContent) > 5")
    checked(playground)
    assert playground.playing
    first = playground.text("check-verdict")
    playground.wait(
        "epoch => Number(document.querySelector('[data-part=epoch]').textContent) > epoch + 5", playground.epoch
    )
    assert playground.text("check-verdict") == first  # the result belongs to its epoch
    checked(playground)
    assert playground.text("check-verdict") != first


def test_restarting_removes_the_result(playground: Playground) -> None:
    playground.open("seed=0.3")
    checked(playground)
    playground.click("new-weights")
    assert playground.part("check-table").is_hidden()
    assert playground.text("check-verdict") == ""


def test_weights_at_the_kink_of_a_relu_are_skipped(playground: Playground) -> None:
    playground.open("seed=0.3&activation=relu&networkShape=2&initZero=true")
    rows = checked(playground)
    assert [row[3] for row in rows].count("kink") > 0
    assert "Skipped at a ReLU kink" in playground.text("check-verdict")


def test_an_old_check_says_that_the_network_has_changed(playground: Playground) -> None:
    playground.open("seed=0.3&networkShape=3,2")
    checked(playground)
    assert playground.part("check-outdated").is_hidden()
    playground.click("step")
    assert "has changed" in playground.text("check-outdated")
    checked(playground)
    playground.wait("() => document.querySelector('[data-part=check-outdated]').hidden")
    playground.unit("Output neuron").focus()
    playground.press("Enter")
    playground.press("ArrowUp")
    playground.press("Escape")
    assert playground.part("check-outdated").is_visible(), "an edited weight changes the gradients of the same epoch"
    playground.click("check-now")
    playground.wait("() => document.querySelector('[data-part=check-outdated]').hidden")


def test_a_network_too_large_to_check_gets_a_notice(playground: Playground) -> None:
    playground.open("seed=0.3&networkShape=32,32,32,32&batchSize=400&percTrainData=90")
    playground.page.click("[data-root=check] summary")
    playground.part("check-now").click()
    notice = playground.page.locator(".notice", has_text="Gradient check")
    notice.wait_for()
    assert "3,297 parameters, 400 points" in notice.inner_text()


def test_on_a_phone_the_table_fits(pages: Pages, server_url: str) -> None:
    playground = pages.new(server_url, viewport={"width": 390, "height": 844})
    playground.open("seed=0.3")
    checked(playground)
    for box in ("document.documentElement", "document.querySelector('[data-part=check-table]')"):
        widths: Any = playground.page.evaluate(f"() => [{box}.scrollWidth, {box}.clientWidth]")
        assert widths[0] == widths[1], box


# --- the equation


def engine_equation(playground: Playground, epochs: int) -> list[float]:
    trainer = Trainer(experiment_from_link(playground.page.url.partition("#")[2]))
    trainer.run(epochs - trainer.epoch)
    form = collapsed_affine(trainer.experiment, trainer.theta)
    assert form is not None
    return [round(value, 3) + 0.0 for value in (*form.weights[0], form.biases[0])]


def test_a_linear_network_shows_its_equation_during_training(playground: Playground) -> None:
    playground.open(LINEAR)
    assert playground.page.locator("[data-root=equation]").is_visible()
    assert playground.text("equation-words") == "All hidden layers are linear, so the whole network is one equation:"
    before = equation(playground)
    assert before == engine_equation(playground, 0)
    playground.play_to(60)
    assert equation(playground) != before
    assert equation(playground) == engine_equation(playground, 60)
    assert "output = tanh(z)" in playground.page.locator("[data-root=equation]").inner_text()


def test_the_equation_has_proper_signs_and_input_names(playground: Playground) -> None:
    playground.open("networkShape=&seed=0.3&xSquared=true&formulas=x1-x2")
    assert "is a single neuron" in playground.text("equation-words")
    words = " ".join(playground.text("equation-lines").split())
    number = r"\d+\.\d{3}"
    assert re.fullmatch(
        rf"z = −?{number} X1 [+−] {number} X2 [+−] {number} X12 [+−] {number} \(x₁−x₂\) [+−] {number}", words
    )


def test_every_class_has_its_equation(playground: Playground) -> None:
    playground.open("dataset=rings&classes=3&loss=cross-entropy&networkShape=&seed=0.3")
    lines = playground.text("equation-lines").splitlines()
    assert [line[:4] for line in lines if line] == ["z₁ =", "z₂ =", "z₃ ="]
    assert "per class" in playground.text("equation-words")


def test_a_nonlinear_activation_removes_the_equation(playground: Playground) -> None:
    playground.open(LINEAR)
    playground.choose("activation", "tanh")
    assert playground.page.locator("[data-root=equation]").is_hidden()
    playground.choose("activation", "linear")
    assert playground.page.locator("[data-root=equation]").is_visible()


# --- the lines


def ink_at(playground: Playground, x: float, y: float) -> bool:
    """Whether there is ink within two pixels of a point of the plane."""
    ink: bool = playground.page.evaluate(
        """([x, y]) => {
          const source = document.querySelector('[data-part=plot]');
          const copy = new OffscreenCanvas(source.width, source.height).getContext('2d');
          copy.drawImage(source, 0, 0);
          const width = source.getBoundingClientRect().width;
          const [size, ratio] = [width - 36, source.width / width];
          const [left, top] = [10 + (x + 6) / 12 * size, 8 + (6 - y) / 12 * size].map(at => Math.round(at * ratio));
          const { data } = copy.getImageData(left - 2, top - 2, 5, 5);
          for (let i = 0; i < data.length; i += 4) if (data[i] + data[i + 1] + data[i + 2] < 150) return true;
          return false;
        }""",
        [x, y],
    )
    return ink


def test_first_layer_lines_lie_where_the_sums_are_zero(playground: Playground) -> None:
    playground.open("seed=0.3&networkShape=3&dataset=circle")
    playground.play_to(60)
    trainer = Trainer(read_link(playground.page.url.partition("#")[2]).experiment)
    trainer.run(60)
    before = playground.pixels("plot")
    playground.page.click("details[data-control=see] summary")
    playground.page.check("#neuronLines")
    playground.settle()
    assert playground.link["neuronLines"] == "true"
    assert named_lines(playground) == ". Lines of first-layer neurons: 1, 2, 3"
    for (w1, w2), b in zip(trainer.weights[0], trainer.biases[0], strict=True):
        scale = (w1**2 + w2**2) ** 0.5
        nearest = (-b * w1 / scale**2, -b * w2 / scale**2)  # the line's point closest to the centre
        for step in (-1.5, 1.5):
            assert ink_at(playground, nearest[0] + step * w2 / scale, nearest[1] - step * w1 / scale)
    playground.page.uncheck("#neuronLines")
    playground.settle()
    assert playground.pixels("plot") == before
    assert named_lines(playground) == ""


def test_lines_bend_with_nonlinear_features(playground: Playground) -> None:
    playground.open("x=false&y=true&xSquared=true&networkShape=1&seed=0.3&neuronLines=true")
    trainer = Trainer(read_link(playground.page.url.partition("#")[2]).experiment)
    names = list(trainer.experiment.inputs)
    (weights,), (bias,) = trainer.weights[0], trainer.biases[0]
    by = dict(zip(names, weights, strict=True))
    on_plane = 0
    for x in (-2.0, 0.0, 1.0, 2.5):
        y = -(by["xSquared"] * x * x + bias) / by["y"]
        if abs(y) < 5.5:
            on_plane += 1
            assert ink_at(playground, x, y)
    assert on_plane >= 2


def test_hovering_a_neuron_makes_its_line_bold(playground: Playground) -> None:
    playground.open("seed=0.3&networkShape=3&neuronLines=true")
    calm = playground.pixels("plot")
    playground.unit("Layer 1, neuron 2").hover()
    playground.settle()
    lit = playground.pixels("plot")
    playground.unit("Layer 1, neuron 3").hover()
    playground.settle()
    assert len({calm, lit, playground.pixels("plot")}) == 3


def test_without_hidden_layers_the_line_is_the_output_neurons(playground: Playground) -> None:
    playground.open("seed=0.3&networkShape=&neuronLines=true&dataset=gauss")
    assert named_lines(playground) == ". The line of the output neuron"
    playground.open("seed=0.3&networkShape=1&neuronLines=true&initZero=true")
    assert named_lines(playground) == ". No neuron’s line crosses the plane"
