"""The websocket of uvicorn, with the compression that suits frames of differences."""

import logging
import zlib
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.server import ServerProtocol

# Runs and Huffman codes only: on differences that is shorter than level 6 and takes a fifth of its time.
SETTINGS = {"level": 1, "strategy": zlib.Z_RLE, "memLevel": 5}
WINDOW_BITS = 12  # 16 kB for each connection; runs need no window


class CompressedWebSocket(WebSocketsSansIOProtocol):
    """Compresses messages where the page offers to read them so, as every browser does."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        compression = ServerPerMessageDeflateFactory(
            server_max_window_bits=WINDOW_BITS, client_max_window_bits=WINDOW_BITS, compress_settings=SETTINGS
        )
        self.conn = ServerProtocol(
            extensions=[compression], max_size=self.config.ws_max_size, logger=logging.getLogger("uvicorn.error")
        )
