"""run: serves one session until its messages end. Commands in, training, answers and frames out.

Time goes in beats of a sixtieth of a second. At speed x n each beat has n epochs; at "max" it has as many as fit. A
page that can be seen and draws what it gets is sent a frame after each beat, and at x n the next beat waits for it: one
epoch a frame, as in TFP. A page that is hidden, or has not drawn for a quarter of a second, holds up nothing: training
keeps its pace ("max" takes one slice a beat) and the page gets one frame a second, always the newest. There is never
a queue of frames. Where many learners share the process, beats are some sixtieths long
(`server.sessions.frame_scheduler`):
the pace stays, the frames are fewer. A page that could be seen and has drawn nothing for three seconds has fallen
silent:
training waits until it draws again, for it may be gone, and others are here.

Training goes in slices of at most ten milliseconds, on a pool of threads that all sessions share, so no network can
starve another. Work that takes less than the way to another thread and back is done at once. Commands are carried out
between two slices, hence nothing needs a lock.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from concurrent.futures import Executor
from typing import Any, TypeVar

from server.config.limits import Limits
from server.protocol import messages as protocol
from server.protocol.deltas import Differences
from server.protocol.frames import pack
from server.sessions.frame_scheduler import RATE, Share
from server.sessions.inactivity import Attention
from server.sessions.session import Session

BEAT = 1 / RATE  # seconds
SLICE = 0.010  # seconds of training between two looks at the messages
UNSEEN = 1.0  # seconds between two frames that nobody looks at
STALLED = 0.25  # seconds for which training waits for a page to draw
SPARED = 6  # times as long are the beats at "max" of a page that should draw and does not, its slices as much shorter
SILENT = 3.0  # seconds after which training waits for it again, whatever its pace
STATUS = 0.25  # seconds between two looks at the kernels while they are compiled
BURST = 100  # messages carried out in a row before training goes on
BRIEF = 0.003  # seconds of work that other sessions may wait for; a thread would have to wait for the lock as long
SHORT = 1000  # characters of a message that is read in no time
QUICK = (
    protocol.Play,
    protocol.Pause,
    protocol.SetSpeed,
    protocol.Focus,
    protocol.Visible,
    protocol.Drawn,
    protocol.Error,
)

Result = TypeVar("Result")


class Forgotten(Exception):
    """Nobody has used the page for too long."""


async def run(
    session: Session,
    messages: AsyncGenerator[str | bytes, None],
    send: Callable[[bytes], Awaitable[None]],
    pool: Executor | None = None,
    share: Share | None = None,
    limits: Limits | None = None,
) -> None:
    """Serve one session: nothing of it is left when this returns or raises; Forgotten when nobody uses it."""
    loop = asyncio.get_running_loop()
    share = share or Share([session])
    pace = _Pace(session, share, loop.time)
    attention = Attention(session, limits or Limits(), loop.time)
    differences = Differences()
    told = session.kernel_status
    seconds = BRIEF  # that a turn of training takes

    def turn(trains: bool) -> bytes | None:
        nonlocal seconds
        clock = time.perf_counter if seconds < BRIEF else time.thread_time  # the second is exact, and slow to read
        began = clock()
        if trains:
            session.advance(pace.slice())
        data = None
        if pace.frame_is_due():
            pace.frame_is_sent()
            data = pack(differences.of(session.snapshot()))
        seconds = min(clock() - began, max(2 * seconds, BRIEF / 2))  # one that was interrupted is not long yet
        return data

    async def done(brief: bool, work: Callable[..., Result], *arguments: Any) -> Result:
        return work(*arguments) if brief else await loop.run_in_executor(pool, work, *arguments)

    coming = asyncio.create_task(_next(messages))
    try:
        while True:
            await _until(coming, min(pace.patience(), attention.patience()))
            for _ in range(BURST):
                if not coming.done():
                    break
                message = coming.result()
                if message is None:
                    return
                coming = asyncio.create_task(_next(messages))
                command = await done(len(message) < SHORT, session.read, message)
                for answer in await done(isinstance(command, QUICK), session.carry_out, command):
                    await send(pack(answer))
                if not isinstance(command, protocol.Drawn):  # with a frame comes one, and nothing after it
                    await asyncio.sleep(0)  # what has come meanwhile is next
            if session.greeted and session.kernel_status is not told:
                told = session.kernel_status
                await send(pack(protocol.Status.of(told)))
            if attention.page_is_forgotten():
                raise Forgotten
            if attention.run_is_forgotten():
                await send(pack(session.rest()))
            trains = pace.slice_is_due()
            if trains or pace.frame_is_due():
                if seconds < BRIEF:
                    await share.turn()
                frame = await done(seconds < BRIEF, turn, trains)
                if frame is not None:
                    await send(frame)
    finally:
        coming.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await coming
        await messages.aclose()


async def _until(coming: asyncio.Task[Any], seconds: float) -> None:
    """Wait until a message has come, for so long at most: what asyncio.wait does, without what it does for several."""
    if coming.done():
        return
    loop = asyncio.get_running_loop()
    waits = loop.create_future()

    def wake(_: object = None) -> None:
        if not waits.done():
            waits.set_result(None)

    timer = loop.call_later(seconds, wake) if seconds < float("inf") else None
    coming.add_done_callback(wake)
    try:
        await waits
    finally:
        coming.remove_done_callback(wake)
        if timer is not None:
            timer.cancel()


async def _next(messages: AsyncGenerator[str | bytes, None]) -> str | bytes | None:
    try:
        return await anext(messages)
    except StopAsyncIteration:
        return None


class _Pace:
    """When the next slice of training and the next frame of a session are due."""

    def __init__(self, session: Session, share: Share, now: Callable[[], float]) -> None:
        self._session, self._share, self._now = session, share, now
        self._beat = 0.0  # when the next beat begins
        self._sent = self._followed = float("-inf")  # when the last frame was sent, and to a page that keeps up

    def patience(self) -> float:
        """Return for how many seconds there is nothing to do but to wait for a message."""
        due = []
        session, now = self._session, self._now()
        if session.training.playing and not self._silent():
            due.append(self._next_beat() if self._beat_is_over() else now)
        if session.greeted and session.dirty and self._beat_is_over():
            due.append(self._next_frame())
        if session.kernel_status.state == "compiling":
            due.append(now + STATUS)
        return max(0.0, min(due, default=float("inf")) - now)

    def slice_is_due(self) -> bool:
        """Whether to train now; begins the next beat when it is time."""
        if not self._session.training.playing or self._silent():
            return False
        now = self._now()
        if self._beat_is_over():
            if now < self._next_beat():
                return False
            sixtieths = self._share.sixtieths() * (SPARED if self._stalls_at_max() else 1)
            end = self._beat + sixtieths * BEAT
            self._beat = end if end > now else now + sixtieths * BEAT
            self._session.training.begin_beat(sixtieths)
        return True

    def slice(self) -> float:
        """Return for how many seconds to train at a stretch: to the end of the beat, or a slice."""
        longest = SLICE / SPARED if self._stalls_at_max() else SLICE
        return min(longest, max(self._beat - self._now(), 0.001))

    def frame_is_due(self) -> bool:
        """Whether there is something new, the beat is over, and the page may be sent a frame."""
        session = self._session
        return session.greeted and session.dirty and self._beat_is_over() and self._now() >= self._next_frame()

    def frame_is_sent(self) -> None:
        """Count the time to the next frame from now."""
        self._sent = self._now()
        if self._session.followed:
            self._followed = self._sent

    def _watched(self) -> bool:
        session = self._session
        return session.visible and (session.followed or self._now() < self._followed + STALLED)

    def _stalled(self) -> bool:
        """Whether the page could be seen and does not draw; whoever shares out frames need not count it."""
        self._session.stalled = self._session.visible and not self._watched()
        return self._session.stalled

    def _stalls_at_max(self) -> bool:
        return self._stalled() and self._session.training.speed == "max"

    def _silent(self) -> bool:
        """Whether it has not drawn for so long that it may be gone."""
        return self._stalled() and self._now() >= self._followed + SILENT

    def _beat_is_over(self) -> bool:
        """Whether this beat has nothing more to train: where nobody looks, "max" is content with one slice."""
        training = self._session.training
        enough = training.left <= 0 or (training.speed == "max" and not self._watched())
        return not training.playing or enough or self._now() >= self._beat

    def _next_beat(self) -> float:
        waits = self._session.dirty and self._session.training.speed != "max" and self._watched()
        return max(self._beat, self._followed + STALLED) if waits else self._beat

    def _next_frame(self) -> float:
        return self._sent + (BEAT / 2 if self._session.followed else UNSEEN)
