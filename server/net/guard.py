"""What uvicorn lets through, refused where the bytes arrive: connections that dawdle, stall or flood are ended.

Here and not in the app, because the app sees a message only when it has been read whole, and can end a connection only
by a polite close, which somebody who reads nothing never takes.
"""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.utils import ClientDisconnected

from server.config.limits import Bucket, Limits
from server.net.close_codes import FLOOD
from server.net.compression import CompressedWebSocket
from server.telemetry.metrics import Metrics

PIECE = 4 * 1024  # bytes that are looked at in a row: the other pages' frames must not wait for a flood
NO_HANDSHAKE = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
FAREWELL = 2.0  # seconds that a peer has to take the reason why it is sent away


def _state(config: Any) -> tuple[Limits, Metrics]:
    state = config.app.state
    return state.limits, state.metrics


class GuardedHTTP(H11Protocol):
    """A connection that ends when a request is not there whole in time, or its answer is not taken."""

    stays = False  # in this process

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Make room for it, and begin to look whether requests come whole."""
        super().connection_made(transport)
        self._limits, self._metrics = _state(self.config)
        self._others: dict[GuardedHTTP, None] = self.config.app.state.connections  # type: ignore[union-attr]
        if len(self._others) >= self._limits.max_connections:
            self._metrics.refuse("crowd")
            next(filter(GuardedHTTP._waits, self._others), self).transport.abort()
        self._others[self] = None
        self._look_again()

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave."""
        self._others.pop(self, None)
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: Any) -> None:
        """Leave: from here on seats count, and where there are too many another process takes it."""
        self._others.pop(self, None)
        handover = self.config.app.state.handover  # type: ignore[union-attr]
        if handover is not None and not self.stays:
            lines = [b"%b %b HTTP/1.1" % (event.method, event.target)]
            lines += [b"%b: %b" % header for header in event.headers]
            if handover.passes_on(self.transport.get_extra_info("socket"), b"\r\n".join([*lines, b"", b""])):
                self.connections.discard(self)
                self.transport.close()
                return
        super().handle_websocket_upgrade(event)

    def _waits(self) -> bool:
        """Whether it is the peer's turn."""
        return not self.transport.is_closing() and self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

    def _untaken(self) -> int:
        """Return how many bytes of an answer the peer has yet to take, where that holds up the rest."""
        return self.transport.get_write_buffer_size() if self.flow.write_paused else 0

    def _look_again(self) -> None:
        self.loop.call_later(self._limits.request_seconds, self._look, self.cycle, self._untaken())

    def _look(self, cycle: object, untaken: int) -> None:
        """End a connection that waits for the same request, or for the same bytes to be taken, as at the last look."""
        if self.transport.is_closing() or self.transport.get_protocol() is not self:  # gone, or a websocket by now
            return
        if self.cycle is cycle and (self._waits() or 0 < untaken == self._untaken()):
            self._metrics.refuse("slow")
            self.transport.abort()
        else:
            self._look_again()


class GuardedSocket(CompressedWebSocket):
    """A websocket that is closed when it floods, and cut when it takes nothing more."""

    def connection_made(self, transport: Any) -> None:
        """Begin to count."""
        super().connection_made(transport)
        self._limits, self._metrics = _state(self.config)
        self._bucket = Bucket(self._limits.max_messages_per_second, self.loop.time())

    def data_received(self, data: bytes) -> None:
        """Look at the bytes piece by piece, until it is enough."""
        for start in range(0, len(data), PIECE):
            if self.close_sent and not self.transport.is_reading():
                return
            super().data_received(data[start : start + PIECE])
        if self.conn.handshake_exc is not None and not self.handshake_initiated:  # nobody else would answer
            self._metrics.refuse("frame")
            self.transport.write(NO_HANDSHAKE)
            self.transport.close()

    def handle_text(self, event: Any) -> None:
        """Count a message."""
        if self._is_fine(event):
            super().handle_text(event)

    def handle_bytes(self, event: Any) -> None:
        """Count a message."""
        if self._is_fine(event):
            super().handle_bytes(event)

    def handle_cont(self, event: Any) -> None:
        """Count a part of a message as one."""
        if self._is_fine(event):
            super().handle_cont(event)

    def handle_ping(self) -> None:
        """Count a ping: each is answered."""
        if self._is_fine(None):
            super().handle_ping()

    def _is_fine(self, event: Any) -> bool:
        if self.close_sent:
            return False
        if self._bucket.take(len(event.data) if event is not None else 0, self.loop.time()):
            return True
        self._metrics.refuse(FLOOD.key)
        while not self.queue.empty():  # what has come already is part of the flood
            self.queue.get_nowait()
        self.conn.send_close(FLOOD.code, FLOOD.reason)
        self._part(FLOOD.code, FLOOD.reason)
        return False

    def handle_parser_exception(self) -> None:
        """End a connection on which something came that is no websocket message, or one far too long."""
        close = self.conn.close_sent
        self._metrics.refuse("frame")
        self._part(close.code if close else 1006, close.reason if close else "")

    def _part(self, code: int, reason: str) -> None:
        """Send the close and read no more, but hang up a moment later: at once, the reason would be lost on the way."""
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.close_sent, self.read_paused = True, False
        self.transport.pause_reading()
        self.transport.write(b"".join(self.conn.data_to_send()))
        self._cut_later()

    async def send(self, message: Any) -> None:
        """Send, unless the page takes nothing for too long, or is being closed."""
        if self.close_sent:
            raise ClientDisconnected()
        if not self.writable.is_set():
            try:
                await asyncio.wait_for(self.writable.wait(), self._limits.send_seconds)
            except TimeoutError:
                self._cut_stalled()
                raise ClientDisconnected() from None
        await super().send(message)
        if self.close_sent:
            self._cut_later()

    def keepalive_timeout(self) -> None:
        """End a connection whose pings are not answered."""
        super().keepalive_timeout()
        self._cut_stalled()

    def shutdown(self) -> None:
        """Take leave: code 1012, and the app is told."""
        super().shutdown()
        self._cut_later()

    def _cut_stalled(self) -> None:
        self._metrics.refuse("stalled")
        self.transport.abort()

    def _cut_later(self) -> None:
        """Give a peer a moment to take the close; one that reads nothing would keep the connection for hours."""
        self.loop.call_later(FAREWELL, self.transport.abort)
