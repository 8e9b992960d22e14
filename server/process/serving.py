"""Serving with uvicorn: its options, our subclass of its server, and the line that announces the address."""

import contextlib
import gc
import logging
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from types import FrameType
from typing import Any, NoReturn

import uvicorn

from server.config.settings import Settings
from server.telemetry.logs import log, print_line

BACKLOG = 512  # connections that may wait to be accepted
ACCEPTED_AT_ONCE = 16  # before others run again
LEAST_CONNECTIONS = 20
OTHER_FILES = 200  # open files of a process besides its connections, roughly
SWITCH_INTERVAL_SECONDS = 0.0005  # how long a thread keeps the GIL; the default 5 ms delays commands
SHUTDOWN_SECONDS = 2  # for connections to close
STOP_SECONDS = 4.0  # for the server to stop


class Server(uvicorn.Server):
    """A uvicorn server that calls a function once it listens."""

    def __init__(self, config: uvicorn.Config, on_listening: Callable[[], object]) -> None:
        super().__init__(config)
        self._on_listening = on_listening

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop the server; if that takes too long, say because of a slow disk, end the process."""
        super().handle_exit(sig, frame)
        timer = threading.Timer(STOP_SECONDS, exit_now, [128 + sig])
        timer.daemon = True
        timer.start()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then call the function."""
        sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
        await super().startup(sockets)
        for listener in (each for server in getattr(self, "servers", ()) for each in server.sockets):
            with socket.socket(fileno=os.dup(listener.fileno())) as same:
                same.listen(BACKLOG)  # asyncio has one number for both, and would accept that many at once
        gc.freeze()  # long-lived objects: scanning them would block the event loop for 0.1 s at each full collection
        if self.started:
            self._on_listening()


def server_options(settings: Settings) -> dict[str, Any]:
    """Return the options for uvicorn."""
    return {
        "host": settings.host,
        "port": settings.port,
        "root_path": settings.root_path,
        "proxy_headers": bool(settings.trusted_proxies),
        "forwarded_allow_ips": settings.trusted_proxies,
        "server_header": False,
        "log_config": None,
        "log_level": "error",  # "info" would log addresses, "warning" each malformed request
        "access_log": False,
        "loop": "asyncio",
        "http": "server.net.guard:GuardedHTTP",
        "ws": "server.net.guard:GuardedWebSocket",
        "ws_max_size": settings.max_frame_size,
        "ws_ping_interval": settings.ping_seconds,
        "ws_ping_timeout": settings.ping_seconds,
        "backlog": ACCEPTED_AT_ONCE,
        "timeout_graceful_shutdown": SHUTDOWN_SECONDS,
    }


def allow_open_files(settings: Settings) -> Settings:
    """Raise this process's limit on open files to what the settings may need.

    If the system allows fewer, return settings with fewer connections: a process that can't open another file keeps
    newcomers out, and asyncio logs each attempt.
    """
    others = settings.max_learners + ACCEPTED_AT_ONCE + OTHER_FILES
    wanted = settings.max_connections + others
    with contextlib.suppress(ImportError, ValueError, OSError):  # not every system has it or takes every number
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY:
            wanted = min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
        allowed = max(LEAST_CONNECTIONS, max(soft, wanted) - others)
        if allowed < settings.max_connections:
            log(logging.WARNING, "the system allows too few open files", max_connections=allowed)
            return settings.model_copy(update={"max_connections": allowed})
    return settings


def announce(listener: Any, opens_browser: bool) -> None:
    """Print the address of the page, and open it in a browser if asked to."""
    host, port = listener.getsockname()[:2]
    address, others = page_url(host, port), ""
    if host in ("0.0.0.0", "::"):
        address = page_url("127.0.0.1", port)
        if found := network_address():
            others = f", for others at {page_url(found, port)}"
    print_line(f"The playground is at {address}{others} (stop it with Ctrl+C)")
    if opens_browser:
        webbrowser.open(address)


def page_url(host: str, port: int) -> str:
    """Return the URL of the page."""
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def network_address() -> str | None:
    """Return this machine's address on its network, or None if it has none."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # an address reserved for documentation: connecting UDP sends nothing
        address: str = probe.getsockname()[0]
        return None if address.startswith("127.") else address
    return None


def exit_now(code: int) -> NoReturn:
    """End the process without waiting for threads that still train."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(code)
