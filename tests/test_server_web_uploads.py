"""Uploads of tables: their description, own data made from them, and errors."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx2
import numpy as np
import pytest
from live import LiveServer, wait_until
from server_helpers import Socket

from engine.data.examples import EXAMPLES
from engine.data.own_data import OwnData
from server.config.limits import Limits
from server.config.settings import Settings
from server.web import uploads
from server.web.state import UPLOADS_PER_ADDRESS, UploadQueues
from server.web.uploads import TEXT_TYPES

TEXT = "length,width,kind\n4.1,1.0,rose\n5.2,0.8,lily\n6.0,?,rose\n4.4,1.4,lily\n"
CHOSEN = {"x": "length", "y": "width", "target": "kind"}


@pytest.fixture(scope="module")
def client(live_server: LiveServer) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=live_server.url) as client:
        yield client


def sent(client: httpx2.Client, text: str | bytes, **query: Any) -> httpx2.Response:
    return client.post("/table", params=query, content=text, headers={"content-type": "text/plain"})


def test_an_uploaded_table_is_described_by_columns_and_first_rows(client: httpx2.Client) -> None:
    answer = sent(client, TEXT).json()
    assert [(column["name"], column["kind"]) for column in answer["columns"]] == [
        ("length", "number"),
        ("width", "number"),
        ("kind", "text"),
    ]
    assert answer["rows"] == 4
    assert answer["preview"][0] == ["4.1", "1.0", "rose"]
    assert answer["own"] is None


def test_three_chosen_columns_become_own_data_and_bad_rows_are_listed_by_line(client: httpx2.Client) -> None:
    answer = sent(client, TEXT, **CHOSEN).json()
    own = OwnData.model_validate(answer["own"])
    assert own.classes == ("lily", "rose")
    assert own.columns == ("length", "width", "kind")
    assert len(own.rows) == 3
    assert answer["left_out_count"] == 1
    assert "Line 4" in answer["left_out"][0]


@pytest.mark.parametrize(
    ("text", "query", "field", "value"),
    [
        ("", {}, "text", ""),
        ('a,b,c\n1,2,"3\n', {}, "text", 'a,b,c\n1,2,"3\n'),
        (TEXT, {**CHOSEN, "x": "height"}, "x", "height"),
        (TEXT, {**CHOSEN, "x": "h" * 500}, "x", "h" * 57 + "..."),
        (TEXT, {**CHOSEN, "x": "kind"}, "x", "kind"),
        (TEXT, {**CHOSEN, "y": "length"}, "y", "length"),
        (TEXT, {**CHOSEN, "target": "width"}, "target", "width"),
        (TEXT, {**CHOSEN, "classes": "false"}, "classes", "false"),
        (TEXT, {**CHOSEN, "classes": "maybe"}, "classes", "maybe"),
        ("a,b,c\n" + "".join(f"1,2,word{i}\n" for i in range(9)), {"x": "a", "y": "b", "target": "c"}, "target", "c"),
        (b"\xff\xfe\x00\x01", CHOSEN, "x", "length"),
    ],
)
def test_an_unreadable_table_is_one_error_with_the_allowed_values(
    client: httpx2.Client, text: str | bytes, query: dict[str, str], field: str, value: str
) -> None:
    answer = sent(client, text, **query)
    assert answer.status_code == 422
    assert set(answer.json()) == {"field", "value", "allowed"}
    assert (answer.json()["field"], answer.json()["value"]) == (field, value)
    assert answer.json()["allowed"]


def test_a_too_long_table_is_refused_before_it_is_parsed(client: httpx2.Client) -> None:
    answer = sent(client, b"1,2,3\n" * (Limits().max_upload_size // 6 + 1))
    assert answer.status_code == 413
    assert answer.json()["allowed"] == f"The file is too large: it can have at most {Limits().max_upload_size:,} bytes"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_a_page_of_another_site_cannot_upload_a_table(client: httpx2.Client, origin: str) -> None:
    answer = client.post("/table", content=TEXT, headers={"content-type": "text/plain", "origin": origin})
    assert answer.status_code == 403
    assert answer.json() == {"field": "Origin", "value": origin, "allowed": "must be a page of this server"}


def test_a_page_of_this_server_or_a_program_can_upload_a_table(client: httpx2.Client) -> None:
    for headers in ({}, {"origin": str(client.base_url).rstrip("/")}):
        assert client.post("/table", content=TEXT, headers=headers).status_code == 200


def test_twenty_thousand_rows_are_accepted(client: httpx2.Client) -> None:
    rng = np.random.default_rng(0)
    lines = "\n".join(f"{a:.3f};{b:.3f};{a + b:.3f}" for a, b in rng.normal(size=(20_000, 2)))
    answer = sent(client, f"a;b;c\n{lines}\n", x="a", y="b", target="c").json()
    own = OwnData.model_validate(answer["own"])
    assert own.task == "regression"
    assert len(own.rows) == 20_000


def test_the_examples_can_be_downloaded(client: httpx2.Client) -> None:
    answers = client.get("/examples").json()
    assert [answer["key"] for answer in answers] == list(EXAMPLES)
    for answer in answers:
        assert OwnData.model_validate(answer["own"]) == EXAMPLES[answer["key"]].data()


def test_openapi_describes_uploads_and_examples(client: httpx2.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/table", "/examples"} <= set(paths)


@pytest.mark.parametrize("kind", TEXT_TYPES)
def test_a_table_may_be_sent_as_csv_or_plain_text(client: httpx2.Client, kind: str) -> None:
    answer = client.post("/table", content=TEXT, headers={"content-type": f"{kind};charset=utf-8"})
    assert answer.json()["rows"] == 4
    described = client.get("/openapi.json").json()["paths"]["/table"]["post"]["requestBody"]["content"]
    assert kind in described


def test_a_session_accepts_own_data_made_from_a_table(live_server: LiveServer, client: httpx2.Client) -> None:
    own = sent(client, TEXT, **CHOSEN).json()["own"]
    with Socket(live_server.url) as page:
        page.hello()
        page.say("data", own=own)
        accepted = page.next("accepted")
    assert accepted["run"]["class_names"] == ["lily", "rose"]
    assert accepted["run"]["axes"]["x"] == {"name": "length", "low": 4.1, "high": 5.2}


def test_a_server_may_allow_smaller_tables_only() -> None:
    settings = Settings(port=0, plain=True, max_upload_size=1000)
    with LiveServer(settings) as server, httpx2.Client(base_url=server.url) as client:
        answer = sent(client, b"1,2,3\n" * 200)
        assert answer.status_code == 413
        assert answer.json()["allowed"] == "The file is too large: it can have at most 1,000 bytes"
        assert sent(client, b"1,2,3\n" * 100).status_code == 200


def test_a_table_that_arrives_too_slowly_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "GRACE_SECONDS", 0.3)
    with LiveServer(Settings(port=0, plain=True)) as server:
        address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        head = b"POST /table HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000\r\n\r\n"
        with ExitStack() as stack:
            slow = [stack.enter_context(socket.create_connection(address, 10)) for _ in range(UPLOADS_PER_ADDRESS)]
            for connection in slow:
                connection.sendall(head + b"x" * 20_000)
            assert httpx2.post(server.url + "/table", content="a,b,c\n1,2,3\n", timeout=10).status_code == 200
            assert all(connection.recv(100).startswith(b"HTTP/1.1 408") for connection in slow)
        wait_until(lambda: not server.left_over(), 5, "sessions and tasks are gone")


@pytest.mark.anyio
async def test_an_address_has_two_uploads_at_a_time_and_others_do_not_wait() -> None:
    queues = UploadQueues()
    async with queues.slot(1), queues.slot(1), queues.slot(2):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), queues.slot(1):
                pass
    async with queues.slot(1) as admitted:
        assert admitted


@pytest.mark.parametrize("head", [b"Transfer-Encoding: chunked\r\n\r\n5\r\na,b,c", b"Content-Length: 5\r\n\r\na,b,c"])
def test_a_body_needs_a_length_and_is_only_accepted_for_a_table(live_server: LiveServer, head: bytes) -> None:
    path = b"/table" if b"chunked" in head else b"/"
    with socket.create_connection(("127.0.0.1", int(live_server.url.rpartition(":")[2])), 10) as connection:
        connection.sendall(b"POST " + path + b" HTTP/1.1\r\nHost: localhost\r\n" + head)
        assert connection.recv(100).startswith(b"HTTP/1.1 400")
