"""Texts in the reader's language: gettext catalogues for templates, errors and scripts."""

from gettext import GNUTranslations, NullTranslations, translation
from pathlib import Path
from typing import Any

SOURCE = "en"


class Texts:
    """The catalogues of a folder; English is the source itself and needs none."""

    def __init__(self, folder: Path) -> None:
        found = {path.parent.parent.name for path in folder.glob("*/LC_MESSAGES/messages.mo")}
        self.languages = (SOURCE, *sorted(found - {SOURCE}))
        self._catalogues = {name: translation("messages", folder, [name], fallback=True) for name in self.languages}

    def chosen(self, asked: str | None, accepted: str) -> str:
        """Return the language to use: the one asked for, else the first of Accept-Language that there is."""
        for wish in [asked or "", *(part.split(";")[0].strip() for part in accepted.split(","))]:
            tag = wish.lower().split("-")[0]
            if tag in self.languages:
                return tag
        return SOURCE

    def catalogue(self, language: str) -> NullTranslations:
        """Return the catalogue of one of `languages`."""
        return self._catalogues[language]

    def for_scripts(self, language: str) -> dict[str, Any]:
        """Return the translations that the page's scripts look up."""
        translations = self.catalogue(language)
        if not isinstance(translations, GNUTranslations):
            return {}
        entries: dict[Any, str] = translations._catalog  # type: ignore[attr-defined]
        return {key: text for key, text in entries.items() if isinstance(key, str) and key}
