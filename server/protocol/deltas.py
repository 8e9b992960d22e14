"""Encode pictures as deltas from the previous frame.

A picture changes little from frame to frame, and neighbouring points change alike. A delta therefore holds the change
since the previous frame as differences between neighbouring bytes. Most are zeros and ones, which the websocket's
compression (`server.net.compression`) shrinks. A websocket keeps messages in order: both ends know the previous frame.
"""

from server.protocol.answers import Frame
from server.protocol.frames import byte_delta
from server.protocol.message import FrameFormat

FIELDS = ("boundary", "chosen", "pictures", "line_pictures")


class DeltaEncoder:
    """Encode the frames of one connection in sending order."""

    def __init__(self) -> None:
        self._before: Frame | None = None

    def encode(self, frame: Frame, form: FrameFormat = "delta") -> Frame:
        """Return the frame to send: its pictures as deltas, or complete if their size changed."""
        before, self._before = self._before, frame
        if form != "delta" or before is None or _lengths(before) != _lengths(frame):
            return frame
        deltas = {name: byte_delta(getattr(frame, name), getattr(before, name)) for name in FIELDS}
        return frame.model_copy(update={"base": before.frame, **deltas})


def _lengths(frame: Frame) -> list[int]:
    return [len(getattr(frame, name) or b"") for name in FIELDS]
