"""Texts in the reader's language: gettext catalogues for templates, errors and scripts."""

import functools
from gettext import GNUTranslations, NullTranslations, translation
from typing import Any

from server.resources import resource

DEFAULT = "en"


@functools.cache
def catalogue(language: str) -> NullTranslations:
    """Return the catalogue of a language; English is the source itself."""
    return translation("messages", resource("locales"), [language], fallback=True)


@functools.cache
def languages() -> tuple[str, ...]:
    """Return the languages there are, English first."""
    found = {path.parent.parent.name for path in resource("locales").glob("*/LC_MESSAGES/messages.mo")}
    return (DEFAULT, *sorted(found - {DEFAULT}))


def chosen(asked: str | None, accepted: str) -> str:
    """Return the language to use: the one asked for, else the first of Accept-Language that there is."""
    wishes = [asked or ""] + [part.split(";")[0].strip() for part in accepted.split(",")]
    for wish in wishes:
        tag = wish.lower().split("-")[0]
        if tag in languages():
            return tag
    return DEFAULT


def script_texts(language: str) -> dict[str, Any]:
    """Return the translations that the page's scripts look up."""
    translations = catalogue(language)
    if not isinstance(translations, GNUTranslations):
        return {}
    entries: dict[Any, str] = translations._catalog  # type: ignore[attr-defined]
    return {key: text for key, text in entries.items() if isinstance(key, str) and key}
