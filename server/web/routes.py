"""The page."""

from typing import Annotated, NamedTuple

from fastapi import APIRouter, Cookie, Query, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment

from server.i18n.translations import Texts
from server.web.lesson_pages import lesson_pages, other_languages

router = APIRouter()
YEAR = 365 * 24 * 3600  # seconds
NONCE = "nonce-of-this-answer"  # stands in a page that is kept, which has nothing else of one request


class _Shown(NamedTuple):
    """What a page depends on: there are a few dozen of them."""

    language: str
    asked_language: str | None  # where the address names one that there is
    lesson: str | None


def _html(request: Request, shown: _Shown) -> str:
    """Return a page: rendering takes milliseconds in which no frame is sent, so each is rendered once and kept."""
    state = request.app.state
    kept: dict[tuple[_Shown, str], str] = state.kept_pages
    static = request.scope["root_path"] + state.static
    if (shown, static) not in kept:
        texts: Texts = state.texts
        environment: Environment = state.pages[shown.language]
        kept[shown, static] = environment.get_template("playground.html").render(
            language=shown.language,
            languages=other_languages(texts, shown.language, shown.lesson),
            lessons=lesson_pages(state.lessons, texts, shown.language, shown.lesson, shown.asked_language),
            nonce=NONCE,
            script_texts=texts.for_scripts(shown.language),
            static=static,
            ping_seconds=state.limits.ping_seconds,
        )
    return kept[shown, static]


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
    known = request.app.state.lessons.by_language[language]
    shown = _Shown(language, texts.known(lang), lesson if lesson is None or lesson in known else "")
    html = _html(request, shown).replace(NONCE, request.state.nonce)
    response = HTMLResponse(html, headers={"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"})
    if shown.asked_language:
        path = request.scope.get("root_path") or "/"
        secure = request.url.scheme == "https"
        response.set_cookie("lang", language, YEAR, path=path, secure=secure, httponly=True, samesite="lax")
    return response
