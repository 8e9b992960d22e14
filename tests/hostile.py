"""Generate hostile input: values at and beyond every limit, damaged texts, and values from a JSON schema."""

import json
from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

from hypothesis import strategies as st

NUMBERS = (
    *("0", "-0", "-1", "+1", " 1 ", "1.5", ".5", "5.", "1_000", "٣", "0x10", "1e3", "1e-320", "1e308"),
    *("1e999999999", "-1e999999999", "9" * 20, "9" * 400, "9" * 5000, "0." + "3" * 400, "NaN", "Infinity", "-Infinity"),
)
LETTERS = (
    *("", " ", "\t", "\n", "\r", "\0", "\x1b", "\u2028", "\ufeff", "\u202e", "é", "e\u0301", "名", "𝔘"),
    *("%", "%00", "%ff", "%d8%00", "{}", "{0}", "{name}", "%s", "../", "<script>", "null", "true", "undefined"),
    *"&=#.,;:\"\\'-+*^()[]{}<>|`_",
)
DEEP = tuple(left * depth + right * depth for left, right in ("[]", "()", ('{"a":', "}")) for depth in (5, 300))
TOKENS = (*NUMBERS, *LETTERS, *DEEP, "---")
HUGE = (2**31, 2**53 - 1, 2**53, 2**63, 2**64, 10**30, 10**4000, -(10**30), -(2**63) - 1)


class Texts:
    """Damage seed texts: cut out or repeat pieces, or replace them by tokens, words and pieces of other seeds.

    Uses a plain random generator, because Hypothesis takes longer to build such a text than a reader to read it.
    """

    def __init__(self, seeds: Iterable[str], words: Iterable[str] = ()) -> None:
        self.seeds = tuple(seeds)
        self._tokens = (*TOKENS, *words, *words)

    def one(self, random: Random) -> str:
        """Return the next text."""
        text = random.choice(self.seeds)
        for _ in range(random.choice((1, 1, 2, 4))):
            start = random.randint(0, len(text))
            end = start + random.choice((0, 0, 1, 1, 2, 8, 64))
            text = text[:start] + self._piece(random, text[start:end]) + text[end:]
        return text

    def _piece(self, random: Random, old: str) -> str:
        match random.randrange(6):
            case 0 | 1:
                return random.choice(self._tokens)
            case 2:
                return ""
            case 3:
                return old * random.choice((2, 2, 3, 300))
            case 4:
                other = random.choice(self.seeds)
                start = random.randint(0, len(other))
                return other[start : start + random.choice((1, 8, 200))]
        letter = chr(random.choice((random.randrange(128), random.randrange(0xD800))))
        return letter + old[1:]


# JSON

_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 40),
    st.sampled_from(HUGE),
    st.floats(),
    st.sampled_from(TOKENS),
    st.text(max_size=8),
)
ANYTHING = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
"""Any value that Python's JSON can hold, including NaN and integers of thousands of digits."""


class Fitting:
    """Generate values that a JSON schema allows, often at its limits. `forms` makes text fields with a grammar.

    A reader may still refuse a value for reasons a schema can't express, such as the size of a checkpoint.
    """

    def __init__(self, schema: Mapping[str, Any], forms: Mapping[str, st.SearchStrategy[Any]]) -> None:
        self._definitions = schema.get("$defs", {})
        self._forms = forms

    def of(self, schema: Mapping[str, Any], name: str = "") -> st.SearchStrategy[Any]:
        """Return a strategy for a part of the schema; `name` is its field."""
        if name in self._forms:
            return self._forms[name]
        if "$ref" in schema:
            return self.of(self._definitions[schema["$ref"].rpartition("/")[2]], name)
        if "const" in schema:
            return st.just(schema["const"])
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        if "anyOf" in schema:
            return st.one_of([self.of(option, name) for option in schema["anyOf"]])
        return self._typed(schema)

    def _typed(self, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        match schema["type"]:
            case "integer":
                low, high = schema.get("minimum", 0), schema.get("maximum", 9)
                return st.sampled_from([low, high]) | st.integers(low, min(high, low + 9))
            case "number":
                low, high = schema.get("minimum", schema.get("exclusiveMinimum", -1.0)), schema.get("maximum", 1.0)
                inner = [0.03, 0.1, 0.5, 1.0, (low + high) / 2]
                return st.sampled_from([low, high, *(value for value in inner if low < value <= high)])
            case "boolean":
                return st.booleans()
            case "null":
                return st.none()
            case "string":
                return st.text(min_size=schema.get("minLength", 0), max_size=min(schema.get("maxLength", 9), 9))
            case "array":
                return self._list(schema)
            case _:
                return self.object(schema)

    def _list(self, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        if "prefixItems" in schema:
            return st.tuples(*map(self.of, schema["prefixItems"])).map(list)
        low = schema.get("minItems", 0)
        return st.lists(self.of(schema.get("items", {"type": "null"})), min_size=low, max_size=max(low, 3))

    def object(self, schema: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
        """Return a strategy for objects with all required fields and some optional ones."""
        fields = {name: self.of(part, name) for name, part in schema["properties"].items()}
        required = {name: fields.pop(name) for name in schema.get("required", ())}
        return st.fixed_dictionaries(required, optional=fields)


@st.composite
def spoilt(draw: st.DrawFn, values: st.SearchStrategy[Any], most: int = 2) -> Any:
    """Return a value damaged in one or two places: replaced, removed or added."""
    value = json.loads(json.dumps(draw(values)))
    for _ in range(draw(st.integers(1, most))):
        holder, key = _place(draw, value)
        if holder is None:
            return draw(ANYTHING)
        match draw(st.sampled_from(["replace", "replace", "remove", "add"])):
            case "replace":
                holder[key] = draw(ANYTHING)
            case "remove":
                del holder[key]
            case _ if isinstance(holder, dict):
                holder[draw(st.sampled_from(TOKENS))] = draw(ANYTHING)
            case _:
                holder.append(draw(ANYTHING))
    return value


def _place(draw: st.DrawFn, value: Any) -> tuple[Any, Any]:
    """Choose a place in a nested value; return its container and its key or index."""
    holder, key = None, None
    while isinstance(value, dict | list) and value:
        holder = value
        key = draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value))))
        value = value[key]
        if draw(st.booleans()):
            break
    return holder, key
