"""Checkpoint: the state from which a run resumes, and its form as text.

The text is the epoch, a dot, and base64url of little-endian numbers: theta (float64 per parameter), one byte per
parameter (0 dead, 1 free, 2 locked), the optimizer's state (float64: slot by slot, then Adam's two powers of beta).
While a run waits for a better loss, two more float64 follow: the best loss so far and its epoch. The text is untrusted
input: its length is checked before any allocation, its numbers before any use.
"""

import math
from dataclasses import dataclass

import numpy as np

from engine.numerics.types import Array
from engine.text import base64url
from engine.text.phrases import InvalidValue, Phrase

MAX_EPOCH = 2**48
LARGEST = 1e100  # beyond this magnitude of a parameter, a run has diverged
FREE, LOCKED = 1, 2  # bytes of the text
BEST = 16  # bytes of the best loss and its epoch


@dataclass(frozen=True)
class Checkpoint:
    """The epoch, the parameters (P,), masks (P,) of 0 and 1 for free and locked ones, the optimizer's state (S,).

    A parameter that is neither free nor locked is dead: L1 pulled it across 0.
    """

    epoch: int
    theta: Array
    mask: Array
    locked: Array
    state: Array
    best: tuple[float, int] | None = None  # for early stopping: the best loss so far and its epoch

    def to_bytes(self) -> bytes:
        """Return the bytes that the text encodes."""
        mask = (self.mask + LOCKED * self.locked).astype(np.uint8).tobytes()
        best = b"" if self.best is None else np.array(self.best, "<f8").tobytes()
        return self.theta.astype("<f8").tobytes() + mask + self.state.astype("<f8").tobytes() + best

    def encode(self) -> str:
        """Return the checkpoint as text that fits into a link."""
        return f"{self.epoch}.{base64url.encode(self.to_bytes())}"


def decode_checkpoint(text: str, parameters: int, state_size: int) -> Checkpoint:
    """Read a checkpoint with this many parameters and optimizer numbers.

    Raises InvalidValue, a ValueError that says what is wrong with the text.
    """
    epoch_text, _, body = text.partition(".")
    readable = epoch_text.isascii() and epoch_text.isdecimal() and len(epoch_text) <= len(str(MAX_EPOCH))
    if not readable or int(epoch_text) > MAX_EPOCH:
        raise InvalidValue(Phrase("must be an epoch from 0 to {last}, a dot, then base64url", {"last": MAX_EPOCH}))
    size = 9 * parameters + 8 * state_size
    length, longer = ((count * 4 + 2) // 3 for count in (size, size + BEST))
    if len(body) not in (length, longer):
        fitting = {"parameters": parameters, "length": length}
        raise InvalidValue(
            Phrase.counted(
                "must have {length} character after the dot, for a network with {parameters} parameters",
                "must have {length} characters after the dot, for a network with {parameters} parameters",
                fitting,
                by="length",
            )
        )
    try:
        raw = base64url.decode(body)
    except ValueError as error:
        raise InvalidValue(Phrase("must be a checkpoint in base64url")) from error
    theta = np.frombuffer(raw, "<f8", parameters).astype(np.float64)
    mask = np.frombuffer(raw, np.uint8, parameters, offset=8 * parameters)
    state = np.frombuffer(raw, "<f8", state_size, offset=9 * parameters).astype(np.float64)
    if not (np.abs(theta) < LARGEST).all() or not np.isfinite(state).all() or (mask > LOCKED).any():
        raise InvalidValue(Phrase("must be a checkpoint with finite numbers and a mask of 0, 1 and 2"))
    best = None
    if len(raw) > size:
        loss, at = np.frombuffer(raw, "<f8", 2, offset=size).tolist()
        if not (0 <= loss < math.inf and at.is_integer() and 0 <= at <= int(epoch_text)):
            raise InvalidValue(Phrase("must be a checkpoint whose best epoch has a loss and lies before its end"))
        best = loss, int(at)
    free, locked = (mask == FREE).astype(np.float64), (mask == LOCKED).astype(np.float64)
    return Checkpoint(int(epoch_text), theta, free, locked, state, best)
