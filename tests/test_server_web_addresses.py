"""Host names: a site whose name is made to point to this server (DNS rebinding) gets neither page nor websocket."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest
from live import LiveServer, wait_until
from server_helpers import Socket
from websockets.exceptions import InvalidStatus

from server.config.settings import Settings
from server.web.addresses import leads_here, own_names


@pytest.fixture(scope="module")
def named() -> Iterator[LiveServer]:
    """Serve under a name besides the machine's own."""
    with LiveServer(Settings(port=0, plain=True, allowed_hosts="Playground.School.example")) as server:
        yield server
        wait_until(lambda: not server.left_over(), 5, "sessions and tasks are gone")


@contextmanager
def reached_as(address: str, server: LiveServer) -> Iterator[None]:
    """Make a name point to a server, as its owner could."""
    with pytest.MonkeyPatch.context() as patch:
        connect = socket.create_connection
        to = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        patch.setattr(socket, "create_connection", lambda **options: connect(**{**options, "address": to}))
        yield


@pytest.mark.parametrize(
    ("host", "leads"),
    [
        ("localhost:8000", True),
        ("LOCALHOST", True),
        ("localhost.", True),
        ("127.0.0.1:8000", True),
        ("192.168.1.7", True),
        ("[::1]:8000", True),
        ("[2001:db8::1]", True),
        (socket.gethostname(), True),
        (f"{socket.gethostname().partition('.')[0]}.local:8000", True),
        ("", True),  # only programs send none
        ("evil.example", False),
        ("localhost.evil.example:8000", False),
        ("127.0.0.1.evil.example", False),
        ("127.0.0.1:8000:evil.example", False),
        ("[::1", False),
        ("[evil]", False),
        ("::1 evil", False),
    ],
)
def test_only_names_and_addresses_of_this_machine_lead_here(host: str, leads: bool) -> None:
    assert leads_here(host, own_names()) is leads


def test_a_name_that_is_made_to_point_here_gets_no_page_and_no_websocket(named: LiveServer) -> None:
    before = named.state.metrics.refusals["host"]
    answer = httpx2.get(named.url + "/", headers={"Host": "evil.example:8000"})
    assert answer.status_code == 421
    assert answer.text == (
        "This server is not known as evil.example:8000. To allow the name, start it with --allowed-hosts.\n"
    )
    assert "content-security-policy" in answer.headers
    address = named.url.replace("127.0.0.1", "evil.example")
    with pytest.raises(InvalidStatus, match="403"), reached_as(address, named), Socket(address, origin=address):
        pass
    assert named.state.metrics.refusals["host"] == before + 2


def test_an_allowed_name_leads_to_the_page_and_its_websocket(named: LiveServer) -> None:
    name = "playground.school.example"
    assert httpx2.get(named.url + "/", headers={"Host": name}).status_code == 200
    address = named.url.replace("127.0.0.1", name)
    with reached_as(address, named), Socket(address, origin=address) as page:
        page.hello()


def test_any_name_can_be_allowed() -> None:
    assert leads_here("evil.example", Settings(allowed_hosts="*").hosts)


@pytest.mark.parametrize("wrong", ["https://school.example", "school.example:80", "a/b", "*.example"])
def test_a_malformed_name_is_refused_at_the_start(wrong: str) -> None:
    with pytest.raises(ValueError, match="must be names"):
        Settings(allowed_hosts=wrong)
