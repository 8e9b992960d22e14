"""Translations: gettext catalogues for templates and errors, tables for scripts, and the choice of a language."""

import json
from gettext import NullTranslations, translation
from pathlib import Path
from typing import Any

from engine.text.phrases import Phrase

SOURCE = "en"
NAME = Phrase("English")  # each catalogue translates it with its own language's name


class Translations:
    """Hold the catalogues of a folder. English is the source language and needs none."""

    def __init__(self, folder: Path) -> None:
        found = {path.parent.parent.name for path in folder.glob("*/LC_MESSAGES/messages.mo")}
        self.languages = (SOURCE, *sorted(found - {SOURCE}))
        self._catalogues = {name: translation("messages", folder, [name], fallback=True) for name in self.languages}
        self._tables: dict[str, dict[str, Any]] = {
            name: json.loads((folder / name / "texts.json").read_text(encoding="utf-8")) if name in found else {}
            for name in self.languages
        }
        self.names = {name: NAME.render(catalogue) for name, catalogue in self._catalogues.items()}

    def known(self, wish: str | None) -> str | None:
        """Return the one of `languages` that a tag such as `en-GB` names, or None."""
        tag = (wish or "").strip().lower().split("-")[0]
        return tag if tag in self.languages else None

    def chosen(self, asked: str | None, accepted: str, remembered: str | None = None) -> str:
        """Return the first known language of: the one asked for, the one remembered, those of Accept-Language."""
        wishes = [asked, remembered, *(part.split(";")[0] for part in accepted.split(","))]
        return next(filter(None, map(self.known, wishes)), SOURCE)

    def catalogue(self, language: str) -> NullTranslations:
        """Return the catalogue of one of `languages`."""
        return self._catalogues[language]

    def for_scripts(self, language: str) -> dict[str, Any]:
        """Return the texts that the page's scripts look up, as scripts/texts.py wrote them."""
        return self._tables[language]
