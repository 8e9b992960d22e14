"""Upload of tables: read a learner's text, and offer ready-made examples."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from engine.data.examples import EXAMPLES
from engine.data.own_data import OwnData
from engine.data.tables import Chosen, Problems, Table, TableError, read_table, to_own_data
from engine.text.phrases import Catalogue, Phrase
from server.web.addresses import network_key
from server.web.errors import Refusal, RequestRefused, reader_catalogue
from server.web.security import may_connect
from server.web.state import web_state

router = APIRouter()
PREVIEW_ROWS = 5
UPLOAD_PATH = "/table"
GRACE_SECONDS = 3.0
LEAST_BYTES_PER_SECOND = 20_000
TEXT_TYPES = ("text/plain", "text/csv")
BODY = {"required": True, "content": {kind: {"schema": {"type": "string"}} for kind in TEXT_TYPES}}


class ColumnKind(BaseModel):
    """Describe a column: its name, and the kind of most of its values."""

    name: str
    kind: Literal["number", "text"]


class TableAnswer(BaseModel):
    """Describe a table; once the columns are chosen, also the own data made from it and the rows left out."""

    columns: list[ColumnKind]
    rows: int
    preview: list[list[str]]
    problems: list[str]
    problem_count: int
    own: OwnData | None = None
    left_out: list[str] = []
    left_out_count: int = 0


class ReadyExample(BaseModel):
    """Hold a small well-known table as own data."""

    key: str
    label: str
    own: OwnData


async def reader_language(
    request: Request, lang: Annotated[str | None, Query(description="language of the texts in the answer")] = None
) -> Catalogue:
    """Return the texts in the reader's language."""
    return reader_catalogue(request)


Texts = Annotated[Catalogue, Depends(reader_language)]
Column = Annotated[str | None, Query(description="a column's name")]
TARGET_KINDS = {"true": True, "false": False, None: None}


async def _read_body(request: Request) -> bytes:
    """Return the body; refuse it once it exceeds `max_upload_size`, or if it arrives so slowly that others wait."""
    most = web_state(request).settings.max_upload_size
    body = bytearray()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    try:
        async with asyncio.timeout(GRACE_SECONDS) as deadline:
            async for chunk in request.stream():
                body += chunk
                in_time = begun + len(body) / LEAST_BYTES_PER_SECOND
                deadline.reschedule(min(in_time, loop.time()) + GRACE_SECONDS)
                if len(body) > most:
                    allowed = Phrase("The file is too large: it can have at most {count} bytes", {"count": most})
                    raise RequestRefused(413, "text", "", allowed)
    except TimeoutError:
        raise RequestRefused(408, "text", "", Phrase("The file arrived too slowly: try again")) from None
    return bytes(body)


@router.post(
    UPLOAD_PATH,
    operation_id="table",
    responses={status: {"model": Refusal} for status in (403, 408, 413, 422, 503)},
    openapi_extra={"requestBody": BODY},
)
async def table(
    request: Request,
    texts: Texts,
    x: Column = None,
    y: Column = None,
    target: Column = None,
    classes: Annotated[str | None, Query(description="true: the target is classes; false: numbers")] = None,
) -> TableAnswer:
    """Read a table of comma, semicolon or tab separated values; with three columns chosen, make own data of it."""
    state = web_state(request)
    if not may_connect(request.headers, state.settings.origins):
        state.metrics.refuse("origin")
        raise RequestRefused(403, "Origin", request.headers["origin"], Phrase("must be a page of this server"))
    if classes not in TARGET_KINDS:
        raise RequestRefused(422, "classes", classes, Phrase("must be true or false"))
    async with state.uploads.slot(network_key(request.client.host if request.client else "")) as admitted:
        if not admitted:
            raise RequestRefused(503, "text", "", Phrase("Too many tables at once: try again in a minute"))
        body = await _read_body(request)
        # Parsing takes up to a second, so it runs in a thread, one table at a time: learners' frames must not wait.
        async with state.table_parsing:
            text = body.decode("utf-8", errors="replace")
            try:
                read = await asyncio.to_thread(read_table, text)
                chosen = None
                if x is not None and y is not None and target is not None:
                    chosen = await asyncio.to_thread(to_own_data, read, x, y, target, TARGET_KINDS[classes])
            except TableError as error:
                given = {"x": x, "y": y, "target": target, "classes": classes}
                raise RequestRefused(422, error.field, given.get(error.field, text), error.allowed) from error
    return _answer(read, chosen, texts)


def _answer(read: Table, chosen: Chosen | None, texts: Catalogue) -> TableAnswer:
    left_out = chosen.left_out if chosen else Problems()
    return TableAnswer(
        columns=[ColumnKind(name=column.name, kind=column.kind) for column in read.columns],
        rows=len(read.rows),
        preview=[list(row) for row in read.rows[:PREVIEW_ROWS]],
        problems=[problem.render(texts) for problem in (Problems() if chosen else read.problems).named],
        problem_count=0 if chosen else read.problems.count,
        own=chosen.data if chosen else None,
        left_out=[problem.render(texts) for problem in left_out.named],
        left_out_count=left_out.count,
    )


@router.get("/examples", operation_id="examples")
def examples(texts: Texts) -> list[ReadyExample]:
    """Return small well-known tables as own data, with names in the reader's language."""
    return [
        ReadyExample(key=key, label=texts.gettext(example.label), own=_translated(example.data(), texts))
        for key, example in EXAMPLES.items()
    ]


def _translated(data: OwnData, texts: Catalogue) -> OwnData:
    names = {"columns": tuple(map(texts.gettext, data.columns)), "classes": tuple(map(texts.gettext, data.classes))}
    return data.model_copy(update=names)
