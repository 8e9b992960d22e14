"""Compare docs/protocol.md with the types: it documents every message and field, and nothing else."""

import inspect
import json
import re
import types
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgpack
import pytest
from live import LiveServer
from pydantic import BaseModel, TypeAdapter
from server_helpers import Socket, Tab

from engine import Experiment, View
from engine.data.own_data import MAX_ROWS, OwnData
from engine.data.tables import MAX_COLUMNS, MAX_NAMED
from engine.interchange.links import MAX_NOTICES
from engine.nn.boundary import PLANE
from engine.training.checkpoint import LARGEST, MAX_EPOCH
from scripts.protocol_schema import FILE, protocol_schema
from server.config.limits import Limits
from server.net.close_codes import CLOSINGS
from server.protocol import answers
from server.protocol.answers import Answer
from server.protocol.commands import COMMAND
from server.protocol.frames import BOUNDARY, EVERY
from server.protocol.message import SUBPROTOCOL, Message
from server.sessions.pacing import SILENT_SECONDS, TICKS_PER_SECOND, UNSEEN_SECONDS
from server.sessions.viewer import MAX_IN_FLIGHT
from server.web.uploads import PREVIEW_ROWS

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
COMMANDS: dict[str, Any] = {
    schema["properties"]["type"]["const"]: schema
    for schema in COMMAND.json_schema()["$defs"].values()
    if "type" in schema.get("properties", {})
}
ANSWERS: dict[str, type[BaseModel]] = {model.model_fields["type"].default: model for model in get_args(Answer)}
RESULTS: dict[str, type[BaseModel]] = {
    model.model_fields["type"].default: model for model in (answers.Pruned, answers.Checked, answers.File)
}
PARTS: dict[str, type[BaseModel]] = {
    name.lower(): model
    for name, model in vars(answers).items()
    if inspect.isclass(model)
    and issubclass(model, Message)
    and model is not Message
    and "type" not in model.model_fields
}
SETTINGS: dict[str, type[BaseModel]] = {"experiment": Experiment, "own": OwnData, "view": View}
TITLES = {"Experiment": "an experiment", "View": "a view", "OwnData": "own data"}
SECTIONS = {
    match[1]: match[2] for match in re.finditer(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", DOCUMENT, re.M | re.S)
}  # fmt: skip


def rows(name: str) -> dict[str, tuple[str, str, str]]:
    """Return the table of a section: field -> (type and limits, default, meaning)."""
    lines = [line for line in SECTIONS[name].splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return {cell[0].strip("`"): (cell[1], cell[2] if len(cell) == 4 else "", cell[-1]) for cell in cells}


def limits(schema: Any, definitions: Any) -> str:
    """Describe in words which values a field accepts."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        return " or ".join(limits(option, definitions) for option in schema["anyOf"])
    if schema.get("title") in TITLES:
        return TITLES[schema["title"]]
    if "enum" in schema:
        return "one of " + ", ".join(schema["enum"])
    low, above, high = (schema.get(name) for name in ("minimum", "exclusiveMinimum", "maximum"))
    between = f"above {above} and up to {high}" if low is None else f"from {low} to {high}"
    match schema["type"]:
        case "integer":
            return f"a whole number {between}"
        case "number":
            return f"a number {between.replace('.0 ', ' ').removesuffix('.0')}"
        case "boolean":
            return "true or false"
        case "null":
            return "null"
        case "string":
            return f"text of {schema.get('minLength', 0)} to {schema['maxLength']} characters"
    items = schema.get("items", {})
    each = f", each {limits(items, definitions)}" if items and "$ref" not in items else ""
    return f"a list of {schema.get('minItems', 0)} to {schema['maxItems']} entries{each}"


def kind(annotation: Any) -> str:
    """Describe in words the type of an answer's field."""
    names = {int: "whole number", float: "number", str: "text", bytes: "bytes", bool: "true or false"}
    if annotation in names:
        return names[annotation]
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return kind(inner[0])
    if origin is Literal:
        return "one of " + ", ".join(inner)
    if origin is list:
        return f"list of {kind(inner[0])}"
    if origin in (types.UnionType, Union):
        return " or ".join("null" if part is type(None) else kind(part) for part in inner)
    if origin is dict and inner[1] is bytes:
        return "map from name to bytes"
    if annotation is OwnData:
        return "own data"
    assert inspect.isclass(annotation)
    return annotation.__name__.lower()


def test_sections_are_exactly_the_messages_and_their_parts() -> None:
    assert set(SECTIONS) == {*COMMANDS, *ANSWERS, *RESULTS, *PARTS, *SETTINGS}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_field_is_documented_with_its_limits(name: str) -> None:
    properties = {key: value for key, value in COMMANDS[name]["properties"].items() if key != "type"}
    table = rows(name)
    assert list(table) == list(properties)
    definitions = COMMAND.json_schema()["$defs"]
    for field, schema in properties.items():
        words, default, meaning = table[field]
        assert words == limits(schema, definitions), field
        required = field in COMMANDS[name]["required"]
        assert default == ("required" if required else json.dumps(schema["default"])), field
        assert len(meaning) > 5, field


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_documented_with_its_limits_and_default(name: str) -> None:
    schema = TypeAdapter(SETTINGS[name]).json_schema()
    table = rows(name)
    assert list(table) == list(schema["properties"])
    for field, part in schema["properties"].items():
        words, default, meaning = table[field]
        if field != "hide":
            assert words == limits(part, schema.get("$defs", {})), field
        assert default == (json.dumps(part["default"]) if "default" in part else "required"), field
        assert len(meaning) > 5, field


@pytest.mark.parametrize("name", [*ANSWERS, *RESULTS, *PARTS])
def test_every_answer_field_is_documented_with_its_type(name: str) -> None:
    model = {**ANSWERS, **RESULTS, **PARTS}[name]
    fields = {key: value for key, value in model.model_fields.items() if key != "type"}
    table = rows(name)
    assert list(table) == list(fields)
    for field, info in fields.items():
        assert table[field][0] == kind(info.annotation), field
        assert len(table[field][-1]) > 5, field


def test_numbers_in_the_text_match_the_code() -> None:
    for said in (
        SUBPROTOCOL,
        f"{Limits().max_message_size:,} characters",
        f"{Limits().max_frame_size:,} bytes",
        f"{Limits().max_messages_per_second} messages a second",
        f"{TICKS_PER_SECOND} times a second",
        f"every {UNSEEN_SECONDS:.0f} second",
        f"nothing for {SILENT_SECONDS:.0f} seconds",
        f"{MAX_IN_FLIGHT} frames",
        f"{BOUNDARY} x {BOUNDARY}",
        f"{len(range(0, BOUNDARY, EVERY))} x {len(range(0, BOUNDARY, EVERY))}",
        f"[-{PLANE:.0f}, {PLANE:.0f}]",
        f"epoch, 0 to {MAX_EPOCH}",
        f"{Limits().max_upload_size:,} bytes",
        f"{MAX_ROWS:,} rows and {MAX_COLUMNS} columns",
        f"first {PREVIEW_ROWS} rows",
        f"{MAX_NAMED} of `problem_count`",
        f"the first {MAX_NOTICES} mistakes",
        f"{LARGEST:.0e}".replace("e+", "e"),
    ):
        assert said in " ".join(DOCUMENT.split()), said


def test_every_close_code_is_documented() -> None:
    table = dict(re.findall(r"^\| (\d{4}) \| `(\w+)` \|", DOCUMENT, re.M))
    assert table == {str(closing.code): closing.key for closing in CLOSINGS} | {"1009": "size", "1012": "restart"}


EXAMPLES = re.findall(r"```json\n(.*?)\n```\n\n```json\n(.*?)\n```", DOCUMENT, re.S)


@pytest.mark.parametrize(("sent", "answered"), EXAMPLES)
def test_server_gives_the_documented_refusals(sent: str, answered: str) -> None:
    (error,) = Tab().session.handle(sent)
    assert error.model_dump() == json.loads(answered)


def test_document_has_examples_of_refusals() -> None:
    assert len(EXAMPLES) >= 4


def test_schema_matches_the_types() -> None:
    assert json.loads(FILE.read_text(encoding="utf-8")) == json.loads(json.dumps(protocol_schema()))


def test_first_client_is_the_example_file() -> None:
    code = (ROOT / "examples" / "train_xor.py").read_text(encoding="utf-8")
    assert code.rpartition('"""')[2].strip() in DOCUMENT


TRANSCRIPT = DOCUMENT.partition("```text\n")[2].partition("```")[0].splitlines()


def abbreviated(value: Any) -> Any:
    """Return a message as the transcript shows it, with bytes shortened to their length."""
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, dict):
        return {name: abbreviated(part) for name, part in value.items()}
    return [abbreviated(part) for part in value] if isinstance(value, list) else value


def test_server_gives_the_documented_transcript(plain_server: LiveServer) -> None:
    assert len(TRANSCRIPT) >= 12
    with Socket(plain_server.url) as page:
        for line in TRANSCRIPT:
            if line.startswith("> "):
                page.send(line[2:])
            else:
                message = msgpack.unpackb(page.connection.recv(20))
                assert abbreviated(message) == json.loads(line[2:]), line
