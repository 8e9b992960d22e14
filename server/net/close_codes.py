"""Why the server ends a connection: the websocket's close codes, which the page puts into words."""

from typing import NamedTuple


class Closing(NamedTuple):
    """Why the server ends a connection: the code that the page goes by, a key for counts, a sentence for people."""

    code: int
    key: str
    reason: str


FULL = Closing(1013, "full", "the server is full: try again later")
CROWDED = Closing(4001, "address", "too many pages from this address: close some")
IDLE = Closing(4002, "idle", "nobody has used this page for a long time: connect again to go on")
VERSION = Closing(4003, "version", "this server speaks playground.v2: reload the page")
FLOOD = Closing(1008, "flood", "too many messages at once: send fewer")
FAULT = Closing(1011, "fault", "a fault of the server: connect again to go on")
CLOSINGS = (FULL, CROWDED, IDLE, VERSION, FLOOD, FAULT)
