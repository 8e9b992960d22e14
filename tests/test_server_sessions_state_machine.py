"""Test random sequences of valid and invalid commands: states stay legal, and answers match the protocol."""

import json
from typing import Any, get_args

import msgpack
import numpy as np
from hostile import ANYTHING, NUMBERS, TOKENS, Fitting, spoilt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from live import LiveServer
from server_helpers import DIVERGING, TFP_LINK, Socket, Tab, checkpoint_text

from engine import Experiment, Trainer, View
from engine.data.own_data import OwnData
from engine.interchange.model_file import model_to_json
from engine.training.checkpoint import LARGEST, MAX_EPOCH
from server.protocol.answers import Answer, Refusal
from server.protocol.commands import COMMAND
from server.protocol.frames import pack
from server.protocol.message import MAX_COUNT, Message
from server.sessions.training import Mode

SCHEMA = COMMAND.json_schema()
KINDS: dict[str, dict[str, Any]] = {
    schema["properties"]["type"]["const"]: schema
    for schema in SCHEMA["$defs"].values()
    if "type" in schema.get("properties", {})
}
ANSWER_TYPES = {model.model_fields["type"].default: model for model in get_args(Answer)}
DEFAULT = Experiment(seed="0.3").model_dump(mode="json")


def _checkpoints() -> list[str]:
    trainer = Trainer(Experiment(seed="0.3"))
    body = trainer.checkpoint().encode().partition(".")[2]
    huge = np.full(25, 0.9 * LARGEST).astype("<f8").tobytes() + b"\1" * 25
    whole = [
        checkpoint_text({"epoch": 0, "checkpoint": huge}),
        f"{MAX_EPOCH}.{body}",
        f"{MAX_EPOCH + 1}.{body}",
        f"7.{body}",
    ]
    return [*whole, "", "0.", "0.AAAA", f"7.{body[:-1]}!"]


MODEL = model_to_json(Trainer(Experiment(seed="0.3", hidden_layers=(2,))), View())
ROWS = "6AMAAAAAGPwAAAAAAAAAAAEA"
OWN = [
    {"task": "regression", "rows": ROWS},
    {"task": "classification", "classes": ["a", "é"], "rows": ROWS},
    {"task": "classification", "classes": ["a", "b", "c"], "columns": ["u", "v", "w"], "rows": ROWS * 9},
    {"task": "regression", "ranges": [[0, 1], [-1e99, 1e99]], "target_range": [0, 1e-300], "rows": ROWS},
    {"task": "classification", "classes": ["a"], "rows": ROWS},
    {"task": "regression", "rows": "AAAA"},
]
# Values for fields with a special format. Networks are mostly small, because each command trains or draws.
FORMS: dict[str, st.SearchStrategy[Any]] = {
    "rev": st.sampled_from([0, 1, 2, 7, MAX_COUNT]),
    "run": st.none() | st.sampled_from([0, 1, 7]),
    "frames": st.sampled_from(["none", "full", "delta"]),
    "link": st.sampled_from([None, "", "seed=0.3", TFP_LINK, DIVERGING, "dataset=own&own=e30.AAAA", "noise=99&x=1"]),
    "checkpoint": st.none() | st.sampled_from(_checkpoints()),
    "start": st.none() | st.sampled_from(_checkpoints()),
    "seed": st.sampled_from(["0.3", "1", "é", "9" * 64]),
    "weights_seed": st.none() | st.sampled_from(["0.3", "\0"]),
    "features": st.lists(st.sampled_from(["x", "y", "sinX"]), min_size=1, max_size=3),
    "formulas": st.lists(st.sampled_from(["x1*x2", "sin(3*x1)", "1e5*x1", "log(x1)", "x1^^2"]), max_size=2),
    "curve": st.sampled_from(["sin(x1)", "1000000", "1/x1"]),
    "hidden_layers": st.lists(st.sampled_from([1, 2, 4]), max_size=3) | st.just([32] * 3),
    "layer_activations": st.none(),
    "hide": st.lists(st.sampled_from(["playButton", "sinX", "numNodes1", "seed"]), max_size=3),
    "example": st.none() | st.lists(st.sampled_from([-1000.0, -1.0, 0.0, 1.5, 1000.0]), min_size=3, max_size=8),
    "rows": st.sampled_from(["AAAAAAAA", "6AMAAAAAGPwAAAAAAAAAAAEA", "iBMAAAAAiBMAAAEA", "A" * 80, "AAAA", "!" * 8]),
    "text": st.sampled_from([MODEL, MODEL[:-9], "{}", MODEL.replace("tanh", "relu"), MODEL.replace("0", "1")]),
    "own": st.none() | st.sampled_from(OWN),
    "net": st.sampled_from([0, 1, 2, MAX_COUNT]),
    "layer": st.sampled_from([0, 0, 0, 0, 1, 2, 1000, None]),
    "neuron": st.sampled_from([0, 0, 0, 0, 1, 3, 1000]),
    "input": st.none() | st.sampled_from([0, 0, 1, 1000]),
    "value": st.sampled_from([-1e6, -1, 0, 0.25, 1e6]),
}
FIT = Fitting(SCHEMA, FORMS)
SETTINGS = SCHEMA["$defs"]["Experiment"]["properties"]
VIEWS = st.just({}) | FIT.of(SCHEMA["$defs"]["View"])


@st.composite
def configures(draw: st.DrawFn) -> dict[str, Any]:
    """Return a `configure` with at most three changes: more would nearly always be refused."""
    names = draw(st.lists(st.sampled_from(sorted(SETTINGS)), max_size=3, unique=True))
    experiment = DEFAULT | {name: draw(FIT.of(SETTINGS[name], name)) for name in names}
    return {"type": "configure", "rev": 3, "experiment": experiment, "view": draw(VIEWS), "keep": draw(st.booleans())}


USUAL = st.sampled_from(sorted(KINDS)).flatmap(lambda kind: FIT.object(KINDS[kind]))
RIGHT = USUAL | configures()
WRONG = spoilt(RIGHT) | ANYTHING | st.dictionaries(st.sampled_from(["type", "rev", *TOKENS]), ANYTHING, max_size=4)
NUMBERED = [f'{{"type":"play","rev":{number}}}' for number in NUMBERS]
NOT_JSON = st.sampled_from([*TOKENS, *NUMBERED, "[" * 100_000, '{"type":' * 500])
TEXTS = st.one_of(RIGHT.map(json.dumps), WRONG.map(json.dumps), NOT_JSON, st.text(max_size=30), st.binary(max_size=9))
STEADY = settings(derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


def as_documented(answer: Message) -> dict[str, Any]:
    """Pack and unpack an answer, and check the result against its type."""
    arrived: dict[str, Any] = msgpack.unpackb(pack(answer))
    as_documented_on_arrival(arrived)
    return arrived


def as_documented_on_arrival(message: dict[str, Any]) -> None:
    """Check a message against its type; settings are in JSON form."""
    run = message.get("run")
    if message["type"] == "accepted" and run is not None:
        settings = {"experiment": Experiment, "view": View, **({} if run["own"] is None else {"own": OwnData})}
        read = {name: model.model_validate_json(json.dumps(run[name]), strict=True) for name, model in settings.items()}
        message = {**message, "run": {**run, **read}}
    ANSWER_TYPES[message["type"]].model_validate(message, strict=True)


def as_documented_error(error: dict[str, Any]) -> None:
    """Check that an error names the field, its value and the allowed values, and is short."""
    assert 0 < len(error["field"]) <= 60
    assert len(error["value"]) <= 60
    assert 0 < len(error["allowed"]) <= 1500
    assert error["rev"] is None or 0 <= error["rev"] <= MAX_COUNT


class Learner(RuleBasedStateMachine):
    """A session that receives arbitrary messages."""

    def __init__(self) -> None:
        super().__init__()
        self.tab = Tab()

    def state(self) -> list[object]:
        """Return everything that a refused command must leave unchanged."""
        session = self.tab.session
        counts = ("runner", "viewer", "touches", "refused")
        hidden = {name: value for name, value in vars(session).items() if name not in counts}
        runner, viewer = vars(session.runner), vars(session.viewer)
        hidden |= {name: value for name, value in (runner | viewer).items() if name != "training"}
        return [*self.tab.state(), session.training.speed, session.trainer.checkpoint().to_bytes(), str(hidden)]

    @rule(text=TEXTS)
    def hears(self, text: str | bytes) -> None:
        """Send any message: a refusal is a single error and changes nothing."""
        before = self.state()
        answers = [as_documented(answer) for answer in self.tab.session.handle(text)]
        if any(answer["type"] == "refused" for answer in answers):
            (error,) = answers
            as_documented_error(error)
            assert self.state() == before

    @rule(command=RIGHT)
    def is_told(self, command: dict[str, Any]) -> None:
        """Send a well-formed command, which may still not fit the run."""
        self.hears(json.dumps(command))

    @rule(edit=FIT.object(KINDS["edit"]) | FIT.object(KINDS["lock"]))
    def touches_the_network(self, edit: dict[str, Any]) -> None:
        """Edit or lock a parameter of the current network."""
        self.hears(json.dumps({**edit, "net": self.frame()["net"]}))

    @rule(seconds=st.sampled_from([0.0, 0.0005]))
    def trains(self, seconds: float) -> None:
        """Train one slice, as the loop does."""
        if self.tab.session.training.playing:
            self.tab.session.training.begin_beat()
            self.tab.session.advance(seconds)

    @rule()
    def resumes_elsewhere(self) -> None:
        """Resume from the newest frame in a new session, with the same numbers."""
        frame, experiment = self.frame(), self.tab.session.trainer.experiment
        again = Tab(None, experiment=experiment.model_dump(mode="json"), checkpoint=checkpoint_text(frame))
        assert not isinstance(again.greeting[0], Refusal), again.greeting[0]
        assert again.frame()["checkpoint"] == frame["checkpoint"]
        self.tab = again

    @rule()
    def saves_and_opens(self) -> None:
        """Save a model file and open it in the same session."""
        self.tab.say("pause")
        file = self.tab.accepted("save", what="model").result
        theta = self.tab.theta.tobytes()
        self.tab.accepted("open", text=file.text)  # type: ignore[union-attr]
        assert self.tab.theta.tobytes() == theta

    @rule()
    def goes_on(self) -> None:
        """Start a new experiment and train it, which must work in any state."""
        self.tab.accepted("configure", experiment={**DEFAULT, "noise": 5, "batch_size": 30}, view={})
        self.tab.accepted("configure", experiment=DEFAULT, view={})
        self.tab.accepted("play")
        epoch = self.tab.epoch
        self.tab.session.training.begin_beat()
        self.tab.session.advance(0)
        self.tab.session.training.left = 1
        self.tab.session.advance(1)
        assert self.tab.epoch > epoch
        self.tab.say("pause")

    @invariant()
    def is_legal(self) -> None:
        """Check that the mode is legal, and that the frame matches its type and contains only numbers."""
        assert self.tab.mode in Mode
        self.frame()

    def frame(self) -> dict[str, Any]:
        """Return a frame as the page receives it."""
        frame = as_documented(self.tab.session.snapshot())
        units = sum(frame["sizes"])
        assert (len(frame["boundary"]), len(frame["pictures"])) == (100 * 100, units * 34 * 34)
        assert min(frame["pictures"]) > 0  # 0 encodes a value that is not a number
        assert np.isfinite(frame["centers"] + frame["scales"]).all()
        assert not np.isnan([frame["train_loss"], frame["test_loss"]]).any()
        assert (frame["mode"] == "diverged") == (self.tab.mode is Mode.DIVERGED)
        return frame


def patience_in(accepted: dict[str, Any]) -> int | None:
    patience: int | None = accepted["run"] and accepted["run"]["experiment"]["stop_patience"]
    return patience


def test_no_sequence_of_commands_leads_to_an_illegal_state() -> None:
    run_state_machine_as_test(Learner, settings=settings(STEADY, max_examples=40, stateful_step_count=25))


@settings(STEADY, max_examples=25)
@given(st.lists(TEXTS, max_size=15))
def test_no_sequence_of_commands_ends_a_connection(plain_server: LiveServer, texts: list[str | bytes]) -> None:
    with Socket(plain_server.url) as page:
        page.hello()
        for text in texts:
            page.send(text)
        page.say("pause")
        page.say("hello", rev=MAX_COUNT, link="seed=0.77&stopPatience=77")
        while (
            (answer := page.receive())["type"] != "accepted"
            or answer["run"] is None
            or answer["run"]["experiment"]["stop_patience"] != 77
        ):
            as_documented_on_arrival(answer)
            if answer["type"] == "refused":
                as_documented_error(answer)
        assert page.next("frame")["epoch"] == 0
