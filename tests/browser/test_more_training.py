"""Test advanced settings: losses, classes, optimizers, schedules, locks, pruning, formulas."""

import pytest

from tests.browser.playground import CIRCLE, Playground


def panel(playground: Playground, fragment: str = CIRCLE) -> Playground:
    """Open the page with the panel unfolded."""
    playground.open(fragment)
    playground.page.click("[data-part=more-training] summary")
    return playground


def test_the_first_screen_stays_calm(playground: Playground) -> None:
    playground.open()
    assert playground.page.locator("[data-part=more-training] .groups").is_hidden()
    assert playground.page.locator("[data-dataset]:visible").count() == 4
    assert playground.page.locator("[data-feature]:visible").count() == 7


def test_logistic_regression_is_one_click(playground: Playground) -> None:
    panel(playground, "dataset=gauss&seed=0.3")
    playground.click("logistic")
    assert (playground.link["networkShape"], playground.link["loss"]) == ("", "log")
    assert playground.text("output-activation").lower() == "sigmoid"
    playground.play_to(100)
    assert playground.losses[1] < 0.1
    assert (playground.text("scale-low"), playground.text("scale-high")) == ("0", "1")


@pytest.mark.parametrize("dataset", ["clouds", "rings", "pinwheel", "arms"])
def test_each_class_has_a_colour_and_an_output(playground: Playground, dataset: str) -> None:
    playground.open("seed=0.3&networkShape=8,6")
    playground.page.click("[data-part=more-data] summary")
    playground.page.click(f"[data-dataset={dataset}]")
    playground.settle()
    playground.slide("classes", 4)
    assert (playground.link["dataset"], playground.link["classes"]) == (dataset, "4")
    assert playground.link["loss"] == "cross-entropy"
    assert playground.page.locator("[data-part=class-legend] li").count() == 4
    assert playground.page.get_by_role("button", name="Output neuron").count() == 4
    before = playground.losses[1]
    playground.play_to(200)
    assert playground.losses[1] < before * 0.9
    assert playground.text("plot-value") == "The network’s decision"
    playground.page.get_by_role("button", name="Output neuron").first.hover()
    playground.settle()
    assert playground.part("scale-bar").is_visible()
    playground.page.locator("[data-dataset=circle]").click()
    playground.settle()
    assert playground.page.get_by_role("button", name="Output neuron").count() == 1
    assert "loss" not in playground.link


def test_three_classes_say_which_loss_they_bring(playground: Playground) -> None:
    playground.open()
    hint = playground.page.get_by_text("Loss: cross-entropy")
    assert hint.is_hidden()
    playground.page.click("[data-part=more-data] summary")
    playground.page.click("[data-dataset=clouds]")
    playground.settle()
    assert hint.is_visible()
    playground.page.click("[data-dataset=circle]")
    playground.settle()
    assert hint.is_hidden()


@pytest.mark.parametrize("dataset", ["moons", "blobs", "checkerboard", "heart", "above"])
def test_more_datasets_can_be_learned(playground: Playground, dataset: str) -> None:
    playground.open(f"dataset={dataset}&seed=0.3&networkShape=6,4&learningRate=0.1")
    assert playground.page.locator(f"[data-dataset={dataset}]").is_visible()
    before = playground.losses[0]
    playground.play_to(150)
    assert playground.losses[0] < before


def test_the_curve_between_two_classes_can_be_typed(playground: Playground) -> None:
    playground.open("dataset=above&seed=0.3&networkShape=")
    before = playground.pixels("plot-marks")
    playground.page.fill("#curve", "x1 / 2 + 1")
    playground.press("Enter")
    assert playground.pixels("plot-marks") != before
    assert playground.link["curve"]
    playground.play_to(100)
    assert playground.losses[1] < 0.1  # a network without hidden layers can learn a line


def test_each_optimizer_shows_its_own_hyperparameters(playground: Playground) -> None:
    panel(playground, f"{CIRCLE}&learningRate=0.003")
    hyperparameters: dict[str, set[str]] = {
        "momentum": {"momentum"},
        "nesterov": {"momentum"},
        "rmsprop": {"rho"},
        "adagrad": set(),
        "adam": {"beta1", "beta2"},
        "adamw": {"beta1", "beta2", "weightDecay"},
    }
    for optimizer, names in hyperparameters.items():
        playground.choose("optimizer", optimizer)
        known = set().union(*hyperparameters.values())
        assert {name for name in known if playground.page.locator(f"#{name}").is_visible()} == names
        assert playground.link["optimizer"] == optimizer
        for name in names:
            playground.page.fill(f"#{name}", "0.5")
            playground.page.locator(f"#{name}").blur()
            playground.settle()
            assert playground.link[name] == "0.5"
        playground.click("reset")
        before = playground.losses[0]
        playground.play_to(40)
        assert playground.losses[0] != before, optimizer


def test_more_activations_train(playground: Playground) -> None:
    playground.open()
    for activation in ("leaky_relu", "elu", "gelu", "silu", "sine", "softplus"):
        playground.choose("activation", activation)
        assert playground.link["activation"] == activation
        before = playground.losses[0]
        playground.play_to(60)
        assert playground.losses[0] < before, activation


def test_each_layer_can_have_an_activation_of_its_own(playground: Playground) -> None:
    panel(playground)
    playground.part("per-layer").check()
    playground.settle()
    menus = playground.page.locator("[data-part=layer-activations] select")
    assert menus.count() == 2
    menus.nth(0).select_option("relu")
    playground.settle()
    assert playground.link["layerActivations"] == "relu,tanh"
    playground.click("add-layer")
    assert playground.link["layerActivations"] == "relu,tanh,tanh"
    playground.click("step")
    assert playground.epoch == 1
    playground.part("per-layer").uncheck()
    playground.settle()
    assert "layerActivations" not in playground.link


def test_the_learning_rate_follows_its_schedule(playground: Playground) -> None:
    panel(playground)
    playground.choose("schedule", "step")
    for name, value in (("scheduleEpochs", "10"), ("scheduleFactor", "0.1")):
        playground.page.fill(f"#{name}", value)
        playground.page.locator(f"#{name}").blur()
        playground.settle()
    assert playground.text("current-rate") == "0.03"
    playground.play_to(25)
    assert playground.text("current-rate") == "3.0·10⁻⁴"


def test_advanced_settings_are_in_the_link(playground: Playground) -> None:
    panel(playground)
    for name, value in {"clipNorm": "0.5", "dropout": "0.2", "warmupEpochs": "5", "batchSizeNumber": "250"}.items():
        playground.page.fill(f"#{name}", value)
        playground.page.locator(f"#{name}").blur()
        playground.settle()
        assert playground.link[name.removesuffix("Number")] == value
        playground.click("reset")
        playground.play_to(30)
        assert playground.epoch == 30


def test_weight_initialization_can_be_chosen(playground: Playground) -> None:
    panel(playground)
    seen = {playground.pixels("network")}
    for initializer in ("xavier", "he", "lecun", "normal", "zero"):
        playground.choose("initializer", initializer)
        assert playground.pixels("network") not in seen, initializer
        seen.add(playground.pixels("network"))
        assert playground.page.locator("#initScale").is_visible() == (initializer == "normal")


def test_points_can_be_shuffled(playground: Playground) -> None:
    panel(playground).page.check("#shuffle")
    playground.settle()
    assert playground.link["shuffle"] == "true"
    playground.play_to(50)
    losses = playground.losses
    playground.click("reset")
    playground.play_to(50)
    assert playground.losses == losses


def test_the_elastic_net_has_a_ratio(playground: Playground) -> None:
    panel(playground)
    playground.choose("regularization", "elastic")
    assert playground.page.locator("#elasticRatio").is_visible()
    playground.choose("regularizationRate", "0.01")
    playground.play_to(20)


def test_huber_loss_is_for_regression_only(playground: Playground) -> None:
    panel(playground)
    assert playground.page.locator("#loss option[value=huber]").is_disabled()
    playground.choose("problem", "regression")
    assert playground.page.locator("#loss option[value=log]").is_disabled()
    playground.choose("loss", "huber")
    assert playground.page.locator("#huberDelta").is_visible()
    playground.choose("problem", "classification")
    assert "loss" not in playground.link


def test_a_locked_weight_never_changes(playground: Playground) -> None:
    playground.open()
    place = playground.hover_weight(playground.feature("x"), playground.unit("Layer 1, neuron 1"))
    playground.page.mouse.click(*place)
    value = playground.part("editor-value").input_value()
    playground.part("editor-lock").check()
    playground.settle()
    playground.press("Escape")
    playground.play_to(30)
    playground.hover_weight(playground.feature("x"), playground.unit("Layer 1, neuron 1"))
    assert playground.part("tooltip-value").input_value() == value
    assert playground.part("tooltip-lock").is_checked()


def test_a_whole_neuron_can_be_locked_and_unlocked(playground: Playground) -> None:
    playground.open()
    playground.unit("Layer 1, neuron 2").focus()
    playground.press("Enter")
    playground.part("editor-lock-neuron").check()
    playground.settle()
    assert playground.part("editor-lock").is_checked()
    playground.part("editor-lock-neuron").uncheck()
    playground.settle()
    assert not playground.part("editor-lock").is_checked()


@pytest.mark.parametrize("method", ["size", "saliency"])
def test_pruning_reports_its_cost_and_training_continues(playground: Playground, method: str) -> None:
    panel(playground)
    playground.play_to(60)
    playground.choose("prune-method", method)
    playground.part("prune-share").fill("25")
    playground.click("prune")
    playground.wait("() => document.querySelector('[data-part=prune-result]').textContent.startsWith('Pruned')")
    assert playground.text("prune-result").startswith("Pruned 4 weights. Training loss: ")
    playground.click("step")
    assert playground.epoch == 61


def test_a_formula_becomes_a_feature(playground: Playground) -> None:
    playground.open("dataset=circle&seed=0.3&networkShape=")
    playground.click("more-features")
    playground.part("formula").fill("(x1^2 + x2^2) / 10")
    playground.press("Enter")
    button = playground.page.locator("[data-part=formulas] button")
    assert button.count() == 1
    playground.play_to(100)
    assert playground.losses[1] < 0.2  # the circle's own equation is enough for a circle
    button.click()
    playground.settle()
    assert button.count() == 0


def test_an_invalid_formula_shows_where_and_why(playground: Playground) -> None:
    playground.open()
    playground.click("more-features")
    playground.part("formula").fill("sin(3*x1")
    playground.press("Enter")
    notice = playground.page.locator(".notice")
    assert "sin(3*x1" in notice.inner_text()
    assert playground.page.locator("[data-part=formulas] button").count() == 0
    assert playground.part("formula").input_value() == "sin(3*x1"  # kept, so that it can be corrected


def test_more_features_can_be_shown(playground: Playground) -> None:
    playground.open()
    for feature in ("cosX", "cosY", "xCubed", "yCubed", "absX", "absY", "radius", "angle"):
        assert not playground.feature(feature).is_visible()
        playground.click("more-features")
        playground.feature(feature).click()
        playground.settle()
        assert playground.link[feature] == "true"
        playground.click("more-features")
        assert playground.feature(feature).is_visible()
        playground.click("step")
        assert playground.epoch == 1
