"""Several worker processes on one port. Each serves its own learners, and one that dies is replaced.

The system spreads new connections over the processes that listen on the port (SO_REUSEPORT). The processes share only
who is connected and what has been counted. A page whose process dies reconnects, brings its run along, and continues in
another process.
"""

import contextlib
import logging
import math
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait

import uvicorn
from fastapi import FastAPI

from server.config.settings import Settings
from server.process.serving import Server, announce, exit_now, server_options
from server.process.shared_memory import SharedMemory
from server.telemetry.logs import configure_logs, log
from server.telemetry.metrics import COLUMN, COLUMNS

# Makes the application of the worker with this index. Workers import it by name, so it is a function of a module.
AppFactory = Callable[[Settings, int, SharedMemory], FastAPI]

POLL_SECONDS = 0.2  # between two checks for signals
HUNG_SECONDS = 6.0  # that an event loop may stand still
START_SECONDS = 120.0  # that a worker may take until it listens
PAUSED_SECONDS = 2.0  # a longer gap between two checks means that the supervisor stood still, too
STABLE_SECONDS = 10.0  # a worker that lived longer is replaced at once
FIRST_DELAY_SECONDS, MAX_DELAY_SECONDS = 0.25, 30.0  # before another one is tried
STOP_SECONDS = 3.0  # for workers to stop
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
        announced, looked = False, time.monotonic()
        while not stopping:
            wait([worker.process.sentinel for worker in workers if worker.runs], POLL_SECONDS)
            now = time.monotonic()
            paused, looked = now - looked > PAUSED_SECONDS, now  # all processes, say by Ctrl+Z
            for worker in workers:
                if paused:
                    worker.excuse(now)
                if worker.hangs(now):
                    log(logging.ERROR, "worker hangs", worker=worker.index)
                    worker.process.kill()
                    worker.process.join()
                if not worker.runs and not (announced or worker.listens()):
                    stopping.append(FAILED)
                    break
                worker.revive(now)
            if not announced and all(worker.listens() for worker in workers):
                announced = True
                announce(reserved, settings.open)
        _stop(workers)
    if stopping[0] == signal.SIGTERM:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTERM)
    return FAILED if stopping[0] == FAILED else 0


class _Worker:
    """One worker process after another, with the same index: a dead one is replaced, after longer and longer delays."""

    def __init__(self, settings: Settings, index: int, memory: SharedMemory, create_app: AppFactory) -> None:
        self.index = index
        self._memory, self._row = memory, memory.counts[index]
        self._arguments = settings, index, memory, create_app
        self._delay, self._due = 0.0, math.inf  # until the next start, while the process is dead
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._receiver, tells = context.Pipe(duplex=False)
        self._listens = False
        self._started = self._excused = time.monotonic()
        self.process = context.Process(target=_serve, args=(*self._arguments, tells), name=f"worker {self.index}")
        self.process.start()
        tells.close()

    @property
    def runs(self) -> bool:
        """Whether the process is alive."""
        return self.process.is_alive()

    def listens(self) -> bool:
        """Say whether the worker has started to listen."""
        if not self._listens and self._receiver.poll():
            with contextlib.suppress(EOFError):
                self._listens = self._receiver.recv()
        return self._listens

    def excuse(self, now: float) -> None:
        """Count silence only from now on."""
        self._excused = now

    def hangs(self, now: float) -> bool:
        """Say whether the worker's event loop has stood still for too long, or it takes too long to start."""
        patience = HUNG_SECONDS if self.listens() else START_SECONDS
        heard = max(self._row[COLUMN["beat"]], self._excused)
        return self.runs and bool(now - heard > patience)

    def revive(self, now: float) -> None:
        """If the process has died, log it, free what it held, and start another one when it is due."""
        if self.runs:
            return
        if self._due == math.inf:
            lasted = now - self._started > STABLE_SECONDS
            self._delay = 0.0 if lasted else min(max(2 * self._delay, FIRST_DELAY_SECONDS), MAX_DELAY_SECONDS)
            self._due = now + self._delay
            code = self.process.exitcode
            log(logging.ERROR, "worker ended", worker=self.index, code=code, restarts_in_seconds=self._delay)
            self._memory.clear(self.index)
            self._row[COLUMN["restarts"]] += 1
        if now >= self._due:
            self._due = math.inf
            self._start()


def _stop(workers: list[_Worker]) -> None:
    """Ask all workers to stop, and kill those that have not after a while."""
    for worker in workers:
        worker.process.terminate()
    end = time.monotonic() + STOP_SECONDS
    for worker in workers:
        worker.process.join(max(0.0, end - time.monotonic()))
        if worker.runs:
            log(logging.ERROR, "worker does not stop", worker=worker.index)
            worker.process.kill()
            worker.process.join()


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
