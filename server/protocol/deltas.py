"""Send pictures as deltas: what a connection's frames have in common is not sent twice.

A picture changes little from frame to frame, and neighbouring points change alike. So a delta holds the change since
the frame before, as differences from byte to byte: mostly zeros and ones, which the websocket's compression
(`server.net.compression`) makes short. A websocket delivers all messages in order, so both ends know the frame before.
"""

from server.protocol.answers import Frame
from server.protocol.frames import byte_delta
from server.protocol.message import FrameFormat

FIELDS = ("boundary", "chosen", "pictures", "line_pictures")


class DeltaEncoder:
    """Encodes the frames of one connection, in the order in which they are sent."""

    def __init__(self) -> None:
        self._before: Frame | None = None

    def encode(self, frame: Frame, form: FrameFormat = "delta") -> Frame:
        """Return a frame as it travels: its pictures as deltas, or in full if their size changed."""
        before, self._before = self._before, frame
        if form != "delta" or before is None or _lengths(before) != _lengths(frame):
            return frame
        deltas = {name: byte_delta(getattr(frame, name), getattr(before, name)) for name in FIELDS}
        return frame.model_copy(update={"base": before.frame, **deltas})


def _lengths(frame: Frame) -> list[int]:
    return [len(getattr(frame, name) or b"") for name in FIELDS]
