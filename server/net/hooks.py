"""Check at start that uvicorn and websockets still have the undocumented members that this server relies on.

A renamed member would silently disable a guard (`server.net.guard`) or the compression, so the server does not start
without it. pyproject.toml pins both packages to the tested range.
"""

from importlib.metadata import version
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

SERVER_MEMBERS = ("startup", "started", "handle_exit")
HTTP_MEMBERS = ("config", "transport", "conn", "cycle", "loop", "pause_writing", "resume_writing", "send_400_response")
WEBSOCKET_MEMBERS = (
    "config", "transport", "conn", "queue", "close_sent", "read_paused",
    "pause_writing", "resume_writing", "writable", "send", "shutdown", "stop_keepalive", "close_timer",
    "keepalive_timeout", "handle_parser_exception",
)  # fmt: skip
DEFLATE_MEMBERS = ("encoder", "local_no_context_takeover", "local_max_window_bits")


class MissingHook(Exception):
    """A member of another package is missing; the message names package, version and member."""


def check_hooks() -> None:
    """Raise MissingHook if a member that this server uses is gone."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        pass

    config = uvicorn.Config(app, log_config=None)
    server = uvicorn.Server(config)
    arguments: Any = (config, server.server_state, {}, object())  # no event loop runs yet, and none is needed
    _, deflate = ServerPerMessageDeflateFactory().process_request_params([], [])
    used = {
        ("uvicorn", "Server", SERVER_MEMBERS): server,
        ("uvicorn", "H11Protocol", HTTP_MEMBERS): H11Protocol(*arguments),
        ("uvicorn", "WebSocketsSansIOProtocol", WEBSOCKET_MEMBERS): WebSocketsSansIOProtocol(*arguments),
        ("websockets", "PerMessageDeflate", DEFLATE_MEMBERS): deflate,
    }
    for (package, name, members), instance in used.items():
        for member in members:
            if not hasattr(instance, member):
                raise MissingHook(
                    f"{package} {version(package)} has no {name}.{member}, which this server needs; "
                    f"install the version of {package} that requirements/run.txt names."
                )
