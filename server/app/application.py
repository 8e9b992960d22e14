"""create_app: builds the whole server; nothing lives at module level."""

import asyncio
import contextlib
import logging
import mimetypes
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

from server.app import health
from server.config.resources import fingerprint, resource
from server.config.settings import Settings
from server.i18n.translations import Texts
from server.kernels.kernel_source import KernelSource
from server.lessons.lesson_files import load_lessons
from server.net import websocket_endpoint as tabs
from server.net.admission import Seats
from server.net.security import SecurityHeaders
from server.process.shared_memory import Shared
from server.sessions.frame_scheduler import FrameScheduler
from server.telemetry.logs import log
from server.telemetry.metrics import PUBLISH, Metrics
from server.web import routes
from server.web import uploads as tables
from server.web.page import page_environment


class ImmutableFiles(StaticFiles):
    """Files whose address holds a hash of their contents: a browser need never ask again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, to be kept for a year."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def create_app(
    settings: Settings | None = None, locales: Path | None = None, index: int = 0, shared: Shared | None = None
) -> FastAPI:
    """Return the application; each has kernels, threads and sessions of its own.

    Of several processes each has an `index`, and seats and counts `shared` with the others; the first one compiles the
    kernels where they are missing, and the others wait for it.
    """
    settings = settings or Settings()
    texts = Texts(locales or resource("locales"))
    lessons = load_lessons(settings.lessons or resource("lessons"), texts.languages)
    for error in lessons.errors:
        log(logging.WARNING, f"A lesson is left out: {error}")
    kernels = KernelSource(plain=settings.plain, compiles=index == 0)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(kernels.load)
        work = (kernels.prepare(), app.state.scheduler.watch(), _publish(app))
        working = [asyncio.create_task(each) for each in work]
        with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="training") as pool:
            app.state.pool = pool
            try:
                yield
            finally:
                for task in working:
                    task.cancel()
                await asyncio.gather(*working, return_exceptions=True)

    mimetypes.add_type("text/javascript", ".js")  # Windows may say otherwise
    mimetypes.add_type("text/javascript", ".mjs")
    app = FastAPI(title="Neural playground", docs_url=None, redoc_url=None, lifespan=lifespan, redirect_slashes=False)
    app.state.kernels = kernels
    app.state.sessions = set()
    app.state.limits = settings
    app.state.connections = {}  # of HTTP, the oldest first
    app.state.seats = Seats(settings, shared, index)
    app.state.metrics = Metrics(shared, index)
    app.state.bodies = asyncio.Semaphore(tables.BODIES)
    app.state.reading = asyncio.Semaphore(1)  # of tables
    app.state.allowed_origins = set(filter(None, settings.allowed_origins.lower().split(",")))
    app.state.scheduler = FrameScheduler(app.state.sessions)
    app.state.handover = None  # there is no other process
    app.state.texts = texts
    app.state.lessons = lessons
    app.state.pages = {name: page_environment(texts.catalogue(name)) for name in texts.languages}
    app.state.kept_pages = {}
    files = resource("static")
    app.state.static = f"/static/{fingerprint(files)}"
    app.mount(app.state.static, ImmutableFiles(directory=files), name="static")
    app.include_router(routes.router)
    app.include_router(tabs.router)
    app.include_router(tables.router)
    app.include_router(health.router)
    app.add_middleware(SecurityHeaders)
    return app


async def _publish(app: FastAPI) -> None:
    while True:
        app.state.metrics.publish(app.state.sessions, app.state.kernels.status)
        await asyncio.sleep(PUBLISH)
