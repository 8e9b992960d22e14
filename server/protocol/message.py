"""What all messages of the websocket share: their base class, the protocol's version, and limits on both sides."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SUBPROTOCOL = "playground.v2"  # the version, as the websocket handshake negotiates it
MAX_COUNT = 2**53 - 1  # the largest whole number that JavaScript counts exactly

Revision = Annotated[int, Field(ge=0, le=MAX_COUNT, description="counts the commands of a connection")]
RunId = Annotated[int, Field(ge=0, le=MAX_COUNT)]
Speed = Literal["1", "10", "100", "max"]
FrameFormat = Literal["none", "full", "delta"]
Effect = Literal["none", "live", "data", "restart"]


class Message(BaseModel):
    """Base of all messages and their parts: immutable, and without unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)
