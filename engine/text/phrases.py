"""Keep a message as an English template and its values until the reader's language is known.

Translators see the templates; `scripts/texts.py` collects them from the calls of Phrase.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from gettext import NullTranslations
from typing import Protocol

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Catalogue(Protocol):
    """The translations of one language, as gettext's classes look them up."""

    def gettext(self, message: str, /) -> str:
        """Return the translation of a text."""

    def ngettext(self, singular: str, plural: str, count: int, /) -> str:
        """Return the translation of a text in the form that a count takes."""

    def pgettext(self, context: str, message: str, /) -> str:
        """Return the translation that a text has in a context."""


ENGLISH: Catalogue = NullTranslations()


@dataclass(frozen=True)
class Phrase:
    """A template with {names} and their values: texts, numbers, or phrases. `str()` gives English."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)
    plural: str = ""
    by: str = "count"

    @classmethod
    def counted(cls, singular: str, plural: str, values: Mapping[str, object], by: str = "count") -> "Phrase":
        """Make a phrase with a form for each number; `by` names the value that selects the form."""
        return cls(singular, values, plural, by)

    def render(self, catalogue: Catalogue = ENGLISH) -> str:
        """Return the text in a catalogue's language, with numbers written as that language writes them."""
        values = {name: rendered(value, catalogue) for name, value in self.values.items()}
        if not self.plural:
            return catalogue.gettext(self.text).format_map(values)
        count = self.values[self.by]
        assert isinstance(count, int)
        return catalogue.ngettext(self.text, self.plural, count).format_map(values)

    def __str__(self) -> str:
        return self.render()


def rendered(value: object, catalogue: Catalogue = ENGLISH) -> str:
    """Return a phrase, a number or a text as a reader of this language should see it."""
    if isinstance(value, Phrase):
        return value.render(catalogue)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value, catalogue)
    return str(value)


def _number(number: float, catalogue: Catalogue) -> str:
    """Write a number in full, with its thousands apart; a tiny or huge one by three digits and a power of ten."""
    size, power = abs(number), ""
    if not math.isfinite(number):
        digits = "∞" if math.isinf(number) else "?"
    elif size == 0 or 1e-6 <= size < 1e15:
        digits = f"{Decimal(int(size) if float(size).is_integer() else repr(size)):,f}"
    else:
        digits, _, exponent = f"{size:.2e}".partition("e")
        digits = digits.rstrip("0").rstrip(".")
        power = f"·10{str(int(exponent)).translate(SUPERSCRIPTS)}"
    separators = {",": catalogue.pgettext("between thousands", ","), ".": catalogue.pgettext("before decimals", ".")}
    return ("−" if number < 0 else "") + "".join(separators.get(sign, sign) for sign in digits) + power


class InvalidValue(ValueError):
    """Reject a value from outside; `allowed` says what is allowed."""

    def __init__(self, allowed: Phrase) -> None:
        super().__init__(allowed)
        self.allowed = allowed
