"""A token bucket: limits the rate of messages and allows short bursts."""

BURST_SECONDS = 1  # a burst may hold as many messages as this many seconds allow
TOKEN_BYTES = 20_000  # a longer message costs several tokens


class TokenBucket:
    """Hold up to a burst's worth of tokens and gain `rate` tokens a second."""

    def __init__(self, rate: float, now: float) -> None:
        self._rate = rate
        self._tokens = rate * BURST_SECONDS
        self._updated = now

    def take(self, size: int, now: float) -> bool:
        """Take the tokens for a message of `size` bytes, at most half a bucket; return False if there are too few."""
        capacity = self._rate * BURST_SECONDS
        cost = 1 + min(size // TOKEN_BYTES, capacity // 2)
        self._tokens = min(self._tokens + (now - self._updated) * self._rate, capacity) - cost
        self._updated = now
        return self._tokens >= 0
