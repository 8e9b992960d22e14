"""What the HTTP routes share. `create_app` makes one object of this type (or of a subclass) for each application."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from fastapi import Request
from jinja2 import Environment

from server.config.settings import Settings
from server.i18n.translations import Translations
from server.lessons.lesson_files import Lessons
from server.telemetry.metrics import Metrics

MAX_UPLOADS_AT_ONCE = 8  # further uploads wait at the sender, not in our memory
UPLOADS_PER_ADDRESS = 2
WAITING_PER_ADDRESS = 200  # more than a class behind one address


class Queue:
    """Let two uploads of one address in at a time."""

    def __init__(self) -> None:
        self.slots = asyncio.Semaphore(UPLOADS_PER_ADDRESS)
        self.length = 0  # uploads that wait or are being read


class UploadQueues:
    """Let a few uploads in at a time, and few of them from one address."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(MAX_UPLOADS_AT_ONCE)
        self._queues: WeakValueDictionary[int, Queue] = WeakValueDictionary()

    @contextlib.asynccontextmanager
    async def slot(self, address: int) -> AsyncIterator[bool]:
        """Wait for a slot, and yield True; if the address already has too many uploads, yield False at once."""
        queue = self._queues.setdefault(address, Queue())
        if queue.length >= WAITING_PER_ADDRESS:
            yield False
            return
        queue.length += 1
        try:
            async with queue.slots, self._slots:
                yield True
        finally:
            queue.length -= 1


@dataclass(kw_only=True)
class WebState:
    """Hold the settings and everything that the routes read or keep between requests."""

    settings: Settings
    metrics: Metrics
    translations: Translations
    lessons: Lessons
    templates: dict[str, Environment]  # by language
    static_path: str  # URL of the static files, with their fingerprint
    preloaded_scripts: list[str]  # which the bundle's main script imports
    rendered_pages: dict[tuple[object, str], str] = field(default_factory=dict)
    uploads: UploadQueues = field(default_factory=UploadQueues)
    table_parsing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))


def web_state(request: Request) -> WebState:
    """Return the state of the application that serves a request."""
    state: WebState = request.app.state.server
    return state
