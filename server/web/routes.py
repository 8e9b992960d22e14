"""The route of the page itself."""

from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from engine import read_link
from server.config.resources import resource
from server.web.lesson_pages import lesson_pages, other_languages
from server.web.page import first_features
from server.web.state import WebState, web_state
from server.web.static_files import opening_script

router = APIRouter()
COOKIE_SECONDS = 365 * 24 * 3600
NONCE_PLACEHOLDER = "nonce-of-this-answer"  # in cached pages, which hold nothing else of a single request


class _PageKey(NamedTuple):
    """Hold all that a rendered page depends on; there are a few dozen values."""

    language: str
    asked_language: str | None  # only if the URL names a language we have
    lesson: str | None


def render_first_pages(state: WebState) -> None:
    """Render the page in each language before the first visitor comes."""
    for language in state.translations.languages:
        _render(state, state.settings.root_path, _PageKey(language, None, None))


def _render(state: WebState, root_path: str, key: _PageKey) -> str:
    """Return a page's HTML. Rendering blocks the event loop for milliseconds, so each page is rendered only once."""
    static = root_path + state.static_path
    if state.settings.dev or (key, static) not in state.rendered_pages:
        translations = state.translations
        lessons = lesson_pages(state.lessons, translations, key.language, key.lesson, key.asked_language)
        run = read_link(lessons.lesson.setup if lessons.lesson else "")
        state.rendered_pages[key, static] = (
            state.templates[key.language]
            .get_template("playground.html")
            .render(
                language=key.language,
                languages=other_languages(translations, key.language, key.lesson),
                lessons=lessons,
                nonce=NONCE_PLACEHOLDER,
                script_texts=translations.for_scripts(key.language),
                static=static,
                dev=state.settings.dev,
                preloaded=state.preloaded_scripts,
                opening=opening_script(resource("static"), state.settings.dev),
                run=run,
                rows=max(len(first_features(run.experiment)), *run.experiment.sizes[1:]),
                ping_seconds=state.settings.ping_seconds,
            )
        )
    return state.rendered_pages[key, static]


@router.head("/", include_in_schema=False)
@router.get("/", response_class=HTMLResponse, operation_id="page")  # registered first, so that Allow names GET
async def page(
    request: Request,
    lang: Annotated[str | None, Query(max_length=35)] = None,
    lesson: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """Return the playground, with a lesson beside it if the URL names one; an empty name shows the list of lessons.

    Language: `?lang=`, then cookie, then browser preference. A language named in the URL is stored in the cookie
    `lang`, which holds nothing else.
    """
    state = web_state(request)
    language = state.translations.chosen(lang, request.headers.get("accept-language", ""), request.state.remembered)
    known = state.lessons.by_language[language]
    key = _PageKey(language, state.translations.known(lang), lesson if lesson is None or lesson in known else "")
    html = _render(state, request.scope["root_path"], key).replace(NONCE_PLACEHOLDER, request.state.nonce)
    response = HTMLResponse(html, headers={"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"})
    if key.asked_language:
        path = request.scope.get("root_path") or "/"
        secure = request.url.scheme == "https"
        response.set_cookie("lang", language, COOKIE_SECONDS, path=path, secure=secure, httponly=True, samesite="lax")
    return response
