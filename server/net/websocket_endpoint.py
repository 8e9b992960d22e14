"""The websocket: who may connect, one session for each tab, and how it ends."""

import contextlib
import logging
import secrets
import time
from typing import Annotated

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect

from server.config.limits import Limits
from server.i18n.translations import Texts
from server.net.admission import Seats
from server.net.close_codes import FAULT, IDLE, VERSION, Closing
from server.net.security import may_connect
from server.protocol.message import SUBPROTOCOL
from server.sessions.loop import Forgotten, run
from server.sessions.session import Session
from server.telemetry.logs import log, log_error
from server.telemetry.metrics import Metrics

router = APIRouter()


@router.websocket("/ws")
async def tab(socket: WebSocket, lang: Annotated[str | None, Query(max_length=35)] = None) -> None:
    """Let a page in or say why not; its session lives as long as its connection."""
    state = socket.app.state
    if not may_connect(socket.headers, state.allowed_origins):
        state.metrics.refuse("origin")
        log(logging.INFO, "refused", why="origin")
        await socket.close()  # before the handshake is done: HTTP 403
        return
    offered: list[str] = socket.scope["subprotocols"]
    if SUBPROTOCOL not in offered:
        state.metrics.refuse(VERSION.key)
        log(logging.INFO, "refused", why=VERSION.key)
        # A browser reads a close code only on a connection with a subprotocol that it has offered.
        await socket.accept(offered[0] if offered else None)
        await _close(socket, VERSION)
        return
    await socket.accept(SUBPROTOCOL)
    seats: Seats = state.seats
    address = socket.client.host if socket.client else ""
    if closing := seats.take(address):
        state.metrics.refuse(closing.key)
        log(logging.INFO, "refused", why=closing.key)
        await _close(socket, closing)
        return
    try:
        await _serve(socket, lang)
    finally:
        seats.free(address)


async def _serve(socket: WebSocket, lang: str | None) -> None:
    state = socket.app.state
    texts: Texts = state.texts
    metrics: Metrics = state.metrics
    limits: Limits = state.limits
    language = texts.chosen(lang, socket.headers.get("accept-language", ""))
    session = Session(state.kernels, texts.catalogue(language), limits)
    name, began, why = secrets.token_hex(4), time.monotonic(), "left"

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
    log(logging.INFO, "begun", session=name)
    try:
        await run(session, receive, send, state.pool, state.scheduler, limits)
    except WebSocketDisconnect:  # the page went away while a frame was on its way
        why = "lost"
    except Forgotten:
        why = IDLE.key
        metrics.refuse(why)
        await _close(socket, IDLE)
    except Exception as error:  # ours: the page connects again and goes on where it was
        why = FAULT.key
        metrics.refuse(why)
        log_error("a session failed", error, session=name)
        await _close(socket, FAULT)
    finally:
        state.sessions.discard(session)
        metrics.ended(session)
        spent = round(time.monotonic() - began, 3)
        counts = {"epochs": session.training.epochs, "frames": session.frames}
        log(logging.INFO, "ended", session=name, why=why, seconds=spent, **counts)


async def _close(socket: WebSocket, closing: Closing) -> None:
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # it may be gone already
        await socket.close(closing.code, closing.reason)
