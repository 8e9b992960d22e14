"""The HTTP routes: the page, static files, errors and security headers."""

import contextlib
import posixpath
import re
import socket
from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest
from fastapi.responses import StreamingResponse
from live import LiveServer

from server.config.resources import resource
from server.config.settings import Settings
from server.protocol.message import SUBPROTOCOL

# Must not appear in an error page.
PATHS = (str(resource("static").parent), "site-packages", "Traceback", ".py")


@pytest.fixture(scope="module")
def client(live_server: LiveServer) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=live_server.url) as client:
        yield client


def static_links(html: str) -> list[str]:
    return sorted({link.partition("#")[0] for link in re.findall(r'"(/static/[^"]+)"', html)})


def test_the_page_is_html_and_names_the_protocol_version(client: httpx2.Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert f'data-protocol="{SUBPROTOCOL}"' in answer.text
    assert '<html lang="en">' in answer.text


def test_the_page_contains_nothing_from_its_request(client: httpx2.Client) -> None:
    pages = [client.get("/", params={"lang": f"x{name}", "lesson": f"y{name}"}).text for name in ("abc9", "def9")]
    for name, page in zip(("abc9", "def9"), pages, strict=True):
        assert name not in page
    first, second = (re.sub('nonce="[^"]+"', "", page) for page in pages)
    assert first == second


def test_every_file_that_the_page_names_exists(client: httpx2.Client) -> None:
    links = static_links(client.get("/").text)
    assert len(links) >= 5
    for link in links:
        assert client.get(link).status_code == 200, link


def test_every_module_is_served_as_a_script_and_its_imports_exist(client: httpx2.Client) -> None:
    base = client.get("/").text.partition("/dist/main.js")[0].rpartition('"')[2]
    waiting, seen = ["main.js"], set[str]()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        answer = client.get(f"{base}/js/{name}")
        assert answer.headers["content-type"].startswith("text/javascript")
        folder = name.rpartition("/")[0]
        for found in re.findall(r'from "(\.[^"]+)"', answer.text):
            path = posixpath.normpath(f"{folder}/{found}").lstrip("/")
            waiting += [path] if path not in seen else []
    assert {"state/state.js", "draw/chart.js"} <= seen


def test_static_files_may_be_cached_forever(client: httpx2.Client) -> None:
    for link in static_links(client.get("/").text):
        assert re.match(r"/static/[0-9a-f]{12}/", link)
        assert client.get(link).headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/", "/healthz"])
def test_head_is_get_without_a_body(client: httpx2.Client, path: str) -> None:
    head, get = client.head(path), client.get(path)
    assert head.status_code == get.status_code == 200
    assert head.content == b""
    assert head.headers["content-type"] == get.headers["content-type"]


def test_health_names_the_state_of_the_kernels(client: httpx2.Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok", "kernels": "compiled"}


def test_openapi_describes_every_http_route(client: httpx2.Client) -> None:
    document = client.get("/openapi.json").json()
    assert set(document["paths"]) == {"/", "/examples", "/healthz", "/metrics", "/readyz", "/table"}
    assert document["info"]["title"] == "Neural playground"
    health = document["components"]["schemas"]["Health"]["properties"]["kernels"]
    assert health["enum"] == ["plain", "compiling", "compiled", "failed"]


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/missing", "/static/", "/static/x/js/main.js", "/ws"])
def test_an_unknown_path_is_a_404_without_details(client: httpx2.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json() == {"detail": "Not Found"}


@pytest.mark.parametrize("path", ["..%2f..%2fpyproject.toml", "%2e%2e/%2e%2e/pyproject.toml", "js/", "js", "%00", "\\"])
def test_no_path_escapes_the_static_folder(client: httpx2.Client, path: str) -> None:
    base = static_links(client.get("/").text)[0].rpartition("/")[0].rpartition("/")[0]
    answer = client.get(f"{base}/{path}")
    assert answer.status_code in (400, 404)
    assert "neural-playground" not in answer.text
    assert not [part for part in PATHS if part in answer.text]


def test_a_wrong_query_is_an_error_without_details_of_the_server(client: httpx2.Client) -> None:
    answer = client.get("/", params={"lang": "x" * 36})
    assert answer.status_code == 422
    assert not [part for part in PATHS if part in answer.text]


@pytest.mark.parametrize("path", ["/", "/healthz", "/examples"])
def test_a_wrong_method_is_answered_with_the_allowed_ones(client: httpx2.Client, path: str) -> None:
    answer = client.request("OPTIONS", path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_the_page_accepts_no_data(client: httpx2.Client, method: str) -> None:
    assert client.request(method, "/").status_code == 405


@pytest.mark.parametrize("path", ["/healthz/", "/examples/", "/static"])
def test_no_answer_redirects(client: httpx2.Client, path: str) -> None:
    assert client.get(path).status_code == 404


# Faults


@pytest.fixture(scope="module")
def broken() -> Iterator[LiveServer]:
    """Serve two broken routes: one fails at once, the other half-way."""
    server = LiveServer(Settings(port=0, plain=True))

    async def halves() -> AsyncIterator[bytes]:
        yield b"half"
        raise RuntimeError(f"the other half in {__file__}")

    @server.app.get("/fault")
    async def fault() -> None:
        raise RuntimeError(f"a fault in {__file__}")

    @server.app.get("/half")
    async def half() -> StreamingResponse:
        return StreamingResponse(halves())

    with server:
        yield server


def test_a_fault_is_one_line_without_details_and_with_all_headers(broken: LiveServer) -> None:
    answer = httpx2.get(broken.url + "/fault")
    assert (answer.status_code, answer.text) == (500, "Internal Server Error\n")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert httpx2.get(broken.url + "/healthz").status_code == 200


def test_a_fault_half_way_aborts_the_response_without_details(broken: LiveServer) -> None:
    with httpx2.stream("GET", broken.url + "/half") as answer:
        chunks = answer.iter_bytes()
        assert next(chunks) == b"half"
        with pytest.raises(httpx2.RemoteProtocolError):
            next(chunks)
    assert httpx2.get(broken.url + "/healthz").status_code == 200


@pytest.mark.parametrize(
    "request_text",
    [
        "nonsense\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nBad Header: y\r\n\r\n",
        "GET /%ff%00%fe HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET /?lang=%ff&lesson=%00../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "POST /table?x=%ff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 3\r\n\r\n\x00\x01\x02",
        "POST /table HTTP/1.1\r\nHost: localhost\r\nContent-Length: none\r\n\r\n",
        "POST /table HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        f"GET /?{'x' * 100_000} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    ],
)
def test_a_malformed_request_reveals_nothing_about_the_server(live_server: LiveServer, request_text: str) -> None:
    with socket.create_connection(("127.0.0.1", int(live_server.url.rpartition(":")[2])), 10) as connection:
        connection.sendall(request_text.encode("latin-1"))
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while more := connection.recv(65536):
                answer += more
    head, _, body = answer.decode("latin-1").partition("\r\n\r\n")
    status = int(head.split()[1])
    assert 200 <= status < 500
    assert not [part for part in (*PATHS, "server: ") if part in (body if status >= 400 else head)]


# Security headers


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/missing"])
def test_every_response_has_the_security_headers(client: httpx2.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "SAMEORIGIN"  # like frame-ancestors
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "server" not in headers
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "http" not in policy


def test_each_response_has_its_own_nonce_on_inline_scripts(client: httpx2.Client) -> None:
    nonces = set()
    for _ in range(3):
        answer = client.get("/")
        (nonce,) = re.findall(r"'nonce-([^']+)'", answer.headers["content-security-policy"])
        inline = re.findall(r"<script(?![^>]* src=)[^>]*>", answer.text)
        assert inline
        assert all(f'nonce="{nonce}"' in tag for tag in inline)
        nonces.add(nonce)
    assert len(nonces) == 3


def test_the_page_contains_nothing_inline_that_the_policy_forbids(client: httpx2.Client) -> None:
    html = client.get("/").text
    assert not re.findall(r'\sstyle="|\son[a-z]+="|<style|javascript:', html)
    assert not re.findall(r'(?:src|href)="(?!/static/|#|\?)', html)
