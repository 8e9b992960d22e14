"""Test a session without a socket: the effect of each command, and that refused commands change nothing."""

import numpy as np
import pytest
from server_helpers import DIVERGING, TFP_LINK, TFP_RUNS, Tab, checkpoint_text, run_of, theta_of

from engine import Trainer, experiment_from_link, read_link
from engine.interchange.export import FRAMEWORKS
from engine.training.checkpoint import MAX_EPOCH
from engine.training.kernels import PLAIN
from server.kernels.kernel_source import KernelSource
from server.protocol.answers import Accepted, File, Pruned, Refusal, Status, Welcome
from server.protocol.frames import pack
from server.sessions.session import Session
from server.sessions.training import Mode

RESTARTING = [
    {"activation": "relu"},
    {"penalty": "L1"},
    {"penalty_rate": 0.1},
    {"batch_size": 7},
    {"features": ["x", "sinY"]},
    {"hidden_layers": [3]},
    {"dataset": "xor"},
    {"dataset": "reg-plane"},
    {"noise": 20},
    {"train_percent": 70},
    {"weights_seed": "other"},
    {"initializer": "zero"},
]


def wanted(tab: Tab) -> dict[str, object]:
    """Return the experiment as a page sends it."""
    return tab.session.trainer.experiment.model_dump(mode="json")


def diverged() -> Tab:
    tab = Tab(DIVERGING)
    tab.train(200)
    assert tab.mode is Mode.DIVERGED
    return tab


# hello


def test_hello_is_answered_with_welcome_kernel_status_and_the_links_experiment() -> None:
    tab = Tab(TFP_LINK)
    welcome, status, accepted = tab.greeting
    assert isinstance(welcome, Welcome)
    assert isinstance(status, Status)
    assert isinstance(accepted, Accepted)
    assert accepted.rev == 1
    run = run_of(accepted)
    assert (run.id, run.notices) == (1, [])
    assert run.experiment == tab.session.trainer.experiment == experiment_from_link(TFP_LINK)
    assert tab.mode is Mode.PAUSED


def test_commands_before_hello_are_refused() -> None:
    session = Session(KernelSource(plain=True))
    (answer,) = session.handle('{"type": "play", "rev": 4}')
    assert isinstance(answer, Refusal)
    assert (answer.rev, answer.field, answer.value, answer.allowed) == (4, "type", "play", "must come after hello")
    assert session.training.mode is Mode.PAUSED


def test_without_a_link_each_session_draws_a_random_seed() -> None:
    seeds = {Tab(None).session.trainer.experiment.seed for _ in range(8)}
    assert len(seeds) > 1


def test_invalid_values_in_a_link_are_reported_and_the_rest_applies() -> None:
    run = run_of(Tab("noise=lots&batchSize=7").greeting[2])
    assert [(notice.field, notice.value) for notice in run.notices] == [("noise", "lots")]
    assert (run.experiment.noise, run.experiment.batch_size) == (0, 7)


@pytest.mark.parametrize(
    "link",
    [TFP_LINK, TFP_RUNS["l1_sparse"]["hash"], "dataset=spiral&weightsSeed=7&networkShape=8,8&activation=relu"],
)
def test_a_run_resumes_exactly_after_a_lost_connection(link: str) -> None:
    first = Tab(link)
    first.train(60)
    frame, experiment = first.frame(), first.session.trainer.experiment.model_dump(mode="json")
    second = Tab(None, experiment=experiment, view={"show_test": True}, checkpoint=checkpoint_text(frame))
    assert second.epoch == 60
    assert second.session.view.show_test
    first.train(40)
    second.train(40)
    assert second.theta.tobytes() == first.theta.tobytes()
    assert second.session.trainer.losses() == first.session.trainer.losses()


def test_a_resumed_run_keeps_playing_at_its_speed() -> None:
    tab = Tab(playing=True, speed="10")
    assert tab.mode is Mode.PLAYING
    tab.session.training.begin_beat()
    tab.session.advance(60)
    assert tab.epoch == 10


@pytest.mark.parametrize("checkpoint", ["", "5", "5.AAAA", "x.AAAA", "-1.AAAA", "5." + "A" * 309_000])
def test_a_checkpoint_that_does_not_fit_is_refused_and_the_run_is_kept(checkpoint: str) -> None:
    tab = Tab()
    tab.train(3)
    before = tab.state()
    error = tab.refused("hello", link="seed=1", checkpoint=checkpoint)
    assert error.field == "checkpoint"
    assert error.allowed.startswith(("must be an epoch from 0", "must have 300 characters after the dot"))
    assert tab.state() == before


def test_a_second_hello_starts_a_new_paused_run() -> None:
    tab = Tab(playing=True)
    tab.say("hello", link="seed=0.9")
    assert (tab.mode, tab.epoch, tab.session.trainer.experiment.seed) == (Mode.PAUSED, 0, "0.9")


# configure


def test_the_learning_rate_can_change_during_training() -> None:
    tab = Tab()
    tab.train(5)
    tab.say("play")
    before = tab.theta
    answer = tab.configure(learning_rate=0.3)
    assert answer.effect == "live"
    assert (tab.mode, tab.epoch) == (Mode.PLAYING, 5)
    assert tab.theta.tobytes() == before.tobytes()
    assert tab.session.trainer.experiment.learning_rate == 0.3


def test_a_link_made_after_a_change_during_training_starts_at_that_epoch() -> None:
    tab = Tab()
    tab.train(5)
    link = tab.configure(learning_rate=0.3).run.link
    tab.train(5)
    again = Tab(link)
    assert again.epoch == 5
    again.train(5)
    assert again.theta.tobytes() == tab.theta.tobytes()


def test_new_data_keep_the_weights() -> None:
    tab = Tab()
    tab.train(5)
    tab.say("play")
    weights, points = tab.theta, tab.session.trainer.train_points
    answer = tab.configure(seed="0.99")
    assert answer.effect == "data"
    assert (tab.mode, tab.epoch) == (Mode.PLAYING, 5)
    assert tab.theta.tobytes() == weights.tobytes()
    assert not np.array_equal(tab.session.trainer.train_points, points)


@pytest.mark.parametrize("change", RESTARTING, ids=lambda change: "-".join(map(str, change.items())))
def test_other_settings_restart_the_run(change: dict[str, object]) -> None:
    tab = Tab()
    tab.train(5)
    tab.say("play")
    answer = tab.configure(**change)
    assert answer.effect == "restart"
    assert (tab.mode, tab.epoch) == (Mode.PAUSED, 0)
    fresh = Trainer(tab.session.trainer.experiment)
    assert tab.theta.tobytes() == fresh.theta.tobytes()


@pytest.mark.parametrize("change", RESTARTING[:6], ids=lambda change: "-".join(map(str, change.items())))
def test_other_settings_keep_epoch_and_weights_on_request(change: dict[str, object]) -> None:
    tab = Tab()
    tab.train(5)
    before = tab.session.trainer.weights
    answer = tab.configure(keep=True, **change)
    assert answer.effect == "live"
    assert tab.epoch == 5
    after = tab.session.trainer.weights
    rows = min(len(before[0]), len(after[0]))
    assert np.array_equal(after[0][:rows, 0], before[0][:rows, 0])  # x1 is an input before and after the change


def test_changing_only_the_view_leaves_the_run_alone() -> None:
    tab = Tab()
    tab.train(5)
    before = tab.frame()
    answer = tab.configure(view={"discretize": True, "hide": ["noise", "playButton"]})
    assert answer.effect == "none"
    assert answer.run.view.discretize
    assert "noise_hide=true" in answer.run.link
    after = tab.frame()
    assert [after[key] for key in ("net", "data", "epoch", "checkpoint")] == [
        before[key] for key in ("net", "data", "epoch", "checkpoint")
    ]


def test_points_are_sent_only_when_the_data_are_new() -> None:
    tab = Tab()
    assert tab.frame()["points"] is not None
    assert tab.frame()["points"] is None
    tab.configure(learning_rate=0.1)
    assert tab.frame()["points"] is None
    tab.configure(noise=50)
    assert tab.frame()["points"] is not None


# reset


def test_reset_returns_to_the_start_of_the_same_run() -> None:
    tab = Tab()
    start = tab.theta
    tab.train(5)
    at_five = tab.theta
    assert tab.accepted("reset").effect == "restart"
    assert (tab.mode, tab.epoch) == (Mode.PAUSED, 0)
    assert tab.theta.tobytes() == start.tobytes()
    tab.train(5)
    assert tab.theta.tobytes() == at_five.tobytes()


def test_reset_after_a_change_during_training_returns_to_epoch_0() -> None:
    tab = Tab()
    start = tab.theta
    tab.train(5)
    tab.configure(learning_rate=0.3)
    tab.accepted("reset")
    assert tab.epoch == 0
    assert tab.theta.tobytes() == start.tobytes()


def test_reset_restores_weights_edited_at_epoch_0() -> None:
    tab = Tab()
    tab.accepted("edit", net=tab.frame()["net"], layer=0, neuron=0, input=0, value=5)
    start = tab.theta
    tab.train(5)
    tab.accepted("reset")
    assert tab.epoch == 0
    assert tab.theta.tobytes() == start.tobytes()


def test_reset_with_new_weights_keeps_the_data_and_updates_the_link() -> None:
    tab = Tab()
    start, points = tab.theta, tab.session.trainer.train_points
    answer = tab.accepted("reset", new_weights=True)
    assert tab.theta.tobytes() != start.tobytes()
    assert np.array_equal(tab.session.trainer.train_points, points)
    assert Trainer(read_link(answer.run.link).experiment).theta.tobytes() == tab.theta.tobytes()


# edit


@pytest.mark.parametrize(("layer", "neuron", "source", "place"), [(0, 1, 1, 3), (0, 3, None, 11), (2, 0, 1, 23)])
def test_an_edit_sets_one_parameter_and_training_continues(
    layer: int, neuron: int, source: int | None, place: int
) -> None:
    tab = Tab()
    tab.train(5)
    tab.say("play")
    before, net = tab.theta, tab.frame()["net"]
    answer = tab.accepted("edit", net=net, layer=layer, neuron=neuron, input=source, value=-2.5)
    assert answer.effect == "live"
    assert np.flatnonzero(tab.theta != before).tolist() == [place]
    assert tab.theta[place] == -2.5
    assert (tab.mode, tab.epoch, tab.frame()["net"]) == (Mode.PLAYING, 5, net)
    again = Tab(answer.run.link)
    again.train(3)
    tab.train(3)
    assert again.theta.tobytes() == tab.theta.tobytes()


def test_an_edit_changes_the_losses_at_once() -> None:
    tab = Tab()
    before = tab.frame()
    tab.accepted("edit", net=before["net"], layer=2, neuron=0, input=0, value=9)
    assert tab.frame()["test_loss"] != before["test_loss"]


def test_an_edit_of_an_outdated_network_is_refused() -> None:
    tab = Tab()
    net = tab.frame()["net"]
    tab.configure(hidden_layers=[4, 3])
    before = tab.state()
    error = tab.refused("edit", net=net, layer=0, neuron=0, input=0, value=1)
    assert (error.field, error.value) == ("net", str(net))
    assert tab.state() == before


@pytest.mark.parametrize(
    ("place", "field", "allowed"),
    [
        ({"layer": 3, "neuron": 0, "input": 0}, "layer", "must be a whole number between 0 and 2"),
        ({"layer": 0, "neuron": 4, "input": 0}, "neuron", "must be a whole number between 0 and 3"),
        ({"layer": 1, "neuron": 0, "input": 4}, "input", "must be a whole number between 0 and 3"),
        ({"layer": 2, "neuron": 1, "input": None}, "neuron", "must be a whole number between 0 and 0"),
    ],
)
def test_an_edit_outside_the_network_is_refused(place: dict[str, object], field: str, allowed: str) -> None:
    tab = Tab()
    before = tab.state()
    error = tab.refused("edit", net=tab.frame()["net"], value=1, **place)
    assert (error.field, error.value, error.allowed) == (field, str(place[field]), allowed)
    assert tab.state() == before


# play, pause, step, speed, focus


@pytest.mark.parametrize("playing", [False, True])
def test_a_step_trains_one_epoch_and_pauses(playing: bool) -> None:
    tab = Tab(playing=playing)
    tab.say("step")
    assert (tab.mode, tab.epoch) == (Mode.PAUSED, 1)


@pytest.mark.parametrize(("speed", "epochs"), [("1", 1), ("10", 10), ("100", 100)])
def test_the_speed_is_the_number_of_epochs_per_beat(speed: str, epochs: int) -> None:
    tab = Tab(playing=True)
    tab.say("speed", speed=speed)
    tab.session.training.begin_beat()
    tab.session.advance(60)
    assert tab.epoch == epochs


def test_a_new_speed_applies_at_once() -> None:
    tab = Tab(playing=True, speed="max")
    tab.session.training.begin_beat()
    tab.session.advance(0.01)
    tab.say("speed", speed="1")
    before = tab.epoch
    tab.session.advance(60)
    assert tab.epoch == before
    tab.session.training.begin_beat()
    tab.session.advance(60)
    assert tab.epoch == before + 1


@pytest.mark.parametrize(
    "change",
    [
        {"learning_rate": 0.1},
        {"schedule": "cosine"},
        {"warmup_epochs": 50},
        {"momentum": 0.5},
        {"beta2": 0.9},
        {"clip_norm": 0.1},
        {"dropout": 0.2},
        {"shuffle": True},
        {"stop_epochs": 1000},
    ],
)
def test_settings_that_affect_only_future_steps_continue_the_run(change: dict[str, object]) -> None:
    tab = Tab("seed=0.3&optimizer=adam")
    tab.train(5)
    before = tab.session.trainer.checkpoint()
    answer = tab.configure(**change)
    assert answer.effect == "live"
    assert tab.session.trainer.checkpoint().to_bytes() == before.to_bytes()
    assert tab.epoch == 5


def test_a_locked_weight_does_not_change_and_the_link_stores_the_lock() -> None:
    tab = Tab()
    net = tab.frame()["net"]
    answer = tab.accepted("lock", net=net, layer=0, neuron=1, input=0, locked=True)
    assert answer.effect == "live"
    before = tab.session.trainer.weights[0].copy()
    tab.train(5)
    after = tab.session.trainer.weights[0]
    assert after[1, 0] == before[1, 0]
    assert (after != before).sum() == before.size - 1
    assert read_link(answer.run.link).experiment.start is not None
    tab.accepted("lock", net=net, layer=0, neuron=1, input=0, locked=False)
    tab.train(1)
    assert tab.session.trainer.weights[0][1, 0] != before[1, 0]


def test_locking_a_whole_neuron_includes_its_bias() -> None:
    tab = Tab()
    tab.accepted("lock", net=tab.frame()["net"], layer=0, neuron=2, input=None, whole=True, locked=True)
    weights, biases = tab.session.trainer.weights[0].copy(), tab.session.trainer.biases[0].copy()
    tab.train(5)
    assert np.array_equal(tab.session.trainer.weights[0][2], weights[2])
    assert tab.session.trainer.biases[0][2] == biases[2]
    assert tab.session.trainer.biases[0][1] != biases[1]


@pytest.mark.parametrize("method", ["size", "saliency"])
def test_pruning_reports_its_effect(method: str) -> None:
    tab = Tab()
    tab.train(20)
    accepted = tab.accepted("prune", fraction=0.25, method=method)
    pruned = accepted.result
    assert (accepted.effect, type(pruned)) == ("live", Pruned)
    assert pruned.count == 4
    assert pruned.after - pruned.before == pytest.approx(pruned.actual)
    zeros = sum(int((weights == 0).sum()) for weights in tab.session.trainer.weights)
    assert zeros == 4
    tab.train(5)
    assert sum(int((weights == 0).sum()) for weights in tab.session.trainer.weights) == 4


def test_a_saved_model_opens_exactly_as_it_was() -> None:
    first, second = Tab("dataset=spiral&seed=0.4&optimizer=adam"), Tab("dataset=xor&seed=0.9")
    first.train(7)
    file = first.accepted("save", what="model").result
    assert isinstance(file, File)
    assert second.accepted("open", text=file.text).effect == "restart"
    assert second.frame()["checkpoint"] == first.frame()["checkpoint"]
    first.train(5)
    second.train(5)
    assert second.frame()["checkpoint"] == first.frame()["checkpoint"]
    second.say("reset", new_weights=False)
    assert second.epoch == 0


def test_a_file_that_is_not_a_model_is_refused_and_the_run_is_kept() -> None:
    tab = Tab()
    before = tab.state()
    assert tab.refused("open", text='{"format": "another"}').field == "format"
    assert tab.refused("open", text="no JSON").field == "file"
    assert tab.state() == before


@pytest.mark.parametrize("what", FRAMEWORKS)
def test_the_network_can_be_exported_as_a_script(what: str) -> None:
    file = Tab().accepted("save", what=what).result
    assert isinstance(file, File)
    assert file.name.endswith(".py")
    compile(file.text, file.name, "exec")


@pytest.mark.parametrize(
    ("place", "field", "allowed"),
    [
        ({"layer": 3, "neuron": 0, "input": 0}, "layer", "must be a whole number between 0 and 2"),
        ({"layer": 0, "neuron": 4, "input": None, "whole": True}, "neuron", "must be a whole number between 0 and 3"),
        ({"layer": 1, "neuron": 0, "input": 4}, "input", "must be a whole number between 0 and 3"),
    ],
)
def test_a_lock_outside_the_network_is_refused(place: dict[str, object], field: str, allowed: str) -> None:
    tab = Tab()
    before = tab.state()
    error = tab.refused("lock", net=tab.frame()["net"], locked=True, **place)
    assert (error.field, error.allowed) == (field, allowed)
    assert tab.state() == before


def test_locks_survive_in_links_and_after_a_lost_connection() -> None:
    tab = Tab()
    link = tab.accepted("lock", net=tab.frame()["net"], layer=2, neuron=0, input=1, locked=True).run.link
    tab.train(5)
    resumed = Tab(None, experiment=wanted(tab), checkpoint=checkpoint_text(tab.frame()))
    for again in (Tab(link), resumed):
        assert again.session.trainer.locked.sum() == 1
    again = Tab(link)
    again.train(5)
    assert again.theta.tobytes() == tab.theta.tobytes()


@pytest.mark.parametrize(
    ("fields", "field", "allowed"),
    [
        ({"fraction": 0, "method": "size"}, "fraction", "must be a number above 0 and at most 1"),
        ({"fraction": 1.1, "method": "size"}, "fraction", "must be a number above 0 and at most 1"),
        ({"fraction": 0.5, "method": "luck"}, "method", "must be one of size, saliency"),
    ],
)
def test_invalid_pruning_is_refused(fields: dict[str, object], field: str, allowed: str) -> None:
    tab = Tab()
    before = tab.state()
    error = tab.refused("prune", **fields)
    assert (error.field, error.allowed) == (field, allowed)
    assert tab.state() == before


def test_pruning_by_saliency_is_refused_when_it_would_take_too_long() -> None:
    tab = Tab("networkShape=32,32,32,32,32,32,32,32,32,32")
    before = tab.state()
    error = tab.refused("prune", fraction=0.1, method="saliency")
    assert "prune the smallest, or leave at most 124 of 9,312 weights unlocked" in error.allowed
    assert tab.state() == before
    pruned = tab.accepted("prune", fraction=1, method="size").result
    assert isinstance(pruned, Pruned)
    assert (pruned.count, pruned.predicted) == (9312, None)


def test_a_lock_on_an_outdated_network_is_refused() -> None:
    tab = Tab()
    error = tab.refused("lock", net=999, layer=0, neuron=0, input=0, locked=True)
    assert error.field == "net"


def test_a_frame_contains_the_losses_since_the_previous_frame() -> None:
    tab = Tab(playing=True, speed="100")
    tab.frame()
    for _ in range(3):
        tab.session.training.begin_beat()
        tab.session.advance(60)
    curve = np.frombuffer(tab.frame()["curve"], "<f8").reshape(-1, 3)
    epochs = curve[:, 0]
    assert len(curve) >= 4
    assert np.all(np.diff(epochs) > 0)
    assert (epochs[0] > 0, epochs[-1]) == (True, 300)
    free = Trainer(tab.session.trainer.experiment, PLAIN)
    for epoch, train_loss, test_loss in curve.tolist():
        free.run(int(epoch) - free.epoch)
        assert free.losses() == (train_loss, test_loss)
    again = np.frombuffer(tab.frame()["curve"], "<f8")
    assert again.tolist() == curve[-1].tolist()


def test_an_edit_replaces_the_loss_of_its_epoch() -> None:
    tab = Tab(playing=True, speed="100")
    tab.session.training.begin_beat()
    tab.session.advance(0.001)
    tab.say("pause")
    tab.accepted("edit", net=tab.frame()["net"], layer=0, neuron=0, input=0, value=3)
    frame = tab.frame()
    assert np.frombuffer(frame["curve"], "<f8").tolist() == [frame["epoch"], frame["train_loss"], frame["test_loss"]]


def test_acknowledging_frames_never_sent_brings_no_extra_frames() -> None:
    tab = Tab()
    tab.say("drawn", frame=2**53 - 1)
    tab.frame()
    assert tab.session.viewer.keeps_up
    tab.frame()
    assert not tab.session.viewer.keeps_up
    tab.say("drawn", frame=1)
    assert tab.session.viewer.keeps_up


def test_at_max_speed_a_slice_fills_its_time_and_no_more() -> None:
    tab = Tab(playing=True, speed="max")
    tab.session.training.begin_beat()
    tab.session.advance(0.05)
    assert 1 < tab.epoch < 10_000  # plain NumPy takes about a millisecond an epoch


def test_the_unit_in_focus_fills_the_large_picture() -> None:
    tab = Tab()
    for unit in (0, 3, 8):
        tab.say("focus", unit=unit)
        frame = tab.frame()
        whole = np.frombuffer(frame["boundary"], np.uint8).reshape(100, 100)
        small = np.frombuffer(frame["pictures"], np.uint8).reshape(-1, 34, 34)
        assert frame["focus"] == unit
        assert np.array_equal(whole[::3, ::3], small[unit])


@pytest.mark.parametrize("unit", [None, 9, 1000])
def test_the_output_fills_the_large_picture_when_no_valid_unit_is_in_focus(unit: int | None) -> None:
    tab = Tab()
    tab.say("focus", unit=unit)
    assert tab.frame()["focus"] == 8


def test_a_stop_condition_pauses_the_run_and_is_named() -> None:
    tab = Tab("seed=0.3&stopEpochs=3", playing=True, speed="10")
    tab.session.training.begin_beat()
    tab.session.advance(60)
    frame = tab.frame()
    assert (frame["mode"], frame["epoch"], frame["finished"]) == ("paused", 3, "stop_epochs")


def test_each_frame_carries_the_rev_of_the_last_change_it_shows() -> None:
    tab = Tab()
    tab.say("step")
    assert tab.frame()["rev"] == 2
    tab.refused("speed", speed="fast")
    assert tab.frame()["rev"] == 2


# divergence


def test_a_diverging_run_stops_with_its_epoch_and_finite_numbers() -> None:
    frame = diverged().frame()
    assert frame["mode"] == "diverged"
    assert frame["diverged"] == frame["epoch"] + 1
    assert np.isfinite(theta_of(frame)).all()
    assert np.isfinite(frame["scales"]).all()


def test_the_run_description_suggests_a_safe_penalty_rate() -> None:
    accepted = Tab(DIVERGING).greeting[2]
    assert isinstance(accepted, Accepted)
    assert accepted.run is not None
    assert accepted.run.safe_penalty_rate == 0.1


@pytest.mark.parametrize("link", [DIVERGING, "problem=regression&regDataset=reg-plane&learningRate=10&seed=0.3"])
def test_the_frame_of_a_diverged_run_proposes_a_setting_with_which_it_learns(link: str) -> None:
    tab = Tab(link)
    before = tab.frame()
    assert before["remedy"] is None
    tab.train(200)
    assert tab.frame()["remedy"] is None
    assert tab.session.dirty  # another frame follows, made in a separate thread
    tab.session.training.find_remedy()
    remedy = tab.frame()["remedy"]
    assert not tab.session.dirty
    tab.configure(**{remedy["field"]: remedy["value"]})
    tab.accepted("reset")
    tab.train(200)
    assert tab.mode is Mode.PAUSED
    assert tab.frame()["train_loss"] < before["train_loss"]


def test_a_run_that_diverges_again_under_another_rate_gets_another_remedy() -> None:
    tab = Tab("problem=regression&regDataset=reg-plane&learningRate=10&seed=0.3")
    rates = []
    for _ in range(2):
        tab.train(200)
        assert tab.mode is Mode.DIVERGED
        assert tab.session.training.needs_remedy
        tab.session.training.find_remedy()
        rates.append(tab.frame()["remedy"]["value"])
        tab.configure(learning_rate=rates[-1])  # without a reset, from the weights that blew up
    assert rates[1] < rates[0]


def test_reset_after_new_data_gives_the_weights_of_the_first_start() -> None:
    tab = Tab("seed=0.3")
    first = tab.theta
    tab.train(5)
    for seed in ("0.7", "0.9"):
        tab.configure(seed=seed)
    assert tab.accepted("reset").effect == "restart"
    assert tab.theta.tobytes() == first.tobytes()
    other = Tab(run_of(tab.accepted("reset")).link)
    assert other.theta.tobytes() == first.tobytes()
    assert other.session.trainer.experiment.seed == "0.9"
    tab.accepted("reset", new_weights=True)
    assert tab.theta.tobytes() != first.tobytes()


def test_a_link_of_tfp_brings_its_remark_once() -> None:
    link = "dataset=circle&regDataset=reg-plane&collectStats=false&batchSize=12&seed=0.5"
    run = run_of(Tab(link).greeting[2])
    assert len(run.remarks) == 1
    assert run_of(Tab(run.link).greeting[2]).remarks == []


def test_a_run_goes_on_waiting_for_a_better_loss_after_a_pause_and_after_a_lost_connection() -> None:
    link = "dataset=xor&noise=50&learningRate=0.3&seed=0.5&stopPatience=6"
    whole = Tab(link)
    whole.train(1000)
    end = whole.epoch
    assert whole.frame()["finished"] == "stop_patience"
    cut = Tab(link)
    cut.train(end - 3)
    cut.accepted("pause")
    experiment = cut.session.trainer.experiment.model_dump(mode="json")
    back = Tab(None, experiment=experiment, checkpoint=checkpoint_text(cut.frame()))
    for tab in (cut, back):
        tab.train(1000)
        assert tab.epoch == end


def test_the_frame_has_the_validation_loss_where_points_are_set_aside() -> None:
    assert Tab().frame()["validation_loss"] is None
    tab = Tab("validationPercent=20")
    assert tab.frame()["validation_loss"] == tab.session.trainer.validation_loss()


@pytest.mark.parametrize("command", ["play", "step"])
def test_a_diverged_run_refuses_to_train(command: str) -> None:
    tab = diverged()
    before = tab.state()
    error = tab.refused(command)
    assert (error.field, error.value) == ("mode", "")
    assert f"diverged in epoch {tab.epoch + 1}" in error.allowed
    assert tab.state() == before


def test_pause_leaves_a_diverged_run_diverged() -> None:
    tab = diverged()
    assert tab.accepted("pause").effect == "none"
    assert tab.mode is Mode.DIVERGED


@pytest.mark.parametrize("way_out", ["reset", "learning rate", "edit"])
def test_a_diverged_run_can_be_trained_again(way_out: str) -> None:
    tab = diverged()
    if way_out == "reset":
        tab.accepted("reset")
    elif way_out == "edit":
        tab.accepted("edit", net=tab.frame()["net"], layer=0, neuron=0, input=0, value=0)
    else:
        tab.configure(learning_rate=0.03)
    assert tab.mode is Mode.PAUSED
    assert tab.accepted("play").run is None


def test_an_illegal_transition_names_both_modes() -> None:
    tab = diverged()
    with pytest.raises(ValueError, match=r"diverged.*playing"):
        tab.session.training.enter(Mode.PLAYING)


# errors


def test_an_error_carries_the_rev_of_the_refused_command() -> None:
    tab = Tab()
    error = tab.refused("speed", speed="fast")
    assert (error.rev, error.field, error.value, error.allowed) == (
        2,
        "speed",
        "fast",
        "must be one of 1, 10, 100, max",
    )


@pytest.mark.parametrize(
    "message",
    ['{"type": "play", "rev": -1}', '{"type": "play", "rev": true}', "{}", "[1]", "x"]
    + [f'{{"type": "play", "rev": {rev}}}' for rev in (2**53, 2**64, 10**4000, "9" * 5000)],
)
def test_an_unreadable_rev_is_returned_as_none(message: str) -> None:
    (error,) = Tab().session.handle(message)
    assert isinstance(error, Refusal)
    assert error.rev is None
    assert pack(error)  # MessagePack has no whole numbers beyond 64 bits


def test_the_last_epoch_that_a_checkpoint_can_store_accepts_edits() -> None:
    tab = Tab(checkpoint=f"{MAX_EPOCH}.{Tab().session.trainer.checkpoint().encode().partition('.')[2]}")
    tab.say("step")
    tab.accepted("edit", net=tab.frame()["net"], layer=0, neuron=0, input=0, value=1.5)
    assert tab.epoch == MAX_EPOCH
