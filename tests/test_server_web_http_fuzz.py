"""Random HTTP requests: never a server error, never internal details, always the documented answers."""

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2
import pytest
from hostile import TOKENS, Texts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from live import LiveServer
from pydantic import TypeAdapter

from server.app.health import Health
from server.config.limits import Limits
from server.config.resources import resource
from server.web.errors import Refusal
from server.web.uploads import ReadyExample, TableAnswer

Words = dict[str, str]
ROUTES = ["/", "/table", "/examples", "/healthz", "/readyz", "/metrics", "/openapi.json"]
SEEDS = [*ROUTES, "/ws", "/metrics", "/static/js/main.js", "/static/0123456789ab/js/main.js", "/docs", "/readyz"]
PATHS = Texts(SEEDS, ["..", "%2e%2e/", "//", "\\", "%00", "%5c", "/etc/passwd", ".py", "server/app/cli.py", "%c0%ae"])
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"]
NAMES = ["lang", "lesson", "x", "y", "target", "classes"]
TABLE = "length,width,kind\n5.1,3.5,iris\n7,3.2,tulip\n4.9,3,iris\n"
BODIES = Texts([TABLE, "", "a;b;c\n1,5;2;0\n2;3;1\n", "1\t2\t3\n4\t5\t6\n"], ["\n", '"', "\r"])
VALUES = st.sampled_from([*TOKENS, "en", "ru", "xor", "length", "width", "kind", "true", "x" * 2000])
HEADERS = st.dictionaries(
    st.sampled_from(["accept", "accept-language", "cookie", "content-type", "range", "if-none-match", "origin"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30).map(str.strip)
    | st.sampled_from(["ru;q=nan, en;q=1e999", "lang=ru", "lang=..", "bytes=0-,9-1", "*", "en" * 4000]),
    max_size=3,
)  # fmt: skip
# Must not appear in any answer.
INSIDE = (str(resource("static").parent), "site-packages", "Traceback", "File \"", "starlette", "pydantic")  # fmt: skip
DOCUMENTED: dict[tuple[str, int], TypeAdapter[Any]] = {
    ("/table", 200): TypeAdapter(TableAnswer),
    ("/table", 403): TypeAdapter(Refusal),
    ("/table", 413): TypeAdapter(Refusal),
    ("/table", 422): TypeAdapter(Refusal),
    ("/examples", 200): TypeAdapter(list[ReadyExample]),
    ("/healthz", 200): TypeAdapter(Health),
}
STEADY = settings(
    max_examples=250, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def client(plain_server: LiveServer) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=plain_server.url) as client:
        yield client


@STEADY
@given(
    random=st.randoms(use_true_random=False),
    known=st.none() | st.sampled_from(["/table", *ROUTES]),
    method=st.sampled_from(["GET", "POST", *METHODS]),
    query=st.dictionaries(st.sampled_from(NAMES) | VALUES, VALUES, max_size=4),
    headers=HEADERS,
)
def test_no_request_causes_a_server_error(
    client: httpx2.Client,
    random: Any,
    known: str | None,
    method: str,
    query: dict[str, str],
    headers: dict[str, str],
) -> None:
    path = known or "/" + quote(PATHS.one(random), safe="/%.\\;:@&=+$,~", errors="replace").lstrip("/")[:4000]
    if known == "/table":
        method = "POST"
    body = BODIES.one(random).encode(errors="replace") if method in ("POST", "PUT", "PATCH") else b""
    asked = "&".join(
        f"{quote(name, errors='replace')}={quote(value, errors='replace')}" for name, value in query.items()
    )
    answer = client.request(method, f"{path}?{asked[:20_000]}", headers=headers, content=body)
    assert answer.status_code < 500
    assert not [word for word in INSIDE if word in answer.text]
    assert answer.headers["x-content-type-options"] == "nosniff"
    if answer.status_code == 405:
        assert answer.headers["allow"]
    if method != "HEAD" and (path, answer.status_code) in DOCUMENTED:
        DOCUMENTED[path, answer.status_code].validate_json(answer.content)


@pytest.mark.parametrize(
    "body",
    [
        b"\xff" * 1000, b"\0" * 1000, b'"' * 100_001, b"," * Limits().max_upload_size, b"\n" * Limits().max_upload_size,
        b"a,b,c\n" + b"9" * 130_000 + b"x,1,2\n", b'a,b\n"' + b"9," * 60_000,
    ],
)  # fmt: skip
def test_malformed_tables_are_refused_as_documented(plain_server: LiveServer, body: bytes) -> None:
    answer = httpx2.post(f"{plain_server.url}/table", content=body, timeout=60)
    DOCUMENTED["/table", answer.status_code].validate_json(answer.content)


# Malformed HTTP.
NO_HTTP = [
    b"\0" * 100,
    b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + b"\xaa" * 60,  # the start of a TLS handshake
    b"GET\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
    b"POST /table HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nbad header\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nname\0: value\r\n\r\n",
    b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"a: b\r\n" * 50_000 + b"\r\n",
]


@pytest.mark.parametrize("sent", NO_HTTP, ids=range(len(NO_HTTP)))
def test_malformed_http_is_refused_and_others_are_served(plain_server: LiveServer, sent: bytes) -> None:
    address = urlsplit(plain_server.url)
    with socket.create_connection((address.hostname or "", address.port or 0), 10) as connection:
        try:
            connection.sendall(sent)
            answer = connection.recv(65536)
        except ConnectionError:
            answer = b""
    assert answer == b"" or answer.split()[1].startswith(b"4")
    assert not [word for word in INSIDE if word.encode() in answer]
    assert json.loads(httpx2.get(f"{plain_server.url}/healthz").text)["status"]
