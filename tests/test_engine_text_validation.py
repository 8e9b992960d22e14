"""Test messages about wrong values: field, value and what is allowed, in any language."""

import json
from gettext import NullTranslations
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from engine import Experiment
from engine.text.phrases import InvalidValue, Phrase, rendered
from engine.text.validation import MAX_VALUES, MemberOf, describe, has_too_many_values, mistakes, shown


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size: Annotated[int, Field(ge=1, le=9)]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    count: Annotated[int, Field(ge=0, le=5)] = 0
    rate: Annotated[float, Field(gt=0, le=1.5)] = 1
    free: float = 0
    name: Annotated[str, Field(min_length=1, max_length=4)] = "a"
    colour: Annotated[str, MemberOf({"red": 1, "blue": 2})] = "red"
    pace: Literal["1", "max"] = "1"
    on: bool = False
    maybe: Annotated[int, Field(ge=1, le=2)] | None = None
    sizes: Annotated[list[Annotated[int, Field(ge=1, le=3)]], Field(min_length=1, max_length=2)] = [1]
    inner: Inner = Inner(size=1)


ADAPTER: TypeAdapter[Any] = TypeAdapter(Model)


def found(value: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(ValidationError) as error:
        ADAPTER.validate_python(value, strict=True)
    return [(one.field, str(one.value), str(one.allowed)) for one in mistakes(error.value, ADAPTER)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"count": 6}, ("count", "6", "must be a whole number between 0 and 5")),
        ({"count": "2"}, ("count", "2", "must be a whole number between 0 and 5")),
        ({"rate": 0.0}, ("rate", "0.0", "must be a number above 0 and at most 1.5")),
        ({"rate": float("nan")}, ("rate", "NaN", "must be a number above 0 and at most 1.5")),
        ({"free": "x"}, ("free", "x", "must be a number")),
        ({"name": ""}, ("name", "", "must be text of 1 to 4 characters")),
        ({"name": 3}, ("name", "3", "must be text of 1 to 4 characters")),
        ({"colour": "green"}, ("colour", "green", "must be one of red, blue")),
        ({"pace": "2"}, ("pace", "2", "must be one of 1, max")),
        ({"on": 1}, ("on", "1", "must be true or false")),
        ({"maybe": 3}, ("maybe", "3", "must be a whole number between 1 and 2 or null")),
        ({"sizes": [1, 4]}, ("sizes.1", "4", "must be a whole number between 1 and 3")),
        (
            {"sizes": []},
            ("sizes", "[]", "must be a list of 1 to 2 entries, each a whole number between 1 and 3"),
        ),
        ({"sizes": 1}, ("sizes", "1", "must be a list of 1 to 2 entries, each a whole number between 1 and 3")),
        ({"inner": {"size": 10}}, ("inner.size", "10", "must be a whole number between 1 and 9")),
        ({"inner": {}}, ("inner.size", "{}", "is required and must be a whole number between 1 and 9")),
        ({"inner": {"size": 1, "more": 2}}, ("inner.more", "2", "isn’t a known field")),
        ({"other": 1}, ("other", "1", "isn’t a known field")),
        (7, ("", "7", "must be an object")),
    ],
)
def test_a_mistake_has_field_value_and_allowed_values(value: Any, expected: tuple[str, str, str]) -> None:
    assert found(value) == [expected]


def test_each_wrong_field_is_reported_once() -> None:
    wrong = {"count": -1, "sizes": [0, 9], "name": ""}
    assert [field for field, _, _ in found(wrong)] == ["count", "name", "sizes.0", "sizes.1"]


@pytest.mark.parametrize("field", Experiment.model_fields)
def test_every_setting_describes_its_allowed_values(field: str) -> None:
    properties = TypeAdapter(Experiment).json_schema()["properties"]
    words = str(describe(properties[field]))
    what = words.removeprefix("must be ")
    assert what != words
    assert what.startswith(("one of", "a number", "a whole number", "a list", "text", "true or false", "an object"))
    assert what not in ("a number", "a whole number", "a list", "text"), "without limits"


def test_a_python_error_lists_a_registrys_members() -> None:
    with pytest.raises(ValidationError, match="one of circle, xor, gauss, spiral, reg-plane, reg-gauss, moons"):
        Experiment(dataset="mooons")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (1.5, "1.5"),
        (None, "null"),
        (True, "true"),
        ({"a": [1]}, '{"a": [1]}'),
        (b"a", "\"b'a'\""),
        ("x" * 60, "x" * 60),
    ],
)
def test_a_short_value_is_shown_in_full(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_long_value_is_shortened() -> None:
    assert shown("x" * 61) == "x" * 57 + "..."
    assert len(shown(list(range(1000)))) == 60


@pytest.mark.parametrize(
    ("text", "too_many"),
    [
        ("[" + "1," * (MAX_VALUES - 1) + "1]", False),
        ("[" + "1," * MAX_VALUES + "1]", True),
        (json.dumps(['a,\\",,'] * MAX_VALUES), False),
        (json.dumps(["a"] * (MAX_VALUES + 1)), True),
        (json.dumps({"text": json.dumps([1, "a,b", "\\"] * MAX_VALUES)}), False),
        (json.dumps({f"a,{i}": ",".join("bcd") for i in range(MAX_VALUES)}), False),
        ('"",' * MAX_VALUES, True),
        ('"' * 100 * MAX_VALUES, True),
    ],
)
def test_the_values_of_a_text_are_counted_without_parsing(text: str, too_many: bool) -> None:
    assert has_too_many_values(text) is too_many


# Phrases


class German(NullTranslations):
    """A catalogue of three texts and the signs in numbers."""

    def gettext(self, message: str) -> str:
        return {"{one} or {other}": "{other} oder {one}", "null": "nichts"}.get(message, message)

    def pgettext(self, context: str, message: str) -> str:
        return {",": ".", ".": ","}[message]


def test_a_phrase_is_english_by_default() -> None:
    assert str(Phrase("from {low} to {high}", {"low": 1, "high": 2})) == "from 1 to 2"


def test_a_phrase_translates_nested_phrases_and_keeps_values() -> None:
    phrase = Phrase("{one} or {other}", {"one": Phrase("null"), "other": "{null}"})
    assert phrase.render(German()) == "{null} oder nichts"


@pytest.mark.parametrize(("count", "text"), [(1, "1 neuron"), (2, "2 neurons"), (5, "5 neurons"), (21, "21 neurons")])
def test_a_count_takes_its_form(count: int, text: str) -> None:
    assert str(Phrase.counted("{count} neuron", "{count} neurons", {"count": count})) == text


def test_the_value_that_selects_the_form_can_be_named() -> None:
    phrase = Phrase.counted("{used} of {rows} row", "{used} of {rows} rows", {"used": 1, "rows": 2}, by="rows")
    assert str(phrase) == "1 of 2 rows"


@pytest.mark.parametrize(
    ("number", "english", "german"),
    [
        (5, "5", "5"),
        (5_000_000, "5,000,000", "5.000.000"),
        (0.00001, "0.00001", "0,00001"),
        (10.0, "10", "10"),
        (-1234.5, "−1,234.5", "−1.234,5"),
        (0, "0", "0"),
        (1e100, "1·10¹⁰⁰", "1·10¹⁰⁰"),
        (1.7e147, "1.7·10¹⁴⁷", "1,7·10¹⁴⁷"),
        (3e-7, "3·10⁻⁷", "3·10⁻⁷"),
        (float("inf"), "∞", "∞"),
        ("5000000", "5000000", "5000000"),
        (True, "True", "True"),
    ],
)
def test_a_number_is_written_as_the_language_does(number: object, english: str, german: str) -> None:
    assert rendered(number) == english
    assert rendered(number, German()) == german


def test_an_invalid_value_says_what_is_allowed() -> None:
    error = InvalidValue(Phrase("a prime below {limit}", {"limit": 9}))
    assert str(error) == "a prime below 9"
    assert isinstance(error, ValueError)


def test_at_most_20_mistakes_are_reported_and_long_names_are_shortened() -> None:
    told = found({f"{number:03d}" * 100: 1 for number in range(50_000)})
    assert len(told) == 20
    assert told[0] == ("000" * 19 + "...", "1", "isn’t a known field")
