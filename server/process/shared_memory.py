"""Memory that the processes of one server share: a row of numbers for each process.

A process writes only to its own row, one number at a time, so the rows need no lock. (A lock held by a killed process
would never be released.) A process that replaces a dead one takes over its row.
"""

from __future__ import annotations

from ctypes import c_double, c_uint64
from multiprocessing import RawArray
from typing import Any


class SharedMemory:
    """Hold a row of slots for open pages (`server.net.admission`) and a row of counts (`server.telemetry.metrics`)."""

    def __init__(self, processes: int, slots: int, counts: int) -> None:
        self._pages: Any = [RawArray(c_uint64, slots) for _ in range(processes)]
        self._counts: Any = [RawArray(c_double, counts) for _ in range(processes)]

    @property
    def pages(self) -> list[memoryview[int]]:
        """Return the slots of each process."""
        return [memoryview(row).cast("B").cast("Q") for row in self._pages]

    @property
    def counts(self) -> list[memoryview[float]]:
        """Return the counts of each process."""
        return [memoryview(row).cast("B").cast("d") for row in self._counts]

    def clear(self, index: int) -> None:
        """Free the slots of a process that has died. Its counts stay, and its successor continues them."""
        row = self.pages[index]
        for slot in range(len(row)):
            row[slot] = 0
