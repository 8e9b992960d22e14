"""Logs: lines on standard error, as text or JSON. They never hold a learner's address, name or text."""

import contextlib
import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Literal

_LOGGER = logging.getLogger("playground")


def print_line(text: str) -> None:
    """Print a line for the person who started the server. A full disk behind standard output is ignored."""
    with contextlib.suppress(OSError):
        print(text, flush=True)


def log(level: int, event: str, **fields: object) -> None:
    """Log an event with its fields."""
    _LOGGER.log(level, event, extra={"fields": fields})


def log_error(event: str, error: BaseException, **fields: object) -> None:
    """Log an unexpected exception with its traceback."""
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
        """Drop a line that cannot be written: a full disk must not stop the server."""


def configure_logs(level: str, form: Literal["text", "json"]) -> None:
    """Send all logs, including warnings of libraries, to standard error."""
    handler = _Lossy(sys.stderr)
    handler.setFormatter(_JSON() if form == "json" else _Text())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    _LOGGER.setLevel(level.upper())
    for library in ("uvicorn.error", "asyncio"):
        logging.getLogger(library).addFilter(_is_our_fault)


def _is_our_fault(record: logging.LogRecord) -> bool:
    """Leave out text that isn't UTF-8 and answers to clients that have gone: strangers could fill the disk."""
    not_utf8 = record.exc_info and isinstance(record.exc_info[1], UnicodeDecodeError)
    return not (not_utf8 or record.msg == "socket.send() raised exception.")
