"""Test a learner's own points: validation, links and files."""

import base64
import json
import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from engine.data.own_data import MAX_LINK, MAX_LINK_ROWS, MAX_NAME, MAX_ROWS, OwnData
from engine.text.phrases import InvalidValue
from engine.text.validation import mistakes

ADAPTER = TypeAdapter(OwnData)
TWO = {"task": "classification", "classes": ("sun", "rain")}
REGRESSION = {"task": "regression"}


def rows(*listed):
    return np.array(listed, np.float64)


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=MAX_NAME)
spans = st.tuples(st.floats(-1e99, 0), st.floats(1, 1e99))


@st.composite
def own_data(draw, largest=40):
    classes = draw(st.just([]) | st.lists(names, min_size=2, max_size=6, unique=True))
    targets = st.integers(0, len(classes) - 1) if classes else st.floats(-1, 1)
    coordinates = st.floats(-6, 6)
    points = draw(st.lists(st.tuples(coordinates, coordinates, targets), min_size=1, max_size=largest))
    return OwnData(
        task="classification" if classes else "regression",
        classes=tuple(classes),
        columns=draw(st.tuples(names, names, names)),
        ranges=(draw(spans), draw(spans)),
        target_range=draw(spans),
        rows=np.array(points, np.float64),
    )


# Round trips


@given(data=own_data())
@settings(deadline=None)
def test_a_link_a_file_and_a_copy_preserve_everything(data):
    copies = [
        OwnData.from_link(data.to_link()),
        OwnData.model_validate_json(data.model_dump_json()),
        OwnData.model_validate(json.loads(json.dumps(data.model_dump(mode="json")))),
        OwnData(**data.model_dump()),
    ]
    for copy in copies:
        assert copy == data
        assert hash(copy) == hash(data)
        for field in ("task", "classes", "columns", "ranges", "target_range"):
            assert getattr(copy, field) == getattr(data, field)
        assert copy.rows.tobytes() == data.rows.tobytes()
        assert copy.to_link() == data.to_link()


@given(data=own_data())
@settings(deadline=None)
def test_a_link_needs_no_escaping_in_a_url(data):
    assert set(data.to_link()) <= set(string.ascii_letters + string.digits + "-_.")
    assert len(data.to_link()) <= MAX_LINK


@given(points=st.lists(st.tuples(st.floats(-6, 6), st.floats(-6, 6), st.floats(-1, 1)), min_size=1))
def test_rows_are_rounded_to_the_grid_and_stored_exactly(points):
    given_rows = np.array(points)
    kept = OwnData(**REGRESSION, rows=given_rows).rows
    assert kept.dtype == np.float32
    assert (np.abs(kept - given_rows) <= (0.0001 + 1e-6, 0.0001 + 1e-6, 0.00002 + 1e-7)).all()
    assert OwnData(**REGRESSION, rows=kept).rows.tobytes() == kept.tobytes()


def test_rows_are_read_only():
    source = rows((1, 2, 0))
    data = OwnData(**TWO, rows=source)
    source[:] = 5
    assert data.rows.tolist() == [[1, 2, 0]]
    with pytest.raises(ValueError, match="read-only"):
        data.rows[0, 0] = 1
    with pytest.raises(ValidationError, match="frozen"):
        data.task = "regression"


def test_the_text_of_rows_is_the_one_that_the_page_writes():
    data = OwnData(**TWO, rows=rows((1.5, -6, 1), (0, 0.0002, 0)))
    numbers = np.array([7500, -30000, 1, 0, 1, 0], "<i2")
    text = data.model_dump(mode="json")["rows"]
    assert text == base64.urlsafe_b64encode(numbers.tobytes()).decode()
    targets = OwnData(**REGRESSION, rows=rows((0, 0, -1), (0, 0, 0.5))).model_dump(mode="json")["rows"]
    assert targets == base64.urlsafe_b64encode(np.array([0, 0, -25000, 0, 0, 12500], "<i2").tobytes()).decode()


@pytest.mark.parametrize("task", [TWO, REGRESSION])
def test_the_most_rows_fit_into_a_file_and_three_hundred_into_a_link(task):
    many = np.zeros((MAX_ROWS, 3))
    data = OwnData(**task, rows=many)
    assert OwnData.model_validate_json(data.model_dump_json()) == data
    with pytest.raises(InvalidValue, match="must have at most 2,000 rows"):
        data.to_link()
    data = OwnData(**task, rows=many[:MAX_LINK_ROWS])
    assert OwnData.from_link(data.to_link()) == data


def test_the_longest_names_fit_into_a_link():
    longest = ["\x01" * (MAX_NAME - 1) + letter for letter in "\x02\x03\x04\x05\x06\x07"]
    span = (-1.2345678901234567e-99, 1.2345678901234567e99)
    data = OwnData(
        task="classification",
        classes=longest,
        columns=longest[:3],
        ranges=(span, span),
        target_range=span,
        rows=np.zeros((MAX_LINK_ROWS, 3)),
    )
    assert len(data.to_link()) <= MAX_LINK
    assert OwnData.from_link(data.to_link()) == data


# The digest


def test_the_digest_differs_if_any_field_differs():
    same = [OwnData(**TWO, rows=rows((1, 2, 0))) for _ in range(2)]
    others = [
        OwnData(**TWO, rows=rows((1, 2, 1))),
        OwnData(**TWO, rows=rows((1, 2, 0), (1, 2, 0))),
        OwnData(**TWO, rows=rows((1, 2.0002, 0))),
        OwnData(**{**TWO, "classes": ("rain", "sun")}, rows=rows((1, 2, 0))),
        OwnData(**TWO, columns=("a", "b", "c"), rows=rows((1, 2, 0))),
        OwnData(**TWO, ranges=((0, 1), (0, 1)), rows=rows((1, 2, 0))),
        OwnData(**REGRESSION, rows=rows((1, 2, 0))),
    ]
    assert same[0].digest == same[1].digest
    assert len({data.digest for data in same + others}) == 1 + len(others)
    assert len(set(same + others)) == 1 + len(others)
    assert len(same[0].digest) == 16
    assert same[0] != "sun"


# Samples


def test_samples_have_the_engines_labels():
    drawn = rows((1.5, -2.3456, 0), (0.1, 6, 1))
    points, targets = OwnData(**TWO, rows=drawn).samples()
    assert points.tolist() == [[1.5, -2.3456], [0.1, 6]]  # float64 values, not float32's rounding of them
    assert targets.tolist() == [-1, 1]
    three = {"task": "classification", "classes": ("a", "b", "c")}
    assert OwnData(**three, rows=drawn).samples()[1].tolist() == [0, 1]
    assert OwnData(**REGRESSION, rows=rows((1, 2, -0.3))).samples()[1].tolist() == [-0.3]


@given(data=own_data())
@settings(deadline=None)
def test_samples_are_float64_copies_in_order(data):
    points, targets = data.samples()
    assert points.shape == (len(data.rows), 2)
    assert targets.shape == (len(data.rows),)
    assert points.dtype == targets.dtype == np.float64
    np.testing.assert_allclose(points, data.rows[:, :2], rtol=1e-6)
    points[:] = targets[:] = 9
    assert (data.samples()[0] != 9).all()


# Untrusted input


MISTAKES = [
    ({}, "task", "is required and must be one of classification, regression"),
    ({"task": "guess", "rows": rows((0, 0, 0))}, "task", "must be one of classification, regression"),
    ({**TWO, "extra": 1, "rows": rows((0, 0, 0))}, "extra", "isn’t a known field"),
    ({**TWO, "classes": ("a",), "rows": rows((0, 0, 0))}, "classes", "must be 2 to 6 different names"),
    ({**TWO, "classes": ("a", "a"), "rows": rows((0, 0, 0))}, "classes", "must be 2 to 6 different names"),
    ({**TWO, "classes": "abcdefg", "rows": rows((0, 0, 0))}, "classes", "must be a list of 0 to 6 entries"),
    ({**TWO, "classes": ("a", ""), "rows": rows((0, 0, 0))}, "classes.1", "must be text of 1 to 40 characters"),
    ({"task": "classification", "rows": rows((0, 0, 0))}, "classes", "must be 2 to 6 different names"),
    ({**REGRESSION, "classes": ("a", "b"), "rows": rows((0, 0, 0))}, "classes", "must be empty for regression"),
    (
        {**REGRESSION, "ranges": ((1, 1), (0, 1)), "rows": rows((0, 0, 0))},
        "ranges.0",
        "must be two numbers within ±1·10¹⁰⁰, the lower one first",
    ),
    (
        {**REGRESSION, "target_range": (0, 1e101), "rows": rows((0, 0, 0))},
        "target_range",
        "must be two numbers within ±1·10¹⁰⁰, the lower one first",
    ),
    ({**TWO, "rows": rows((0, 6.1, 0))}, "rows", "must have coordinates between −6 and 6"),
    ({**TWO, "rows": rows((np.nan, 0, 0))}, "rows", "must have coordinates between −6 and 6"),
    ({**TWO, "rows": rows((0, -np.inf, 0))}, "rows", "must have coordinates between −6 and 6"),
    ({**TWO, "rows": rows((0, 0, 2))}, "rows", "must have classes between 0 and 1"),
    ({**TWO, "rows": rows((0, 0, -1))}, "rows", "must have classes between 0 and 1"),
    ({**TWO, "rows": rows((0, 0, 0.5))}, "rows", "must have classes between 0 and 1"),
    ({**TWO, "rows": rows((0, 0, np.nan))}, "rows", "must have classes between 0 and 1"),
    ({**REGRESSION, "rows": rows((0, 0, 1.1))}, "rows", "must have targets between −1 and 1"),
    ({**REGRESSION, "rows": rows((0, 0, np.nan))}, "rows", "must have targets between −1 and 1"),
    ({**TWO, "rows": np.zeros((0, 3))}, "rows", "must be 1 to 20,000 rows of three numbers"),
    ({**TWO, "rows": np.zeros((2, 4))}, "rows", "must be 1 to 20,000 rows of three numbers"),
    ({**TWO, "rows": np.zeros(3)}, "rows", "must be 1 to 20,000 rows of three numbers"),
    ({**TWO, "rows": np.zeros((MAX_ROWS + 1, 3))}, "rows", "must be 1 to 20,000 rows of three numbers"),
    ({**TWO, "rows": [[0, 0, 0]]}, "rows", "must be 1 to 20,000 rows of three numbers"),
    ({**TWO, "rows": np.array([["a", "b", "c"]])}, "rows", "must be numbers"),
    ({**TWO, "rows": ""}, "rows", "must be 1 to 20,000 rows of three numbers"),
    ({**TWO, "rows": "AAAAAAA"}, "rows", "must be 1 to 20,000 rows of three numbers"),
    ({**TWO, "rows": "A" * 8 * (MAX_ROWS + 1)}, "rows", "must be 1 to 20,000 rows of three numbers"),
    ({**TWO, "rows": "AAAA AAA"}, "rows", "must be text in base64url"),
    ({**TWO, "rows": "AAAAAAA€"}, "rows", "must be text in base64url"),
    ({**TWO, "rows": "__9_____"}, "rows", "must have classes between 0 and 1"),
    ("", "", "must have at most 20,000 characters, with a dot before the rows (at most 2,000)"),
    ("AAAA", "", "must have at most 20,000 characters, with a dot before the rows (at most 2,000)"),
    ("." + "A" * 8 * 2001, "", "must have at most 20,000 characters, with a dot before the rows (at most 2,000)"),
    ("A" * 20000 + ".", "", "must have at most 20,000 characters, with a dot before the rows (at most 2,000)"),
    ("?.AAAAAAAA", "", "must be text in base64url"),
    ("AAAA.AAAAAAAA", "", "must be JSON encoded as base64url"),
    (base64.b64encode(b"[" * 4000).decode() + ".AAAAAAAA", "", "must be JSON encoded as base64url"),
    (base64.b64encode(b"[1]   ").decode() + ".AAAAAAAA", "", "must be an object"),
    (base64.b64encode(b'{"task":3}  ').decode() + ".AAAAAAAA", "task", "must be one of classification, regression"),
]


@pytest.mark.parametrize(("value", "field", "allowed"), MISTAKES)
def test_invalid_values_are_refused_with_field_and_reason(value, field, allowed):
    with pytest.raises(ValidationError) as caught:
        OwnData.model_validate(value)
    mistake = mistakes(caught.value, ADAPTER)[0]
    assert mistake.field == field
    assert str(mistake.allowed).startswith(allowed)


@given(text=st.text(max_size=60) | own_data(3).map(OwnData.to_link), at=st.integers(0, 200), letter=st.characters())
@settings(deadline=None)
def test_a_damaged_link_is_accepted_or_refused_cleanly(text, at, letter):
    damaged = text[:at] + letter + text[at + 1 :]
    try:
        data = OwnData.from_link(damaged)
    except ValidationError:
        return
    assert np.isfinite(data.rows).all()
