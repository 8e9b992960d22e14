"""Protection from other sites: security headers on each HTTP answer, a nonce per request, and the Origin check.

Strict-Transport-Security is left to the proxy that holds the certificate: only the proxy knows whether the whole host
is served over TLS.
"""

import re
import secrets
from collections.abc import Collection, Mapping

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.telemetry.logs import log_error
from server.web.errors import server_error

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
LANGUAGE_COOKIE = re.compile(rb"(?:^|;) ?lang=([A-Za-z-]{1,35})(?=;|$)")
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def may_connect(headers: Mapping[str, str], allowed: Collection[str]) -> bool:
    """Say whether a request comes from a page of this host or of an allowed origin, or from a program.

    A browser always sends the Origin header, and a page cannot forge it. A request without Origin does not come from a
    browser but from a program, which cannot be tricked by another site, so it is allowed.
    """
    origin = headers.get("origin")
    if origin is None:
        return True
    scheme, _, site = origin.lower().partition("://")
    port = DEFAULT_PORTS.get(scheme, "")
    host = headers.get("host", "").lower()
    return origin.lower() in allowed or bool(port and site and site.removesuffix(port) == host.removesuffix(port))


def remembered_language(scope: Scope) -> str | None:
    """Return the cookie `lang`. Python's own parser takes quadratic time for some values, so it never sees a cookie."""
    cookies = b";".join(value for name, value in scope["headers"] if name == b"cookie")
    found = LANGUAGE_COOKIE.search(cookies)
    return found[1].decode() if found else None


class SecurityHeaders:
    """Hide cookies from the application, and add the headers to each answer, error pages included.

    Inline scripts carry `request.state.nonce`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request and add the headers to its answer."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {}).update(nonce=nonce, remembered=remembered_language(scope))
        scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"cookie"]
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
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
        except ClientDisconnect:  # the client has gone: no answer is needed
            pass
        except Exception as error:
            log_error("request failed", error)
            if not begun:
                await server_error()(scope, receive, send_with_headers)
