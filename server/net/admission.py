"""Seats: how many pages may be open, of all and of one address, whichever process they came to."""

from hashlib import blake2b
from ipaddress import IPv6Address, ip_address

from server.config.limits import Limits
from server.net.close_codes import CROWDED, FULL, Closing
from server.process.shared_memory import Shared

NETWORK = 64  # bits of an IPv6 address that name a network: who has one address in it can have all


class Seats:
    """Who is here. A row for each process says whose each of its seats is, 0 where it is free; one row is ours."""

    def __init__(self, limits: Limits, shared: Shared | None = None, index: int = 0) -> None:
        self._limits = limits
        self._rows = (shared or Shared(1, limits.max_learners, 0)).seats
        self._own = self._rows[index]

    @property
    def taken(self) -> int:
        """How many are taken."""
        return sum(len(row) - row.tolist().count(0) for row in self._rows)

    @property
    def full(self) -> bool:
        """Whether there is none left for anybody."""
        return self.taken >= self._limits.max_learners

    def take(self, address: str) -> Closing | None:
        """Take one for an address; where there is none, return why.

        It is taken first and counted then: of two processes that do so at once none gets one too many.
        """
        own, whose = self._own.tolist(), _whose(address)
        if 0 not in own:
            return FULL
        seat = own.index(0)
        self._own[seat] = whose
        closing = None
        if self.taken > self._limits.max_learners:
            closing = FULL
        elif sum(row.tolist().count(whose) for row in self._rows) > self._limits.max_learners_per_address:
            closing = CROWDED
        if closing:
            self._own[seat] = 0
        return closing

    def free(self, address: str) -> None:
        """Give one back."""
        self._own[self._own.tolist().index(_whose(address))] = 0


def _whose(address: str) -> int:
    """Return a number other than 0 that stands for an address, and for all of a network of IPv6."""
    try:
        ip = ip_address(address)
    except ValueError:  # whatever a proxy calls it
        name = address
    else:
        name = str(ip)
        if isinstance(ip, IPv6Address):
            name = str(ip.ipv4_mapped or int(ip) >> 128 - NETWORK)
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) or 1
