"""Protocols that end slow, stalled and flooding connections, which uvicorn itself lets live.

An ASGI application cannot do this: it sees only complete messages and cannot abort a connection.
`server.net.hooks` checks at start that the members of uvicorn used here exist.
"""

import asyncio
import logging
from collections import deque
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
from server.net.state import ServerState, server_state
from server.net.token_bucket import TokenBucket
from server.telemetry.metrics import Refusal
from server.web.uploads import UPLOAD_PATH

PIECE_BYTES = 4 * 1024  # read at a time, so that a flood cannot delay other pages' frames
BAD_REQUEST = (
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\nX-Content-Type-Options: nosniff\r\n\r\n"
)
CLOSE_SECONDS = 2.0  # a client has to read why its connection ends
SWEEP_SECONDS = 0.5
MAX_UNFINISHED_BYTES = 64_000_000  # of messages that have not arrived completely, of all pages of a process
COUNTED = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT, Opcode.PING, Opcode.PONG)


class Guarded(asyncio.BufferedProtocol):
    """Read in small pieces, and abort a connection whose client doesn't do what it has to.

    Each connection is in `ServerState.connections` until its socket is closed: a transport that is closing keeps its
    socket for as long as the client doesn't read.
    """

    config: Any
    transport: asyncio.Transport
    _state: ServerState
    _progress: object = None
    _since = 0.0  # time of the last progress
    reason: Refusal  # for the metrics
    _write_paused = False
    _resumed = 0  # how often the client has caught up

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection."""
        super().connection_made(transport)
        self._state = server_state(self.config.app)
        self._state.connections[transport] = self

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._state.connections.pop(self.transport, None)
        super().connection_lost(exc)

    def get_buffer(self, sizehint: int) -> bytearray:
        """Return the memory for the next piece."""
        self._piece = bytearray(PIECE_BYTES)
        return self._piece

    def buffer_updated(self, nbytes: int) -> None:
        """Parse a piece; before the next one, asyncio lets others run."""
        self.data_received(bytes(self._piece[:nbytes]))

    def data_received(self, data: bytes) -> None:
        """Parse a piece."""
        super().data_received(data)  # type: ignore[misc]

    def eof_received(self) -> None:
        """Let the transport close: the client has sent its last byte."""

    def pause_writing(self) -> None:
        """Note that the client does not read fast enough: uvicorn keeps that to itself."""
        self._write_paused = True
        super().pause_writing()

    def resume_writing(self) -> None:
        """Note that the client has caught up."""
        self._write_paused = False
        self._resumed += 1
        super().resume_writing()

    @property
    def closing(self) -> bool:
        """Say whether the connection ends as soon as the client has read the rest."""
        return self.transport.is_closing()

    @property
    def waits_for_reading(self) -> bool:
        """Whether the client has to read before the connection can continue or end."""
        return self._write_paused or self.closing

    def leaves_much_unread(self) -> bool:
        """Say whether the connection may be dropped for a newcomer, since its client doesn't read."""
        return self.waits_for_reading

    def waits_for_client(self) -> bool:
        """Say whether the client has to act next."""
        return self.waits_for_reading

    def progress(self) -> object:
        """Return a value that changes whenever the client has done what it had to."""
        return self._resumed, self.closing

    def patience(self) -> float:
        """Return how many seconds the client has for it."""
        raise NotImplementedError

    def give_up(self) -> None:
        """Abort the connection."""
        self._state.connections.pop(self.transport, None)
        self.transport.abort()

    def sweep(self, now: float) -> None:
        """Give up a client that had to act and has made no progress for too long."""
        progress = self.progress()
        if progress != self._progress or not self.waits_for_client():
            self._progress, self._since = progress, now
        elif now - self._since >= self.patience():
            self._state.metrics.refuse(self.reason)
            self.give_up()


async def sweep_connections(state: ServerState) -> None:
    """Give up clients that make no progress, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        for connection in list(state.connections.values()):
            connection.sweep(loop.time())


def parse_next_piece(waiting: deque[tuple[Any, bytes]]) -> None:
    """Parse the piece of the connection whose turn it is."""
    transport, data = waiting.popleft()
    if waiting:
        asyncio.get_running_loop().call_soon(parse_next_piece, waiting)
    if not transport.is_closing():
        transport.resume_reading()
        transport.get_protocol().data_received(data)


class StrictConnection(h11.Connection):
    """Refuse a body where none is expected, and one in chunks: a chunk of one byte costs as much as a long one."""

    def next_event(self) -> Any:
        """Return the next event."""
        event = super().next_event()
        if isinstance(event, h11.Request):
            headers = dict(event.headers)
            upload = event.target.partition(b"?")[0] == UPLOAD_PATH.encode()
            if b"transfer-encoding" in headers or (not upload and headers.get(b"content-length", b"0") != b"0"):
                raise h11.RemoteProtocolError("a body is only accepted for an upload, with its length")
        return event


class GuardedHTTP(Guarded, H11Protocol):
    """Abort an HTTP connection if its request does not arrive in time or its response is not read."""

    reason = "slow"
    _has_sent = False  # something that waits for its turn

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """If there are too many connections, drop the oldest one that doesn't read, else the oldest idle one."""
        super().connection_made(transport)
        self.conn = StrictConnection(h11.SERVER)
        state = self._state
        if len(state.connections) > state.settings.max_connections + len(state.sessions):
            state.metrics.refuse("crowd")
            unread = (each for each in state.connections.values() if each.leaves_much_unread())
            idle = (each for each in state.connections.values() if isinstance(each, GuardedHTTP) and each.is_idle())
            (next(unread, None) or next(idle, self)).give_up()

    def buffer_updated(self, nbytes: int) -> None:
        """Wait for a turn to parse the piece: after each one, others run, however many requests arrive at once."""
        self.transport.pause_reading()
        self._has_sent = True
        waiting = self._state.waiting_pieces
        waiting.append((self.transport, bytes(self._piece[:nbytes])))
        if len(waiting) == 1:
            self.loop.call_soon(parse_next_piece, waiting)

    def data_received(self, data: bytes) -> None:
        """Parse a piece, now that it has got its turn."""
        self._has_sent = False
        super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        """Answer a malformed request, with a header that uvicorn leaves out."""
        self.transport.write(BAD_REQUEST)
        self.transport.close()

    def is_idle(self) -> bool:
        """Say whether the client has to send a request, or more of it."""
        return not self._has_sent and self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

    def waits_for_client(self) -> bool:
        """Say whether the client has to send a request or to read the response."""
        return super().waits_for_client() or self.is_idle()

    def progress(self) -> object:
        """Return a value that changes with each request, with the phases of one, and when enough has been read."""
        return super().progress(), self.cycle, self.conn.their_state

    def patience(self) -> float:
        """Return the seconds for a request, and for each part of its response."""
        return self._state.settings.request_seconds


class FilteringProtocol(ServerProtocol):
    """Parse a websocket's bytes, and pass on only those events that a function accepts."""

    def __init__(self, accepts: Callable[[object], bool], max_size: int) -> None:
        super().__init__(extensions=[DeflateFactory()], max_size=max_size, logger=logging.getLogger("uvicorn.error"))
        self._accepts = accepts

    def events_received(self) -> list[Any]:
        """Return the accepted events since the last call."""
        return list(filter(self._accepts, super().events_received()))


class GuardedWebSocket(Guarded, WebSocketsSansIOProtocol):
    """Compress messages, close a websocket that floods, and abort one that no longer reads."""

    reason = "stalled"

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start counting messages."""
        super().connection_made(transport)
        self._bucket = TokenBucket(self._state.settings.max_messages_per_second, self.loop.time())
        self._requested = False
        self._fragmented = False
        self._unfinished, self._begun = 0, 0.0  # bytes of the message that is arriving, and since when it does
        self.conn = FilteringProtocol(self._accepts, self.config.ws_max_size)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection and its unfinished message."""
        self._count_unfinished(0)
        super().connection_lost(exc)

    def sweep(self, now: float) -> None:
        """Give up a client that leaves a message unfinished, too."""
        super().sweep(now)
        if self._unfinished and now - self._begun >= self._state.settings.request_seconds and not self.closing:
            self._state.metrics.refuse("slow")
            self.give_up()

    def _count_unfinished(self, size: int) -> None:
        """Record the size of the unfinished message; if all together take too much memory, give up the oldest one."""
        if not self._unfinished:
            self._begun = self.loop.time()
        state = self._state
        state.unfinished_bytes += size - self._unfinished
        self._unfinished = size
        while state.unfinished_bytes > MAX_UNFINISHED_BYTES:
            pages = (each for each in state.connections.values() if isinstance(each, GuardedWebSocket))
            oldest = min((each for each in pages if each._unfinished), key=lambda each: each._begun)
            state.metrics.refuse("crowd")
            oldest._count_unfinished(0)
            oldest.give_up()

    @property
    def closing(self) -> bool:
        """Say whether the connection ends as soon as the client has read the rest."""
        return self.close_sent or super().closing

    def leaves_much_unread(self) -> bool:
        """Say whether only the last words are left; a page that reads slowly keeps its connection for longer."""
        return self.closing

    def patience(self) -> float:
        """Return the seconds in which a client has to read."""
        return CLOSE_SECONDS if self.closing else self._state.settings.send_seconds

    def data_received(self, data: bytes) -> None:
        """Parse a piece, and answer a malformed handshake."""
        self._count_unfinished(self._unfinished + len(data))
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self._requested:  # uvicorn would not answer
            self._state.metrics.refuse("frame")
            self.transport.write(BAD_REQUEST)
            self.transport.close()

    def _accepts(self, event: object) -> bool:
        """Count messages, fragments, pings and pongs; on a flood close the connection and drop all that follows."""
        if isinstance(event, Request):
            self._requested = True
            self._count_unfinished(0)
        if not isinstance(event, Frame) or event.opcode not in COUNTED:
            return True
        if self.close_sent:
            return False
        control = event.opcode in (Opcode.PING, Opcode.PONG)  # these may arrive between fragments
        size = 0 if control else len(event.data)
        self._fragmented = self._fragmented if control else not event.fin
        self._count_unfinished(self._unfinished + size if self._fragmented else 0)
        if self._bucket.take(size, self.loop.time()):
            return True
        self._state.metrics.refuse(FLOOD.key)
        while not self.queue.empty():  # messages that the application has not read yet belong to the flood
            self.queue.get_nowait()
        self.conn.send_close(FLOOD.code, FLOOD.reason)
        self._end(FLOOD.code, FLOOD.reason)
        return False

    def handle_parser_exception(self) -> None:
        """Close a connection that sent a malformed or far too long message."""
        close = self.conn.close_sent
        self._state.metrics.refuse("frame")
        self._end(close.code if close else 1006, close.reason if close else "")

    def _end(self, code: int, reason: str) -> None:
        """Send the close frame and stop reading. Closing at once, with bytes unread, could lose the reason."""
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.close_sent, self.read_paused = True, False
        self.stop_keepalive()
        self.transport.pause_reading()
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.write_eof()
        self.close_timer = self.loop.call_later(CLOSE_SECONDS, self.transport.abort)  # in place of uvicorn's close

    def shutdown(self) -> None:
        """Tell the page that the server stops; a session that waits for a page that doesn't read ends, too."""
        super().shutdown()
        self.close_sent = True
        self.writable.set()

    async def send(self, message: Any) -> None:
        """Send a message, unless the connection has ended meanwhile."""
        await self.writable.wait()
        if self.close_sent:
            raise ClientDisconnected()
        await super().send(message)

    def keepalive_timeout(self) -> None:
        """Count a connection whose pings are not answered, and abort it: nobody reads its last words."""
        super().keepalive_timeout()
        self._state.metrics.refuse(self.reason)
        self.give_up()
