"""What the processes of one server know of each other: a block of memory in which each has a row of its own.

Each writes its own row only, number by number, so that nothing needs a lock: a process that is killed could hold one
for ever. Who is started in the place of a dead process takes over its row.
"""

from __future__ import annotations

from ctypes import c_double, c_uint8, c_uint64
from multiprocessing import RawArray
from typing import Any


class Shared:
    """Rows of seats (`server.net.admission`) and of counts (`server.telemetry.metrics`); and who is there."""

    def __init__(self, processes: int, seats: int, counts: int) -> None:
        self._seats: Any = [RawArray(c_uint64, seats) for _ in range(processes)]
        self._counts: Any = [RawArray(c_double, counts) for _ in range(processes)]
        self._listening: Any = RawArray(c_uint8, processes)

    @property
    def seats(self) -> list[memoryview[int]]:
        """The seats of each process."""
        return [memoryview(row).cast("B").cast("Q") for row in self._seats]

    @property
    def counts(self) -> list[memoryview[float]]:
        """The counts of each process."""
        return [memoryview(row).cast("B").cast("d") for row in self._counts]

    @property
    def listening(self) -> memoryview[int]:
        """A 1 for each process that is there."""
        return memoryview(self._listening).cast("B")

    def clear(self, index: int) -> None:
        """Free the seats of a process that is no more; what it counted stays, and the next one goes on from there."""
        self.listening[index] = 0
        row = self.seats[index]
        for seat in range(len(row)):
            row[seat] = 0
