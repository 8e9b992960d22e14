"""Fixtures for all tests: cached kernels, live servers, and a check that no test leaves a session or task behind."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from server.kernels.cache import kernel_cache, use_kernel_cache

use_kernel_cache()  # before importing the engine

from live import LiveServer, wait_until  # noqa: E402

from server.config.resources import resource  # noqa: E402
from server.config.settings import Settings  # noqa: E402
from server.web.static_files import stale_sources  # noqa: E402

_live: list[LiveServer] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With an empty kernel cache, run the test of the first start first: it compiles what the other tests load."""
    folder = kernel_cache()
    if folder is not None and not any(folder.iterdir()):
        items.sort(key=lambda item: item.path.stem != "test_server_kernels")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio, as the server does."""
    return "asyncio"


def _serving(settings: Settings) -> Iterator[LiveServer]:
    with LiveServer(settings) as server:
        _live.append(server)
        yield server
        _live.remove(server)


@pytest.fixture(scope="session")
def fresh_bundle() -> None:
    """Fail at once where the shipped bundle is older than the page's modules."""
    if stale := stale_sources(resource("static")):
        pytest.exit(f"static/dist is stale ({', '.join(stale)}): run make bundle", returncode=1)


@pytest.fixture(scope="session")
def live_server() -> Iterator[LiveServer]:
    """Start a server with the fastest kernels available."""
    yield from _serving(Settings(port=0))


@pytest.fixture(scope="session")
def plain_server() -> Iterator[LiveServer]:
    """Start a server that trains in plain NumPy."""
    yield from _serving(Settings(port=0, plain=True))


@pytest.fixture(scope="session")
def server_url(live_server: LiveServer) -> str:
    """Return the address of the live server, without a trailing slash."""
    return live_server.url


@pytest.fixture
async def no_task_survives(anyio_backend: str) -> AsyncIterator[None]:
    """Fail an asynchronous test that leaves a task running."""
    yield
    await asyncio.sleep(0)
    left = [task for task in asyncio.all_tasks() if not task.get_coro().__qualname__.startswith("TestRunner.")]
    assert left == []


@pytest.fixture(autouse=True)
def nothing_survives(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a session or a task behind, here or in a live server."""
    if "anyio_backend" in request.fixturenames:
        request.getfixturevalue("no_task_survives")
    yield
    for server in _live:
        wait_until(lambda server=server: not server.left_over(), 5, f"{server.url} is free of sessions and tasks")
