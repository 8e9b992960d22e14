"""What keeps other sites out: headers of every HTTP answer, one nonce a request, and the Origin.

Strict-Transport-Security is not among the headers: only the proxy that holds a certificate knows whether the whole host
is served by TLS.
"""

import secrets
from collections.abc import Collection, Mapping

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.telemetry.logs import log_error

POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
UNUSED = ("camera", "display-capture", "geolocation", "microphone", "midi", "payment", "serial", "usb")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in UNUSED),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def may_connect(headers: Mapping[str, str], allowed: Collection[str]) -> bool:
    """Say whether a websocket may be opened, or something be sent: by a page of this host, or of an allowed origin.

    A browser always sends the Origin and a page cannot forge it. Without one it is no browser but a program, which
    acts for nobody but itself: it is let in.
    """
    origin = headers.get("origin")
    if origin is None:
        return True
    scheme, _, site = origin.lower().partition("://")
    port = DEFAULT_PORTS.get(scheme, "")
    host = headers.get("host", "").lower()
    return origin.lower() in allowed or bool(port and site and site.removesuffix(port) == host.removesuffix(port))


class SecurityHeaders:
    """Adds the headers to every answer, that to a fault of ours too; `request.state.nonce` is what scripts carry."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce
        begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = POLICY.format(nonce=nonce)
                headers.update(HEADERS)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except ClientDisconnect:  # nobody is there to be answered
            pass
        except Exception as error:
            log_error("a request failed", error)
            if not begun:
                await PlainTextResponse("Internal Server Error\n", 500)(scope, receive, send_with_headers)
