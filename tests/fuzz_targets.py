"""List every reader of untrusted text, for the short run in tests/test_fuzz.py and the long run of `make fuzz`.

A target reads one text. It fails if the reader raises anything but its documented error, or if an accepted value
changes when it is written and read again.
"""

import atexit
import contextlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

import numpy as np
from hostile import Texts
from server_helpers import TFP_RUNS, Tab, checkpoint_text

from engine import Experiment, Trainer, View, link_to, read_link
from engine.data.datasets import DATASETS
from engine.data.examples import EXAMPLES
from engine.data.features import FEATURES
from engine.data.formula_tree import FUNCTIONS
from engine.data.formulas import FormulaError, parse, read_formula
from engine.data.own_data import MAX_LINK_ROWS, OwnData
from engine.data.tables import TableError, read_table, to_own_data
from engine.interchange.links import MAX_NOTICES, Link
from engine.interchange.model_file import ModelFileError, model_from_json, model_to_json
from engine.nn.activations import ACTIVATIONS
from engine.optim.optimizers import OPTIMIZERS
from engine.text.phrases import InvalidValue
from engine.training.checkpoint import LARGEST, decode_checkpoint
from server.config.resources import resource
from server.lessons.goals import QUANTITIES, parse_goal
from server.lessons.lesson_files import KEYS, Lesson, LessonError, read_lesson, read_translation
from server.protocol.answers import Frame, Refusal

SMALL = Experiment(hidden_layers=(2,), features=("x",))
LEARNER = Experiment(hidden_layers=(3, 2), optimizer="adam", penalty="L1", penalty_rate=0.01, seed="0.3")
POINTS = np.array([[-6.0, 6.0], [0.0, 0.0], [1e6, -1e6], [np.pi, 0.1]])
_TAGS = "p|em|strong|code|pre|ul|ol|li|h[1-6]|blockquote|hr|br|table|thead|tbody|tr|th|td|a"
RAW_HTML = re.compile(rf"<(?!/?(?:{_TAGS})\b)|href=\"\s*(?:javascript|vbscript|data):", re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """A reader under attack: its inputs, a check of each accepted input, and its documented error."""

    inputs: Texts
    holds: Callable[[str], bool]  # returns whether the input was accepted
    refusal: type[Exception] | tuple[()] = ()
    share: int = 1  # relative number of inputs in a long run

    def attack(self, text: str) -> bool:
        """Return whether a text was accepted. Any exception but the documented error with a message is a failure."""
        try:
            return self.holds(text)
        except self.refusal as error:
            refused: Exception = error
        assert len(str(refused)) in range(10, 1500)
        return False


# Links


def _trained(experiment: Experiment) -> Trainer:
    trainer = Trainer(experiment)
    trainer.run(3)
    return trainer


def _flower_data() -> OwnData:
    return next(iter(EXAMPLES.values())).data()


@cache
def _links() -> tuple[str, ...]:
    experiments = [
        Experiment(),
        LEARNER.changed(start=_trained(LEARNER).checkpoint().encode()),
        Experiment(dataset="own", own=_flower_data().model_copy(update={"rows": _flower_data().rows[::10]})),
        Experiment(dataset="above", curve="sin(x1)", formulas=("x1*x2", "abs(x1)"), layer_activations=("relu", "tanh")),
        Experiment(dataset="rings", classes=4, loss="cross-entropy", stop_loss=0.1, clip_norm=1, schedule="step"),
        Experiment(dataset="reg-plane", loss="huber", dropout=0.1, shuffle=True, weights_seed="7"),
    ]
    view = View(hide=("playButton", "numNodes1"), example=(1.0, 2.0, -1.0), smoothing=0.5, measures=True)
    return tuple(link_to(experiment, view) for experiment in experiments if experiment)


_TFP_LINKS = tuple(run["hash"] for run in TFP_RUNS.values())
_TFP_WORDS = tuple({pair for link in _TFP_LINKS for pair in link.split("&")} | {"x=false", "y=false", "initZero=true"})


def _keys() -> list[str]:
    return sorted({"&" + pair.partition("=")[0] + "=" for link in (*_links(), *_TFP_LINKS) for pair in link.split("&")})


def link_is_read(text: str) -> bool:
    """Check that any fragment gives an experiment, and that the experiment's own link gives it again."""
    link = read_link(text)
    again = read_link(link_to(link.experiment, link.view))
    own = link.experiment.own
    if own is None or len(own.rows) <= MAX_LINK_ROWS:
        assert (again.experiment, again.view, again.notices) == (link.experiment, link.view, ())
    assert _notices_are_short(link)
    return not link.notices


def _notices_are_short(link: Link) -> bool:
    return len(link.notices) <= MAX_NOTICES and all(
        len(notice.field) <= 60 and len(str(notice.value)) <= 60 and str(notice.allowed) for notice in link.notices
    )


def start_is_where_training_begins(text: str) -> bool:
    """Check that a run with an accepted `start` begins there and trains on with finite numbers."""
    experiment = read_link(f"{_START_LINK}&start={text}").experiment
    if experiment.start is None:
        return False
    trainer = Trainer(experiment)
    _is_alive(trainer)
    trainer.run(2)
    _is_alive(trainer)
    return True


def _is_alive(trainer: Trainer) -> None:
    checkpoint = trainer.checkpoint()
    assert (np.abs(checkpoint.theta) < LARGEST).all()
    assert not np.isnan(trainer.losses()).any()
    again = Trainer.restore(trainer.experiment, trainer.experiment.read_checkpoint(checkpoint.encode()))
    assert again.checkpoint().to_bytes() == checkpoint.to_bytes()


_START_LINK = link_to(LEARNER)


@cache
def _starts() -> tuple[str, ...]:
    trainer, starts = Trainer(LEARNER), []
    for epochs in (0, 1, 100):
        trainer.run(epochs)
        starts.append(trainer.checkpoint().encode())
    body = starts[-1].partition(".")[2]
    return (*starts, f"{2**48}.{body}", f"{2**48 + 1}.{body}", f"{2**53}.{body}")


# Checkpoints


def checkpoint_is_read(text: str) -> bool:
    """Check that an accepted checkpoint has the right size and finite numbers, and survives a round trip."""
    count = SMALL.parameter_count
    checkpoint = decode_checkpoint(text, count, OPTIMIZERS["adam"].state_size(count))
    assert (np.abs(checkpoint.theta) < LARGEST).all()
    assert np.isfinite(checkpoint.state).all()
    assert (checkpoint.mask + checkpoint.locked <= 1).all()
    again = decode_checkpoint(checkpoint.encode(), count, checkpoint.state.size)
    assert (again.epoch, again.to_bytes()) == (checkpoint.epoch, checkpoint.to_bytes())
    return True


def _small_checkpoints() -> list[str]:
    trainer = Trainer(SMALL.changed(optimizer="adam"))
    texts = [trainer.checkpoint().encode()]
    trainer.run(10)
    return [*texts, trainer.checkpoint().encode()]


@cache
def _tab() -> Tab:
    return Tab(_START_LINK)


def hello_goes_on(text: str) -> bool:
    """Check that a hello resumes at its checkpoint or changes nothing, and that the session then works."""
    tab = _tab()
    before = tab.state()
    answer = tab.say("hello", link=_START_LINK, checkpoint=text)[-1]
    if isinstance(answer, Refusal):
        assert tab.state() == before
        return False
    tab.say("step")
    tab.say("edit", net=tab.frame()["net"], layer=0, neuron=0, input=None, value=0.5)
    frame = tab.frame()
    Frame.model_validate(frame, strict=True)
    assert tab.say("hello", link=_START_LINK, checkpoint=checkpoint_text(frame))[0].type == "welcome"  # type: ignore[attr-defined]
    return True


# Lessons


@cache
def _lesson_files(language: str = "") -> dict[str, str]:
    folder = resource("lessons") / language
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))}


def lesson_is_read(text: str) -> bool:
    """Check that an accepted lesson is safe HTML, and that its links and goal work."""
    lesson = read_lesson(_written(text))
    assert read_link(lesson.setup).notices == read_link(lesson.solution).notices == ()
    assert [condition.render() for condition in lesson.goal]
    assert lesson.epochs >= 0
    assert 0 <= lesson.answer < len(lesson.choices)
    _is_safe(lesson)
    return True


def translation_is_read(text: str) -> bool:
    """Check that an accepted translation is safe HTML."""
    original = read_lesson(_written(_lesson_files()["02-xor.md"]))
    _is_safe(read_translation(_written(text), {original.name: original}, "xx"))
    return True


def _written(text: str) -> Path:
    path = _folder() / "02-xor.md"
    path.write_text(text, encoding="utf-8")
    return path


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="lessons-"))
    atexit.register(shutil.rmtree, folder)
    return folder


def _is_safe(lesson: Lesson) -> None:
    html = " ".join([lesson.title, lesson.question, *lesson.choices, lesson.body, lesson.explanation])
    assert not RAW_HTML.search(html)


def goal_is_read(text: str) -> bool:
    """Check that an accepted goal can be put into words."""
    return bool([condition.render() for condition in parse_goal(text)])


# Own data


def table_is_read(text: str) -> bool:
    """Check that an accepted table is rectangular, and that three of its columns become own data or are refused."""
    table = read_table(text)
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert table.problems.count >= len(table.problems.named)
    numbers = [column.name for column in table.columns if column.kind == "number"]
    x, y = [*numbers, "none", "none"][:2]
    for classes in (None, True, False):
        with contextlib.suppress(TableError):
            data = to_own_data(table, x, y, table.columns[-1].name, classes).data
            assert OwnData.model_validate_json(data.model_dump_json()) == data
            assert len(data.rows) > MAX_LINK_ROWS or OwnData.from_link(data.to_link()) == data
    return True


def own_data_are_read(text: str) -> bool:
    """Check that accepted own data lie on the grid and survive a round trip."""
    link = read_link(f"dataset=own&own={quote(text, errors='replace')}")
    assert _notices_are_short(link)
    data = link.experiment.own
    if data is None:
        assert len(link.notices) == 1
        return False
    points, targets = data.samples()
    assert (np.abs(points) <= 6).all()
    assert np.isfinite(targets).all()
    assert OwnData.from_link(data.to_link()) == data
    return True


def _own_links() -> list[str]:
    rows = np.array([[-5.0, 5.0, 0.0], [1.5, 2.25, 1.0], [3.0, 0.0, 1.0]])
    classes = OwnData(task="classification", classes=("a", "é"), columns=("x", "y", "kind"), rows=rows)
    values = OwnData(task="regression", ranges=((0, 1), (-1e99, 1e99)), target_range=(0, 9), rows=rows)
    return [classes.to_link(), values.to_link()]


# Model files


def model_is_read(text: str) -> bool:
    """Check that an accepted model file is a run that can continue, and survives a round trip."""
    model = model_from_json(text)
    trainer = model.trainer()
    again = model_from_json(model_to_json(trainer, model.view))
    assert (again.experiment, again.view) == (model.experiment, model.view)
    assert again.checkpoint.to_bytes() == model.checkpoint.to_bytes()
    return True


@cache
def _models() -> tuple[str, ...]:
    whole = model_to_json(_trained(LEARNER), View(example=(1.0, 2.0, 1.0)))
    plain = {name: part for name, part in json.loads(whole).items() if name != "checkpoint"}
    start = LEARNER.changed(start=_trained(LEARNER).checkpoint().encode())
    own = Experiment(dataset="own", hidden_layers=(1,), own=OwnData.from_link(_own_links()[0]))
    return whole, json.dumps(plain), model_to_json(Trainer(start), View()), model_to_json(Trainer(own), View())


# Formulas


def formula_is_read(text: str) -> bool:
    """Check that an accepted formula is finite everywhere and survives a round trip."""
    formula = read_formula(text)
    assert np.isfinite(formula.value(POINTS[:, 0], POINTS[:, 1])).all()
    assert parse(formula.text) == formula
    assert read_formula(formula.text).text == formula.text
    return True


_FORMULAS = ("3*sin(x1)", "x1^2+x2^2-9", "-x1^-2^2", "2x1(x2-1)", "atan2(x2,x1)/pi", "1e3*step(x1)", "x₁·x₂−2÷e")
_LINES = [f"\n{key}: " for key in KEYS]
_GOALS = ("test_loss < 0.05, hidden_neurons <= 3", "dataset = xor, epoch >= 1e2", "optimizer != adam")
_SIGNS = [name + "(" for name in FUNCTIONS] + ["x1", "x2", "pi", "e", "^", "**", "−", "×", "₁"]
_NAMES = [*DATASETS, *ACTIVATIONS, *FEATURES]


def _tables() -> tuple[str, ...]:
    rows = "length,width,kind\n5.1,3.5,iris\n7,3.2,tulip\n4.9,3,iris\n1e3,,tulip\n"
    numbers = "x;y;z\n1,5;2;3\n-2,5;1e2;4\n0;0;5\n"
    return rows, numbers, rows.replace(",", "\t"), '"a ""b""",c,d\n1,2,"x\ny"\n3,4,z\n', "1,2,0\n3,4,1\n5,6,1\n"


def targets() -> dict[str, Target]:
    """Return all targets by name."""
    return {
        "links": Target(Texts(_links(), [*_keys(), *_NAMES]), link_is_read, share=3),
        "TFP's links": Target(Texts(_TFP_LINKS, _TFP_WORDS), link_is_read, share=3),
        "starts of links": Target(Texts(_starts()), start_is_where_training_begins),
        "checkpoints": Target(
            Texts(_small_checkpoints(), ["AAAA", "____", "8H8_"]), checkpoint_is_read, InvalidValue, 3
        ),
        "hellos": Target(Texts(_starts()), hello_goes_on),
        "lessons": Target(Texts(_lesson_files().values(), _LINES), lesson_is_read, LessonError),
        "translations": Target(Texts(_lesson_files("ru").values(), _LINES), translation_is_read, LessonError),
        "goals": Target(Texts(_GOALS, [*QUANTITIES, "<=", ">=", "!="]), goal_is_read, InvalidValue, 2),
        "tables": Target(Texts(_tables(), ["\n", "\r\n", '""', "NA"]), table_is_read, TableError, 2),
        "own data": Target(Texts(_own_links()), own_data_are_read, share=3),
        "model files": Target(Texts(_models(), ["null", "[", "{"]), model_is_read, ModelFileError, 2),
        "formulas": Target(Texts(_FORMULAS, _SIGNS), formula_is_read, FormulaError, 3),
    }
