"""The websocket of uvicorn, with the compression that suits frames of differences."""

import logging
import zlib
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import PerMessageDeflate, ServerPerMessageDeflateFactory
from websockets.server import ServerProtocol

try:
    from isal import isal_zlib
except ImportError:  # the extra `fast` is not installed: everything works, slower
    isal_zlib = None  # type: ignore[assignment]

# Runs and Huffman codes only: on differences that is shorter than level 6 and takes a fifth of its time.
SETTINGS = {"level": 1, "strategy": zlib.Z_RLE, "memLevel": 5}
WINDOW_BITS = 12  # 16 kB for each connection; runs need no window


class CompressedWebSocket(WebSocketsSansIOProtocol):
    """Compresses messages where the page offers to read them so, as every browser does."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        compression = _Compression(
            server_max_window_bits=WINDOW_BITS, client_max_window_bits=WINDOW_BITS, compress_settings=SETTINGS
        )
        self.conn = ServerProtocol(
            extensions=[compression], max_size=self.config.ws_max_size, logger=logging.getLogger("uvicorn.error")
        )

    def send_receive_event_to_app(self) -> None:
        """Hand a message to the app; read on while no other waits there, as a page says mostly one at a time."""
        pauses = self.read_paused or not self.queue.empty()
        self.read_paused = self.read_paused or not pauses  # then there is nothing to do about it
        super().send_receive_event_to_app()
        self.read_paused = self.read_paused and pauses


class _Compression(ServerPerMessageDeflateFactory):
    def process_request_params(self, *arguments: Any) -> tuple[list[Any], PerMessageDeflate]:
        """Agree with the page, and write with the faster encoder where there is one."""
        agreed, extension = super().process_request_params(*arguments)
        if isal_zlib is not None:
            extension.local_no_context_takeover = False  # it would have zlib begin anew with each message
            extension.encoder = ForgetfulEncoder(extension.local_max_window_bits)  # type: ignore[assignment]
        return agreed, extension


class ForgetfulEncoder:
    """Compresses each message by itself, a third as long as zlib needs; what came before would not make it shorter."""

    def __init__(self, window_bits: int) -> None:
        self._window_bits = window_bits

    def compress(self, data: Any) -> bytes:
        """Begin a message."""
        self._stream = isal_zlib.compressobj(1, isal_zlib.DEFLATED, -self._window_bits)
        begun: bytes = self._stream.compress(data)
        return begun

    def flush(self, mode: int) -> bytes:
        """End it."""
        ended: bytes = self._stream.flush(mode)
        del self._stream
        return ended
