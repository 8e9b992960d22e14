"""run: serves one session until its messages end. Commands in, training, answers and frames out.

Time goes in beats of a sixtieth of a second. At speed x n each beat has n epochs; at "max" it has as many as fit. A
page that can be seen and draws what it gets is sent a frame after each beat, and at x n the next beat waits for it: one
epoch a frame, as in TFP. A page that is hidden, or has not drawn for a quarter of a second, holds up nothing: training
keeps its pace ("max" takes one slice a beat) and the page gets one frame a second, always the newest. There is never
a queue of frames.

Training goes in slices of at most ten milliseconds, on a pool of threads that all sessions share, so no network can
starve another. Commands are carried out between two slices, hence nothing needs a lock.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from concurrent.futures import Executor

from server.differences import Differences
from server.session import Session
from server.wire import pack

BEAT = 1 / 60  # seconds
SLICE = 0.010  # seconds of training between two looks at the messages
UNSEEN = 1.0  # seconds between two frames that nobody looks at
STALLED = 0.25  # seconds for which training waits for a page to draw
STATUS = 0.25  # seconds between two looks at the kernels while they are compiled
BURST = 100  # messages carried out in a row before training goes on


async def run(
    session: Session,
    messages: AsyncGenerator[str | bytes, None],
    send: Callable[[bytes], Awaitable[None]],
    pool: Executor | None = None,
) -> None:
    """Serve one session: nothing of it is left when this returns or raises."""
    loop = asyncio.get_running_loop()
    pace = _Pace(session, loop.time)
    differences = Differences()
    told = session.status
    coming = asyncio.create_task(_next(messages))
    try:
        while True:
            patience = pace.patience()
            for _ in range(BURST):
                await asyncio.wait({coming}, timeout=patience)
                if not coming.done():
                    break
                message = coming.result()
                if message is None:
                    return
                coming = asyncio.create_task(_next(messages))
                for answer in await loop.run_in_executor(pool, session.handle, message):
                    await send(await loop.run_in_executor(pool, pack, answer))
                patience = 0
            if session.greeted and session.status is not told:
                told = session.status
                await send(pack(told))
            if pace.slice_is_due():
                await loop.run_in_executor(pool, session.advance, pace.slice())
            if pace.frame_is_due():
                pace.frame_is_sent()
                frame = await loop.run_in_executor(pool, session.snapshot)
                await send(await loop.run_in_executor(pool, pack, differences.of(frame)))
    finally:
        coming.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await coming
        await messages.aclose()


async def _next(messages: AsyncGenerator[str | bytes, None]) -> str | bytes | None:
    try:
        return await anext(messages)
    except StopAsyncIteration:
        return None


class _Pace:
    """When the next slice of training and the next frame of a session are due."""

    def __init__(self, session: Session, now: Callable[[], float]) -> None:
        self._session, self._now = session, now
        self._beat = 0.0  # when the next beat begins
        self._sent = self._followed = float("-inf")  # when the last frame was sent, and to a page that keeps up

    def patience(self) -> float | None:
        """Return for how many seconds there is nothing to do but to wait for a message; None is for ever."""
        due = []
        session, now = self._session, self._now()
        if session.training.playing:
            due.append(self._next_beat() if self._beat_is_over() else now)
        if session.greeted and session.dirty and self._beat_is_over():
            due.append(self._next_frame())
        if session.status.kernels == "compiling":
            due.append(now + STATUS)
        return max(0.0, min(due) - now) if due else None

    def slice_is_due(self) -> bool:
        """Whether to train now; begins the next beat when it is time."""
        if not self._session.training.playing:
            return False
        now = self._now()
        if self._beat_is_over():
            if now < self._next_beat():
                return False
            self._beat = self._beat + BEAT if self._beat + BEAT > now else now + BEAT
            self._session.training.begin_beat()
        return True

    def slice(self) -> float:
        """Return for how many seconds to train at a stretch: to the end of the beat, or a slice."""
        return min(SLICE, max(self._beat - self._now(), 0.001))

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

    def _beat_is_over(self) -> bool:
        """Whether this beat has nothing more to train: where nobody looks, "max" is content with one slice."""
        training = self._session.training
        enough = training.left <= 0 or (training.speed == "max" and not self._watched())
        return not training.playing or enough or self._now() >= self._beat

    def _next_beat(self) -> float:
        waits = self._session.dirty and self._session.training.speed != "max" and self._watched()
        return max(self._beat, self._followed + STALLED) if waits else self._beat

    def _next_frame(self) -> float:
        return self._sent + (BEAT * 0.9 if self._session.followed else UNSEEN)
