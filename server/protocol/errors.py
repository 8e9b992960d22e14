"""Define the exception for refused commands."""

from engine.text.validation import Mistake


class Refused(Exception):
    """Signal that the server cannot read or carry out a command, and that nothing has changed.

    `rev` is the command's `rev` if an unreadable message still shows it.
    """

    def __init__(self, mistake: Mistake, rev: int | None = None) -> None:
        super().__init__(mistake)
        self.mistake, self.rev = mistake, rev
