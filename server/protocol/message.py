"""What all messages of the websocket share."""

from pydantic import BaseModel, ConfigDict


class Message(BaseModel):
    """What all messages share: nothing may be added to them."""

    model_config = ConfigDict(extra="forbid", frozen=True)
