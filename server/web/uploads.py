"""Tables that a learner brings, read by the engine; and the ready examples."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from engine.data.examples import EXAMPLES
from engine.data.own_data import OwnData
from engine.data.tables import Chosen, Problems, Table, TableError, read_table, to_own_data
from engine.text.phrases import Catalogue, Phrase
from engine.text.validation import shown
from server.i18n.translations import Texts
from server.net.security import may_connect

router = APIRouter()
MAX_BYTES = 5_000_000
BODIES = 8  # that are taken in at a time, for all: the others wait where they come from, not in memory
PREVIEW = 5  # rows
TEXTS = ("text/plain", "text/csv")
BODY = {"required": True, "content": {kind: {"schema": {"type": "string"}} for kind in TEXTS}}


class ColumnKind(BaseModel):
    """A column's name, and what most of its values are."""

    name: str
    kind: Literal["number", "text"]


class TableAnswer(BaseModel):
    """What a text holds; `own` and what was left out, once the columns are chosen."""

    columns: list[ColumnKind]
    rows: int
    preview: list[list[str]]
    problems: list[str]
    problem_count: int
    own: OwnData | None = None
    left_out: list[str] = []
    left_out_count: int = 0


class Refusal(BaseModel):
    """What was wrong, and what would be right."""

    field: str
    value: str
    allowed: str


class ReadyExample(BaseModel):
    """A small known table as own data."""

    key: str
    label: str
    own: OwnData


def catalogue(
    request: Request, lang: Annotated[str | None, Query(description="of the answer's texts")] = None
) -> Catalogue:
    """Return the texts in the reader's language."""
    texts: Texts = request.app.state.texts
    return texts.catalogue(texts.chosen(lang, request.headers.get("accept-language", "")))


Reader = Annotated[Catalogue, Depends(catalogue)]
Column = Annotated[str | None, Query(description="a column's name")]
KINDS = {"true": True, "false": False, None: None}


async def _body(request: Request) -> bytes | None:
    """Return the body, or None as soon as it is too long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            return None
    return bytes(body)


@router.post(
    "/table",
    operation_id="table",
    response_model=TableAnswer,
    responses={403: {"model": Refusal}, 413: {"model": Refusal}, 422: {"model": Refusal}},
    openapi_extra={"requestBody": BODY},
)
async def table(
    request: Request,
    texts: Reader,
    x: Column = None,
    y: Column = None,
    target: Column = None,
    classes: Annotated[str | None, Query(description="true: the target is classes; false: numbers")] = None,
) -> Response | TableAnswer:
    """Read a table of comma, semicolon or tab separated values; with three columns chosen, make own data of it."""
    state = request.app.state
    if not may_connect(request.headers, state.allowed_origins):
        state.metrics.refuse("origin")
        return _refused(403, "Origin", shown(request.headers["origin"]), Phrase("must be a page of this server"), texts)
    async with state.bodies:
        body = await _body(request)
    if body is None:
        return _refused(
            413,
            "text",
            "",
            Phrase("The file is too large: it can have at most {count} bytes", {"count": MAX_BYTES}),
            texts,
        )
    text = body.decode("utf-8", errors="replace")
    if classes not in KINDS:
        return _refused(422, "classes", shown(classes), Phrase("must be true or false"), texts)
    try:
        # Reading takes up to a second: the other learners' frames must not wait for it, nor for several at a time.
        async with state.reading:
            read = await asyncio.to_thread(read_table, text)
            chosen = None
            if x is not None and y is not None and target is not None:
                chosen = await asyncio.to_thread(to_own_data, read, x, y, target, KINDS[classes])
    except TableError as error:
        given = {"x": x, "y": y, "target": target, "classes": classes}
        return _refused(422, error.field, shown(given.get(error.field, text)), error.allowed, texts)
    return _answer(read, chosen, texts)


def _refused(status: int, field: str, value: str, allowed: Phrase, texts: Catalogue) -> JSONResponse:
    return JSONResponse(Refusal(field=field, value=value, allowed=allowed.render(texts)).model_dump(), status)


def _answer(read: Table, chosen: Chosen | None, texts: Catalogue) -> TableAnswer:
    left_out = chosen.left_out if chosen else Problems()
    return TableAnswer(
        columns=[ColumnKind(name=column.name, kind=column.kind) for column in read.columns],
        rows=len(read.rows),
        preview=[list(row) for row in read.rows[:PREVIEW]],
        problems=[problem.render(texts) for problem in (Problems() if chosen else read.problems).named],
        problem_count=0 if chosen else read.problems.count,
        own=chosen.data if chosen else None,
        left_out=[problem.render(texts) for problem in left_out.named],
        left_out_count=left_out.count,
    )


@router.get("/examples", operation_id="examples")
def examples(texts: Reader) -> list[ReadyExample]:
    """Return small known tables as own data, with names in the reader's language."""
    return [
        ReadyExample(key=key, label=texts.gettext(example.label), own=_named(example.data(), texts))
        for key, example in EXAMPLES.items()
    ]


def _named(data: OwnData, texts: Catalogue) -> OwnData:
    return data.model_copy(
        update={"columns": tuple(map(texts.gettext, data.columns)), "classes": tuple(map(texts.gettext, data.classes))}
    )
