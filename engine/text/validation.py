"""Turn pydantic's validation errors into messages for readers: the field, the wrong value, and what is allowed.

Messages come from the JSON schema, not from the error itself: pydantic reports only the limit that was violated, and
a reader should learn both.
"""

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import core_schema

from engine.text.phrases import InvalidValue, Phrase

Schema = Mapping[str, Any]
MAX_MISTAKES = 20  # reported at most; one message from outside may contain a hundred thousand


MAX_VALUES = 20_000  # allowed in a JSON text from outside; the largest network has half as many weights


def has_too_many_values(text: str) -> bool:
    """Return whether a JSON text has more than MAX_VALUES values, by counting commas outside strings.

    Call this before parsing: a million values would become a million objects and mistakes, and block all other threads
    for seconds.
    """
    if len(text) <= MAX_VALUES:
        return False
    most = 4 * MAX_VALUES + 1  # the pieces between quotes; a field's name and its value add two each
    parts = text.replace(r"\\", "").replace(r"\"", "").split('"', most)
    return len(parts) > most or sum(part.count(",") for part in parts[::2]) >= MAX_VALUES


@dataclass(frozen=True)
class Mistake:
    """One wrong value: its field, the value as text, and what is allowed, as the rest of a sentence about the field."""

    field: str
    value: str | Phrase
    allowed: Phrase


def one_of(names: Iterable[object]) -> Phrase:
    """Say that the value must be one of these names."""
    return Phrase("must be {what}", {"what": _any_of(names)})


def whole_number(low: int, high: int) -> Phrase:
    """Say that a whole number within these bounds is right."""
    return describe({"type": "integer", "minimum": low, "maximum": high})


def characters(count: int) -> Phrase:
    """Say how long a text is."""
    return Phrase.counted("{count} character", "{count} characters", {"count": count})


def at_most_characters(count: int) -> Phrase:
    """Say how long a text may be."""
    return Phrase.counted(
        "must have at most {count} character", "must have at most {count} characters", {"count": count}
    )


def at_most_values(count: int) -> Phrase:
    """Say how many values a text in JSON may have."""
    return Phrase.counted("must have at most {count} value", "must have at most {count} values", {"count": count})


class MemberOf:
    """Annotate a text field that takes only the keys of a registry."""

    def __init__(self, registry: Mapping[str, object]) -> None:
        self.registry = registry

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, core: Any, handler: GetJsonSchemaHandler) -> Any:
        return {"type": "string", "enum": list(self.registry)}

    def _check(self, name: str) -> str:
        if name not in self.registry:
            raise InvalidValue(one_of(self.registry))
        return name


@functools.cache
def _schema(adapter: TypeAdapter[Any]) -> Schema:
    return adapter.json_schema()


def mistakes(error: ValidationError, adapter: TypeAdapter[Any]) -> list[Mistake]:
    """Return the mistakes behind an adapter's validation error, one per wrong value, at most 20."""
    schema = _schema(adapter)
    found: dict[str, Mistake] = {}
    for detail in error.errors(include_url=False)[:MAX_MISTAKES]:
        path, expected = _follow(schema, detail["loc"])
        field = shown(".".join(path))
        found.setdefault(field, Mistake(field, shown(detail["input"]), _allowed(detail, expected)))
    return list(found.values())


def _allowed(detail: Any, expected: Schema | None) -> Phrase:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            return Phrase("isn’t a known field")
        case "missing":
            return Phrase("is required and {what}", {"what": describe(expected or {})})
        case "json_invalid":
            return Phrase("must be a JSON object")
        case "union_tag_invalid":
            return one_of(tag.strip("' ") for tag in context["expected_tags"].split(","))
        case "union_tag_not_found":
            return Phrase("must have the field {name}", {"name": context["discriminator"].strip("'")})
        case "value_error" if isinstance(context["error"], InvalidValue):
            return context["error"].allowed
    return describe(expected or {})


def _follow(schema: Schema, location: tuple[int | str, ...]) -> tuple[list[str], Schema | None]:
    """Return the field's path as the sender wrote it, and its schema if there is one."""
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
            continue  # the path leaves out the tag of a union
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


def describe(schema: Schema) -> Phrase:
    """Say what a JSON schema asks of a value, as what follows the value's name in a sentence."""
    return Phrase("must be {what}", {"what": _what(schema)})


def _what(schema: Schema) -> Phrase:
    """Name the values that a JSON schema allows."""
    if "enum" in schema:
        return _any_of(schema["enum"])
    if "const" in schema:
        return _any_of([schema["const"]])
    if "anyOf" in schema:
        return functools.reduce(_either, map(_what, schema["anyOf"]))
    match schema.get("type"):
        case "integer":
            return _bounded(Phrase("a whole number"), schema)
        case "number":
            return _bounded(Phrase("a number"), schema)
        case "boolean":
            return Phrase("true or false")
        case "null":
            return Phrase("null")
        case "string":
            return _sized(Phrase("text"), Phrase("characters"), schema.get("minLength"), schema.get("maxLength"))
        case "array":
            items = schema.get("items", {})
            entries = Phrase("entries")
            if items and "$ref" not in items:
                entries = Phrase("entries, each {what}", {"what": _what(items)})
            return _sized(Phrase("a list"), entries, schema.get("minItems"), schema.get("maxItems"))
    return Phrase("an object")


def _any_of(names: Iterable[object]) -> Phrase:
    texts = list(map(str, names))
    if len(texts) == 1:
        return Phrase("{name}", {"name": texts[0]})
    return Phrase("one of {names}", {"names": ", ".join(texts)})


def _either(one: Phrase, other: Phrase) -> Phrase:
    return Phrase("{one} or {other}", {"one": one, "other": other})


def _bounded(what: Phrase, schema: Schema) -> Phrase:
    low, above, high = (schema.get(name) for name in ("minimum", "exclusiveMinimum", "maximum"))
    if high is None:
        return what
    if low is None:
        return Phrase("{what} above {low} and at most {high}", {"what": what, "low": above, "high": high})
    return Phrase("{what} between {low} and {high}", {"what": what, "low": low, "high": high})


def _sized(what: Phrase, parts: Phrase, low: int | None, high: int | None) -> Phrase:
    if high is None:
        return what
    return Phrase("{what} of {low} to {high} {parts}", {"what": what, "low": low or 0, "high": high, "parts": parts})


def shown(value: object) -> str:
    """Return a wrong value as JSON, cut to 60 characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= 60 else text[:57] + "..."
