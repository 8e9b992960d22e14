"""Parse a client's message into a command, or say why it is invalid."""

import contextlib

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
from server.protocol.commands import COMMAND, Command
from server.protocol.errors import Refused
from server.protocol.message import MAX_COUNT


def read_command(text: str | bytes, longest: int) -> Command:
    """Return the command in a message of at most `longest` characters; raise Refused if it is invalid."""
    if isinstance(text, bytes):
        raise Refused(Mistake("message", Phrase("binary data"), Phrase("must be JSON text")))
    if len(text) > longest:
        raise Refused(Mistake("message", characters(len(text)), at_most_characters(longest)))
    if has_too_many_values(text):
        raise Refused(Mistake("message", shown(text), at_most_values(MAX_VALUES)))
    try:
        return COMMAND.validate_json(text, strict=True)
    except ValidationError as error:
        first = mistakes(error, COMMAND)[0]
        mistake = Mistake(first.field or "message", first.value, first.allowed)
        raise Refused(mistake, _rev_in(text)) from error


def _rev_in(text: str) -> int | None:
    """Return the rev of a refused message if readable, so that the client can undo its change."""
    with contextlib.suppress(ValueError):
        message = from_json(text)
        rev = message.get("rev") if isinstance(message, dict) else None
        if type(rev) is int and 0 <= rev <= MAX_COUNT:
            return rev
    return None
