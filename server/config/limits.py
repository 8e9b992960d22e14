"""Limits on messages, pages, addresses and the whole server. Each limit is also a setting."""

from pydantic import BaseModel, Field


class Limits(BaseModel):
    """The limits with their defaults and ranges; `Settings` turns them into flags and environment variables."""

    max_learners: int = Field(default=250, ge=1, le=100_000, description="Max pages open at the same time.")
    max_learners_per_address: int = Field(
        default=100,
        ge=1,
        le=100_000,
        description="Max open pages from one IP address; a school's network often has only one.",
    )
    max_connections: int = Field(
        default=1000,
        ge=100,
        le=100_000,
        description="Max connections per process besides open pages; beyond it, the longest idle one is dropped.",
    )
    max_message_size: int = Field(
        default=3_000_000,
        ge=200_000,
        le=30_000_000,
        description="Max characters per message; a model file is one message.",
    )
    max_upload_size: int = Field(default=5_000_000, ge=1_000, le=5_000_000, description="Max bytes per uploaded table.")
    max_messages_per_second: int = Field(
        default=300,
        ge=100,
        le=100_000,
        description="Max messages per second from one page; dragging a slider while training sends about 200.",
    )
    max_experiment_cost: int = Field(
        default=50_000_000, ge=100_000, le=10**12, description="Max parameters times points of one experiment."
    )
    max_unattended_minutes: float = Field(
        default=240, gt=0, le=10**6, description="Minutes without user input until training is paused."
    )
    max_idle_minutes: float = Field(
        default=720,
        gt=0,
        le=10**6,
        description="Minutes without training or user input until a page is disconnected.",
    )
    ping_seconds: float = Field(
        default=20,
        ge=0.1,
        le=3600,
        description="Seconds between pings to a page, and the time it has to answer each.",
    )
    send_seconds: float = Field(
        default=10, ge=0.1, le=3600, description="Seconds until a page that stops reading is disconnected."
    )
    request_seconds: float = Field(
        default=30,
        ge=0.1,
        le=3600,
        description="Seconds a client has to send a request, and to read each part of the answer.",
    )

    @property
    def max_frame_size(self) -> int:
        """Return how many bytes a websocket message may have.

        A longer message closes the connection; one that only exceeds `max_message_size` is refused with an error.
        """
        return self.max_message_size * 4 // 3
