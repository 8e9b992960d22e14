"""The command `neural-playground`."""

import contextlib
import os
import sys

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError
from pydantic_settings import CliApp, SettingsError

from server.config.settings import Settings
from server.kernels.cache import use_kernel_cache
from server.net.hooks import MissingHook, check_hooks
from server.process.serving import Server, allow_open_files, announce, exit_now, server_options
from server.process.shared_memory import SharedMemory
from server.process.workers import supervise
from server.telemetry.logs import configure_logs

WRONG_USE = 2  # exit code


def main() -> None:
    """Run the server with the options from the command line and the environment."""
    try:
        settings = CliApp.run(Settings, cli_exit_on_error=False)
        check_hooks()
    except SettingsError as error:
        _fail(str(error).partition(": ")[2] or str(error))
    except ValidationError as error:
        detail = error.errors()[0]
        name = "--" + ".".join(str(part) for part in detail["loc"]).replace("_", "-")
        _fail(f"{name} {detail['input']!r}: {detail['msg']}")
    except MissingHook as error:
        _fail(str(error))
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(threads, "1")  # matrices are small, and sessions already use all cores
    configure_logs(settings.log_level, settings.log_format)
    settings = allow_open_files(settings)
    use_kernel_cache()
    if settings.workers > 1:
        sys.exit(supervise(settings, worker_app))
    server = Server(
        uvicorn.Config(_create_app(settings), **server_options(settings)),
        lambda: announce(server.servers[0].sockets[0], settings.open),
    )
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn has already stopped the server on Ctrl+C
        server.run()
    exit_now(0 if server.started else 1)


def worker_app(settings: Settings, index: int, memory: SharedMemory) -> FastAPI:
    """Return the application of a worker process."""
    return _create_app(settings, index, memory)


def _create_app(settings: Settings, index: int = 0, memory: SharedMemory | None = None) -> FastAPI:
    # Imported here, since it imports the engine and with it Numba, which reads its cache folder on import.
    from server.app.application import create_app

    return create_app(settings, index=index, memory=memory)


def _fail(message: str) -> None:
    print(f"neural-playground: {message}", file=sys.stderr)
    sys.exit(WRONG_USE)
