"""Test every control: its effect on the run, the picture and the address."""

import re

import pytest

from tests.browser.playground import CIRCLE, Playground

RESTARTING_MENUS = [("activation", "relu"), ("regularization", "L1"), ("regularizationRate", "0.01")]


def trained(playground: Playground, fragment: str = CIRCLE) -> Playground:
    """Return the page after 20 epochs of training."""
    playground.open(fragment)
    playground.play_to(20)
    return playground


# The top bar


def test_changing_the_learning_rate_continues_the_run(playground: Playground) -> None:
    trained(playground).choose("learningRate", "0.1")
    assert playground.epoch == 20
    assert playground.link["learningRate"] == "0.1"
    playground.click("step")
    assert playground.epoch == 21


def test_changing_activation_or_penalty_restarts_the_run(playground: Playground) -> None:
    playground.open()
    for menu, value in RESTARTING_MENUS:
        playground.play_to(20)
        playground.choose(menu, value)
        assert playground.epoch == 0, menu
        assert playground.link[menu] == value


def test_keeping_the_weights_continues_the_run(playground: Playground) -> None:
    trained(playground).page.check("[data-part=keep]")
    for menu, value in RESTARTING_MENUS:
        losses = playground.losses
        playground.choose(menu, value)
        assert playground.epoch == 20, menu
        assert playground.link[menu] == value
        assert (playground.losses == losses) == (menu != "activation")


def test_keeping_the_weights_keeps_old_neurons_when_one_is_added(playground: Playground) -> None:
    trained(playground).page.check("[data-part=keep]")
    before = playground.pixels("network")
    playground.page.get_by_role("button", name="Add a neuron to layer 1").click()
    playground.settle()
    assert playground.epoch == 20
    assert playground.link["networkShape"] == "5,2"
    assert playground.pixels("network") != before


def test_the_problem_type_changes_the_datasets_and_the_output(playground: Playground) -> None:
    playground.open()
    assert playground.page.locator("[data-dataset]:visible").count() == 4
    playground.choose("problem", "regression")
    assert playground.page.locator("[data-dataset]:visible").count() == 2
    assert (playground.link["problem"], playground.link["regDataset"]) == ("regression", "reg-plane")
    playground.play_to(30)
    assert playground.losses[1] < 0.01
    playground.choose("problem", "classification")
    assert playground.link["dataset"] == "circle"


# Data


def test_clicking_its_picture_chooses_a_dataset(playground: Playground) -> None:
    playground.open()
    for dataset in ("xor", "gauss", "spiral"):
        playground.play_to(20)
        before = playground.pixels("plot-marks")
        picture = playground.page.locator(f"[data-dataset={dataset}]")
        picture.click()
        playground.settle()
        assert picture.get_attribute("aria-pressed") == "true"
        assert playground.epoch == 0
        assert playground.link["dataset"] == dataset
        assert playground.pixels("plot-marks") != before


def test_datasets_have_pictures(playground: Playground) -> None:
    playground.open()
    drawn = playground.page.evaluate(
        "() => [...document.querySelectorAll('[data-dataset]')].filter(button => button.checkVisibility())"
        ".map(button => button.querySelector('use').getAttribute('href'))"
    )
    assert [address.partition("#")[2] for address in drawn] == ["circle", "xor", "gauss", "spiral"]
    pictures = [hash(picture.screenshot()) for picture in playground.page.locator(".dataset:visible svg").all()]
    assert len(set(pictures)) == 4


def test_unfolded_datasets_have_pictures_too(playground: Playground) -> None:
    playground.open()
    playground.page.locator("[data-part=more-data] > summary").click()
    playground.wait(
        "() => [...document.querySelectorAll('[data-part=more-data] [data-dataset]')]"
        "  .filter(button => button.checkVisibility())"
        ".every(button => button.querySelector('use').getBoundingClientRect().width > 50)"
    )


def test_sliders_show_their_value_and_restart_the_run(playground: Playground) -> None:
    playground.open()
    for slider, value in (("percTrainData", 30), ("noise", 25), ("batchSize", 7)):
        playground.play_to(20)
        before = playground.pixels("plot-marks")
        playground.slide(slider, value)
        assert playground.text(f"{slider}-value").removesuffix("%") == playground.link[slider] == str(value)
        assert playground.epoch == 0, slider
        assert (playground.pixels("plot-marks") != before) == (slider != "batchSize")


def test_a_dragged_slider_never_jumps_back_and_adds_one_history_entry(playground: Playground) -> None:
    playground.open()
    playground.settle()
    entries = playground.page.evaluate("() => history.length")
    seen = playground.page.evaluate(
        """async () => {
          const slider = document.getElementById('noise');
          const seen = [];
          for (let value = 5; value <= 50; value += 5) {
            slider.value = value;
            slider.dispatchEvent(new Event('input', { bubbles: true }));
            for (let i = 0; i < 4; i++) {
              await new Promise(done => setTimeout(done, 12));
              seen.push(Number(slider.value));
            }
          }
          slider.dispatchEvent(new Event('change', { bubbles: true }));
          return seen;
        }"""
    )
    playground.settle()
    assert seen == sorted(seen)
    assert seen[-1] == 50
    assert playground.link["noise"] == "50"
    assert playground.page.evaluate("() => history.length") - entries <= 1
    playground.page.go_back()
    playground.settle()
    assert playground.text("noise-value") == "0"


def test_the_shape_can_change_after_an_edit(playground: Playground) -> None:
    trained(playground).choose("learningRate", "0.1")  # now the link starts in the middle of the run
    playground.click("add-layer")
    assert playground.link["networkShape"] == "4,2,2"
    assert playground.epoch == 0
    playground.unit("Output neuron").focus()
    playground.press("Enter")
    playground.press("ArrowUp")
    playground.press("Escape")
    playground.feature("xSquared").click()
    playground.settle()
    assert playground.link["xSquared"] == "true"
    assert playground.page.locator(".notice").count() == 0


def test_keeping_the_weights_works_repeatedly(playground: Playground) -> None:
    trained(playground).page.check("[data-part=keep]")
    playground.choose("activation", "relu")
    playground.click("add-layer")
    playground.page.get_by_role("button", name="Add a neuron to layer 1").click()
    playground.settle()
    playground.feature("sinX").click()
    playground.settle()
    assert (playground.link["networkShape"], playground.link["sinX"]) == ("5,2,2", "true")
    assert playground.epoch == 20
    assert playground.page.locator(".notice").count() == 0


def test_going_back_from_a_view_change_leaves_training_alone(playground: Playground) -> None:
    playground.open()
    playground.choose("activation", "relu")
    playground.click("step")
    entries = playground.page.evaluate("() => history.length")
    playground.page.check("#showTestData")
    playground.settle()
    assert playground.page.evaluate("() => history.length") == entries
    assert playground.epoch == 1


def test_data_can_be_regenerated_during_training(playground: Playground) -> None:
    trained(playground)
    seed, before = playground.link["seed"], playground.pixels("plot-marks")
    playground.click("regenerate")
    assert playground.epoch == 20
    assert playground.link["seed"] != seed
    assert playground.pixels("plot-marks") != before


# Features and network


def test_clicking_its_picture_toggles_a_feature(playground: Playground) -> None:
    playground.open()
    for feature in ("xSquared", "ySquared", "xTimesY", "sinX", "sinY"):
        button = playground.feature(feature)
        before = playground.pixels("network")
        button.click()
        playground.settle()
        assert button.get_attribute("aria-pressed") == "true"
        assert playground.link[feature] == "true"
        assert playground.pixels("network") != before
        button.click()
        playground.settle()
        assert playground.link[feature] == "false"


def test_the_last_feature_cannot_be_removed_and_says_why(playground: Playground) -> None:
    playground.open("x=true&y=false")
    last = playground.feature("x")
    assert last.get_attribute("aria-disabled") == "true"
    assert last.get_attribute("title") == "The network needs at least one feature"
    last.dispatch_event("click")
    playground.settle()
    assert playground.link["x"] == "true"


def test_layers_are_added_and_removed_within_limits(playground: Playground) -> None:
    playground.open(CIRCLE.replace("networkShape=4,2", "networkShape="))
    add, remove = playground.part("add-layer"), playground.part("remove-layer")
    assert remove.is_disabled()
    assert remove.get_attribute("title") == "No hidden layers left"
    for count in range(1, 7):
        playground.click("add-layer")
        assert playground.link["networkShape"] == ",".join(["2"] * count)
    assert add.is_disabled()
    assert add.get_attribute("title") == "Up to 6 hidden layers"
    playground.click("remove-layer")
    assert playground.text("layer-count").lower() == "5 hidden layers"


def test_neurons_are_added_and_removed_within_limits(playground: Playground) -> None:
    playground.open(CIRCLE.replace("networkShape=4,2", "networkShape=7,2"))
    plus = playground.page.get_by_role("button", name="Add a neuron to layer 1")
    minus = playground.page.get_by_role("button", name="Remove a neuron from layer 2")
    plus.click()
    minus.click()
    playground.settle()
    assert playground.link["networkShape"] == "8,1"
    assert plus.is_disabled()
    assert plus.get_attribute("title") == "Up to 8 neurons"
    assert minus.is_disabled()
    assert minus.get_attribute("title") == "A layer needs at least one neuron"


def test_a_hovered_neuron_fills_the_large_plot(playground: Playground) -> None:
    playground.open()
    output = playground.pixels("plot")
    playground.unit("Layer 1, neuron 2").hover()
    playground.wait(
        "() => document.querySelector('[data-part=plot-value]').textContent.startsWith('Layer 1, neuron 2')"
    )
    assert playground.text("plot-value") == "Layer 1, neuron 2, scale ±1"
    assert playground.pixels("plot") != output
    playground.page.mouse.move(5, 5)
    playground.wait("() => document.querySelector('[data-part=plot-value]').textContent === 'The network’s output'")
    assert playground.pixels("plot") == output


def test_a_focused_neuron_fills_the_large_plot(playground: Playground) -> None:
    playground.open()
    playground.unit("Layer 2, neuron 1").focus()
    playground.wait(
        "() => document.querySelector('[data-part=plot-value]').textContent.startsWith('Layer 2, neuron 1')"
    )


def test_an_unbounded_picture_names_its_scale(playground: Playground) -> None:
    playground.open("x=true&y=true&xSquared=true&seed=0.2")
    playground.feature("xSquared").hover()
    playground.wait("() => document.querySelector('[data-part=plot-value]').textContent.includes('±36')")
    assert playground.text("scale-high") == "36"


def test_a_weight_shows_its_value_and_can_be_edited(playground: Playground) -> None:
    playground.open()
    losses = playground.losses
    source, target = playground.feature("x"), playground.unit("Layer 1, neuron 1")
    place = playground.hover_weight(source, target)
    tooltip, editor = playground.page.locator("[data-root=tooltip]"), playground.page.locator("[data-root=editor]")
    assert tooltip.is_visible()
    assert "Weight from x1" in tooltip.inner_text()
    shown, value = playground.part("tooltip-value"), playground.part("editor-value")
    assert float(shown.input_value()) == pytest.approx(0.01396, abs=1e-5)  # as recorded from TFP for this link
    playground.page.mouse.click(*place)
    assert tooltip.is_hidden()
    value.fill("2.5")
    value.press("Enter")
    playground.settle()
    assert editor.is_hidden()
    assert playground.losses != losses
    playground.hover_weight(source, target)
    assert shown.input_value() == "2.5"
    # The link holds the edit, so others see the same.
    losses = playground.losses
    playground.page.reload()
    playground.wait("() => document.querySelector('[data-part=test-loss]').textContent !== '–'")
    assert playground.losses == losses
    playground.click("step")
    assert playground.epoch == 1


def test_the_tooltip_follows_the_weight_during_training(playground: Playground) -> None:
    playground.open()
    playground.play()
    playground.hover_weight(playground.feature("x"), playground.unit("Layer 1, neuron 1"))
    seen = {playground.part("tooltip-value").input_value()}
    for _ in range(3):
        playground.page.wait_for_timeout(150)
        seen.add(playground.part("tooltip-value").input_value())
    assert len(seen) > 2
    playground.pause()


def test_the_output_bias_and_then_every_weight_can_be_edited_by_keyboard(playground: Playground) -> None:
    playground.open()
    playground.unit("Output neuron").focus()
    playground.press("Enter")
    name, value = playground.part("editor-name"), playground.part("editor-value")
    assert name.inner_text() == "Bias"
    assert value.input_value() == "0.1"
    losses = playground.losses
    playground.press("ArrowUp")
    assert value.input_value() == "0.2"
    assert playground.losses != losses
    names = []
    for _ in range(3):
        playground.press("PageDown")
        names.append(name.inner_text())
    assert names == ["Weight from neuron 1", "Weight from neuron 2", "Bias"]
    playground.press("Escape")
    assert playground.page.locator("[data-root=editor]").is_hidden()
    focused = playground.page.evaluate("() => document.activeElement.getAttribute('aria-label')")
    assert focused == "Output neuron"


def test_an_invalid_weight_is_refused(playground: Playground) -> None:
    playground.open()
    playground.unit("Output neuron").focus()
    playground.press("Enter")
    losses = playground.losses
    playground.part("editor-value").fill("1e9")
    playground.press("Enter")
    assert playground.losses == losses


def test_training_continues_from_an_edited_weight(playground: Playground) -> None:
    trained(playground)
    playground.unit("Layer 1, neuron 1").focus()
    playground.press("Enter")
    playground.part("editor-value").fill("3")
    playground.press("Enter")
    assert playground.epoch == 20
    playground.click("step")
    assert playground.epoch == 21


# Output


def test_test_points_show_on_request(playground: Playground) -> None:
    playground.open()
    before = playground.pixels("plot-marks")
    playground.page.check("#showTestData")
    playground.settle()
    assert playground.pixels("plot-marks") != before
    assert playground.link["showTestData"] == "true"
    playground.page.uncheck("#showTestData")
    playground.settle()
    assert playground.pixels("plot-marks") == before


def test_discretized_output_has_two_colours_and_keeps_the_run(playground: Playground) -> None:
    trained(playground)
    assert playground.colours("plot") > 100
    assert playground.plainness("plot") < 0.5
    losses = playground.losses
    playground.page.check("#discretize")
    playground.settle()
    assert playground.plainness("plot") > 0.9  # smoothing mixes the two at the boundary
    assert playground.colours("scale") == 2
    assert (playground.epoch, playground.losses) == (20, losses)


def test_the_plot_shows_the_value_under_the_pointer(playground: Playground) -> None:
    playground.open()
    playground.play_to(150)
    plot = playground.part("plot-marks")
    box = plot.bounding_box()
    assert box is not None
    plot.hover(position={"x": 10 + (box["width"] - 36) / 2, "y": 8 + (box["width"] - 36) / 2})
    playground.settle()
    found = re.fullmatch(r"x₁ (−?[\d.]+), x₂ (−?[\d.]+): output (−?[\d.]+)", playground.text("plot-value"))
    assert found
    assert abs(float(found[1].replace("−", "-"))) < 0.1
    assert float(found[3]) > 0.8


def test_the_theme_can_be_chosen_and_is_remembered(playground: Playground) -> None:
    playground.open()
    light = playground.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    playground.click("theme")
    dark = playground.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert light != dark
    playground.page.reload()
    assert playground.page.evaluate("() => getComputedStyle(document.body).backgroundColor") == dark


# Visible controls


def test_a_teacher_hides_controls_and_the_link_remembers(playground: Playground) -> None:
    playground.open()
    playground.page.click("details.hideable summary")
    boxes = playground.page.locator("[data-hideable]")
    names = [boxes.nth(i).get_attribute("data-hideable") or "" for i in range(boxes.count())]
    assert len(names) >= 15
    for name in names:
        control = playground.page.locator(f"[data-control={name}]").first
        assert control.is_visible(), name
        playground.page.uncheck(f"[data-hideable={name}]")
        playground.settle()
        assert control.is_hidden(), name
        assert playground.link[f"{name}_hide"] == "true"
    playground.page.reload()
    playground.wait("() => document.querySelector('[data-part=test-loss]').textContent !== '–'")
    assert playground.page.locator("[data-control]:visible").count() == 0
    assert playground.part("test-loss").is_visible()


def test_the_text_can_be_hidden(playground: Playground) -> None:
    playground.open()
    text = playground.page.get_by_role("heading", name="What is a neural network?")
    assert text.is_visible()
    playground.page.click("details.hideable summary")
    playground.page.uncheck("#hideText")
    playground.settle()
    assert text.is_hidden()
    assert playground.link["hideText"] == "true"
