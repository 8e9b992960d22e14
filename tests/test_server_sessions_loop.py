"""Test the loop of a session: its pace, its frames, and that it cleans up after itself."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import msgpack
import pytest
from server_helpers import Page

from engine import Experiment, Trainer
from engine.training.kernels import compiled_kernels
from server.kernels.kernel_source import KernelSource, KernelStatus
from server.sessions.frame_scheduler import RECOUNT_SECONDS, WATCH_SECONDS, FrameScheduler
from server.sessions.loop import run
from server.sessions.pacing import SILENT_SECONDS, SLICE_SECONDS, TICK_SECONDS
from server.sessions.session import Session

pytestmark = pytest.mark.anyio
HELLO = {"type": "hello", "rev": 1, "link": "seed=0.3", "frames": "delta"}
PLAYING = {**HELLO, "playing": True}
HIDDEN = {"type": "visible", "visible": False}


class Watched(Session):
    """A session that records how long each slice may train."""

    def __init__(self) -> None:
        super().__init__(KernelSource(plain=True))
        self.slices: list[float] = []

    def advance(self, seconds: float) -> None:
        self.slices.append(seconds)
        super().advance(seconds)


def fast() -> Session:
    kernels = KernelSource()
    kernels.current = compiled_kernels()
    Trainer(Experiment()).run()  # compile before the clock runs
    return Session(kernels)


async def served(page: Page, seconds: float, session: Session | None = None) -> list[dict[str, Any]]:
    """Serve a page for `seconds` after its first frame, and return the frames it got."""
    session = session or Session(KernelSource(plain=True))
    serving = asyncio.create_task(run(session, page.receive, page.send))
    await page.until(lambda: page.frames)
    await asyncio.sleep(seconds)
    page.close()
    await asyncio.wait_for(serving, 5)
    assert not page.receiving
    return page.frames


async def test_a_session_needs_no_socket() -> None:
    page = Page(HELLO)
    serving = asyncio.create_task(run(Session(KernelSource(plain=True)), page.receive, page.send))
    await page.until(lambda: len(page.frames) == 1)
    page.say(type="step", rev=2)
    await page.until(lambda: len(page.frames) == 2)
    page.close()
    await serving
    kinds = [message["type"] for message in page.received]
    assert kinds == ["welcome", "status", "accepted", "frame", "accepted", "frame"]
    assert [(frame["rev"], frame["epoch"]) for frame in page.frames] == [(1, 0), (2, 1)]


async def test_nothing_is_sent_before_hello() -> None:
    page = Page()
    serving = asyncio.create_task(run(Session(KernelSource(plain=True)), page.receive, page.send))
    await asyncio.sleep(0.3)
    page.close()
    await serving
    assert page.received == []


async def test_a_paused_session_sends_one_frame_and_then_nothing() -> None:
    assert len(await served(Page(HELLO), 0.3)) == 1


async def test_at_normal_speed_each_frame_advances_one_epoch() -> None:
    frames = await served(Page(PLAYING), 0.7)
    assert 10 < len(frames) <= 0.7 / TICK_SECONDS + 3
    assert [frame["epoch"] for frame in frames] == list(range(frames[0]["epoch"], frames[0]["epoch"] + len(frames)))


async def test_a_page_that_draws_slowly_sees_every_epoch() -> None:
    page = Page(PLAYING, draws=False)
    serving = asyncio.create_task(run(fast(), page.receive, page.send))
    for _ in range(8):
        await page.until(lambda: page.frames)
        page.say(type="drawn", frame=page.frames[-1]["frame"])
        await asyncio.sleep(0.1)
    page.close()
    await serving
    assert len(page.frames) > 8
    assert {after["epoch"] - before["epoch"] for before, after in pairwise(page.frames)} == {1}


@pytest.mark.parametrize(("speed", "epochs"), [("1", 1), ("10", 10), ("100", 100)])
async def test_epochs_keep_pace_with_the_clock(speed: str, epochs: int) -> None:
    session = fast()
    began = time.monotonic()
    frames = await served(Page({**PLAYING, "speed": speed}), 1, session)
    assert session.trainer.epoch <= ((time.monotonic() - began) / TICK_SECONDS + 2) * epochs
    assert frames[-1]["epoch"] >= 20 * epochs


async def test_a_busy_process_drops_frames_but_never_epochs() -> None:
    page, session = Page(PLAYING), fast()
    others = [fast() for _ in range(45)]
    for each in others:
        each.training.play()
    scheduler = FrameScheduler([session, *others])
    assert scheduler.ticks_per_frame() == 3
    serving = asyncio.create_task(run(session, page.receive, page.send, scheduler=scheduler))
    await page.until(lambda: len(page.frames) >= 8)
    page.close()
    await serving
    assert {after["epoch"] - before["epoch"] for before, after in pairwise(page.frames[1:])} == {3}


def test_frames_are_divided_among_visible_playing_sessions() -> None:
    sessions = [Session(KernelSource(plain=True)) for _ in range(80)]
    assert FrameScheduler(sessions).ticks_per_frame() == 1
    for session in sessions:
        session.training.play()
    assert FrameScheduler(sessions).ticks_per_frame() == 5
    for session in sessions[:30]:
        session.viewer.visible = False
    for session in sessions[30:40]:
        session.training.pause()
    assert FrameScheduler(sessions).ticks_per_frame() == 3


def test_frames_are_divided_again_when_sessions_start_playing() -> None:
    sessions, clock = [fast() for _ in range(20)], [0.0]
    scheduler = FrameScheduler(sessions, lambda: clock[0])
    assert scheduler.ticks_per_frame() == 1
    for session in sessions:
        session.training.play()
    clock[0] += RECOUNT_SECONDS
    assert scheduler.ticks_per_frame() == 2


def test_an_overloaded_processor_reduces_frames_until_the_load_falls() -> None:
    sessions, clock = [Session(KernelSource(plain=True)) for _ in range(40)], [0.0]
    for session in sessions:
        session.training.play()
    scheduler = FrameScheduler(sessions, lambda: clock[0])

    def after(seconds: float, late: float) -> int:
        for _ in range(round(seconds / WATCH_SECONDS)):
            clock[0] += WATCH_SECONDS
            scheduler.waited(late)
        return scheduler.ticks_per_frame()

    assert after(5, late=0.02) == 3  # if all are due at once, the last one waits for the others
    assert after(0.2, late=0.1) == 3  # a brief overload changes nothing
    assert after(3, late=0.1) > 3
    assert after(30, late=0.5) == 10  # never fewer than a quarter of the frames
    calm = [after(1, late=0.001) for _ in range(60)]
    assert calm == sorted(calm, reverse=True)
    assert calm[-1] == 3


def test_each_failed_attempt_to_raise_frames_lengthens_the_wait() -> None:
    sessions, clock = [Session(KernelSource(plain=True)) for _ in range(40)], [0.0]
    for session in sessions:
        session.training.play()
    scheduler = FrameScheduler(sessions, lambda: clock[0])

    def seconds_at_few() -> float:
        """Simulate overload until frames are reduced, then low load until they are restored; return its seconds."""
        while scheduler.ticks_per_frame() == 3:
            clock[0] += WATCH_SECONDS
            scheduler.waited(0.5)
        began = clock[0]
        while scheduler.ticks_per_frame() != 3:
            clock[0] += WATCH_SECONDS
            scheduler.waited(0.001)
        return clock[0] - began

    first, *others = [seconds_at_few() for _ in range(8)]
    assert first < 6
    assert others == sorted(others)
    assert 60 < others[-1] < 140  # one step up, or two


async def test_messages_are_read_between_turns() -> None:
    scheduler, seen = FrameScheduler([]), []

    async def session(name: str) -> None:
        await scheduler.turn()
        seen.append(name)
        asyncio.get_running_loop().call_soon(seen.append, f"a message after {name}")

    gone = asyncio.create_task(scheduler.turn())
    others = [asyncio.create_task(session(name)) for name in ("one", "two", "three")]
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(*others)
    assert seen == ["one", "a message after one", "two", "a message after two", "three", "a message after three"]


async def test_at_max_speed_frames_stay_frequent_and_span_many_epochs() -> None:
    frames = await served(Page({**PLAYING, "speed": "max"}), 1, fast())
    assert len(frames) >= 30
    assert frames[-1]["epoch"] > 100 * len(frames)


async def test_slices_are_short_so_other_sessions_get_a_turn() -> None:
    session = Watched()
    await served(Page({**PLAYING, "speed": "max"}), 0.3, session)
    assert len(session.slices) > 10
    assert max(session.slices) <= SLICE_SECONDS


async def test_pause_stops_training_within_one_frame() -> None:
    page = Page(PLAYING)
    session = Session(KernelSource(plain=True))
    serving = asyncio.create_task(run(session, page.receive, page.send))
    await page.until(lambda: len(page.frames) >= 5)
    seen = page.frames[-1]["epoch"]
    page.say(type="pause", rev=2)
    await page.until(lambda: page.frames[-1]["mode"] == "paused", 0.5)
    assert page.frames[-1]["epoch"] <= seen + 1
    await asyncio.sleep(0.1)
    assert session.trainer.epoch == page.frames[-1]["epoch"]
    page.close()
    await serving


@pytest.mark.parametrize("page", [Page(PLAYING, HIDDEN), Page(PLAYING, draws=False)], ids=["hidden", "stalled"])
async def test_a_page_that_is_not_drawing_gets_one_frame_a_second_without_slowing_training(page: Page) -> None:
    frames = await served(page, 2.3)
    assert (
        3 <= len(frames) <= 5
    )  # the first at once, one or two until the page counts as not drawing, then one a second
    assert frames[-1]["epoch"] - frames[-2]["epoch"] > 30
    assert frames[-1]["epoch"] > 70


async def test_training_waits_for_a_silent_page_to_draw_again() -> None:
    page = Page({**PLAYING, "speed": "max"}, draws=False)
    session = Session(KernelSource(plain=True))
    serving = asyncio.create_task(run(session, page.receive, page.send))
    await page.until(lambda: page.frames)
    await asyncio.sleep(SILENT_SECONDS + 0.5)
    reached = session.trainer.epoch
    await asyncio.sleep(0.5)
    assert session.trainer.epoch == reached > 10
    page.say(type="drawn", frame=page.frames[-1]["frame"])
    await page.until(lambda: page.frames[-1]["epoch"] > reached)
    page.close()
    await serving


async def test_a_hidden_page_at_max_speed_trains_one_slice_per_beat() -> None:
    session = Watched()
    began = time.monotonic()
    await served(Page({**PLAYING, "speed": "max"}, HIDDEN), 1, session)
    assert 20 < len(session.slices) <= (time.monotonic() - began) / TICK_SECONDS + 3


async def test_a_page_that_becomes_visible_gets_the_newest_frame_at_once() -> None:
    page = Page(PLAYING, HIDDEN)
    session = Session(KernelSource(plain=True))
    serving = asyncio.create_task(run(session, page.receive, page.send))
    await page.until(lambda: page.frames)
    await asyncio.sleep(0.5)
    frames, epoch = len(page.frames), session.trainer.epoch
    page.say(type="visible", visible=True)
    await page.until(lambda: len(page.frames) > frames, 0.3)
    assert page.frames[-1]["epoch"] >= epoch
    page.close()
    await serving


async def test_frames_never_queue_up_for_a_slow_reader() -> None:
    page = Page(PLAYING)
    waiting = 0

    async def slowly(data: bytes) -> None:
        nonlocal waiting
        waiting += 1
        assert waiting == 1
        await asyncio.sleep(0.15)
        waiting -= 1
        await page.send(data)

    serving = asyncio.create_task(run(Session(KernelSource(plain=True)), page.receive, slowly))
    await page.until(lambda: len(page.frames) >= 5)
    page.close()
    await serving
    assert all(after["epoch"] > before["epoch"] for before, after in pairwise(page.frames))


async def test_a_slow_reader_gets_the_exact_state_after_a_pause() -> None:
    page = Page({**PLAYING, "speed": "100"})
    session = Session(KernelSource(plain=True))

    async def slowly(data: bytes) -> None:
        await asyncio.sleep(0.1)
        await page.send(data)

    serving = asyncio.create_task(run(session, page.receive, slowly))
    await page.until(lambda: len(page.frames) >= 4)
    page.say(type="pause", rev=2)
    await page.until(lambda: page.frames[-1]["mode"] == "paused")
    last, now = page.frames[-1], session.snapshot().model_dump()
    assert {name: last[name] for name in ("epoch", "checkpoint", "boundary", "pictures")} == {
        name: now[name] for name in ("epoch", "checkpoint", "boundary", "pictures")
    }
    page.close()
    await serving


async def test_a_burst_of_commands_is_carried_out_in_order() -> None:
    page = Page(HELLO, *({"type": "step", "rev": rev} for rev in range(2, 252)))
    session = Session(KernelSource(plain=True))
    serving = asyncio.create_task(run(session, page.receive, page.send))
    await page.until(lambda: page.frames and page.frames[-1]["rev"] == 251)
    assert page.frames[-1]["epoch"] == 250
    page.close()
    await serving


async def test_a_burst_of_commands_does_not_wait_one_slice_per_command() -> None:
    page = Page({**PLAYING, "speed": "max"})
    serving = asyncio.create_task(run(fast(), page.receive, page.send))
    await page.until(lambda: page.frames)
    for unit in [*range(8)] * 50:
        page.say(type="focus", unit=unit)
    page.say(type="pause", rev=2)
    await page.until(lambda: page.frames[-1]["rev"] == 2, 2)
    assert page.frames[-1]["focus"] == 7
    page.close()
    await serving


async def test_the_page_is_told_when_kernels_finish_compiling() -> None:
    kernels = KernelSource(plain=True)
    kernels.status = KernelStatus("compiling", 1, 9)
    page = Page(HELLO, draws=False)
    serving = asyncio.create_task(run(Session(kernels), page.receive, page.send))
    await page.until(lambda: page.frames)
    await asyncio.sleep(0.1)
    kernels.status = KernelStatus("compiled", 9, 9)
    await page.until(lambda: page.received[-1]["type"] == "status", 2)
    told = [message["kernels"] for message in page.received if message["type"] == "status"]
    assert told == ["compiling", "compiled"]
    page.close()
    await serving


async def test_cancelling_leaves_no_pending_receive() -> None:
    page = Page(PLAYING)
    serving = asyncio.create_task(run(Session(KernelSource(plain=True)), page.receive, page.send))
    await page.until(lambda: len(page.frames) >= 3)
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    assert not page.receiving


@pytest.mark.parametrize("waiting", [0, 500])
async def test_a_failed_send_ends_the_session_even_with_messages_waiting(waiting: int) -> None:
    page = Page(PLAYING, *({"type": "drawn", "frame": 1} for _ in range(waiting)))

    async def fail(data: bytes) -> None:
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError, match="gone"):
        await asyncio.wait_for(run(Session(KernelSource(plain=True)), page.receive, fail), 5)
    assert not page.receiving


async def test_a_broken_connection_ends_the_session() -> None:
    async def receive() -> str:
        raise ConnectionError("broken")

    with pytest.raises(ConnectionError, match="broken"):
        await asyncio.wait_for(run(Session(KernelSource(plain=True)), receive, Page().send), 5)


async def test_a_client_gets_whole_frames_unless_it_asks_for_deltas() -> None:
    for hello, deltas in ((HELLO, True), ({**HELLO, "frames": "full"}, False), ({"type": "hello", "rev": 1}, False)):
        page = Page({**hello, "playing": True})
        bases: list[int | None] = []
        take = page.send

        async def send(
            data: bytes, bases: list[int | None] = bases, take: Callable[[bytes], Awaitable[None]] = take
        ) -> None:
            message = msgpack.unpackb(data)
            if message["type"] == "frame":
                bases.append(message["base"])
            await take(data)

        serving = asyncio.create_task(run(Session(KernelSource(plain=True)), page.receive, send))
        await page.until(lambda page=page: len(page.frames) >= 4)
        page.close()
        await serving
        assert bases == [None, *(range(1, len(bases)) if deltas else [None] * (len(bases) - 1))]


@pytest.mark.parametrize("speed", ["10", "max"])
async def test_a_client_that_wants_no_frames_trains_and_gets_answers(speed: str) -> None:
    page, session = Page({**PLAYING, "speed": speed, "frames": "none"}), Session(KernelSource(plain=True))
    serving = asyncio.create_task(run(session, page.receive, page.send))
    async with asyncio.timeout(10):
        while session.trainer.epoch < 30:
            await asyncio.sleep(0.05)
    page.say(type="save", rev=2, what="model")
    await page.until(lambda: page.received[-1].get("rev") == 2)
    page.close()
    await serving
    assert page.frames == []
