"""Several worker processes on one port. Each serves its own learners, and one that dies is replaced.

The system spreads new connections over the processes that listen on the port (SO_REUSEPORT). The processes share only
who is connected and what has been counted. A page whose process dies reconnects, brings its run along, and continues in
another process.
"""

import contextlib
import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection, wait

import uvicorn
from fastapi import FastAPI

from server.config.settings import Settings
from server.process.serving import Server, announce, exit_now, server_options
from server.process.shared_memory import SharedMemory
from server.telemetry.logs import configure_logs
from server.telemetry.metrics import COLUMNS

# Makes the application of the worker with this index. Workers import it by name, so it is a function of a module.
AppFactory = Callable[[Settings, int, SharedMemory], FastAPI]

POLL_SECONDS = 0.2  # between two checks for signals
FAILED = 1  # exit code of a server that could not start


def supervise(settings: Settings, create_app: AppFactory) -> int:
    """Run the workers until SIGINT or SIGTERM arrives; return the exit code."""
    if not hasattr(socket, "SO_REUSEPORT"):
        print("neural-playground: --workers: this system cannot share a port among processes", file=sys.stderr)
        return 2
    try:  # an exclusive socket finds a port that is really free; a shared one then keeps it
        with _bound_socket(settings, shared=False) as exclusive:
            settings = settings.model_copy(update={"port": exclusive.getsockname()[1]})
    except OSError as error:
        print(f"neural-playground: {settings.host}, port {settings.port}: {error.strerror}", file=sys.stderr)
        return FAILED
    with _bound_socket(settings) as reserved:
        stopping: list[int] = []
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _: stopping.append(number))
        memory = SharedMemory(settings.workers, settings.max_learners, len(COLUMNS))
        workers = [_Worker(settings, index, memory, create_app) for index in range(settings.workers)]
        announced = False
        while not stopping:
            wait([worker.process.sentinel for worker in workers], POLL_SECONDS)
            for index, worker in enumerate(workers):
                if worker.process.is_alive():
                    continue
                if not (announced or worker.listens()):  # it failed to start
                    stopping.append(FAILED)
                    break
                memory.clear(index)
                workers[index] = _Worker(settings, index, memory, create_app)
            if not announced and all(worker.listens() for worker in workers):
                announced = True
                announce(reserved, settings.open)
        for worker in workers:
            worker.process.terminate()
        for worker in workers:
            worker.process.join()
    if stopping[0] == signal.SIGTERM:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTERM)
    return FAILED if stopping[0] == FAILED else 0


class _Worker:
    def __init__(self, settings: Settings, index: int, memory: SharedMemory, create_app: AppFactory) -> None:
        context = multiprocessing.get_context("spawn")
        self._started, tells = context.Pipe(duplex=False)
        self._listens = False
        arguments = settings, index, memory, create_app, tells
        self.process = context.Process(target=_serve, args=arguments, name=f"worker {index}")
        self.process.start()
        tells.close()

    def listens(self) -> bool:
        """Say whether the worker has started to listen."""
        if not self._listens and self._started.poll():
            with contextlib.suppress(EOFError):
                self._listens = self._started.recv()
        return self._listens


def _serve(settings: Settings, index: int, memory: SharedMemory, create_app: AppFactory, tells: Connection) -> None:
    """Serve in a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches all processes, but the supervisor ends the workers
    threading.Thread(target=_end_with_parent, daemon=True).start()
    configure_logs(settings.log_level, settings.log_format)
    app = create_app(settings, index, memory)
    server = Server(uvicorn.Config(app, **server_options(settings)), lambda: tells.send(True))
    with _bound_socket(settings) as listener:
        server.run([listener])
    exit_now(0 if server.started else FAILED)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _bound_socket(settings: Settings, shared: bool = True) -> socket.socket:
    """Return a socket bound to the port; `shared` ones may be bound to it by several processes."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio sets TCP_NODELAY only if the protocol is given; otherwise small messages wait 40 ms (Nagle's algorithm).
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shared))
        bound.bind((settings.host, settings.port))
    except OSError:
        bound.close()
        raise
    return bound
