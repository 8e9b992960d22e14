"""Protocols that end slow, stalled and flooding connections, which uvicorn itself lets live.

An ASGI application cannot do this: it sees only complete messages and cannot abort a connection.
`server.net.hooks` checks at start that the members of uvicorn used here exist.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from server.net.close_codes import FLOOD
from server.net.compression import DeflateFactory
from server.net.state import server_state
from server.net.token_bucket import TokenBucket

PIECE_BYTES = 4 * 1024  # parsed at a time, so that a flood cannot delay other pages' frames
BAD_HANDSHAKE = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
CLOSE_SECONDS = 2.0  # a client has to read why its connection ends
COUNTED = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT, Opcode.PING)


class NotesPauses(asyncio.Protocol):
    """Know whether the client has stopped reading: uvicorn keeps that to itself."""

    _write_paused = False

    def pause_writing(self) -> None:
        """Note that the client does not read fast enough."""
        self._write_paused = True
        super().pause_writing()

    def resume_writing(self) -> None:
        """Note that the client has caught up."""
        self._write_paused = False
        super().resume_writing()


class GuardedHTTP(NotesPauses, H11Protocol):
    """Abort an HTTP connection if its request does not arrive in time or its response is not read."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Register the connection, dropping the one idle longest if there are too many."""
        super().connection_made(transport)
        state = server_state(self.config.app)
        self._metrics, self._timeout = state.metrics, state.settings.request_seconds
        self._connections = state.connections
        if len(self._connections) >= state.settings.max_connections:
            self._metrics.refuse("crowd")
            idle = (other for other, waits in self._connections.items() if waits())
            next(idle, transport).abort()  # type: ignore[attr-defined]
        self._connections[transport] = self._waits_for_client
        self._check_later()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._connections.pop(self.transport, None)
        super().connection_lost(exc)

    def _waits_for_client(self) -> bool:
        """Say whether the client has to act next."""
        return not self.transport.is_closing() and self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

    def _unread_bytes(self) -> int:
        """Return how many bytes of a response are waiting for the client to read, if they block the rest."""
        return self.transport.get_write_buffer_size() if self._write_paused else 0

    def _check_later(self) -> None:
        asyncio.get_running_loop().call_later(self._timeout, self._check, self.cycle, self._unread_bytes())

    def _check(self, cycle: object, unread: int) -> None:
        """Abort the connection if it has made no progress since the last check."""
        if self.transport.is_closing() or self.transport.get_protocol() is not self:  # gone, or now a websocket
            return
        if self.cycle is cycle and (self._waits_for_client() or 0 < unread == self._unread_bytes()):
            self._metrics.refuse("slow")
            self.transport.abort()
        else:
            self._check_later()


class FilteringProtocol(ServerProtocol):
    """Parse a websocket's bytes, and pass on only those events that a function accepts."""

    def __init__(self, accepts: Callable[[object], bool], max_size: int) -> None:
        super().__init__(extensions=[DeflateFactory()], max_size=max_size, logger=logging.getLogger("uvicorn.error"))
        self._accepts = accepts

    def events_received(self) -> list[Any]:
        """Return the accepted events since the last call."""
        return list(filter(self._accepts, super().events_received()))


class GuardedWebSocket(NotesPauses, WebSocketsSansIOProtocol):
    """Compress messages, close a websocket that floods, and abort one that no longer reads."""

    def connection_made(self, transport: Any) -> None:
        """Start counting messages; from here on, `Admission` counts the connection instead of the HTTP limit."""
        super().connection_made(transport)
        state = server_state(self.config.app)
        state.connections.pop(transport, None)
        self._metrics, self._send_seconds = state.metrics, state.settings.send_seconds
        self._loop = asyncio.get_running_loop()
        self._bucket = TokenBucket(state.settings.max_messages_per_second, self._loop.time())
        self._requested = False
        self.conn = FilteringProtocol(self._accepts, self.config.ws_max_size)

    def data_received(self, data: bytes) -> None:
        """Parse the bytes piece by piece, and stop once the connection is being closed."""
        for start in range(0, len(data), PIECE_BYTES):
            if self.close_sent and not self.transport.is_reading():
                return
            super().data_received(data[start : start + PIECE_BYTES])
        if self.conn.handshake_exc is not None and not self._requested:  # uvicorn would not answer
            self._metrics.refuse("frame")
            self.transport.write(BAD_HANDSHAKE)
            self.transport.close()

    def _accepts(self, event: object) -> bool:
        """Count messages, fragments and pings; on a flood close the connection and drop everything after it."""
        if isinstance(event, Request):
            self._requested = True
        if not isinstance(event, Frame) or event.opcode not in COUNTED:
            return True
        if self.close_sent:
            return False
        size = 0 if event.opcode is Opcode.PING else len(event.data)
        if self._bucket.take(size, self._loop.time()):
            return True
        self._metrics.refuse(FLOOD.key)
        while not self.queue.empty():  # messages that the application has not read yet belong to the flood
            self.queue.get_nowait()
        self.conn.send_close(FLOOD.code, FLOOD.reason)
        self._end(FLOOD.code, FLOOD.reason)
        return False

    def handle_parser_exception(self) -> None:
        """Close a connection that sent a malformed or far too long message."""
        close = self.conn.close_sent
        self._metrics.refuse("frame")
        self._end(close.code if close else 1006, close.reason if close else "")

    def _end(self, code: int, reason: str) -> None:
        """Send the close frame and stop reading, but abort a moment later: at once, the reason would be lost."""
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.close_sent, self.read_paused = True, False
        self.transport.pause_reading()
        self.transport.write(b"".join(self.conn.data_to_send()))
        self._abort_later()

    async def send(self, message: Any) -> None:
        """Send a message; end the connection if the page does not read for too long."""
        if self.close_sent:
            raise ClientDisconnected()
        if self._write_paused:
            try:
                await asyncio.wait_for(super().send(message), self._send_seconds)
            except TimeoutError:
                self._abort_stalled()
                raise ClientDisconnected() from None
        else:
            await super().send(message)
        if self.close_sent:
            self._abort_later()

    def keepalive_timeout(self) -> None:
        """Abort a connection whose pings are not answered."""
        super().keepalive_timeout()
        self._abort_stalled()

    def shutdown(self) -> None:
        """Close with code 1012 when the server stops."""
        super().shutdown()
        self._abort_later()

    def _abort_stalled(self) -> None:
        self._metrics.refuse("stalled")
        self.transport.abort()

    def _abort_later(self) -> None:
        """Abort soon: a client that does not read the close frame would keep the connection for hours."""
        self._loop.call_later(CLOSE_SECONDS, self.transport.abort)
