"""The page."""

from typing import Annotated

from fastapi import APIRouter, Cookie, Query, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment

from server.lesson_pages import lesson_pages, other_languages
from server.texts import Texts

router = APIRouter()
YEAR = 365 * 24 * 3600  # seconds


@router.head("/", include_in_schema=False)
@router.get("/", response_class=HTMLResponse, operation_id="page")  # first to be there, so that Allow names it
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
        static=request.scope["root_path"] + request.app.state.static,
        ping_seconds=request.app.state.limits.ping_seconds,
    )
    response = HTMLResponse(html, headers={"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"})
    if texts.known(lang):
        path = request.scope.get("root_path") or "/"
        secure = request.url.scheme == "https"
        response.set_cookie("lang", language, YEAR, path=path, secure=secure, httponly=True, samesite="lax")
    return response
