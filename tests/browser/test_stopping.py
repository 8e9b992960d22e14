"""Test what decides about stopping, and what a link of TensorFlow Playground says about itself."""

from tests.browser.playground import Playground


def test_points_set_aside_for_validation_have_a_loss_and_decide_about_stopping(playground: Playground) -> None:
    playground.open("dataset=xor&noise=50&learningRate=0.3&seed=0.5")
    page = playground.page
    page.click("[data-control=stop] summary")
    assert page.get_by_text("The test loss decides when to stop").is_visible()
    assert playground.part("validation").is_hidden()
    playground.slide("validationPercent", 20)
    assert playground.link["validationPercent"] == "20"
    assert page.get_by_text("The test loss decides when to stop").is_hidden()
    assert 0 < float(playground.text("validation-loss")) < 2
    page.fill("#stopPatience", "3")
    page.locator("#stopPatience").blur()
    playground.settle()
    playground.play()
    playground.notice("finished").wait_for()
    assert "the validation loss has not improved" in playground.notice("finished").inner_text()


def test_a_link_of_tfp_says_once_and_folded_away_what_is_different(playground: Playground) -> None:
    playground.open("dataset=circle&regDataset=reg-plane&collectStats=false&batchSize=12&seed=0.5")
    notice = playground.page.locator("[data-notice=remark]")
    assert notice.locator("details p").is_hidden()
    notice.locator("summary").click()
    assert "A batch of 12 does not divide the 250 training points" in notice.locator("details p").inner_text()
    playground.page.reload()
    playground.settle()
    assert notice.count() == 0
