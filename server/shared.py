"""What the processes of one server know of each other: a block of memory in which each has a row of its own.

Each writes its own row only, number by number, so that nothing needs a lock: a process that is killed could hold one
for ever. Who is started in the place of a dead process takes over its row.
"""

from ctypes import c_double, c_uint8, c_uint64
from multiprocessing import RawArray
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Shared:
    """Rows of seats, whose each is (`server.seats`), and of counts (`server.metrics`)."""

    def __init__(self, processes: int, seats: int, counts: int) -> None:
        self._processes = processes
        self._seats: Any = RawArray(c_uint64, processes * seats)
        self._counts: Any = RawArray(c_double, processes * counts)
        self._listening: Any = RawArray(c_uint8, processes)

    @property
    def seats(self) -> NDArray[np.uint64]:
        """The seats (processes, seats)."""
        return np.frombuffer(self._seats, np.uint64).reshape(self._processes, -1)

    @property
    def counts(self) -> NDArray[np.float64]:
        """The counts (processes, counts)."""
        return np.frombuffer(self._counts, np.float64).reshape(self._processes, -1)

    @property
    def listening(self) -> NDArray[np.uint8]:
        """A 1 for each process that is there (processes,)."""
        return np.frombuffer(self._listening, np.uint8)

    def clear(self, index: int) -> None:
        """Free the seats of a process that is no more; what it counted stays, and the next one goes on from there."""
        self.listening[index] = 0
        self.seats[index] = 0
