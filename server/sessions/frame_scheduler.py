"""How many frames a process makes, each learner's share of them, and whose turn it is."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Collection
from math import ceil

from server.sessions.session import Session

RATE = 60  # frames a second that a page is sent at most: as often as screens show one
FRAMES = 1000  # frames a second that one process makes for all: most of a core with the default network
RECOUNT = 0.25  # seconds
LOOK = 0.05  # seconds between two looks at how long a turn is waited for
LATE, EARLY = 0.45, 0.3  # of the time from frame to frame: a turn that waits longer on average, or not so long
LEAST = 0.02  # seconds that no turn is late
FEWER = 0.8  # of the frames are left then, and not less than a quarter of them in all
SETTLE = 1.0  # seconds until the next change at the earliest
CALM = 2.0  # seconds until there are more again
LONG = 64.0  # seconds, if that was too early again and again


class Share:
    """Divides the frames evenly among the learners who play and look: the more, the fewer frames for each of them.

    Where the processor does not suffice for so many, whatever else it has to do, there are fewer for all: the pace of
    training goes down only when that does not help.
    """

    def __init__(self, sessions: Collection[Session], now: Callable[[], float] = time.monotonic) -> None:
        self._sessions, self._now = sessions, now
        self._counted, self._sixtieths = float("-inf"), 1
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._frames, self._lag = float(FRAMES), 0.0
        self._changed, self._calm, self._more = now(), CALM, False

    def sixtieths(self) -> int:
        """Return for how many sixtieths of a second one frame is to do: 1 among few learners."""
        now = self._now()
        if now - self._counted >= RECOUNT:
            self._counted = now
            playing = sum(s.training.playing and s.visible and not s.stalled for s in self._sessions)
            self._sixtieths = max(1, ceil(RATE * playing / self._frames))
        return self._sixtieths

    async def turn(self) -> None:
        """Wait until it is one's turn: one comes after the other, and in between the event loop reads messages."""
        loop = asyncio.get_running_loop()
        mine = loop.create_future()
        self._waiting.append(mine)
        if len(self._waiting) == 1:
            loop.call_soon(self._next, loop)
        await mine

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        mine = self._waiting.popleft()
        if not mine.done():  # else its session has ended meanwhile
            mine.set_result(None)
        if self._waiting:
            loop.call_soon(self._next, loop)

    async def watch(self) -> None:
        """Look how long a turn is waited for, for good: where that is long, there is more to do than can be done."""
        while True:
            await asyncio.sleep(LOOK)
            before = self._now()
            await self.turn()
            self.late(self._now() - before)

    def late(self, seconds: float) -> None:
        """Take note of how late a turn has come, every LOOK seconds."""
        self._lag += 0.1 * (seconds - self._lag)
        since, period = self._now() - self._changed, self.sixtieths() / RATE
        if self._lag > max(LATE * period, LEAST) and since >= SETTLE and self._frames > FRAMES / 4:
            if self._more:
                self._calm = min(2 * self._calm, LONG) if since < LONG else CALM
            self._change(max(FEWER * self._frames, FRAMES / 4), more=False)
        elif self._lag < EARLY * period and since >= self._calm and self._frames < FRAMES:
            self._change(min(self._frames / FEWER, FRAMES), more=True)

    def _change(self, frames: float, more: bool) -> None:
        self._frames, self._more, self._changed = frames, more, self._now()
