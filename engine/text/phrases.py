"""Phrase: a text for a reader, kept as an English template and its values until somebody knows the reader's language.

The templates are what translators see; `scripts/texts.py` finds them where a Phrase is made.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Phrase:
    """A template with {names} and their values, which may be phrases themselves. `str()` gives English."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def render(self, translate: Callable[[str], str]) -> str:
        """Return the text in the language into which `translate` turns a template."""
        values = {
            name: value.render(translate) if isinstance(value, Phrase) else str(value)
            for name, value in self.values.items()
        }
        return translate(self.text).format_map(values)

    def __str__(self) -> str:
        return self.render(str)


class InvalidValue(ValueError):
    """A value from outside that does not fit; `allowed` says what would."""

    def __init__(self, allowed: Phrase) -> None:
        super().__init__(allowed)
        self.allowed = allowed
