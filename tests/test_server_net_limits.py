"""Limits per page, per address and in total: beyond them a client gets the reason, and others are not affected."""

import asyncio
import contextlib
import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest
from live import LiveServer, ServerProcess, metrics_of, wait_until
from server_helpers import Page, Socket, Tab, run_of
from websockets.exceptions import ConnectionClosed, InvalidStatus

from server.config.limits import Limits
from server.config.settings import Settings
from server.kernels.kernel_source import KernelSource
from server.net import guard
from server.net.close_codes import CROWDED, FLOOD, FULL, IDLE, UNINTRODUCED, Closing
from server.net.token_bucket import BURST_SECONDS, TokenBucket
from server.protocol.answers import File
from server.sessions.loop import Forgotten, run
from server.sessions.session import Session
from server.web.security import may_connect
from server.web.state import MAX_UPLOADS_AT_ONCE

STRICT = {
    "max_learners": 4,
    "max_learners_per_address": 2,
    "max_message_size": 200_000,
    "max_messages_per_second": 200,
    "max_idle_minutes": 1.5 / 60,
    "ping_seconds": 2,
    "send_seconds": 0.5,
    "request_seconds": 1.2,
    "allowed_origins": "https://school.example",
    "trusted_proxies": "127.0.0.1",
}


HELLO = {"type": "hello", "rev": 1, "link": "seed=0.3"}


@pytest.fixture(scope="module")
def strict_server() -> Iterator[LiveServer]:
    """Serve with low limits."""
    with LiveServer(Settings(port=0, plain=True, **STRICT)) as server:
        yield server


@pytest.fixture
def strict(strict_server: LiveServer) -> Iterator[LiveServer]:
    """Return the server with low limits, without pages of another test."""
    yield strict_server
    wait_until(lambda: not strict_server.left_over(), 10, "sessions and tasks are gone")


def from_address(address: str) -> dict[str, Any]:
    return {"additional_headers": {"X-Forwarded-For": address}}


def closed_with(page: Socket, seconds: float = 8) -> tuple[int | None, str | None]:
    """Read until the server closes the connection; return code and reason."""
    end = time.monotonic() + seconds
    with contextlib.suppress(ConnectionClosed):
        while time.monotonic() < end:
            page.receive(seconds)
    return page.connection.close_code, page.connection.close_reason


def told(closing: Closing) -> tuple[int, str]:
    return closing.code, closing.reason


def plays_on(page: Socket) -> None:
    """Check that a run continues."""
    epoch = page.next("frame")["epoch"]
    while page.next("frame")["epoch"] < epoch + 5:
        pass


# Who may connect


@pytest.mark.parametrize(
    ("origin", "host", "may"),
    [
        (None, "school.example", True),
        ("https://school.example", "school.example", True),
        ("http://school.example:8000", "school.example:8000", True),
        ("https://School.example", "school.example:443", True),
        ("https://other.example", "school.example", True),
        ("https://evil.example", "school.example", False),
        ("https://school.example.evil.example", "school.example", False),
        ("http://school.example:8001", "school.example:8000", False),
        ("https://sub.other.example", "school.example", False),
        ("null", "school.example", False),
        ("null", "", False),
        ("", "", False),
        ("file://", "", False),
    ],
)
def test_a_page_of_this_host_or_of_an_allowed_origin_may_connect(origin: str | None, host: str, may: bool) -> None:
    headers = {"host": host} | ({} if origin is None else {"origin": origin})
    assert may_connect(headers, ["https://other.example"]) is may


@pytest.mark.parametrize(
    ("origin", "may"),
    [("https://evil.example", False), ("null", False), ("", False), ("https://school.example", True)],
)
def test_the_websocket_refuses_a_foreign_origin_in_the_handshake(strict: LiveServer, origin: str, may: bool) -> None:
    if may:
        with Socket(strict.url, origin=origin) as page:
            page.hello()
        return
    before = strict.state.metrics.refusals["origin"]
    with pytest.raises(InvalidStatus, match="403"), Socket(strict.url, origin=origin):
        pass
    assert strict.state.metrics.refusals["origin"] == before + 1


# Number of pages


def test_a_full_server_refuses_pages_until_one_leaves(strict: LiveServer) -> None:
    with Socket(strict.url, **from_address("10.0.0.1")) as first, Socket(strict.url, **from_address("10.0.0.2")) as two:
        first.hello(playing=True)
        two.hello()
        with Socket(strict.url, **from_address("10.0.0.3")) as three:
            three.hello()
            with Socket(strict.url, **from_address("10.0.0.4")) as four:
                four.hello()
                with Socket(strict.url, **from_address("10.0.0.5")) as fifth:
                    assert closed_with(fifth) == told(FULL)
                plays_on(first)
            wait_until(lambda: not strict.state.admission.full, 5, "a seat is free")
            with Socket(strict.url, **from_address("10.0.0.5")) as fifth:
                fifth.hello()


def test_each_address_has_its_own_limit(strict: LiveServer) -> None:
    at = from_address("10.0.0.1")
    with Socket(strict.url, **at) as first, Socket(strict.url, **at) as second:
        first.hello()
        second.hello()
        with Socket(strict.url, **at) as third:
            assert closed_with(third) == told(CROWDED)
        with Socket(strict.url, **from_address("10.0.0.2")) as other:
            other.hello()


def test_an_ipv6_network_counts_as_one_address(strict: LiveServer) -> None:
    with ExitStack() as stack:
        for address in ("2001:db8::1", "2001:db8::2:0:0:1"):
            stack.enter_context(Socket(strict.url, **from_address(address))).hello()
        with Socket(strict.url, **from_address("2001:db8::3")) as third:
            assert closed_with(third) == told(CROWDED)
        stack.enter_context(Socket(strict.url, **from_address("2001:db8:0:1::1"))).hello()


def test_only_a_trusted_proxy_may_forward_an_address() -> None:
    with LiveServer(Settings(port=0, plain=True, max_learners_per_address=1, trusted_proxies="10.9.9.9")) as server:
        with Socket(server.url, **from_address("10.0.0.1")) as first:
            first.hello()
            with Socket(server.url, **from_address("10.0.0.2")) as second:  # both really come from 127.0.0.1
                assert closed_with(second) == told(CROWDED)
        wait_until(lambda: not server.left_over(), 5, "sessions and tasks are gone")


def test_by_default_no_proxy_is_trusted() -> None:
    with LiveServer(Settings(port=0, plain=True, max_learners_per_address=1)) as server:
        with Socket(server.url, **from_address("10.0.0.1")) as first:
            first.hello()
            with Socket(server.url, **from_address("10.0.0.2")) as second:
                assert closed_with(second) == told(CROWDED)
        wait_until(lambda: not server.left_over(), 5, "sessions and tasks are gone")


# Size and rate of messages


def test_a_token_bucket_allows_a_burst_and_then_its_rate() -> None:
    bucket = TokenBucket(100, now=0.0)
    assert [bucket.take(10, 0.0) for _ in range(100 * BURST_SECONDS + 1)] == [True] * 100 * BURST_SECONDS + [False]
    bucket = TokenBucket(100, now=0.0)
    assert all(bucket.take(10, now=i / 100) for i in range(5000))
    bucket = TokenBucket(100, now=0.0)
    assert not all(bucket.take(10, now=i / 120) for i in range(5000))
    bucket = TokenBucket(100, now=0.0)
    assert [bucket.take(30_000_000, 0.0) for _ in range(2)] == [True, False]  # the longest message alone is not a flood


def raw(server: LiveServer, text: str = "") -> socket.socket:
    """Open a bare connection and send a text."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(8)
    connection.connect(("127.0.0.1", int(server.url.rpartition(":")[2])))
    connection.sendall(text.encode())
    answer = b""
    while text == HANDSHAKE and not answer.endswith(b"\r\n\r\n"):
        answer += connection.recv(1)
    return connection


def read_to_end(connection: socket.socket) -> bytes:
    """Read until the server closes the connection."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while more := connection.recv(65536):
            data += more
    return data


HANDSHAKE = (
    "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: playground.v2\r\n\r\n"
)
TEXT, PING, BEGIN, MORE = 0x81, 0x89, 0x01, 0x00


def masked(text: str, kind: int = TEXT) -> bytes:
    """Return a short message as a client's frame with an all-zero mask."""
    return bytes([kind, 0x80 | len(text)]) + bytes(4) + text.encode()


@pytest.mark.parametrize(
    "flood",
    [
        pytest.param(masked('{"type":"focus","unit":0}') * 2000, id="messages"),
        pytest.param(masked("x" * 100) * 2000, id="mistakes"),
        pytest.param(masked("", PING) * 1000, id="pings"),
        pytest.param(masked("[", BEGIN) + masked("", MORE) * 1000, id="fragments"),
    ],
)
def test_a_flood_closes_only_its_own_page_with_a_reason(strict: LiveServer, flood: bytes) -> None:
    with Socket(strict.url, **from_address("10.0.0.1")) as honest, raw(strict, HANDSHAKE) as connection:
        honest.hello(playing=True)

        def send() -> None:
            with contextlib.suppress(OSError):  # the server closes the connection before it has read everything
                connection.sendall(masked(json.dumps(HELLO)) + flood)

        sending = threading.Thread(target=send)
        sending.start()
        goodbye = FLOOD.code.to_bytes(2, "big") + FLOOD.reason.encode()
        assert read_to_end(connection).endswith(bytes([0x88, len(goodbye)]) + goodbye)
        sending.join(10)
        plays_on(honest)


def test_dragging_a_slider_while_training_is_not_a_flood(server_url: str) -> None:
    experiment = Session(KernelSource(plain=True)).trainer.experiment.model_dump(mode="json")
    with Socket(server_url) as page:
        page.hello(playing=True)
        for i in range(120):
            page.say("configure", experiment={**experiment, "noise": i % 50}, view={})
            page.say("play")
            page.receive()
            time.sleep(1 / 60)
        page.say("pause")
        while page.next("frame")["mode"] != "paused":
            pass


def test_a_long_message_is_refused_with_the_limit(strict: LiveServer) -> None:
    with Socket(strict.url) as page:
        page.hello()
        page.send("x" * 200_001)
        error = page.receive()
        assert (error["type"], error["value"], error["allowed"]) == (
            "refused", "200,001 characters", "must have at most 200,000 characters",
        )  # fmt: skip


def test_a_far_too_long_message_closes_the_connection_with_its_code(strict: LiveServer) -> None:
    with Socket(strict.url) as page:
        page.hello()
        page.send("x" * 300_000)
        assert closed_with(page)[0] == 1009


# Cost of an experiment


def thrifty(**hello: Any) -> Tab:
    """Return a page of a server that allows experiments of up to 100,000 parameters times points."""
    tab = Tab()
    tab.session = Session(KernelSource(plain=True), limits=Limits(max_experiment_cost=100_000))
    tab.greeting = tab.say("hello", **{"link": "seed=0.3", **hello})
    return tab


COSTLY = "1,185 parameters × 500 points"  # 2-32-32-1


def test_a_costly_experiment_is_refused_with_its_cost() -> None:
    tab = thrifty()
    before = tab.state()
    wanted = {**tab.session.trainer.experiment.model_dump(mode="json"), "hidden_layers": [32, 32]}
    error = tab.refused("configure", experiment=wanted, view={"show_test": True})
    assert (error.field, error.value) == ("experiment", COSTLY)
    assert error.allowed == "is too large: parameters × points can’t exceed 100,000; use fewer neurons or fewer points"
    assert tab.state() == before


def test_a_costly_link_is_replaced_by_the_default_with_a_notice() -> None:
    run = run_of(thrifty(link="networkShape=32,32&seed=0.3").greeting[-1])
    assert run.experiment.hidden_layers == (4, 2)
    assert [notice.value for notice in run.notices] == [COSTLY]


def test_a_costly_file_and_costly_own_data_are_refused() -> None:
    tab = thrifty()
    rich = Tab("networkShape=32,32&seed=0.3")
    file = rich.accepted("save", what="model").result
    assert isinstance(file, File)
    assert tab.refused("open", text=file.text).value == COSTLY
    rows = "AAAAAAAA" * 5000
    own = {"task": "classification", "classes": ["a", "b"], "rows": rows}
    assert tab.refused("data", own=own).value == "25 parameters × 5,000 points"


# Unattended and idle pages


@pytest.mark.anyio
async def test_an_unattended_run_is_paused_with_a_reason() -> None:
    session = Session(KernelSource(plain=True), limits=Limits(max_unattended_minutes=0.5 / 60))
    page = Page({**HELLO, "playing": True})
    task = asyncio.create_task(run(session, page.receive, page.send, limits=session._limits))
    await page.until(lambda: any(message["type"] == "unattended" for message in page.received))
    await page.until(lambda: page.frames[-1]["mode"] == "paused")
    assert page.frames[-1]["epoch"] > 5  # it trained, and `drawn` did not count as user input
    page.say(type="play", rev=2)
    await page.until(lambda: page.frames[-1]["mode"] == "playing")
    page.close()
    await task


@pytest.mark.anyio
async def test_a_run_with_user_input_is_not_paused() -> None:
    session = Session(KernelSource(plain=True), limits=Limits(max_unattended_minutes=0.6 / 60))
    page = Page({**HELLO, "playing": True})
    task = asyncio.create_task(run(session, page.receive, page.send, limits=session._limits))
    for _ in range(6):
        await asyncio.sleep(0.2)
        page.say(type="focus", unit=None)
    assert not [message for message in page.received if message["type"] == "unattended"]
    page.close()
    await task


@pytest.mark.anyio
async def test_an_idle_page_is_disconnected() -> None:
    session = Session(KernelSource(plain=True), limits=Limits(max_idle_minutes=0.3 / 60))
    page = Page(HELLO)
    with pytest.raises(Forgotten):
        await run(session, page.receive, page.send, limits=session._limits)
    assert not page.receiving


@pytest.mark.parametrize("said", ["", '{"type": "hello"', '{"type": "play", "rev": 1}'])
def test_a_page_that_never_says_hello_loses_its_seat_although_it_answers_pings(strict: LiveServer, said: str) -> None:
    before = metrics_of(strict.url)['playground_refusals_total{reason="slow"}']
    with ExitStack() as stack:
        silent = [stack.enter_context(Socket(strict.url)) for _ in range(STRICT["max_learners_per_address"])]
        for page in silent:
            page.send(said)
        with Socket(strict.url) as newcomer:
            assert closed_with(newcomer) == told(CROWDED)
        for page in silent:
            assert closed_with(page) == told(UNINTRODUCED)
        with Socket(strict.url) as newcomer:
            assert newcomer.hello()["epoch"] == 0
    assert metrics_of(strict.url)['playground_refusals_total{reason="slow"}'] - before == len(silent)


def beginning(size: int) -> bytes:
    """Return the header of a message of `size` bytes, and its first half."""
    return bytes([TEXT, 0x80 | 127]) + size.to_bytes(8, "big") + bytes(4) + b" " * (size // 2)


def test_messages_that_never_end_fill_no_memory(strict: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MAX_UNFINISHED_BYTES", 250_000)
    with Socket(strict.url, **from_address("10.0.0.1")) as honest, ExitStack() as stack:
        honest.hello(playing=True)
        refused = strict.state.metrics.refusals["crowd"]
        for _ in range(3):
            connection = stack.enter_context(raw(strict, HANDSHAKE))
            connection.sendall(beginning(200_000))
        wait_until(lambda: strict.state.metrics.refusals["crowd"] > refused, 3, "the oldest is cut")
        assert strict.state.unfinished_bytes <= 250_000
        wait_until(lambda: strict.state.unfinished_bytes == 0, 5, "the others are out of time")
        plays_on(honest)


@pytest.mark.parametrize("fragments", [1, 20])
def test_a_long_message_may_arrive_in_fragments(strict: LiveServer, fragments: int) -> None:
    text = json.dumps(HELLO) + " " * 150_000
    size = len(text) // fragments + 1
    with Socket(strict.url) as page:
        page.connection.send(text[start : start + size] for start in range(0, len(text), size))
        assert page.next("frame")["epoch"] == 0
        assert strict.state.unfinished_bytes == 0


def test_an_idle_page_gets_a_close_code(strict: LiveServer) -> None:
    with Socket(strict.url) as page:
        page.hello()
        assert closed_with(page) == told(IDLE)


# Half-open, stalled and slow connections


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", id="half a head"),
        pytest.param("POST /table HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\nx1,x2", id="half a body"),
        pytest.param(HANDSHAKE[:-2], id="half a handshake"),
        pytest.param(HANDSHAKE, id="no answer to pings"),
    ],
)
def test_a_half_open_connection_is_dropped(strict: LiveServer, text: str) -> None:
    with Socket(strict.url, **from_address("10.0.0.1")) as honest:
        honest.hello(playing=True)
        with raw(strict, text) as connection:
            read_to_end(connection)
        plays_on(honest)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read in /proc")
def test_incomplete_uploads_do_not_fill_the_memory() -> None:
    head = f"POST /table HTTP/1.1\r\nHost: localhost\r\nContent-Length: {Limits().max_upload_size}\r\n\r\n"
    half = head.encode() + bytes(Limits().max_upload_size - 1)
    with ServerProcess(0, "--plain", "--request-seconds", "2") as server, ExitStack() as stack:
        address = ("127.0.0.1", int(server.wait_ready().url.rpartition(":")[2]))
        before = server.memory()
        senders = []
        for _ in range(80):
            connection = stack.enter_context(socket.create_connection(address))
            connection.settimeout(20)
            senders.append(threading.Thread(target=send_all, args=(connection, half)))
            senders[-1].start()
        most = before
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            most = max(most, server.memory())
            time.sleep(0.05)
        # A body grows in place, but sometimes has to be copied, so allow for more than its size.
        assert most - before < 3 * MAX_UPLOADS_AT_ONCE * Limits().max_upload_size
        assert httpx2.post(server.url + "/table", content="a,b,c\n1,2,3\n", timeout=30).status_code == 200
        for sender in senders:
            sender.join()


def send_all(connection: socket.socket, data: bytes) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(data)


def test_idle_connections_are_dropped_when_slots_run_out() -> None:
    with LiveServer(Settings(port=0, plain=True, max_connections=100)) as server, ExitStack() as stack:
        honest = stack.enter_context(Socket(server.url))
        honest.hello(playing=True)
        idle = [stack.enter_context(raw(server, "GET / HTTP/1.1\r\nX: ")) for _ in range(150)]
        assert httpx2.get(server.url + "/healthz").status_code == 200
        with Socket(server.url) as page:
            page.hello()
        assert server.state.metrics.refusals["crowd"] >= 50
        assert read_to_end(idle[0]) == b""
        idle[-1].sendall(b"a\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert b"200 OK" in read_to_end(idle[-1])
        plays_on(honest)
        honest.say("pause")


def test_an_unread_response_times_out(strict: LiveServer) -> None:
    before = strict.state.metrics.refusals["slow"]
    with raw(strict) as connection:
        asked = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
        connection.sendall(asked * 300)
        wait_until(lambda: strict.state.metrics.refusals["slow"] > before, 8, "it is cut")


def test_a_connection_may_carry_several_complete_requests(strict: LiveServer) -> None:
    with raw(strict) as connection:
        for _ in range(4):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = b""
            while b'"ok"' not in answer:
                answer += connection.recv(65536)
            time.sleep(0.5)


def test_a_page_that_stops_reading_is_disconnected(strict: LiveServer) -> None:
    hello = masked(json.dumps({**HELLO, "link": "networkShape=32,32"}))
    save = masked(json.dumps({"type": "save", "rev": 2, "what": "model"}))
    with Socket(strict.url, **from_address("10.0.0.1")) as honest:
        honest.hello(playing=True)
        with raw(strict, HANDSHAKE) as connection:
            before = strict.state.metrics.refusals["stalled"]
            connection.sendall(hello + save * 150)
            wait_until(lambda: strict.state.metrics.refusals["stalled"] > before, 8, "it is cut")
            wait_until(lambda: len(strict.state.sessions) == 1, 3, "its session is freed")
        plays_on(honest)
