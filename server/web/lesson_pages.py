"""The lesson panel of the page: the list of lessons or one lesson, and links to the page in other languages."""

from dataclasses import dataclass
from gettext import NullTranslations
from urllib.parse import urlencode

from server.i18n.translations import Translations
from server.lessons.goals import Condition
from server.lessons.lesson_files import Lesson, Lessons


def page_address(language: str | None, lesson: str | None) -> str:
    """Return the relative URL of the page in a language and with a lesson; None leaves that part out."""
    query = {"lang": language, "lesson": lesson}
    return "?" + urlencode({key: value for key, value in query.items() if value is not None})


def other_languages(translations: Translations, language: str, lesson: str | None) -> list[tuple[str, str, str]]:
    """Return tag, native name and URL of the same page for each other language."""
    return [
        (tag, translations.names[tag], page_address(tag, lesson)) for tag in translations.languages if tag != language
    ]


@dataclass(frozen=True)
class LessonPages:
    """Hold what the template of the lesson panel reads."""

    lessons: tuple[Lesson, ...]
    open: bool
    lesson: Lesson | None
    asked_language: str | None  # only if the URL names it
    catalogue: NullTranslations

    @property
    def number(self) -> int:
        """Return the number of the lesson shown, from 1; 0 means the list."""
        return self.lessons.index(self.lesson) + 1 if self.lesson else 0

    def address(self, name: str | None) -> str:
        """Return the URL of a lesson; an empty name means the list, None the playground without lessons."""
        return page_address(self.asked_language, name)

    def words(self, condition: Condition) -> str:
        """Return a condition in words."""
        return condition.render(self.catalogue)


def lesson_pages(
    lessons: Lessons, translations: Translations, language: str, asked: str | None, asked_language: str | None
) -> LessonPages:
    """Return the panel for the lesson asked for; an unknown name gives the list, None a closed panel."""
    known = lessons.by_language[language]
    lesson = known.get(asked or "")
    return LessonPages(
        tuple(known.values()), asked is not None, lesson, asked_language, translations.catalogue(language)
    )
