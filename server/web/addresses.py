"""Names and addresses: which name a request asks for, and which addresses count as one."""

import re
import socket
from collections.abc import Collection
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from server.telemetry.metrics import Metrics

IPV6_NETWORK_BITS = 64  # one subscriber usually owns a whole /64, so it counts as one address
MISDIRECTED = 421


def network_key(address: str) -> int:
    """Return a number other than 0 for an address; all addresses of one IPv6 network have the same."""
    try:
        ip = ip_address(address)
    except ValueError:  # a proxy may send any name
        name = address
    else:
        name = str(ip)
        if isinstance(ip, IPv6Address):
            name = str(ip.ipv4_mapped or int(ip) >> 128 - IPV6_NETWORK_BITS)
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) or 1


def own_names() -> set[str]:
    """Return the names of this machine."""
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    return {"localhost", name, short, f"{short}.local"}


def leads_here(host: str, names: Collection[str]) -> bool:
    """Say whether a Host header names this server: by one of the names, by any address, or not at all.

    A site of which the owner makes its name point to this server (DNS rebinding) cannot send an address as Host, and
    every browser sends a Host.
    """
    name = re.sub(r":\d*$", "", host.lower()).removesuffix(".")
    if not host or "*" in names or name in names or name.endswith(".localhost"):
        return True
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


class AllowedHosts:
    """Refuse requests and websockets that ask for another name."""

    def __init__(self, app: ASGIApp, names: Collection[str], metrics: Metrics) -> None:
        self._app, self._names, self._metrics = app, names, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or websocket."""
        headers = dict(scope.get("headers", ()))
        host = headers.get(b"host", b"").decode("latin-1")
        if scope["type"] == "lifespan" or leads_here(host, self._names):
            await self._app(scope, receive, send)
            return
        self._metrics.refuse("host")
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)  # before the handshake, so the client gets HTTP 403
            return
        name = ascii(host[:100])[1:-1]
        text = f"This server is not known as {name}. To allow the name, start it with --allowed-hosts.\n"
        await PlainTextResponse(text, MISDIRECTED)(scope, receive, send)
