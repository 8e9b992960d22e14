"""Close codes of the websocket: why the server ends a connection. The page translates each code into words."""

from typing import NamedTuple

from server.telemetry.metrics import Refusal


class Closing(NamedTuple):
    """A close code for the page, a reason for the metrics, and a sentence for people who read the close frame."""

    code: int
    key: Refusal
    reason: str


FULL = Closing(1013, "full", "the server is full: try again later")
CROWDED = Closing(4001, "address", "too many pages from this address: close some")
IDLE = Closing(4002, "idle", "nobody has used this page for a long time: connect again to go on")
VERSION = Closing(4003, "version", "this server speaks playground.v2: reload the page")
UNINTRODUCED = Closing(4004, "slow", "no hello in time: connect again")
FLOOD = Closing(1008, "flood", "too many messages at once: send fewer")
FAULT = Closing(1011, "fault", "a fault of the server: connect again to go on")
CLOSINGS = (FULL, CROWDED, IDLE, VERSION, UNINTRODUCED, FLOOD, FAULT)
