"""A message of the page as a command, or what is wrong with it."""

import contextlib
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from engine.text.phrases import Phrase
from engine.text.validation import (
    MAX_VALUES,
    Mistake,
    at_most_characters,
    at_most_values,
    characters,
    has_too_many_values,
    mistakes,
    shown,
)
from server.protocol.messages import COMMAND, MAX_COUNT


class Unreadable(Exception):
    """A message is no command; `rev` is that of the command it should have been, where it can be read."""

    def __init__(self, mistake: Mistake, rev: int | None = None) -> None:
        super().__init__(mistake)
        self.mistake, self.rev = mistake, rev


def command_in(text: str | bytes, longest: int) -> Any:
    """Return the command in a message of up to so many characters; Unreadable says why there is none."""
    if isinstance(text, bytes):
        raise Unreadable(Mistake("message", Phrase("binary data"), Phrase("must be JSON text")))
    if len(text) > longest:
        value = characters(len(text))
        raise Unreadable(
            Mistake(
                "message",
                value,
                at_most_characters(longest),
            )
        )
    if has_too_many_values(text):
        raise Unreadable(
            Mistake(
                "message",
                shown(text),
                at_most_values(MAX_VALUES),
            )
        )
    try:
        return COMMAND.validate_json(text, strict=True)
    except ValidationError as error:
        first = mistakes(error, COMMAND)[0]
        mistake = Mistake(first.field or "message", first.value, first.allowed)
        raise Unreadable(mistake, _rev_in(text)) from error


def _rev_in(text: str) -> int | None:
    """Return the rev of a refused message where it can be read, so that the page can put its change back."""
    with contextlib.suppress(ValueError):
        message = from_json(text)
        rev = message.get("rev") if isinstance(message, dict) else None
        if type(rev) is int and 0 <= rev <= MAX_COUNT:
            return rev
    return None
