"""Errors that the HTTP routes answer: one exception, its JSON body, and the handler that turns one into the other."""

from fastapi import Request
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel

from engine.text.phrases import Catalogue, Phrase
from engine.text.validation import shown
from server.web.state import web_state


class Refusal(BaseModel):
    """What was wrong with a request, and what would be right."""

    field: str
    value: str
    allowed: str


class RequestRefused(Exception):
    """A request cannot be answered; the client gets a `Refusal` with this status."""

    def __init__(self, status: int, field: str, value: object, allowed: Phrase) -> None:
        super().__init__(f"{field}: {value}: {allowed}")
        self.status, self.field, self.value, self.allowed = status, field, shown(value), allowed


def reader_catalogue(request: Request) -> Catalogue:
    """Return the texts in the language of a request: `?lang=`, then Accept-Language."""
    translations = web_state(request).translations
    language = translations.chosen(request.query_params.get("lang"), request.headers.get("accept-language", ""))
    return translations.catalogue(language)


async def answer_refusal(request: Request, error: Exception) -> JSONResponse:
    """Answer a `RequestRefused` in the reader's language."""
    assert isinstance(error, RequestRefused)
    allowed = error.allowed.render(reader_catalogue(request))
    return JSONResponse(Refusal(field=error.field, value=error.value, allowed=allowed).model_dump(), error.status)


def server_error() -> PlainTextResponse:
    """Answer a request on which the server failed, without telling why."""
    return PlainTextResponse("Internal Server Error\n", 500)
