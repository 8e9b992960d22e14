"""The page and the websocket."""

from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Cookie, Query, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment

from server.lesson_pages import lesson_pages, other_languages
from server.loop import run
from server.session import Session
from server.texts import Texts

router = APIRouter()
YEAR = 365 * 24 * 3600  # seconds


@router.get("/", response_class=HTMLResponse, operation_id="page")
@router.head("/", include_in_schema=False)
async def page(
    request: Request,
    lang: Annotated[str | None, Query(max_length=35)] = None,
    lesson: Annotated[str | None, Query(max_length=64)] = None,
    remembered: Annotated[str | None, Cookie(alias="lang")] = None,
) -> Response:
    """Return the playground's page, in the language asked for, with a lesson beside it; an empty name is their list.

    A language that the address names is remembered in the cookie `lang`, which holds nothing else.
    """
    texts: Texts = request.app.state.texts
    language = texts.chosen(lang, request.headers.get("accept-language", ""), remembered)
    environment: Environment = request.app.state.pages[language]
    html = environment.get_template("playground.html").render(
        language=language,
        languages=other_languages(texts, language, lesson),
        lessons=lesson_pages(request.app.state.lessons, texts, language, lesson, lang),
        nonce=request.state.nonce,
        script_texts=texts.for_scripts(language),
        static=request.app.state.static,
    )
    response = HTMLResponse(html, headers={"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"})
    if texts.known(lang):
        path = request.scope.get("root_path") or "/"
        secure = request.url.scheme == "https"
        response.set_cookie("lang", language, YEAR, path=path, secure=secure, httponly=True, samesite="lax")
    return response


async def _messages(socket: WebSocket) -> AsyncGenerator[str | bytes, None]:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text")
        yield text if text is not None else message.get("bytes") or b""


@router.websocket("/ws")
async def playground(socket: WebSocket, lang: Annotated[str | None, Query(max_length=35)] = None) -> None:
    """Serve one tab: its session lives as long as its connection."""
    await socket.accept()
    state = socket.app.state
    texts: Texts = state.texts
    language = texts.chosen(lang, socket.headers.get("accept-language", ""))
    session = Session(state.kernels, texts.catalogue(language).gettext)
    state.sessions.add(session)
    try:
        await run(session, _messages(socket), socket.send_bytes, state.pool, state.share)
    except WebSocketDisconnect:  # the page went away while a frame was on its way
        pass
    finally:
        state.sessions.discard(session)
