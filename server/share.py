"""How many frames a process makes, and each learner's share of them."""

import time
from collections.abc import Callable, Collection
from math import ceil

from server.session import Session

RATE = 60  # frames a second that a page is sent at most: as often as screens show one
FRAMES = 800  # frames a second that one process makes for all: most of a core with the default network
RECOUNT = 0.25  # seconds


class Share:
    """Divides the frames evenly among the learners who play and look: the more, the fewer frames for each of them."""

    def __init__(self, sessions: Collection[Session], now: Callable[[], float] = time.monotonic) -> None:
        self._sessions, self._now = sessions, now
        self._counted, self._sixtieths = float("-inf"), 1

    def sixtieths(self) -> int:
        """Return for how many sixtieths of a second one frame is to do: 1 among few learners."""
        now = self._now()
        if now - self._counted >= RECOUNT:
            self._counted = now
            playing = sum(s.training.playing and s.visible and not s.stalled for s in self._sessions)
            self._sixtieths = max(1, ceil(RATE * playing / FRAMES))
        return self._sixtieths
