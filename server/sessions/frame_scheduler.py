"""Share the frames that one process can make among its learners, and let sessions take turns."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Collection
from math import ceil

from server.sessions.session import Session

TICKS_PER_SECOND = 60  # a page gets at most this many frames a second, the refresh rate of most screens
# Of one process for all pages: a core with the default network. If chance divides a class of 100 into 45 and 55, both
# processes still send every third tick.
MAX_FRAMES_PER_SECOND = 1100
MIN_FRAMES_PER_SECOND = 250
RECOUNT_SECONDS = 0.25  # between two counts of the playing sessions
WATCH_SECONDS = 0.05  # between two measurements of the wait for a turn
LATE_FRACTION = 0.45  # of the time between two frames: a longer average wait means too many frames
EARLY_FRACTION = 0.3  # of the time between two frames: a shorter average wait means room for more
MIN_LATE_SECONDS = 0.02  # a shorter wait is never too long
SMOOTHING = 0.1  # the weight of the newest wait in the average
FEWER_FACTOR = 0.8  # each change multiplies or divides the number of frames by this
SETTLE_SECONDS = 1.0  # between a change and the next reduction, at least
CALM_SECONDS = 2.0  # of low load before the first increase
MAX_CALM_SECONDS = 64.0  # the same, after several increases came too early


class FrameScheduler:
    """Divides the frames evenly among the learners who watch a playing run.

    If the processor cannot keep up, every learner gets fewer frames. Training slows down only if that is not enough.
    """

    def __init__(self, sessions: Collection[Session], now: Callable[[], float] = time.monotonic) -> None:
        self._sessions, self._now = sessions, now
        self._counted, self._ticks_per_frame = float("-inf"), 1
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._frames_per_second, self._average_wait = float(MAX_FRAMES_PER_SECOND), 0.0
        self._changed, self._calm_seconds, self._rose = now(), CALM_SECONDS, False

    def ticks_per_frame(self) -> int:
        """Return how many ticks pass between two frames: 1 if there are few learners."""
        now = self._now()
        if now - self._counted >= RECOUNT_SECONDS:
            self._counted = now
            watched = sum(s.training.playing and s.viewer.watches and not s.viewer.stalled for s in self._sessions)
            self._ticks_per_frame = max(1, ceil(TICKS_PER_SECOND * watched / self._frames_per_second))
        return self._ticks_per_frame

    async def turn(self) -> None:
        """Wait for this session's turn. Between two turns the event loop reads messages."""
        loop = asyncio.get_running_loop()
        mine = loop.create_future()
        self._waiting.append(mine)
        if len(self._waiting) == 1:
            loop.call_soon(self._next, loop)
        await mine

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        mine = self._waiting.popleft()
        if not mine.done():  # its session may have ended in the meantime
            mine.set_result(None)
        if self._waiting:
            loop.call_soon(self._next, loop)

    async def watch(self) -> None:
        """Keep measuring the wait for a turn, and adapt the number of frames."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            before = self._now()
            await self.turn()
            self.waited(self._now() - before)

    def waited(self, seconds: float) -> None:
        """Record the wait for a turn, and change the number of frames if necessary."""
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
