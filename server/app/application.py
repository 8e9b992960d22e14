"""create_app builds the whole server; no state lives at module level."""

import asyncio
import contextlib
import functools
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from server.app import health
from server.config.resources import fingerprint, resource
from server.config.settings import Settings
from server.i18n.translations import Translations
from server.kernels.kernel_source import KernelSource
from server.lessons.lesson_files import load_lessons
from server.net import websocket_endpoint
from server.net.admission import Admission
from server.net.guard import sweep_connections
from server.net.state import ServerState
from server.process.shared_memory import SharedMemory
from server.protocol.frames import feature_pictures
from server.sessions.frame_scheduler import FrameScheduler
from server.sessions.runner import Runner
from server.sessions.session import Session
from server.sessions.threads import Threads
from server.telemetry.logs import log, log_error
from server.telemetry.metrics import BEAT_SECONDS, PUBLISH_SECONDS, Metrics
from server.web import routes, uploads
from server.web.addresses import AllowedHosts, own_names
from server.web.errors import RequestRefused, answer_refusal
from server.web.page import page_environment
from server.web.security import SecurityHeaders
from server.web.static_files import ChangingFiles, HashedFiles, preloaded_scripts, stale_sources
from server.web.thumbnails import thumbnails

COMPRESSION = 5  # of pages and other answers, which are compressed anew each time
LATE_SECONDS = 1.0  # by which the event loop may be late without a line in the log
RETRY_SECONDS = 10.0  # until a failed background task is started again


def create_app(
    settings: Settings | None = None, locales: Path | None = None, index: int = 0, memory: SharedMemory | None = None
) -> FastAPI:
    """Return an application with its own kernels, threads and sessions.

    With several processes each has an `index` and shares `memory` with the others. Process 0 compiles missing kernels;
    the others wait for it.
    """
    settings = settings or Settings()
    state = _state(settings, locales or resource("locales"), index, memory)
    for error in state.lessons.errors:
        log(logging.WARNING, f"A lesson is left out: {error}")

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(state.kernels.load)
        await asyncio.to_thread(_prepare, state)
        state.threads = threads = Threads()
        tasks = [
            asyncio.create_task(keep_running("preparing kernels", state.kernels.prepare)),
            asyncio.create_task(keep_running("watching the load", state.scheduler.watch)),
            asyncio.create_task(keep_running("watching the connections", lambda: sweep_connections(state))),
            asyncio.create_task(keep_running("publishing metrics", lambda: _publish(state))),
            asyncio.create_task(keep_running("measuring the event loop", lambda: _beat(state.metrics))),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            threads.shutdown()  # the event loop does not wait for a slice of training

    app = FastAPI(title="Neural playground", docs_url=None, redoc_url=None, lifespan=lifespan, redirect_slashes=False)
    app.state.server = state
    static = resource("static")
    if not settings.dev and (stale := stale_sources(static)):
        log(logging.WARNING, f'static/dist is stale ({", ".join(stale)}): run "make bundle", or start with --dev')
    app.mount(state.static_path, (ChangingFiles if settings.dev else HashedFiles)(static, made_files()))
    for router in (routes.router, websocket_endpoint.router, uploads.router, health.router):
        app.include_router(router)
    app.add_exception_handler(RequestRefused, answer_refusal)
    app.add_middleware(GZipMiddleware, compresslevel=COMPRESSION)
    app.add_middleware(AllowedHosts, names=own_names() | settings.hosts, metrics=state.metrics)
    app.add_middleware(SecurityHeaders)
    return app


def _state(settings: Settings, locales: Path, index: int, memory: SharedMemory | None) -> ServerState:
    translations = Translations(locales)
    admission = Admission(settings, memory.pages if memory else None, index)
    sessions: set[Session] = set()
    return ServerState(
        settings=settings,
        metrics=Metrics(lambda: admission.open_pages, memory.counts if memory else None, index),
        translations=translations,
        lessons=load_lessons(settings.lessons or resource("lessons"), translations.languages),
        templates={
            name: page_environment(translations.catalogue(name), settings.dev) for name in translations.languages
        },
        static_path=f"/static/{'dev' if settings.dev else fingerprint(resource('static'), *made_files().values())}",
        preloaded_scripts=preloaded_scripts(resource("static")),
        kernels=KernelSource(plain=settings.plain, compiles=index == 0),
        admission=admission,
        scheduler=FrameScheduler(sessions),
        sessions=sessions,
    )


@functools.cache
def made_files() -> dict[str, bytes]:
    """Return the static files that are made from the engine."""
    return {"thumbnails.svg": thumbnails().encode()}


def _prepare(state: ServerState) -> None:
    """Make what every visitor needs before the first one comes."""
    routes.render_first_pages(state)
    feature_pictures()
    Runner(state.kernels, state.settings.max_experiment_cost)


async def keep_running(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run a background task to its end; if it fails, log the traceback and start it again after a while."""
    while True:
        try:
            await work()
            return
        except Exception as error:
            log_error("background task failed", error, task=name)
        await asyncio.sleep(RETRY_SECONDS)


async def _publish(state: ServerState) -> None:
    while True:
        state.publish_metrics()
        await asyncio.sleep(PUBLISH_SECONDS)


async def _beat(metrics: Metrics) -> None:
    """Show the supervisor that the event loop runs, and measure how late it is."""
    late = 0.0
    while True:
        metrics.beat(late)
        if late >= LATE_SECONDS:
            log(logging.WARNING, "the event loop was held up", seconds=round(late, 2))
        due = time.monotonic() + BEAT_SECONDS
        await asyncio.sleep(BEAT_SECONDS)
        late = max(0.0, time.monotonic() - due)
