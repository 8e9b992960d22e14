"""Stand between a page and a server: carry bytes late, or not at all."""

import contextlib
import queue
import socket
import threading
import time

Parcel = tuple[float, bytes]


class Cable:
    """Carry bytes between pages and a server until cut. Then bytes vanish without an error.

    `delay` is in seconds, each way.
    """

    def __init__(self, port: int, delay: float = 0) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.delay = delay
        self._cuts = 0
        self._whole = True
        self._refuses = False
        self._ends: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Block every connection from now on."""
        self._cuts += 1
        self._whole = False

    def mend(self) -> None:
        """Let new connections through. Blocked ones stay dead."""
        self._whole = True
        self._refuses = False

    def break_off(self) -> None:
        """Close every connection, as a server does that stops, and every new one until mended."""
        self.cut()
        self._refuses = True
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Stop listening and close every connection."""
        for end in [self._listener, *self._ends]:
            end.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                page, _ = self._listener.accept()
                if self._refuses:
                    page.close()
                    continue
                self._ends.append(page)
                if self._whole:
                    server = socket.create_connection(("127.0.0.1", self._target))
                    self._ends.append(server)
                    for ends in ((page, server), (server, page)):
                        threading.Thread(target=self._carry, args=(*ends, self._cuts), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, cuts: int) -> None:
        parcels: queue.SimpleQueue[Parcel] = queue.SimpleQueue()
        threading.Thread(target=self._deliver, args=(parcels, target, cuts), daemon=True).start()
        data = b"the first"
        while data:
            data = b""
            with contextlib.suppress(OSError):
                data = source.recv(65536)
            parcels.put((time.monotonic() + self.delay, data))

    def _deliver(self, parcels: "queue.SimpleQueue[Parcel]", target: socket.socket, cuts: int) -> None:
        with contextlib.suppress(OSError):
            while True:
                due, data = parcels.get()
                if self.delay:
                    time.sleep(max(0, due - time.monotonic()))
                if data and cuts == self._cuts:
                    target.sendall(data)
                elif not data:
                    if cuts == self._cuts:
                        target.shutdown(socket.SHUT_WR)
                    return
