"""Limits: what one message, one page, one address and all together may ask of the server. Each is a setting."""

from pydantic import BaseModel, Field

BURST = 1  # seconds' worth of messages that may come at once
TOKEN_SIZE = 20_000  # bytes: a message of more counts as several


class Limits(BaseModel):
    """The limits, their defaults and their ranges; settings take them over as flags and environment variables."""

    max_learners: int = Field(default=250, ge=1, le=100_000, description="pages that may be open at a time")
    max_learners_per_address: int = Field(
        default=100, ge=1, le=100_000, description="of these from one address: a school's network often has but one"
    )
    max_connections: int = Field(
        default=1000,
        ge=100,
        le=100_000,
        description="of a process, besides those of pages; for one more the one that waits longest is cut",
    )
    max_message_size: int = Field(
        default=3_000_000, ge=200_000, le=30_000_000, description="characters of a message: a model's file is one"
    )
    max_messages_per_second: int = Field(
        default=300, ge=100, le=100_000, description="of one page: a slider and the pictures drawn come to 200"
    )
    max_experiment_cost: int = Field(
        default=50_000_000, ge=100_000, le=10**12, description="parameters times points of an experiment"
    )
    max_unattended_minutes: float = Field(
        default=240, gt=0, le=10**6, description="after which a run that nobody touches is paused"
    )
    max_idle_minutes: float = Field(
        default=720, gt=0, le=10**6, description="after which a page that neither trains nor is touched is let go"
    )
    ping_seconds: float = Field(
        default=20, ge=0.1, le=3600, description="between two pings of a page, and for how long its answer may take"
    )
    send_seconds: float = Field(
        default=10, ge=0.1, le=3600, description="for which a page may take nothing of what it is sent"
    )
    request_seconds: float = Field(default=30, ge=0.1, le=3600, description="in which a request has to be here whole")

    @property
    def max_frame_size(self) -> int:
        """Bytes of a message beyond which a connection is closed; below, a message that is too long is refused."""
        return self.max_message_size * 4 // 3


class Bucket:
    """Counts messages by tokens that flow in at a steady rate, up to a burst's worth."""

    def __init__(self, rate: float, now: float) -> None:
        self._rate = rate
        self._tokens = rate * BURST
        self._when = now

    def take(self, size: int, now: float) -> bool:
        """Take what a message of so many bytes costs, half of all at most; False when there is not enough."""
        most = self._rate * BURST
        cost = 1 + min(size // TOKEN_SIZE, most // 2)
        self._tokens = min(self._tokens + (now - self._when) * self._rate, most) - cost
        self._when = now
        return self._tokens >= 0
