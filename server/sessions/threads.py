"""Share the threads of one process: brief slices of training, long ones and commands each have their own.

A page that asks for much work waits for itself, not the others for it: the page that has used the least time lately
goes first.
"""

import asyncio
import contextlib
import os
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, TypeVar

HALF_LIFE_SECONDS = 4.0  # after which half of the time that a page has used is forgotten
COMMAND_BUDGET_SECONDS = 3.0  # a page that has used more for its commands waits: half a second per second lasts
RETRY_SECONDS = 0.1  # between two looks at pages that wait for their budget

Result = TypeVar("Result")


class FairQueue:
    """Run work in threads, that of the page with the least used time first.

    `one_per_address` admits only one piece of work at a time for each address. A page that has used more than `budget`
    seconds waits until enough of it is forgotten.
    """

    def __init__(
        self, executor: Executor, places: int, one_per_address: bool = False, budget: float = float("inf")
    ) -> None:
        self._executor, self._places = executor, places
        self._one_per_address, self._budget = one_per_address, budget
        self._waiting: list[tuple[Share, asyncio.Future[None]]] = []
        self._running: Counter[str] = Counter()  # by address
        self._retries = False

    def share(self, address: str) -> "Share":
        """Return a page's share of the queue."""
        return Share(self, address)

    async def run(self, share: "Share", work: Callable[..., Result], *arguments: Any) -> Result:
        """Run work in a thread as soon as it is this page's turn."""
        loop = asyncio.get_running_loop()
        waits = share, loop.create_future()
        self._waiting.append(waits)
        self._admit(loop)
        try:
            await waits[1]
        except asyncio.CancelledError:
            if waits in self._waiting:
                self._waiting.remove(waits)
            else:
                self._leave(loop, share)
            raise

        def timed() -> Result:
            began = time.thread_time()
            try:
                return work(*arguments)
            finally:
                share.charge(time.thread_time() - began)

        def leave(_: object) -> None:  # also after a cancellation, but not before the thread is free again
            with contextlib.suppress(RuntimeError):  # the event loop may have ended
                loop.call_soon_threadsafe(self._leave, loop, share)

        future = self._executor.submit(timed)
        future.add_done_callback(leave)
        return await asyncio.wrap_future(future)

    def _admit(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._running.total() < self._places:
            able = [waits for waits in self._waiting if self._may_run(waits[0])]
            if not able:
                break
            waits = min(able, key=lambda each: each[0].used())
            self._waiting.remove(waits)
            self._running[waits[0].address] += 1
            waits[1].set_result(None)
        if self._waiting and self._budget < float("inf") and not self._retries:
            self._retries = True
            loop.call_later(RETRY_SECONDS, self._retry, loop)

    def _may_run(self, share: "Share") -> bool:
        alone = not self._one_per_address or self._running[share.address] == 0
        return alone and share.used() <= self._budget

    def _retry(self, loop: asyncio.AbstractEventLoop) -> None:
        self._retries = False
        self._admit(loop)

    def _leave(self, loop: asyncio.AbstractEventLoop, share: "Share") -> None:
        self._running[share.address] -= 1
        self._running += Counter()  # forgets addresses without work
        self._admit(loop)


class Share:
    """A page's share of a queue: its address, and the processor time it has used lately."""

    def __init__(self, queue: FairQueue, address: str) -> None:
        self.address = address
        self._queue = queue
        self._seconds, self._charged = 0.0, time.monotonic()

    def used(self) -> float:
        """Return the seconds that are not yet forgotten."""
        forgotten: float = 0.5 ** ((time.monotonic() - self._charged) / HALF_LIFE_SECONDS)
        return self._seconds * forgotten

    def charge(self, seconds: float) -> None:
        """Add used time."""
        self._seconds, self._charged = self.used() + seconds, time.monotonic()

    async def run(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """Run work in a thread when it is this page's turn."""
        return await self._queue.run(self, work, *arguments)


class Threads:
    """The threads of one process. With `executor`, all work goes there."""

    def __init__(self, executor: Executor | None = None) -> None:
        cores = os.cpu_count() or 1
        self.slices = executor or ThreadPoolExecutor(cores, "slices")  # of at most ten milliseconds
        self._long = executor or ThreadPoolExecutor(max(1, cores // 2), "long")
        self._commands = executor or ThreadPoolExecutor(cores, "commands")
        # Half of the cores stay free for everyone whose epochs are shorter than a slice.
        self.long = FairQueue(self._long, max(1, cores // 2))
        self.commands = FairQueue(self._commands, cores, one_per_address=True, budget=COMMAND_BUDGET_SECONDS)

    def shutdown(self) -> None:
        """Take no more work, and do not wait for what still runs."""
        for executor in (self.slices, self._long, self._commands):
            executor.shutdown(wait=False, cancel_futures=True)
