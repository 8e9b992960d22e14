"""The websocket endpoint: admits a page, runs its session, and says why a connection ends."""

import contextlib
import logging
import secrets
import time
from typing import Annotated

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect

from server.net.close_codes import FAULT, IDLE, UNINTRODUCED, VERSION, Closing
from server.net.state import counts_of, server_state
from server.protocol.message import SUBPROTOCOL
from server.sessions.loop import Forgotten, Unintroduced, run
from server.sessions.session import Session
from server.telemetry.logs import log, log_error
from server.web.security import may_connect

router = APIRouter()


@router.websocket("/ws")
async def page_socket(socket: WebSocket, lang: Annotated[str | None, Query(max_length=35)] = None) -> None:
    """Admit a page or say why not. Its session lives as long as its connection."""
    state = server_state(socket.app)
    if not may_connect(socket.headers, state.settings.origins):
        state.metrics.refuse("origin")
        log(logging.INFO, "session refused", why="origin")
        await socket.close()  # before the handshake, so the client gets HTTP 403
        return
    offered: list[str] = socket.scope["subprotocols"]
    if SUBPROTOCOL not in offered:
        state.metrics.refuse(VERSION.key)
        log(logging.INFO, "session refused", why=VERSION.key)
        # A browser reports a close code only if the server accepts a subprotocol that it has offered.
        await socket.accept(offered[0] if offered else None)
        await _close(socket, VERSION)
        return
    await socket.accept(SUBPROTOCOL)
    address = socket.client.host if socket.client else ""
    if closing := state.admission.admit(address):
        state.metrics.refuse(closing.key)
        log(logging.INFO, "session refused", why=closing.key)
        await _close(socket, closing)
        return
    try:
        await _serve(socket, lang, address)
    finally:
        state.admission.release(address)


async def _serve(socket: WebSocket, lang: str | None, address: str) -> None:
    state = server_state(socket.app)
    metrics = state.metrics
    language = state.translations.chosen(lang, socket.headers.get("accept-language", ""))
    session = Session(state.kernels, state.translations.catalogue(language), state.settings)
    name, started, why = secrets.token_hex(4), time.monotonic(), "left"

    async def receive() -> str | bytes | None:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return None
        text: str | None = message.get("text")
        return text if text is not None else message.get("bytes") or b""

    async def send(data: bytes) -> None:
        before = time.perf_counter()
        await socket.send_bytes(data)
        metrics.sent(time.perf_counter() - before)

    state.sessions.add(session)
    log(logging.INFO, "session started", session=name)
    try:
        await run(session, receive, send, state.threads, state.scheduler, state.settings, address)
    except WebSocketDisconnect:  # the page left while a frame was being sent
        why = "lost"
    except (Forgotten, Unintroduced) as reason:
        closing = IDLE if isinstance(reason, Forgotten) else UNINTRODUCED
        why = closing.key
        metrics.refuse(closing.key)
        await _close(socket, closing)
    except Exception as error:  # a bug: the page reconnects and resumes where it was
        why = FAULT.key
        metrics.refuse(FAULT.key)
        log_error("session failed", error, session=name)
        await _close(socket, FAULT)
    finally:
        state.sessions.discard(session)
        counts = counts_of(session)
        metrics.ended(counts)
        seconds = round(time.monotonic() - started, 3)
        log(
            logging.INFO, "session ended", session=name, why=why, seconds=seconds, epochs=counts.epochs,
            frames=counts.frames,
        )  # fmt: skip


async def _close(socket: WebSocket, closing: Closing) -> None:
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # the page may have gone already
        await socket.close(closing.code, closing.reason)
