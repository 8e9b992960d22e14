"""Lessons: each is solved as its header says, and a wrong header is an error with its line."""

import re
from pathlib import Path

import httpx2
import numpy as np
import pytest
from live import LiveServer, ServerProcess

from engine import Experiment, Trainer, explain, read_link
from engine.analysis.example_step import example_step
from engine.analysis.explain import explain_inputs
from server.config.resources import resource
from server.lessons.goals import COMPARISONS, QUANTITIES, Condition, facts_of, parse_goal, reached
from server.lessons.lesson_files import KEYS, Lesson, load_lessons
from tests.engine_helpers import network_spec

LESSONS = load_lessons(resource("lessons")).by_language["en"]
EVERY = pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)

HEADER = {
    "title": "A lesson",
    "question": "What *next*?",
    "choice": "This",
    "answer": "2",
    "setup": "dataset=xor&networkShape=&seed=0.4",
    "goal": "test_loss < 0.05",
    "solution": "networkShape=4",
    "epochs": "50",
}


def text_of(header: dict[str, str], rest: str = "Before.\n---\nAfter.\n") -> str:
    lines = [f"{key}: {value}" for key, value in header.items()]
    if "choice" in header:
        lines.append("choice: That")
    return "\n".join(["---", *lines, "---", rest])


def write(folder: Path, text: str, name: str = "01-one.md") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path, text: str, name: str = "01-one.md") -> str:
    write(folder, text, name)
    lessons = load_lessons(folder)
    assert lessons.by_language["en"] == {}
    (error,) = lessons.errors
    return str(error)


def test_an_unreadable_lesson_file_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "01-folder.md").mkdir()
    (tmp_path / "02-nowhere.md").symlink_to(tmp_path / "gone")
    (tmp_path / "03-latin.md").write_bytes(b"caf\xe9")
    write(tmp_path, text_of(HEADER), "04-one.md")
    lessons = load_lessons(tmp_path)
    assert list(lessons.by_language["en"]) == ["one"]
    assert [str(error).partition(",")[0] for error in lessons.errors] == [
        "01-folder.md",
        "02-nowhere.md",
        "03-latin.md",
    ]


def epochs_that_reach(lesson: Lesson, experiment: Experiment, last: int) -> list[int]:
    trainer = Trainer(experiment)
    found = [0] if reached(lesson.goal, trainer) else []
    while trainer.epoch < last and trainer.diverged is None:
        trainer.run()
        found += [trainer.epoch] if reached(lesson.goal, trainer) else []
    return found


# Our fifteen lessons


def test_there_are_fifteen_lessons_without_a_mistake() -> None:
    lessons = load_lessons(resource("lessons"))
    assert lessons.errors == ()
    assert len(LESSONS) == 15


@EVERY
def test_a_solution_reaches_the_goal_and_the_setup_does_not(lesson: Lesson) -> None:
    assert epochs_that_reach(lesson, lesson.experiment, 0) == []
    assert epochs_that_reach(lesson, lesson.solved, lesson.epochs) != []
    if lesson.solved != lesson.experiment:
        assert epochs_that_reach(lesson, lesson.experiment, max(lesson.epochs, 300)) == []


@pytest.mark.parametrize("language", ["ru"])
@EVERY
def test_a_lesson_is_translated_with_the_same_numbers(lesson: Lesson, language: str) -> None:
    lessons = load_lessons(resource("lessons"), (language,))
    assert lessons.errors == ()
    translation = lessons.by_language[language][lesson.name]
    assert translation.language == language
    assert len(translation.choices) == len(lesson.choices)
    for part in ("title", "body", "explanation", "question"):
        original, translated = getattr(lesson, part), getattr(translation, part)
        assert translated != original
        assert sorted(re.findall(r"\d+\.\d+", translated)) == sorted(re.findall(r"\d+\.\d+", original))


@EVERY
def test_a_lesson_is_short(lesson: Lesson) -> None:
    words = re.sub(r"<[^>]+>", " ", lesson.body).split()
    assert 50 <= len(words) <= 260
    assert 50 <= len(re.sub(r"<[^>]+>", " ", lesson.explanation).split()) <= 160


@pytest.mark.parametrize("seed", ["0.1", "0.2", "0.3", "0.4", "0.5"])
def test_six_sigmoid_layers_fail_on_every_seed(seed: str) -> None:
    trainer = Trainer(LESSONS["vanishing-gradients"].experiment.changed(seed=seed))
    trainer.run(500)
    assert trainer.losses()[1] > 0.49


def test_six_tanh_layers_learn_in_about_18_epochs() -> None:
    lesson = LESSONS["vanishing-gradients"]
    taken = [epochs_that_reach(lesson, lesson.solved.changed(seed=f"0.{n}"), 60)[:1] for n in range(1, 10)]
    solved = [first[0] for first in taken if first]
    assert len(solved) >= 7
    assert 12 <= np.median(solved) <= 20


def test_the_numbers_in_the_backward_pass_lesson_match_the_engine() -> None:
    lesson = LESSONS["backward-pass"]
    theta = np.array([0.15, 0.20, 0.25, 0.30, 0.35, 0.35, 0.40, 0.45, 0.50, 0.55, 0.60, 0.60])
    there = explain_inputs(
        theta, network_spec((2, 2, 2), "sigmoid", "sigmoid"), np.array([0.05, 0.1]), np.array([0.01, 0.99])
    )
    hidden, output = there.layers
    numbers = [*hidden.a, *output.a, there.loss, output.a[0] - 0.01, output.derivative[0], output.delta[0]]
    numbers += [output.weight_gradient[0, 0], 0.40 - 0.5 * output.weight_gradient[0, 0]]
    for number in numbers:
        assert f"{number:.9f}" in lesson.body
    for weight, gradient in zip(hidden.weights.ravel(), hidden.weight_gradient.ravel(), strict=True):
        assert f"{weight - 0.5 * gradient:.9f}" in lesson.explanation
    assert Trainer(lesson.experiment).theta.tolist() == theta.tolist()


def test_one_step_of_the_backward_pass_lesson_lowers_the_loss_slightly() -> None:
    lesson = LESSONS["backward-pass"]
    link = read_link(lesson.setup)
    assert link.view.example == (0.05, 0.1, 0.01, 0.99)
    trainer = Trainer(link.experiment)
    explanation = explain(trainer, (0.05, 0.1), [0.01, 0.99])
    assert round(explanation.loss, 9) == 0.298371109
    assert round(example_step(trainer, explanation).loss, 9) == 0.291027774
    assert lesson.answer == 1


@pytest.mark.parametrize(
    ("name", "epochs", "low", "high"),
    [
        ("xor", 500, 0.49, 0.53),
        ("learning-rate", 50, 0.49, 0.51),
        ("gradient-descent", 30, 1.9, 2.0),
        ("symmetry", 300, 0.49, 0.51),
    ],
)
def test_the_predicted_answer_of_a_lesson_is_right(name: str, epochs: int, low: float, high: float) -> None:
    trainer = Trainer(LESSONS[name].experiment)
    trainer.run(epochs)
    assert low < trainer.losses()[1] < high


def test_in_the_overfitting_lesson_test_loss_rises_while_training_loss_falls() -> None:
    trainer = Trainer(LESSONS["overfitting"].experiment)
    losses = [trainer.losses() for _ in range(1000) if trainer.run()]
    lowest = int(np.argmin([test for _, test in losses]))
    assert lowest < 100
    assert losses[-1][1] > 2 * losses[lowest][1]
    assert losses[-1][0] < losses[lowest][0]


# Goals


@pytest.mark.parametrize("name", QUANTITIES)
def test_a_goal_can_name_every_quantity(name: str) -> None:
    facts = facts_of(Trainer(Experiment()))
    names = QUANTITIES[name].names
    value = next(iter(names)) if names else "3"
    (condition,) = parse_goal(f"{name} = {value}")
    assert condition.holds(facts) == (facts[name] == (value if names else 3.0))


@pytest.mark.parametrize(("comparison", "holds"), [("<", 0), ("<=", 1), (">", 0), (">=", 1), ("=", 1), ("!=", 0)])
def test_a_comparison_means_its_sign(comparison: str, holds: int) -> None:
    assert set(COMPARISONS) == {"<", "<=", ">", ">=", "=", "!="}
    assert Condition("epoch", comparison, 3.0).holds({"epoch": 3}) == bool(holds)


def test_lists_are_counted() -> None:
    facts = facts_of(Trainer(Experiment(hidden_layers=(3, 4), features=("x", "y", "xSquared"))))
    assert [facts[name] for name in ("hidden_layers", "hidden_neurons", "features", "parameters")] == [2, 7, 3, 33]


def test_a_goal_is_rendered_in_words() -> None:
    goal = parse_goal("test_loss<0.05,hidden_neurons <= 3, activation = relu")
    said = [condition.render() for condition in goal]
    assert said == ["test loss < 0.05", "number of hidden neurons ≤ 3", "activation = ReLU"]


# A teacher's mistakes


@pytest.mark.parametrize(
    ("key", "value", "line", "allowed"),
    [
        ("goal", "test_los < 0.05", 7, "one of epoch, train_loss, test_loss"),
        ("goal", "test_loss about 0", 7, "<= >= != < > =, separated by commas, such as test_loss < 0.05"),
        ("goal", "activation = swish", 7, "one of relu, tanh"),
        ("goal", "activation < relu", 7, "must compare activation by = or !=, and the value must be one of relu"),
        ("goal", "epoch <= nan", 7, "must compare epoch with a number"),
        ("setup", "dataset=xor&noise=99", 6, "is wrong: noise must be a number between 0 and 80; its value is “99”"),
        ("setup", "datasett=xor", 6, "is wrong: datasett is ignored because it is unknown; its value is “xor”"),
        ("solution", "networkShape=a", 8, "networkShape must be a whole number between 1 and 32; its value is “a”"),
        ("answer", "3", 5, "a whole number between 1 and 2"),
        ("answer", "", 5, "must appear exactly once"),
        ("epochs", "many", 9, "a whole number between 0 and 100,000"),
        ("choice", "", 4, "2 to 4 lines, each with text"),
        ("tittle", "x", 10, f"key: value, where key is one of {', '.join(KEYS)}"),
    ],
)
def test_a_wrong_header_is_an_error_with_file_line_and_allowed_values(
    tmp_path: Path, key: str, value: str, line: int, allowed: str
) -> None:
    said = complaint(tmp_path, text_of({**HEADER, key: value}))
    assert allowed in said
    assert said.startswith(f"01-one.md, line {line}: {key}")


@pytest.mark.parametrize("key", [key for key in HEADER if key != "solution"])
def test_a_missing_key_is_an_error(tmp_path: Path, key: str) -> None:
    said = complaint(tmp_path, text_of({name: value for name, value in HEADER.items() if name != key}))
    assert re.match(rf"01-one\.md, line \d+: {key} “” [a-z]", said)


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("", "must start with a header between two --- lines"),
        ("# A lesson", "must start with a header between two --- lines"),
        (
            text_of(HEADER, rest="No explanation."),
            "needs a --- line after the header and another before the explanation",
        ),
    ],
)
def test_a_file_with_missing_parts_is_an_error(tmp_path: Path, text: str, allowed: str) -> None:
    assert allowed in complaint(tmp_path, text)


@pytest.mark.parametrize("name", ["xor.md", "01.md", "01-Xor.md", "01-x y.md"])
def test_a_file_name_needs_a_number_and_a_name(tmp_path: Path, name: str) -> None:
    assert "must be named like 02-xor.md" in complaint(tmp_path, text_of(HEADER), name)


def test_two_lessons_cannot_share_a_name(tmp_path: Path) -> None:
    write(tmp_path, text_of(HEADER), "01-one.md")
    write(tmp_path, text_of(HEADER), "02-one.md")
    lessons = load_lessons(tmp_path)
    assert list(lessons.by_language["en"]) == ["one"]
    assert "02-one.md, line 1: one is already the name of another lesson" in str(lessons.errors[0])


def test_html_in_a_lesson_is_escaped(tmp_path: Path) -> None:
    header = {**HEADER, "title": "<script>1</script>", "question": "**a** <b>c</b>", "choice": '<img src="x">'}
    rest = '<script>1</script> [x](javascript:alert(1)) ![y](http://z/) <i onclick="x">\n---\n`a` < **b**'
    write(tmp_path, text_of(header, rest=rest))
    lesson = load_lessons(tmp_path).by_language["en"]["one"]
    everything = lesson.title + lesson.question + lesson.choices[0] + lesson.body + lesson.explanation
    assert not re.search(r"<(script|img|b>|i )|href=.javascript", everything)
    assert "<strong>a</strong>" in lesson.question


# Translations


def test_a_translation_replaces_only_the_texts(tmp_path: Path) -> None:
    write(tmp_path, text_of(HEADER))
    write(tmp_path, text_of({**HEADER, "goal": "epoch > 3"}), "02-two.md")
    texts = "---\ntitle: Урок\nquestion: Что?\nchoice: Это\nchoice: То\n---\nДо.\n---\nПосле.\n"
    write(tmp_path, texts, "ru/01-one.md")
    lessons = load_lessons(tmp_path, ["en", "ru"])
    assert lessons.errors == ()
    one, two = lessons.by_language["ru"].values()
    assert (one.title, one.choices, one.language) == ("Урок", ("Это", "То"), "ru")
    assert (one.goal, one.setup) == (lessons.by_language["en"]["one"].goal, lessons.by_language["en"]["one"].setup)
    assert (two.title, two.language) == ("A lesson", "en")


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("title: x\nquestion: y\nchoice: z\nchoice: z\ngoal: epoch > 1", "ru/01-one.md", "ru/01-one.md, line 6: goal"),
        (
            "title: x\nquestion: y\nchoice: z\nchoice: z\nchoice: z",
            "ru/01-one.md",
            "must appear on 2 lines, as in the original",
        ),
        ("title: x\nquestion: y\nchoice: z\nchoice: z", "ru/03-three.md", "must be a translation of one of one"),
    ],
)
def test_a_wrong_translation_is_an_error(tmp_path: Path, text: str, name: str, said: str) -> None:
    write(tmp_path, text_of(HEADER))
    write(tmp_path, f"---\n{text}\n---\nA\n---\nB\n", name)
    (error,) = load_lessons(tmp_path, ["ru"]).errors
    assert said in str(error)


# On the page


def test_every_lesson_has_a_page_and_is_listed(live_server: LiveServer) -> None:
    listed = httpx2.get(live_server.url + "/", params={"lesson": ""}).text
    for name, lesson in LESSONS.items():
        assert f'href="?lesson={name}"' in listed
        page = httpx2.get(live_server.url + "/", params={"lesson": name}).text
        assert f'data-lesson="{name}"' in page
        assert lesson.title in page
        assert not re.findall(r'\sstyle="|\son[a-z]+="|<style|javascript:', page)


@pytest.mark.parametrize("name", ["nothing", "../xor", "<script>"])
def test_an_unknown_lesson_shows_the_list(live_server: LiveServer, name: str) -> None:
    page = httpx2.get(live_server.url + "/", params={"lesson": name}).text
    assert 'class="lesson-list"' in page
    assert name not in page or name == "nothing"


def test_the_page_without_a_lesson_has_no_lesson_panel(live_server: LiveServer) -> None:
    page = httpx2.get(live_server.url + "/").text
    assert 'id="lesson"' not in page
    assert 'href="?lesson="' in page


def test_lesson_links_keep_the_language_of_the_url(live_server: LiveServer) -> None:
    page = httpx2.get(live_server.url + "/", params={"lesson": "xor", "lang": "en"}).text
    assert 'href="?lang=en&amp;lesson=three-lines"' in page


def test_a_teachers_folder_is_served_and_its_mistakes_are_logged_once(tmp_path: Path) -> None:
    write(tmp_path, text_of(HEADER))
    write(tmp_path, text_of({**HEADER, "goal": "loss < 1"}), "02-two.md")
    with ServerProcess(0, "--plain", "--lessons", str(tmp_path)) as server:
        server.wait_ready()
        page = httpx2.get(server.url + "/", params={"lesson": ""}).text
        assert re.findall(r'data-lesson="(\w+)"', page) == ["one"]
        wrong = "A lesson is left out: 02-two.md, line 7: goal “loss < 1” must compare loss by = or !="
        assert server.output().count(wrong) == 1


def test_the_page_knows_every_comparison() -> None:
    script = (resource("static") / "js" / "features" / "lessons" / "goals.js").read_text(encoding="utf-8")
    assert set(re.findall(r'"([<>=!]+)": \(a, b\)', script)) == set(COMPARISONS)
