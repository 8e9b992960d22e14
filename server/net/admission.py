"""Admission: how many pages may be open, in total and from one address, across all processes."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from server.config.limits import Limits
from server.net.close_codes import CROWDED, FULL, Closing
from server.web.addresses import network_key


class Admission:
    """Keep a slot for each open page: a number that stands for the page's address, or 0 while the slot is free.

    Each process has a row of slots and writes only to its own (row `index`).
    """

    def __init__(self, limits: Limits, rows: Sequence[memoryview[int]] | None = None, index: int = 0) -> None:
        self._limits = limits
        self._rows = rows or [memoryview(array("Q", bytes(8 * limits.max_learners)))]
        self._own = self._rows[index]

    @property
    def open_pages(self) -> int:
        """Return how many pages are open in all processes."""
        return sum(len(row) - row.tolist().count(0) for row in self._rows)

    @property
    def full(self) -> bool:
        """Say whether no further page can be admitted."""
        return self.open_pages >= self._limits.max_learners

    def admit(self, address: str) -> Closing | None:
        """Take a slot for a page; if a limit is reached, return the reason instead.

        The slot is taken before the pages are counted, so two processes that admit a page at the same moment never
        exceed a limit.
        """
        own, key = self._own.tolist(), network_key(address)
        if 0 not in own:
            return FULL
        slot = own.index(0)
        self._own[slot] = key
        closing = None
        if self.open_pages > self._limits.max_learners:
            closing = FULL
        elif sum(row.tolist().count(key) for row in self._rows) > self._limits.max_learners_per_address:
            closing = CROWDED
        if closing:
            self._own[slot] = 0
        return closing

    def release(self, address: str) -> None:
        """Free a slot of an address."""
        self._own[self._own.tolist().index(network_key(address))] = 0
