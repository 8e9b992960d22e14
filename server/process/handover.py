"""Handing over: a page that comes to a process with more pages than another has is passed on, connection and all.

The system deals connections out by chance (`server.process.workers`): of a hundred pages one of two
processes may get sixty, and whoever is among the sixty waits. So the process that reads a websocket's request
looks who has the fewest pages,
and sends it there with the open connection (SCM_RIGHTS); the page notices nothing.
"""

import asyncio
import contextlib
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from server.process.shared_memory import Shared

SLACK = 1  # pages that a process may have more than another
PROMISED = 0.05  # seconds for which a page that was handed over counts there: until it has taken its seat
LONGEST = 100_000  # bytes of a request


def mailboxes(count: int) -> list[tuple[socket.socket, socket.socket]]:
    """Return for each process a socket to send to, and the one at which it gets what is sent."""
    pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(count)]
    for pair in pairs:
        for end in pair:
            end.setblocking(False)
    return pairs


class Handover:
    """One process among several: passes pages on, and takes those that the others pass on."""

    def __init__(
        self, index: int, shared: Shared, boxes: list[tuple[socket.socket, socket.socket]],
        now: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._index, self._shared, self._boxes, self._now = index, shared, boxes, now
        self._promised: deque[tuple[float, int]] = deque()

    def listen(self, protocol: Callable[[], Any]) -> None:
        """Take pages from now on, each with a protocol of HTTP of its own."""
        self._protocol = protocol
        self._taking: set[asyncio.Task[None]] = set()
        asyncio.get_running_loop().add_reader(self._boxes[self._index][1], self._take)
        self._shared.listening[self._index] = 1

    def passes_on(self, connection: Any, request: bytes) -> bool:
        """Pass a connection on where another process has fewer pages; say whether that was done."""
        counts = [len(row) - row.tolist().count(0) for row in self._shared.seats]
        while self._promised and self._promised[0][0] < self._now():
            self._promised.popleft()
        for _, other in self._promised:
            counts[other] += 1
        there = [process for process, listens in enumerate(self._shared.listening) if listens]
        other = min(there, key=counts.__getitem__, default=self._index)
        if counts[self._index] - counts[other] < SLACK:
            return False
        try:
            socket.send_fds(self._boxes[other][0], [request], [connection.fileno()])
        except OSError:  # it has too many to take as it is
            return False
        self._promised.append((self._now() + PROMISED, other))
        return True

    def _take(self) -> None:
        with contextlib.suppress(BlockingIOError):
            request, files, _, _ = socket.recv_fds(self._boxes[self._index][1], LONGEST, 1)
            if not files:  # this process may not open any more
                return
            task = asyncio.create_task(self._serve(socket.socket(fileno=files[0]), request))
            self._taking.add(task)
            task.add_done_callback(self._taking.discard)

    async def _serve(self, connection: socket.socket, request: bytes) -> None:
        with contextlib.suppress(OSError):  # the page has gone
            connection.setblocking(False)
            _, protocol = await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)
            protocol.stays = True
            protocol.data_received(request)
