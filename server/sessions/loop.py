"""Serve one session until its client leaves: commands in; training, answers and frames out.

Training runs in slices of at most ten milliseconds, in threads shared by all sessions (`server.sessions.threads`), so
no network can starve another. Work runs in the event loop only if it is small by its size, and has taken less time than
a thread switch since the last change. Commands are carried out between two slices, so nothing needs a lock.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any

from server.config.limits import Limits
from server.protocol.answers import Status
from server.protocol.commands import Drawn
from server.protocol.deltas import DeltaEncoder
from server.protocol.frames import pack
from server.sessions.frame_scheduler import FrameScheduler
from server.sessions.inactivity import Inactivity
from server.sessions.pacing import Pace
from server.sessions.session import Session
from server.sessions.threads import Threads

BURST = 100  # messages carried out in a row before training resumes
BRIEF_SECONDS = 0.003  # work shorter than this stays in the event loop; a thread would wait for the GIL as long
SHORT_MESSAGE = 4000  # characters: read in the event loop; longer ones hold own data, files or checkpoints


class Forgotten(Exception):
    """The page has been idle for too long."""


class Unintroduced(Exception):
    """The page has said no hello in time."""


async def run(
    session: Session,
    receive: Callable[[], Awaitable[str | bytes | None]],
    send: Callable[[bytes], Awaitable[None]],
    threads: Threads | None = None,
    scheduler: FrameScheduler | None = None,
    limits: Limits | None = None,
    address: str = "",
) -> None:
    """Serve one session until `receive` returns None; raise Forgotten or Unintroduced if its page does nothing."""
    loop = asyncio.get_running_loop()
    threads = threads or Threads()
    slices, long, commands = threads.slices, threads.long.share(address), threads.commands.share(address)
    scheduler = scheduler or FrameScheduler([session])
    pace = Pace(session, scheduler, loop.time)
    inactivity = Inactivity(session, limits or Limits(), loop.time)
    encoder = DeltaEncoder()
    reported = session.kernel_status
    turn_seconds = BRIEF_SECONDS  # estimate of a turn's duration
    measured = -1  # the session's changes at the last turn

    def turn(trains: bool) -> bytes | None:
        """Train a slice, make a frame, or both."""
        nonlocal turn_seconds, measured
        measured = session.changes
        clock = (
            time.perf_counter if turn_seconds < BRIEF_SECONDS else time.thread_time
        )  # thread_time is exact but slow to read
        began = clock()
        if session.training.needs_remedy:
            session.training.find_remedy()
        if trains:
            session.advance(pace.slice_seconds())
        data = None
        if pace.frame_is_due():
            pace.frame_is_sent()
            data = pack(encoder.encode(session.snapshot(), session.viewer.frame_format))
        # Let the estimate at most double: one turn that was preempted is not a slow turn.
        turn_seconds = min(clock() - began, max(2 * turn_seconds, BRIEF_SECONDS / 2))
        return data

    async def take_turn(trains: bool) -> bytes | None:
        """Take a turn where it delays nobody else; the first one after a change is measured in a thread."""
        brief = measured == session.changes and turn_seconds < BRIEF_SECONDS and session.runner.is_small
        if brief and not session.training.needs_remedy:
            await scheduler.turn()
            return turn(trains)
        if session.turn_is_long:
            return await long.run(turn, trains)
        return await loop.run_in_executor(slices, turn, trains)

    async def answer(message: str | bytes) -> bool:
        """Carry out a message and send the answers; return False if it only reported a drawn frame."""
        if len(message) >= SHORT_MESSAGE:
            request, answers = None, await commands.run(session.handle, message)
        else:
            request = session.read(message)
            if session.is_light(request):
                answers = session.carry_out(request)
            else:
                share = long if session.is_long(request) else commands
                answers = await share.run(session.carry_out, request)
        for each in answers:
            await send(pack(each))
        return not isinstance(request, Drawn)

    coming = asyncio.ensure_future(receive())
    try:
        while True:
            await _until(coming, min(pace.patience(), inactivity.patience()))
            for _ in range(BURST):
                if not coming.done():
                    break
                message = coming.result()
                if message is None:
                    return
                coming = asyncio.ensure_future(receive())
                if await answer(message):
                    await asyncio.sleep(0)  # let the next message arrive
            if session.greeted and session.kernel_status is not reported:
                reported = session.kernel_status
                await send(pack(Status.of(reported)))
            if inactivity.hello_is_overdue():
                raise Unintroduced
            if inactivity.page_is_forgotten():
                raise Forgotten
            if inactivity.run_is_forgotten():
                await send(pack(session.rest()))
            trains = pace.slice_is_due()
            if trains or pace.frame_is_due():
                frame = await take_turn(trains)
                if frame is not None:
                    await send(frame)
    finally:
        coming.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await coming


async def _until(coming: asyncio.Future[Any], seconds: float) -> None:
    """Wait up to `seconds` for a message: asyncio.wait for a single future, without its cost."""
    if coming.done():
        return
    loop = asyncio.get_running_loop()
    woken = loop.create_future()

    def wake(_: object = None) -> None:
        if not woken.done():
            woken.set_result(None)

    timer = loop.call_later(seconds, wake) if seconds < float("inf") else None
    coming.add_done_callback(wake)
    try:
        await woken
    finally:
        coming.remove_done_callback(wake)
        if timer is not None:
            timer.cancel()
