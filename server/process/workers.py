"""Several processes at one port: each serves learners of its own, and one that dies is started anew.

The system deals new connections out among the processes that listen at the port (SO_REUSEPORT), and the processes even
that out (`server.process.handover`). They share no more than who is here and what has been counted: a page whose
process dies connects again, brings its run along, and goes on in another.
"""

import contextlib
import multiprocessing
import os
import signal
import socket
import sys
import threading
from multiprocessing.connection import Connection, wait

import uvicorn

from server.app.cli import Server, announce, server_options
from server.config.settings import Settings
from server.process.handover import Handover, mailboxes
from server.process.shared_memory import Shared
from server.telemetry.logs import configure_logs
from server.telemetry.metrics import COLUMNS

Boxes = list[tuple[socket.socket, socket.socket]]

LOOK = 0.2  # seconds between two looks at the signals that have come
FAILED = 1  # the exit code where a server could not start


def supervise(settings: Settings) -> int:
    """Serve with so many processes until SIGINT or SIGTERM; return the exit code."""
    if not hasattr(socket, "SO_REUSEPORT"):
        print("neural-playground: --workers: this system cannot have several processes at one port", file=sys.stderr)
        return 2
    try:  # the first socket finds a port that nobody has, though others would share it; the second keeps it
        with _bound(settings, shared=False) as alone:
            settings = settings.model_copy(update={"port": alone.getsockname()[1]})
    except OSError as error:
        print(f"neural-playground: {settings.host}, port {settings.port}: {error.strerror}", file=sys.stderr)
        return FAILED
    with _bound(settings) as reserved:
        stopping: list[int] = []
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _: stopping.append(number))
        shared = Shared(settings.workers, settings.max_learners, len(COLUMNS))
        boxes = mailboxes(settings.workers)
        workers = [_Worker(settings, index, shared, boxes) for index in range(settings.workers)]
        announced = False
        while not stopping:
            wait([worker.process.sentinel for worker in workers], LOOK)
            for index, worker in enumerate(workers):
                if worker.process.is_alive():
                    continue
                if not (announced or worker.listens()):  # it could not even begin
                    stopping.append(FAILED)
                    break
                shared.clear(index)
                workers[index] = _Worker(settings, index, shared, boxes)
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
    def __init__(self, settings: Settings, index: int, shared: Shared, boxes: Boxes) -> None:
        context = multiprocessing.get_context("spawn")
        self._hears, tells = context.Pipe(duplex=False)
        self._listens = False
        arguments = settings, index, shared, boxes, tells
        self.process = context.Process(target=_serve, args=arguments, name=f"worker {index}")
        self.process.start()
        tells.close()

    def listens(self) -> bool:
        """Say whether it has come so far as to listen."""
        if not self._listens and self._hears.poll():
            with contextlib.suppress(EOFError):
                self._listens = self._hears.recv()
        return self._listens


def _serve(settings: Settings, index: int, shared: Shared, boxes: Boxes, tells: Connection) -> None:
    """Be the process with this number: the first one compiles, where that has to be done."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches all processes; the first one ends the others
    threading.Thread(target=_end_with_parent, daemon=True).start()
    configure_logs(settings.log_level, settings.log_format)
    from server.app.application import create_app  # the engine, after its cache is named

    app = create_app(settings, index=index, shared=shared)
    app.state.handover = handover = Handover(index, shared, boxes)
    server = Server(uvicorn.Config(app, **server_options(settings)), lambda: begin())

    def begin() -> None:
        handover.listen(server.http_protocol)
        tells.send(True)

    with _bound(settings) as listener:
        server.run([listener])
    sys.exit(0 if server.started else FAILED)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _bound(settings: Settings, shared: bool = True) -> socket.socket:
    """Return a socket bound to the port, beside those of other processes where it is shared."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # The protocol by its name: asyncio has only such sockets send small messages at once, not 40 ms later (Nagle).
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shared))
        bound.bind((settings.host, settings.port))
    except OSError:
        bound.close()
        raise
    return bound
