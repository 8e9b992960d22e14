"""Logs: lines on standard error about what happens, as text or JSON. No address, no name, no text of a learner's."""

import contextlib
import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Literal

_LOGGER = logging.getLogger("playground")


def say(text: str) -> None:
    """Tell the person who started the server; a full disk at the other end is no reason to stop."""
    with contextlib.suppress(OSError):
        print(text, flush=True)


def log(level: int, event: str, **fields: object) -> None:
    """Write a line: what happened, and whatever belongs to it."""
    _LOGGER.log(level, event, extra={"fields": fields})


def log_error(event: str, error: BaseException, **fields: object) -> None:
    """Write down a fault of ours with where it came from."""
    _LOGGER.error(event, exc_info=error, extra={"fields": fields})


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={value}" for name, value in getattr(record, "fields", {}).items())
        trace = "\n" + self.formatException(record.exc_info) if record.exc_info else ""
        return f"{record.levelname.lower()}: {record.getMessage()}{fields}{trace}"


class _JSON(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False, default=str)


class _Lossy(logging.StreamHandler[Any]):
    def handleError(self, record: logging.LogRecord) -> None:
        """Lose a line that cannot be written: the lesson goes on when the disk is full."""


def configure_logs(level: str, form: Literal["text", "json"]) -> None:
    """Send everything, the libraries' warnings too, to standard error."""
    handler = _Lossy(sys.stderr)
    handler.setFormatter(_JSON() if form == "json" else _Text())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    _LOGGER.setLevel(level.upper())
