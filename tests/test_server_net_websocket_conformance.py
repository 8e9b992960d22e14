"""Conformance to RFC 6455: handmade frames, valid and malformed, on a bare socket beside an honest page."""

import base64
import json
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgpack
import pytest
from live import LiveServer
from server_helpers import Socket

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
PROTOCOL_ERROR, NOT_UTF_8, TOO_BIG = 1002, 1007, 1009
KEY = base64.b64encode(b"sixteen bytes ok").decode()
HELLO = json.dumps({"type": "hello", "rev": 1, "link": "seed=0.3"}).encode()
SECONDS = 10


class Received(NamedTuple):
    """Hold a frame from the server."""

    opcode: int
    payload: bytes


def frame(opcode: int, payload: bytes = b"", *, last: bool = True, masked: bool = True, reserved: int = 0) -> bytes:
    """Return a client's frame, valid or malformed."""
    size = len(payload)
    long = b"" if size < 126 else struct.pack("!H", size) if size < 2**16 else struct.pack("!Q", size)
    head = bytes(
        [last << 7 | reserved << 4 | opcode, masked << 7 | (size if size < 126 else 126 if size < 2**16 else 127)]
    )
    if not masked:
        return head + long + payload
    mask = b"\x12\x34\x56\x78"
    return head + long + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


def handshake(**changes: str | None) -> bytes:
    """Return a handshake request with some headers changed or omitted."""
    headers: dict[str, str | None] = {
        "Host": "127.0.0.1",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": "playground.v2",
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join(["GET /ws HTTP/1.1", *lines, "", ""]).encode()


class Wire:
    """Speak to the server over a bare connection."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._socket = socket.create_connection((address.hostname or "", address.port or 0), SECONDS)
        self._buffer = b""

    def close(self) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def _read(self, size: int) -> bytes:
        while len(self._buffer) < size:
            piece = self._socket.recv(65536)
            if not piece:
                raise EOFError
            self._buffer += piece
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def status(self) -> int:
        """Read a response head and return its status."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self._read(1)
        return int(head.split()[1])

    def receive(self) -> Received:
        """Return the next frame; the server never fragments or masks."""
        first, second = self._read(2)
        assert first >> 4 == 0b1000  # unfragmented, no reserved bit
        assert second < 128
        size = second
        if size == 126:
            (size,) = struct.unpack("!H", self._read(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._read(8))
        return Received(first & 0xF, self._read(size))

    def next(self, opcode: int) -> bytes:
        """Return the payload of the next frame of a kind."""
        while (received := self.receive()).opcode != opcode:
            assert received.opcode in (BINARY, PONG), received
        return received.payload

    def message(self, kind: str) -> dict[str, Any]:
        """Return the next message of a kind."""
        while (message := msgpack.unpackb(self.next(BINARY)))["type"] != kind:
            pass
        return message  # type: ignore[no-any-return]

    def ends(self) -> None:
        """Read until the server closes the connection."""
        with suppress(EOFError, ConnectionError):
            while self._read(1):
                pass

    def closed(self) -> int:
        """Return the code of the close frame, and check that the server then closes the connection."""
        (code,) = struct.unpack("!H", self.next(CLOSE)[:2])
        with pytest.raises((EOFError, ConnectionError)):
            self.receive()
        return int(code)


@pytest.fixture
def wire(plain_server: LiveServer) -> Iterator[Wire]:
    wire = Wire(plain_server.url)
    yield wire
    wire.close()


@pytest.fixture
def opened(wire: Wire) -> Wire:
    wire.send(handshake())
    assert wire.status() == 101
    wire.send(frame(TEXT, HELLO))
    wire.message("frame")
    return wire


@pytest.fixture(autouse=True)
def honest(plain_server: LiveServer) -> Iterator[Socket]:
    """Train on another page meanwhile, and check that it continues afterwards."""
    with Socket(plain_server.url) as page:
        page.hello()
        yield page
        page.say("step")
        assert page.next("frame")["epoch"] == 1


# Malformed frames: bytes sent, and the expected close code.
MALFORMED: dict[str, tuple[bytes, int]] = {
    "reserved bit 1": (frame(TEXT, b"{}", reserved=4), PROTOCOL_ERROR),
    "reserved bit 2": (frame(TEXT, b"{}", reserved=2), PROTOCOL_ERROR),
    "reserved bit 3": (frame(PING, reserved=1), PROTOCOL_ERROR),
    **{f"opcode {opcode}": (frame(opcode, b"{}"), PROTOCOL_ERROR) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
    "text without a mask": (frame(TEXT, b"{}", masked=False), PROTOCOL_ERROR),
    "ping without a mask": (frame(PING, masked=False), PROTOCOL_ERROR),
    "a ping in parts": (frame(PING, b"x", last=False), PROTOCOL_ERROR),
    "a close in parts": (frame(CLOSE, b"\x03\xe8", last=False), PROTOCOL_ERROR),
    "a long ping": (frame(PING, b"x" * 126), PROTOCOL_ERROR),
    "a long pong": (frame(PONG, b"x" * 126), PROTOCOL_ERROR),
    "a long close": (frame(CLOSE, b"\x03\xe8" + b"x" * 124), PROTOCOL_ERROR),
    "a close of one byte": (frame(CLOSE, b"\x03"), PROTOCOL_ERROR),
    **{
        f"close code {code}": (frame(CLOSE, struct.pack("!H", code)), PROTOCOL_ERROR)
        for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535)
    },
    "a close whose reason is no text": (frame(CLOSE, b"\x03\xe8\xff"), NOT_UTF_8),
    "text that is none": (frame(TEXT, b'{"a": "\xff"}'), NOT_UTF_8),
    "a surrogate": (frame(TEXT, b'"\xed\xa0\x80"'), NOT_UTF_8),
    "an overlong letter": (frame(TEXT, b'"\xc0\xaf"'), NOT_UTF_8),
    "half a letter at the end": (frame(TEXT, b'"\xc3'), NOT_UTF_8),
    "a part without a beginning": (frame(CONTINUATION, b"{}"), PROTOCOL_ERROR),
    "a beginning within a message": (frame(TEXT, b"{", last=False) + frame(TEXT, b"}"), PROTOCOL_ERROR),
    "a frame that claims 2^62 bytes": (b"\x81\xff" + struct.pack("!Q", 2**62) + b"mask", TOO_BIG),
    "a frame that claims 2^63 bytes": (b"\x81\xff" + struct.pack("!Q", 2**63) + b"mask", TOO_BIG),
    "parts that are too much together": (
        frame(TEXT, b" " * 65_000, last=False) + frame(CONTINUATION, b" " * 65_000, last=False) * 65,
        TOO_BIG,
    ),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_frame_closes_its_connection_with_the_standard_code(opened: Wire, case: str) -> None:
    sent, code = MALFORMED[case]
    opened.send(sent)
    assert opened.closed() == code


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1011, 3000, 3999, 4000, 4999])
def test_a_close_frame_is_answered_with_the_same_code(opened: Wire, code: int) -> None:
    opened.send(frame(CLOSE, struct.pack("!H", code) + "tschüß".encode()))
    assert opened.closed() == code


def test_a_close_frame_without_a_code_is_answered(opened: Wire) -> None:
    opened.send(frame(CLOSE))
    assert opened.next(CLOSE) in (b"", b"\x03\xe8")


@pytest.mark.parametrize("payload", [b"", b"x", bytes(range(125))])
def test_a_ping_is_answered_with_its_payload(opened: Wire, payload: bytes) -> None:
    opened.send(frame(PING, payload))
    assert opened.next(PONG) == payload


def test_an_unsolicited_pong_is_ignored(opened: Wire) -> None:
    opened.send(frame(PONG, b"here I am") + frame(PING, b"and you?"))
    assert opened.next(PONG) == b"and you?"


@pytest.mark.parametrize("size", [1, 7, 60])
def test_fragments_make_one_message_with_pings_in_between(opened: Wire, size: int) -> None:
    message = json.dumps({"type": "speed", "rev": 5, "speed": "ñ名𝔘"}, ensure_ascii=False).encode()
    parts = [
        message[at : at + size] for at in range(0, len(message), size)
    ]  # this also splits characters of several bytes
    opened.send(frame(TEXT, parts[0], last=False))
    for number, part in enumerate(parts[1:]):
        opened.send(frame(PING, bytes([number])) + frame(CONTINUATION, part, last=False))
        assert opened.next(PONG) == bytes([number])
    opened.send(frame(CONTINUATION, b""))
    error = opened.message("refused")
    assert (error["rev"], error["field"], error["value"]) == (5, "speed", "ñ名𝔘")


def test_a_message_may_arrive_byte_by_byte(opened: Wire) -> None:
    for byte in frame(TEXT, b'{"type": "step", "rev": 6}'):
        opened.send(bytes([byte]))
    assert opened.message("frame")["epoch"] == 1


@pytest.mark.parametrize("size", [125, 126, 127, 128, 65_535, 65_536, 200_000])
def test_every_length_encoding_is_understood(opened: Wire, size: int) -> None:
    opened.send(frame(TEXT, b"9" * size))
    assert opened.message("refused")["field"] == "message"


def test_a_binary_message_is_refused_and_the_session_continues(opened: Wire) -> None:
    opened.send(frame(BINARY, b"\xff\0") + frame(TEXT, b'{"type": "step", "rev": 6}'))
    assert opened.message("refused")["value"] == "binary data"
    assert opened.message("frame")["epoch"] == 1


@pytest.mark.parametrize(
    "sent", [b"\x81", b"\x81\xfe\x00", frame(TEXT, b"{}" * 30)[:20], frame(TEXT, b"{", last=False)]
)
def test_half_a_frame_does_not_delay_others(opened: Wire, honest: Socket, sent: bytes) -> None:
    opened.send(sent)
    honest.say("focus", unit=0)
    assert honest.next("frame")["focus"] == 0


def test_data_after_a_close_frame_is_ignored(opened: Wire) -> None:
    opened.send(frame(CLOSE, b"\x03\xe8") + frame(TEXT, b"fly") + frame(PING, b"x"))
    assert opened.closed() == 1000


# Wrong handshakes: changed headers, and the allowed response statuses.
NO_HANDSHAKES: dict[str, tuple[dict[str, str | None], tuple[int, ...]]] = {
    "no key": ({"Sec_WebSocket_Key": None}, (400,)),
    "a short key": ({"Sec_WebSocket_Key": "AAAA"}, (400,)),
    "a key that is none": ({"Sec_WebSocket_Key": "!" * 24}, (400,)),
    "no version": ({"Sec_WebSocket_Version": None}, (400, 426)),
    "an old version": ({"Sec_WebSocket_Version": "8"}, (400, 426)),
    "no upgrade": ({"Upgrade": None}, (400, 404, 426)),
    "another upgrade": ({"Upgrade": "h2c"}, (400, 404, 426)),
    "no connection": ({"Connection": None}, (400, 404, 426)),
    "a header far too long": ({"X_Long": "x" * 10_000}, (400, 431)),
    "far too many headers": ({f"X_{i}": "x" for i in range(300)}, (400, 431)),
}


@pytest.mark.parametrize("case", NO_HANDSHAKES)
def test_a_wrong_handshake_is_refused(wire: Wire, case: str) -> None:
    changes, allowed = NO_HANDSHAKES[case]
    wire.send(handshake(**changes))
    status = wire.status()
    assert status in allowed
    if status == 400:
        wire.ends()
