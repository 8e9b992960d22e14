"""Bytes as text for links: base64url without padding."""

import base64


def encode(raw: bytes) -> str:
    """Return the bytes as letters, digits, - and _."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode(text: str) -> bytes:
    """Return the bytes that `encode` wrote as this text; ValueError if it is something else."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
