"""Test the page below a path of a TLS site: nginx with the documented file in front of a real server."""

import shutil
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from server.config.settings import Settings
from tests.browser.conftest import Pages
from tests.live import ROOT, LiveServer, wait_until

NGINX, OPENSSL = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin"), shutil.which("openssl")
CONFIG = ROOT / "docs" / "deploy" / "nginx-prefix.conf"
AROUND = """
daemon off; pid {folder}/nginx.pid; error_log stderr;
events {{ }}
http {{
    access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/1; uwsgi_temp_path {folder}/2; scgi_temp_path {folder}/3;
    server {{
        listen 127.0.0.1:{port} ssl; ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
        include {folder}/playground.conf;
    }}
}}
"""


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def behind() -> Iterator[LiveServer]:
    """Start a server with a prefix that accepts one page per address."""
    settings = Settings(
        port=0, plain=True, root_path="/playground", max_learners_per_address=1, trusted_proxies="127.0.0.1"
    )
    with LiveServer(settings) as server:
        yield server
        wait_until(lambda: not server.left_over(), 5, "sessions and tasks are gone")


@pytest.fixture(scope="module")
def site(behind: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start nginx in front of the server and yield the site's address."""
    if not NGINX or not OPENSSL:
        pytest.skip("nginx and openssl are not installed here")
    folder = tmp_path_factory.mktemp("nginx")
    certify = [OPENSSL, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    subprocess.run(
        [*certify, "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True
    )
    text = CONFIG.read_text(encoding="utf-8")
    assert text.count("127.0.0.1:8000") == 2
    (folder / "playground.conf").write_text(text.replace("127.0.0.1:8000", behind.url.removeprefix("http://")))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, port=port))
    nginx = subprocess.Popen([NGINX, "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.PIPE)
    try:
        wait_until(lambda: listens(port) or nginx.poll() is not None, 10, "nginx listens")
        assert nginx.poll() is None, nginx.communicate()[1].decode()
        yield f"https://127.0.0.1:{port}"
    finally:
        nginx.terminate()
        nginx.communicate(timeout=10)


def test_the_page_and_its_files_load_below_the_prefix(pages: Pages, site: str, behind: LiveServer) -> None:
    asked: list[str] = []
    playground = pages.new(f"{site}/playground", ignore_https_errors=True)
    playground.page.on("request", lambda request: asked.append(request.url))
    playground.page.on("websocket", lambda socket: asked.append(socket.url))
    playground.open()
    playground.play_to(20)
    uses_an_example(playground.page)
    playground.part("lessons").click()
    playground.page.wait_for_load_state()
    assert playground.page.url.startswith(f"{site}/playground/?lesson=")
    playground.page.click(".lesson-list a >> nth=0")
    playground.wait("() => document.querySelector('[data-part=test-loss]').textContent !== '–'")
    sockets = [url for url in asked if url.startswith("wss:")]
    assert sockets
    assert all(url.startswith(site.replace("https", "wss") + "/playground/ws?") for url in sockets)
    assert all(url.startswith((f"{site}/playground/", "wss:", "data:", "blob:")) for url in asked)


def uses_an_example(page: Page) -> None:
    page.evaluate("() => document.querySelector('[data-example]').click()")
    page.wait_for_function("() => location.hash.includes('dataset=own')")


def test_the_proxy_passes_each_learners_address_on(pages: Pages, site: str) -> None:
    first = pages.new(f"{site}/playground", ignore_https_errors=True).open()
    second = pages.new(
        f"{site}/playground", ignore_https_errors=True, extra_http_headers={"X-Forwarded-For": "10.1.1.1"}
    )
    second.open(ready=False)  # the header it sends is ignored: both pages share an address
    second.notice("lost").wait_for()
    assert "from your network" in second.notice("lost").inner_text()
    assert first.notice("lost").count() == 0


def test_metrics_stay_inside_and_the_bare_prefix_leads_to_the_page(site: str) -> None:
    context = ssl._create_unverified_context()
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{site}/playground/metrics", context=context, timeout=10)
    with urllib.request.urlopen(f"{site}/playground?lang=en", context=context, timeout=10) as answer:
        assert answer.url == f"{site}/playground/?lang=en"
