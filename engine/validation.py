"""Mistake: what was wrong with a value from outside, where, and what would be right; read off pydantic's schema."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import core_schema

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Mistake:
    """One wrong value: the field it stood in, the value as text, what is allowed there."""

    field: str
    value: str
    allowed: str


class MemberOf:
    """Annotates a text field: only keys of this registry."""

    def __init__(self, registry: Mapping[str, object]) -> None:
        self.registry = registry

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, core: Any, handler: GetJsonSchemaHandler) -> Any:
        return {"type": "string", "enum": list(self.registry)}

    def _check(self, name: str) -> str:
        if name not in self.registry:
            raise ValueError("one of " + ", ".join(self.registry))
        return name


def mistakes(error: ValidationError, adapter: TypeAdapter[Any]) -> list[Mistake]:
    """Say what a validation by this adapter found wrong, one entry for each wrong value."""
    schema = adapter.json_schema()
    found: dict[str, Mistake] = {}
    for detail in error.errors(include_url=False):
        path, expected = _follow(schema, detail["loc"])
        field = ".".join(path)
        found.setdefault(field, Mistake(field, shown(detail["input"]), _allowed(detail, expected)))
    return list(found.values())


def _allowed(detail: Any, expected: Schema | None) -> str:
    match detail["type"]:
        case "extra_forbidden":
            return "no such field"
        case "missing":
            return "required: " + describe(expected or {})
        case "json_invalid":
            return "a JSON object"
        case "union_tag_invalid":
            return "one of " + str(detail["ctx"]["expected_tags"]).replace("'", "")
        case "union_tag_not_found":
            return "required: " + str(detail["ctx"]["discriminator"]).replace("'", "")
        case "value_error":
            return str(detail["ctx"]["error"])
    return describe(expected) if expected else detail["msg"].removeprefix("Input should be ")


def _follow(schema: Schema, location: tuple[int | str, ...]) -> tuple[list[str], Schema | None]:
    """Return the field's path as the sender wrote it, and its schema where that can be told."""
    definitions = schema.get("$defs", {})

    def resolved(part: Schema) -> Schema:
        while "$ref" in part:
            part = definitions[part["$ref"].rpartition("/")[2]]
        return part

    here: Schema | None = resolved(schema)
    path: list[str] = []
    for step in location:
        if here is not None and "discriminator" in here and step in here["discriminator"]["mapping"]:
            here = resolved({"$ref": here["discriminator"]["mapping"][step]})
            continue  # the tag of a union is no part of the path
        if here is not None and "anyOf" in here:
            here = next((resolved(option) for option in here["anyOf"] if option.get("type") != "null"), None)
        if isinstance(step, str) and here is not None and "properties" in here:
            path.append(step)
            inner = here["properties"].get(step)
        elif isinstance(step, int):
            path.append(str(step))
            inner = here.get("items") if here is not None else None
        else:
            continue
        here = resolved(inner) if inner is not None else None
    return path, here


def describe(schema: Schema) -> str:
    """Say in words what a JSON schema allows."""
    if "enum" in schema:
        return "one of " + ", ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if "anyOf" in schema:
        return " or ".join(describe(option) for option in schema["anyOf"])
    match schema.get("type"):
        case "integer":
            return "a whole number" + _bounds(schema)
        case "number":
            return "a number" + _bounds(schema)
        case "boolean":
            return "true or false"
        case "null":
            return "null"
        case "string":
            return f"text of {schema.get('minLength', 0)} to {schema.get('maxLength', 'any number of')} characters"
        case "array":
            low, high = schema.get("minItems", 0), schema.get("maxItems", "any number of")
            items = schema.get("items", {})
            each = f", each {describe(items)}" if items and "$ref" not in items else ""
            return f"a list of {low} to {high} entries{each}"
    return "an object"


def _bounds(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None and "exclusiveMinimum" in schema:
        return f" above {schema['exclusiveMinimum']:g} and up to {_plain(high)}"
    return f" from {_plain(low)} to {_plain(high)}" if low is not None and high is not None else ""


def _plain(number: Any) -> str:
    return str(int(number)) if float(number).is_integer() else repr(number)


def shown(value: object) -> str:
    """Show a wrong value in at most 60 characters."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
