"""The command `neural-playground`."""

import contextlib
import gc
import os
import sys
import webbrowser
from collections.abc import Callable
from socket import socket
from typing import Any

import uvicorn
from pydantic import ValidationError
from pydantic_settings import CliApp, SettingsError

from server.config.settings import Settings
from server.kernels.cache import use_kernel_cache
from server.telemetry.logs import configure_logs, say

BACKLOG = 512  # connections that may come in one moment, before one of them can be cut
OTHER_FILES = 200  # that a process has open, give or take
SWITCH = 0.0005  # seconds for which one thread keeps Python's lock: a command must not wait ten times as long


class Server(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config, listens: Callable[[], object]) -> None:
        super().__init__(config)
        self._listens = listens

    def http_protocol(self) -> Any:
        """Return a protocol for a connection that has not come in at the port."""
        protocol: Any = self.config.http_protocol_class
        return protocol(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start listening, then tell."""
        sys.setswitchinterval(SWITCH)
        await super().startup(sockets)
        gc.freeze()  # what is there now stays: looking through it for garbage would hold up all for a tenth of a second
        if self.started:
            self._listens()


def allow_open_files(count: int) -> None:
    """Raise how many files, and so connections, this process may have open, as far as the system lets it."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # not everywhere, not every number
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def announce(listener: Any, opens: bool) -> None:
    """Say where the page is, and open it in a browser where that is asked for."""
    host, port = listener.getsockname()[:2]
    address = f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
    say(f"The playground is at {address} (stop it with Ctrl+C)")
    if opens:
        webbrowser.open(address)


def server_options(settings: Settings) -> dict[str, Any]:
    """Return how uvicorn is to serve the app."""
    return {
        "host": settings.host,
        "port": settings.port,
        "root_path": settings.root_path,
        "forwarded_allow_ips": settings.trusted_proxies,
        "server_header": False,
        "log_config": None,
        "log_level": "error",  # at "info" uvicorn writes down addresses, at "warning" each request that is none
        "access_log": False,
        "http": "server.net.guard:GuardedHTTP",
        "ws": "server.net.guard:GuardedSocket",
        "ws_max_size": settings.max_frame_size,
        "ws_ping_interval": settings.ping_seconds,
        "ws_ping_timeout": settings.ping_seconds,
        "backlog": BACKLOG,
        "timeout_graceful_shutdown": 2,
    }


def main() -> None:
    """Run the server with the options of the command line and the environment."""
    try:
        settings = CliApp.run(Settings, cli_exit_on_error=False)
    except SettingsError as error:
        print(f"neural-playground: {str(error).partition(': ')[2] or error}", file=sys.stderr)
        sys.exit(2)
    except ValidationError as error:
        detail = error.errors()[0]
        name = "--" + ".".join(str(part) for part in detail["loc"]).replace("_", "-")
        print(f"neural-playground: {name} {detail['input']!r}: {detail['msg']}", file=sys.stderr)
        sys.exit(2)
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(threads, "1")  # the matrices are small, and the cores belong to the learners
    configure_logs(settings.log_level, settings.log_format)
    allow_open_files(settings.max_connections + settings.max_learners + BACKLOG + OTHER_FILES)
    use_kernel_cache()
    if settings.workers > 1:
        from server.process.workers import supervise

        sys.exit(supervise(settings))
    from server.app.application import create_app  # the engine, and with it Numba, only after its cache is named

    server = Server(
        uvicorn.Config(create_app(settings), **server_options(settings)),
        lambda: announce(server.servers[0].sockets[0], settings.open),
    )
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl+C has stopped it by now
        server.run()
    sys.exit(0 if server.started else 1)
