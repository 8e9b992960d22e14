"""Reproduce JavaScript's seedrandom 2.4.3, so that a TFP seed gives TFP's numbers.

Source: David Bau, seedrandom.js. Its generator, ARC4, is RC4 without the first 256 bytes of the key stream.
"""

from collections.abc import MutableSequence
from typing import Any

WIDTH = 256
SMALLEST = 2**52  # the smallest integer with 53 significant bits


def _mix_key(seed: str) -> list[int]:
    """Fold the seed's UTF-16 code units into at most 256 bytes."""
    key: list[int] = []
    smear = 0
    units = seed.encode("utf-16-le", "surrogatepass")
    for j in range(len(units) // 2):
        unit = units[2 * j] | units[2 * j + 1] << 8
        slot = j % WIDTH
        if slot == len(key):
            key.append(0)
        smear ^= key[slot] * 19
        key[slot] = (smear + unit) & 255
    return key or [0]


class SeedRandom:
    """Generate uniform numbers in [0, 1) from a text seed."""

    def __init__(self, seed: str) -> None:
        key = _mix_key(seed)
        state = list(range(WIDTH))
        j = 0
        for i in range(WIDTH):
            j = (j + key[i % len(key)] + state[i]) & 255
            state[i], state[j] = state[j], state[i]
        self._state, self._i, self._j = state, 0, 0
        self._append_bytes(0, WIDTH)

    def copy(self) -> "SeedRandom":
        """Return an independent generator in the same state."""
        twin = SeedRandom.__new__(SeedRandom)
        twin._state, twin._i, twin._j = self._state.copy(), self._i, self._j
        return twin

    def _append_bytes(self, result: int, count: int) -> int:
        """Append `count` bytes of the key stream to an integer, the most significant byte first."""
        state, i, j = self._state, self._i, self._j
        for _ in range(count):
            i = (i + 1) & 255
            t = state[i]
            j = (j + t) & 255
            state[i] = u = state[j]
            state[j] = t
            result = result << 8 | state[(u + t) & 255]
        self._i, self._j = i, j
        return result

    def random(self) -> float:
        """Return the next number in [0, 1): read bytes until 53 bits are significant, then cut off the remainder."""
        n, bits = self._append_bytes(0, 7), 56  # seedrandom starts with six, which never suffice
        while n < SMALLEST:
            n, bits = self._append_bytes(n, 1), bits + 8
        surplus = max(n.bit_length() - 53, 0)
        return (n >> surplus) / (1 << bits - surplus)

    def uniform(self, low: float, high: float) -> float:
        """Return a number in [low, high)."""
        return self.random() * (high - low) + low

    def shuffle(self, items: MutableSequence[Any]) -> None:
        """Shuffle items in place (Fisher-Yates, from the end)."""
        for last in range(len(items) - 1, -1, -1):
            other = int(self.random() * (last + 1))
            items[last], items[other] = items[other], items[last]
