"""Define what all messages of the websocket share: base class, protocol version, common types."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SUBPROTOCOL = "playground.v2"  # the version, as the websocket handshake negotiates it
MAX_COUNT = 2**53 - 1  # the largest whole number that JavaScript counts exactly

Revision = Annotated[int, Field(ge=0, le=MAX_COUNT, description="the client's number for this command")]
RunId = Annotated[int, Field(ge=0, le=MAX_COUNT)]
Speed = Literal["1", "10", "100", "max"]
FrameFormat = Literal["none", "full", "delta"]
Effect = Literal["none", "live", "data", "restart"]


class Message(BaseModel):
    """Reject unknown fields and changes in every message and its parts."""

    model_config = ConfigDict(extra="forbid", frozen=True)
