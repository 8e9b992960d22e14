"""What the HTTP routes share. `create_app` makes one object of this type (or of a subclass) for each application."""

import asyncio
from dataclasses import dataclass, field

from fastapi import Request
from jinja2 import Environment

from server.config.settings import Settings
from server.i18n.translations import Translations
from server.lessons.lesson_files import Lessons
from server.telemetry.metrics import Metrics

MAX_UPLOADS_AT_ONCE = 8  # further uploads wait at the sender, not in our memory


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
    uploads: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_UPLOADS_AT_ONCE))
    table_parsing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))


def web_state(request: Request) -> WebState:
    """Return the state of the application that serves a request."""
    state: WebState = request.app.state.server
    return state
