"""Background tasks: a failure is logged with its traceback, and the task or the server carries on."""

import asyncio
import logging
import threading
import time
from pathlib import Path

import pytest
from live import LiveServer, wait_until

from engine.training.kernels import PLAIN
from server.app import application
from server.app.application import keep_running
from server.config.settings import Settings
from server.kernels import kernel_source
from server.kernels.kernel_source import KernelSource
from server.telemetry.metrics import Metrics


@pytest.mark.anyio
async def test_a_failing_task_is_logged_with_its_traceback_and_started_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(application, "RETRY_SECONDS", 0.01)
    attempts = 0

    async def work() -> None:
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            raise ZeroDivisionError("broken")

    async with asyncio.timeout(5):
        await keep_running("some work", work)
    assert attempts == 3
    assert len(caplog.records) == 2
    for record in caplog.records:
        assert record.levelno == logging.ERROR
        assert vars(record)["fields"] == {"task": "some work"}
        assert record.exc_info
        assert record.exc_info[0] is ZeroDivisionError


def test_metrics_are_published_again_after_a_failure(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(application, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(application, "PUBLISH_SECONDS", 0.01)
    publish, calls = Metrics.publish, []

    def broken_at_first(*arguments: object) -> None:
        calls.append(arguments)
        if len(calls) == 1:
            raise ZeroDivisionError("broken")
        publish(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Metrics, "publish", broken_at_first)
    with LiveServer(Settings(port=0, plain=True)):
        wait_until(lambda: len(calls) > 3, 5, "metrics are published again")
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [vars(record)["fields"] for record in errors] == [{"task": "publishing metrics"}]


@pytest.mark.anyio
@pytest.mark.parametrize("compiles", [True, False])
async def test_a_failing_warm_up_is_logged_and_leaves_the_kernels_plain(
    compiles: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    source = KernelSource(compiles=compiles)
    source.load()
    assert source.status.state == "compiling"

    def fail() -> None:
        raise OSError("the machine code is gone")

    async def succeed(*_: object) -> None:
        return None

    monkeypatch.setattr(kernel_source, "_warm_kernels", fail)
    monkeypatch.setattr(kernel_source, "completed_at", lambda: 1)
    monkeypatch.setattr(KernelSource, "_follow", succeed)
    await source.prepare()
    assert (source.current, source.status.state) == (PLAIN, "failed")
    assert [record.exc_info is not None for record in caplog.records] == [True]


def test_a_server_that_stops_does_not_wait_for_a_slice_of_training() -> None:
    release = threading.Event()
    server = LiveServer(Settings(port=0, plain=True))
    with server:
        assert server.state.threads is not None
        server.state.threads.slices.submit(release.wait, 30)
        stopping = time.monotonic()
    assert time.monotonic() - stopping < 5
    release.set()
