"""What the page shows of the lessons: the list, or one of them, in the reader's language; and its other languages."""

from dataclasses import dataclass
from gettext import NullTranslations
from urllib.parse import urlencode

from server.i18n.translations import Texts
from server.lessons.goals import Condition
from server.lessons.lesson_files import Lesson, Lessons


def page_address(language: str | None, lesson: str | None) -> str:
    """Return where the page is in a language and with a lesson; None leaves either out."""
    query = {"lang": language, "lesson": lesson}
    return "?" + urlencode({key: value for key, value in query.items() if value is not None})


def other_languages(texts: Texts, language: str, lesson: str | None) -> list[tuple[str, str, str]]:
    """Return of each language but this one its tag, its own name and where the same page is in it."""
    return [(tag, texts.names[tag], page_address(tag, lesson)) for tag in texts.languages if tag != language]


@dataclass(frozen=True)
class LessonPages:
    """Whether the panel is open, which lesson is in it, and where others are."""

    lessons: tuple[Lesson, ...]
    open: bool
    lesson: Lesson | None
    asked_language: str | None  # where the address names one
    catalogue: NullTranslations

    @property
    def number(self) -> int:
        """Which lesson it is, counted from 1; 0 is the list."""
        return self.lessons.index(self.lesson) + 1 if self.lesson else 0

    def address(self, name: str | None) -> str:
        """Return where a lesson is; an empty name is the list, None the playground alone."""
        return page_address(self.asked_language, name)

    def words(self, condition: Condition) -> str:
        """Return a condition in words."""
        return condition.render(self.catalogue)


def lesson_pages(
    lessons: Lessons, texts: Texts, language: str, asked: str | None, asked_language: str | None
) -> LessonPages:
    """Return what to show; for a name that there is not, the list."""
    known = lessons.by_language[language]
    lesson = known.get(asked or "")
    return LessonPages(tuple(known.values()), asked is not None, lesson, asked_language, texts.catalogue(language))
