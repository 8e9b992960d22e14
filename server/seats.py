"""Seats: how many pages may be open, of all and of one address, whichever process they came to."""

from hashlib import blake2b
from ipaddress import IPv6Address, ip_address

import numpy as np
from numpy.typing import NDArray

from server.closings import CROWDED, FULL, Closing
from server.limits import Limits
from server.shared import Shared

NETWORK = 64  # bits of an IPv6 address that name a network: who has one address in it can have all


class Seats:
    """Who is here. A table (processes, seats) says whose each seat is, 0 where it is free; one row is ours."""

    def __init__(self, limits: Limits, shared: Shared | None = None, index: int = 0) -> None:
        self._limits = limits
        self._table: NDArray[np.uint64] = shared.seats if shared else np.zeros((1, limits.max_learners), np.uint64)
        self._own = self._table[index]

    @property
    def taken(self) -> int:
        """How many are taken."""
        return int(np.count_nonzero(self._table))

    @property
    def full(self) -> bool:
        """Whether there is none left for anybody."""
        return self.taken >= self._limits.max_learners

    def take(self, address: str) -> Closing | None:
        """Take one for an address; where there is none, return why.

        It is taken first and counted then: of two processes that do so at once none gets one too many.
        """
        free = np.flatnonzero(self._own == 0)
        if free.size == 0:
            return FULL
        whose = _whose(address)
        self._own[free[0]] = whose
        closing = None
        if self.taken > self._limits.max_learners:
            closing = FULL
        elif np.count_nonzero(self._table == whose) > self._limits.max_learners_per_address:
            closing = CROWDED
        if closing:
            self._own[free[0]] = 0
        return closing

    def free(self, address: str) -> None:
        """Give one back."""
        self._own[np.flatnonzero(self._own == _whose(address))[0]] = 0


def _whose(address: str) -> np.uint64:
    """Return a number other than 0 that stands for an address, and for all of a network of IPv6."""
    try:
        ip = ip_address(address)
    except ValueError:  # whatever a proxy calls it
        name = address
    else:
        name = str(ip)
        if isinstance(ip, IPv6Address):
            name = str(ip.ipv4_mapped or int(ip) >> 128 - NETWORK)
    return np.uint64(int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) or 1)
