"""Lesson files: Markdown with a header, read once at start. docs/lessons.md explains the format to teachers.

A file contains a header between two `---` lines, the lesson, another `---` line, and the explanation shown after the
goal is reached. A translation has the same file name in a folder named after the language, and only texts as header.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from engine.interchange.links import Link, link_to, read_link
from engine.text.phrases import InvalidValue, Phrase
from engine.text.validation import shown, whole_number
from engine.training.experiment import Experiment
from server.i18n.translations import SOURCE
from server.lessons.goals import Condition, parse_goal

TEXT_KEYS = ("title", "question", "choice")
KEYS = (*TEXT_KEYS, "answer", "answer_after", "setup", "goal", "solution", "epochs")
OPTIONAL = {"answer_after": "1", "solution": ""}
FEWEST_CHOICES, MOST_CHOICES = 2, 4
MOST_EPOCHS = 100_000
FENCE = "---"
_NAME = re.compile(r"\d+-([a-z0-9-]+)")
_LINE = re.compile(r"(\w+):(.*)")
# Raw HTML is shown as text, and images are off: the page's security policy blocks those from other sites.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


class LessonError(ValueError):
    """A mistake in a lesson file; the message names file, line and what is allowed."""

    def __init__(self, file: str, line: int, wrong: str, allowed: Phrase) -> None:
        super().__init__(f"{file}, line {line}: {shown(wrong)} {allowed}")


@dataclass(frozen=True)
class Lesson:
    """Hold one lesson in one language. All texts are safe HTML; `answer` is an index into `choices`."""

    name: str
    language: str
    title: str
    question: str
    choices: tuple[str, ...]
    body: str
    explanation: str
    answer: int
    answer_after: int  # epochs of training after which the prediction is checked
    setup: str
    solution: str
    epochs: int  # that the solution needs to reach the goal
    goal: tuple[Condition, ...]

    @property
    def experiment(self) -> Experiment:
        """Return the experiment that the lesson starts with."""
        return read_link(self.setup).experiment

    @property
    def solved(self) -> Experiment:
        """Return the experiment of the lesson's solution."""
        return read_link(self.solution).experiment


@dataclass(frozen=True)
class Lessons:
    """Hold all lessons by language and name, in the order of their files, and the errors in other files."""

    by_language: dict[str, dict[str, Lesson]]
    errors: tuple[LessonError, ...] = field(default=())


def load_lessons(folder: Path, languages: Iterable[str] = (SOURCE,)) -> Lessons:
    """Read a folder. Lessons with a mistake are left out; lessons without a translation stay in English."""
    errors: list[LessonError] = []
    originals: dict[str, Lesson] = {}
    for path in sorted(folder.glob("*.md")):
        try:
            lesson = read_lesson(path)
            if lesson.name in originals:
                raise LessonError(
                    path.name, 1, lesson.name, Phrase("is already the name of another lesson; choose a different one")
                )
            originals[lesson.name] = lesson
        except LessonError as error:
            errors.append(error)
    by_language = {SOURCE: originals}
    for language in languages:
        by_language[language] = dict(originals)
        for path in sorted((folder / language).glob("*.md")):
            try:
                lesson = read_translation(path, originals, language)
                by_language[language][lesson.name] = lesson
            except LessonError as error:
                errors.append(error)
    return Lessons(by_language, tuple(errors))


@dataclass
class _Source:
    """Hold the parts of a file: the values of each key with their line numbers, and the two bodies."""

    file: str
    name: str
    values: dict[str, list[tuple[int, str]]]
    end: int  # number of the header's last line
    body: str
    explanation: str

    def error(self, key: str, allowed: Phrase) -> LessonError:
        """Return an error for a key, at its empty or last value; for a missing key, at the end of the header."""
        found = self.values.get(key, [(self.end, "")])
        line, value = next((each for each in found if not each[1]), found[-1])
        return LessonError(self.file, line, f"{key} “{value}”", allowed)

    def one(self, key: str) -> str:
        """Return the value of a key that must appear once."""
        if key not in self.values and key in OPTIONAL:
            return OPTIONAL[key]
        found = self.values.get(key, [])
        if len(found) != 1 or not (found[0][1] or key in OPTIONAL):
            raise self.error(key, Phrase("must appear exactly once"))
        return found[0][1]

    def number(self, key: str, low: int, high: int) -> int:
        """Return the integer value of a key."""
        text = self.one(key)
        if not (text.isascii() and text.isdecimal() and len(text) < 9 and low <= int(text) <= high):
            raise self.error(key, whole_number(low, high))
        return int(text)

    def choices(self) -> tuple[str, ...]:
        """Return the choices as HTML."""
        found = [text for _, text in self.values.get("choice", [])]
        if not FEWEST_CHOICES <= len(found) <= MOST_CHOICES or not all(found):
            limits = {"low": FEWEST_CHOICES, "high": MOST_CHOICES}
            raise self.error("choice", Phrase("must appear on {low} to {high} lines, each with text", limits))
        return tuple(_MARKDOWN.renderInline(text) for text in found)

    def link(self, key: str, before: str = "") -> Link:
        """Return the link of a key, applied on top of another fragment."""
        link = read_link(f"{before}&{self.one(key).removeprefix('#')}")
        for mistake in link.notices:
            raise self.error(key, Phrase("is wrong: {field} {allowed}; its value is “{value}”", vars(mistake)))
        return link


def read_lesson(path: Path) -> Lesson:
    """Read a lesson; raise LessonError if it has a mistake."""
    source = _split(path, path.name, KEYS)
    choices = source.choices()
    try:
        goal = parse_goal(source.one("goal"))
    except InvalidValue as error:
        raise source.error("goal", error.allowed) from error
    setup = source.link("setup")
    fragment = link_to(setup.experiment, setup.view)
    solution = source.link("solution", before=fragment)
    return Lesson(
        name=source.name,
        language=SOURCE,
        choices=choices,
        **_rendered_texts(source),
        answer=source.number("answer", 1, len(choices)) - 1,
        answer_after=source.number("answer_after", 1, MOST_EPOCHS),
        setup=fragment,
        solution=link_to(solution.experiment, solution.view),
        epochs=source.number("epochs", 0, MOST_EPOCHS),
        goal=goal,
    )


def read_translation(path: Path, originals: dict[str, Lesson], language: str) -> Lesson:
    """Read a translation: texts from the file, everything else from the original lesson."""
    source = _split(path, f"{language}/{path.name}", TEXT_KEYS)
    if source.name not in originals:
        raise LessonError(
            source.file,
            1,
            source.name,
            Phrase("must be a translation of one of {names}", {"names": ", ".join(originals)}),
        )
    original, choices = originals[source.name], source.choices()
    if len(choices) != len(original.choices):
        count = {"count": len(original.choices)}
        raise source.error(
            "choice",
            Phrase.counted(
                "must appear on {count} line, as in the original",
                "must appear on {count} lines, as in the original",
                count,
            ),
        )
    return replace(
        original,
        language=language,
        choices=choices,
        **_rendered_texts(source),
    )


def _rendered_texts(source: _Source) -> dict[str, Any]:
    """Return the texts that a lesson and its translation both have, as HTML."""
    return {
        "title": _MARKDOWN.renderInline(source.one("title")),
        "question": _MARKDOWN.renderInline(source.one("question")),
        "body": _MARKDOWN.render(source.body),
        "explanation": _MARKDOWN.render(source.explanation),
    }


def _split(path: Path, file: str, keys: tuple[str, ...]) -> _Source:
    named = _NAME.fullmatch(path.stem)
    if named is None:
        raise LessonError(
            file,
            1,
            path.name,
            Phrase("must be named like 02-xor.md: a number, then lowercase letters, digits and hyphens"),
        )
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (UnicodeDecodeError, OSError) as error:
        raise LessonError(file, 1, file, Phrase("must be UTF-8 text")) from error
    fences = [at for at, line in enumerate(lines) if line.strip() == FENCE]
    if not fences or fences[0] != 0:
        raise LessonError(file, 1, file, Phrase("must start with a header between two --- lines"))
    if len(fences) < 3:
        missing = Phrase("needs a --- line after the header and another before the explanation")
        raise LessonError(file, len(lines), file, missing)
    values: dict[str, list[tuple[int, str]]] = {}
    for number, key, value in _header(file, lines[1 : fences[1]], keys):
        values.setdefault(key, []).append((number, value))
    body, explanation = lines[fences[1] + 1 : fences[2]], lines[fences[2] + 1 :]
    return _Source(file, named[1], values, fences[1] + 1, "\n".join(body), "\n".join(explanation))


def _header(file: str, lines: list[str], keys: tuple[str, ...]) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(lines, start=2):
        if not line.strip():
            continue
        found = _LINE.fullmatch(line.strip())
        if found is None or found[1] not in keys:
            allowed = Phrase("must be key: value, where key is one of {names}", {"names": ", ".join(keys)})
            raise LessonError(file, number, line.strip(), allowed)
        yield number, found[1], found[2].strip()
