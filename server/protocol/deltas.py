"""Pictures as differences from the frame before: what a connection's frames hold in common is not sent twice.

A picture changes little from frame to frame, and what changes is alike at neighbouring points. So a frame holds the
change since the frame before, and of that change the difference from byte to byte: mostly zeros and ones, which the
websocket's compression (`server.net.compression`) makes short. A websocket brings its messages whole and in order, so
both ends know the same frame before.
"""

from server.protocol.frames import subtracted
from server.protocol.messages import Frame

FIELDS = ("boundary", "chosen", "pictures", "line_pictures")


class Differences:
    """The frames of one connection, in the order in which they are sent."""

    def __init__(self) -> None:
        self._before: Frame | None = None

    def of(self, frame: Frame) -> Frame:
        """Return a frame as it travels: as differences, or whole where its pictures have another size."""
        before, self._before = self._before, frame
        if before is None or _lengths(before) != _lengths(frame):
            return frame
        changed = {name: subtracted(getattr(frame, name), getattr(before, name)) for name in FIELDS}
        return frame.model_copy(update={"base": before.frame, **changed})


def _lengths(frame: Frame) -> list[int]:
    return [len(getattr(frame, name) or b"") for name in FIELDS]
