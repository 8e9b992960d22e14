"""Divide the frames that a process can make among its learners, and take turns."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Collection
from math import ceil

from server.sessions.session import Session

TICKS_PER_SECOND = 60  # frames a second that a page is sent at most: as often as screens show one
MAX_FRAMES_PER_SECOND = 1000  # of one process for all pages: most of a core with the default network
MIN_FRAMES_PER_SECOND = MAX_FRAMES_PER_SECOND / 4
RECOUNT_SECONDS = 0.25  # between two counts of who plays
WATCH_SECONDS = 0.05  # between two measurements of how long a turn is waited for
LATE_FRACTION = 0.45  # of the time between two frames: a longer average wait means too many frames
EARLY_FRACTION = 0.3  # of the time between two frames: a shorter average wait means room for more
MIN_LATE_SECONDS = 0.02  # a wait that is never too long
SMOOTHING = 0.1  # the weight of the newest wait in the average
FEWER_FACTOR = 0.8  # by which the number of frames falls, and by which it rises again
SETTLE_SECONDS = 1.0  # from one change to fewer frames, at least
CALM_SECONDS = 2.0  # until there are more frames again, at first
MAX_CALM_SECONDS = 64.0  # the same, after it was too early again and again


class FrameScheduler:
    """Divides the frames evenly among the learners who play and look: the more of them, the fewer frames for each.

    Where the processor cannot keep up, there are fewer frames for all; the pace of training falls only when that does
    not help.
    """

    def __init__(self, sessions: Collection[Session], now: Callable[[], float] = time.monotonic) -> None:
        self._sessions, self._now = sessions, now
        self._counted, self._ticks_per_frame = float("-inf"), 1
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._frames_per_second, self._average_wait = float(MAX_FRAMES_PER_SECOND), 0.0
        self._changed, self._calm_seconds, self._rose = now(), CALM_SECONDS, False

    def ticks_per_frame(self) -> int:
        """Return how many ticks one frame has to last: 1 among few learners."""
        now = self._now()
        if now - self._counted >= RECOUNT_SECONDS:
            self._counted = now
            watched = sum(s.training.playing and s.viewer.watches and not s.viewer.stalled for s in self._sessions)
            self._ticks_per_frame = max(1, ceil(TICKS_PER_SECOND * watched / self._frames_per_second))
        return self._ticks_per_frame

    async def turn(self) -> None:
        """Wait for this session's turn; between two turns the event loop reads messages."""
        loop = asyncio.get_running_loop()
        mine = loop.create_future()
        self._waiting.append(mine)
        if len(self._waiting) == 1:
            loop.call_soon(self._next, loop)
        await mine

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        mine = self._waiting.popleft()
        if not mine.done():  # its session may have ended meanwhile
            mine.set_result(None)
        if self._waiting:
            loop.call_soon(self._next, loop)

    async def watch(self) -> None:
        """Measure for ever how long a turn is waited for, and adapt the number of frames."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            before = self._now()
            await self.turn()
            self.waited(self._now() - before)

    def waited(self, seconds: float) -> None:
        """Take note of how long a turn was waited for."""
        self._average_wait += SMOOTHING * (seconds - self._average_wait)
        since, period = self._now() - self._changed, self.ticks_per_frame() / TICKS_PER_SECOND
        late = self._average_wait > max(LATE_FRACTION * period, MIN_LATE_SECONDS)
        early = self._average_wait < EARLY_FRACTION * period
        if late and since >= SETTLE_SECONDS and self._frames_per_second > MIN_FRAMES_PER_SECOND:
            if self._rose:
                too_early = since < MAX_CALM_SECONDS
                self._calm_seconds = min(2 * self._calm_seconds, MAX_CALM_SECONDS) if too_early else CALM_SECONDS
            self._change(max(FEWER_FACTOR * self._frames_per_second, MIN_FRAMES_PER_SECOND), rose=False)
        elif early and since >= self._calm_seconds and self._frames_per_second < MAX_FRAMES_PER_SECOND:
            self._change(min(self._frames_per_second / FEWER_FACTOR, MAX_FRAMES_PER_SECOND), rose=True)

    def _change(self, frames_per_second: float, rose: bool) -> None:
        self._frames_per_second, self._rose, self._changed = frames_per_second, rose, self._now()
