"""The one exception with which the server turns a command down."""

from engine.text.validation import Mistake


class Refused(Exception):
    """A command cannot be read or carried out, and nothing has changed.

    `rev` is the command's where a message that cannot be read still tells it.
    """

    def __init__(self, mistake: Mistake, rev: int | None = None) -> None:
        super().__init__(mistake)
        self.mistake, self.rev = mistake, rev
