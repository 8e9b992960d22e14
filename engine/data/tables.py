"""Import tables: parse CSV, TSV or semicolon text, and turn two input columns and a target column into OwnData.

A row with an error is left out and reported by its line. TableError refuses the whole text.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

import numpy as np

from engine.data.own_data import EDGE, LARGEST, MAX_CLASSES, MAX_NAME, MAX_ROWS, OwnData
from engine.numerics.types import Array
from engine.text.phrases import InvalidValue, Phrase
from engine.text.validation import one_of, shown

Span = tuple[float, float]

MAX_TEXT = 5_000_000  # characters
MAX_LINES = 5 * MAX_ROWS  # lines may be blank, and a quoted field may span several
MAX_COLUMNS = 50
MAX_NAMED = 20  # problems reported in full; the remaining ones are only counted
LARGEST_NUMBER = 0.1 * LARGEST  # leaves room around a range
SAMPLE = 20  # the separator is detected from this many lines
MISSING = {"", "-", "?", "na", "n/a", "nan", "null", "none"}
_NUMBER = re.compile(r"[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][+-]?[0-9]{1,4})?")
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")  # 1,234: above a thousand, or just above 1


class TableError(InvalidValue):
    """Refuse a text or a choice of columns; `field` is text, x, y, target or classes."""

    def __init__(self, allowed: Phrase, field: str = "text") -> None:
        super().__init__(allowed)
        self.field = field


@dataclass(frozen=True)
class Problems:
    """Problems in single rows: the first 20 with their lines, and the total count."""

    named: tuple[Phrase, ...] = ()
    count: int = 0


@dataclass(frozen=True)
class Column:
    """A column's unique name, and whether most of its values are numbers."""

    name: str
    kind: Literal["number", "text"]


@dataclass(frozen=True)
class Table:
    """Columns, rows of texts, and the line (from 1) on which each row begins.

    `decimal_comma` says whether 1,5 is a number in this table. `problems` lists rows of the wrong width, which are left
    out, and texts in numeric columns. Rows with such texts stay, because another column may be chosen.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    decimal_comma: bool
    problems: Problems


@dataclass(frozen=True)
class Chosen:
    """Own data made from a table, and the rows that were left out."""

    data: OwnData
    left_out: Problems


class _Notes:
    """Collect problems: keep the first ones, count all."""

    def __init__(self) -> None:
        self._named: list[Phrase] = []
        self._count = 0

    def add(self, problem: Phrase) -> None:
        self._count += 1
        if len(self._named) < MAX_NAMED:
            self._named.append(problem)

    def all(self) -> Problems:
        return Problems(tuple(self._named), self._count)


def _number(text: str, decimal_comma: bool) -> float | None:
    if not _NUMBER.fullmatch(text) or ("," in text and not decimal_comma):
        return None
    value = float(text.replace(",", "."))
    return value if abs(value) <= LARGEST_NUMBER else None


def _has_decimal_comma(records: Iterable[tuple[int, list[str]]], separator: str) -> bool:
    """Return whether a comma in a number is a decimal point: never where it separates, always between semicolons.

    Between tabs another number must show it: 1,5 does, 1,234 does not.
    """
    if separator != "\t":
        return separator == ";"
    return any(
        "," in field and _NUMBER.fullmatch(field) and not _GROUPED.fullmatch(field)
        for _, fields in records
        for field in fields
    )


def _is_missing(text: str) -> bool:
    return text.lower() in MISSING


def _records(lines: Sequence[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each non-blank record with the line on which it begins."""
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise TableError(Phrase("Line {line}: unmatched quotation marks", {"line": line})) from error
        if any(field.strip() for field in fields):
            yield line, [field.strip() for field in fields]


def _separator(lines: Sequence[str]) -> str:
    """Return the first of tab, semicolon and comma that splits most of the top lines into equally many fields."""
    for separator in "\t;":
        try:
            widths = [len(fields) for _, fields in _records(lines[:SAMPLE], separator)]
        except TableError:  # a quoted field does not end in these lines, or this is not the separator
            widths = [line.count(separator) + 1 for line in lines[:SAMPLE] if line.strip()]
        if widths and widths[0] > 1 and 2 * widths.count(widths[0]) > len(widths):
            return separator
    return ","


def _distinct(names: Iterable[str]) -> list[str]:
    """Cut names to 40 characters and number repeated ones."""
    kept: list[str] = []
    for name in names:
        short, again = name[:MAX_NAME], 1
        while short in kept:
            again += 1
            end = f" ({again})"
            short = name[: MAX_NAME - len(end)] + end
        kept.append(short)
    return kept


def _kind(texts: Sequence[str], numbers: Sequence[float | None]) -> Literal["number", "text"]:
    """Return whether more than half of a column's values are numbers."""
    there = sum(not _is_missing(text) for text in texts)
    are_numbers = sum(number is not None for number in numbers)
    return "number" if 2 * are_numbers > there else "text"


def _wrong(line: int, text: str, column: Column, decimal_comma: bool) -> Phrase | None:
    """Describe what is wrong with a required value; None if nothing is."""
    if _is_missing(text):
        return Phrase("Line {line}: column “{column}” is empty", {"line": line, "column": column.name})
    if column.kind == "number" and _number(text, decimal_comma) is None:
        values = {"line": line, "value": shown(text), "column": column.name}
        return Phrase("Line {line}: “{value}” in column “{column}” isn’t a number", values)
    return None


def read_table(text: str, header: bool | None = None) -> Table:
    """Parse a table; `header` None treats the first row as column names if it contains no number."""
    if len(text) > MAX_TEXT:
        raise TableError(Phrase("The table is too large: it can have at most {limit} characters", {"limit": MAX_TEXT}))
    text = text.removeprefix("\ufeff").encode(errors="replace").decode()
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    too_many = TableError(Phrase("The table is too long: it can have at most {limit} rows", {"limit": MAX_ROWS}))
    if text.count("\n") > MAX_LINES:
        raise too_many
    lines = [line + "\n" for line in text.split("\n")]
    separator = _separator(lines)
    # A header and one row too many are enough to detect an excess.
    records = list(islice(_records(lines, separator), MAX_ROWS + 2))
    decimal_comma = _has_decimal_comma(records, separator)
    if not records:
        raise TableError(Phrase("The table is empty: it needs at least one row"))
    top = records[0][1]
    if len(top) > MAX_COLUMNS:
        raise TableError(Phrase("The table is too wide: it can have at most {limit} columns", {"limit": MAX_COLUMNS}))
    if header is None:
        header = all(_number(field, decimal_comma) is None for field in top)
    names = _distinct((name if header and name else f"column {at}") for at, name in enumerate(top, 1))
    records = records[header:]
    if len(records) > MAX_ROWS:
        raise too_many

    fitting = [(line, fields) for line, fields in records if len(fields) == len(top)]
    texts = [[fields[at] for _, fields in fitting] for at in range(len(top))]
    numbers = [[_number(field, decimal_comma) for field in column] for column in texts]
    kinds = map(_kind, texts, numbers)
    columns = tuple(Column(name, kind) for name, kind in zip(names, kinds, strict=True))
    return Table(
        columns=columns,
        rows=tuple(tuple(fields) for _, fields in fitting),
        lines=tuple(line for line, _ in fitting),
        decimal_comma=decimal_comma,
        problems=_problems(columns, records, decimal_comma),
    )


def _problems(columns: Sequence[Column], records: Sequence[tuple[int, list[str]]], decimal_comma: bool) -> Problems:
    notes = _Notes()
    for line, fields in records:
        if len(fields) != len(columns):
            values = {"line": line, "count": len(fields), "wanted": len(columns)}
            notes.add(
                Phrase.counted(
                    "Line {line}: {count} field instead of {wanted}",
                    "Line {line}: {count} fields instead of {wanted}",
                    values,
                )
            )
            continue
        for column, field in zip(columns, fields, strict=True):
            problem = None if _is_missing(field) else _wrong(line, field, column, decimal_comma)
            if problem is not None:
                notes.add(problem)
    return notes.all()


def to_own_data(table: Table, x: str, y: str, target: str, as_classes: bool | None = None) -> Chosen:
    """Make own data from three columns, given by name: two numeric inputs and a target.

    With `as_classes` None a text target means classification and a numeric one regression; True makes classes of a
    numeric target with few values. Classes are sorted. Rows with a missing or bad value are left out.
    """
    chosen = {"x": x, "y": y, "target": target}
    places = [_place(table, name, field) for field, name in chosen.items()]
    columns = [table.columns[at] for at in places]
    for field, column, at in zip(chosen, columns, range(3), strict=True):
        if places[at] in places[:at] or (column.kind == "text" and field != "target"):
            raise TableError(Phrase("Choose three different columns; both inputs must be numeric"), field)
    is_text = columns[2].kind == "text"
    if is_text and as_classes is False:
        raise TableError(Phrase("The target must be numeric, but “{column}” is text", {"column": target}), "classes")

    notes, kept = _Notes(), []
    for line, row in zip(table.lines, table.rows, strict=True):
        cells = [(row[at], column) for at, column in zip(places, columns, strict=True)]
        wrong = [_wrong(line, text, column, table.decimal_comma) for text, column in cells]
        problem = next(filter(None, wrong), None)
        if problem is not None:
            notes.add(problem)
            continue
        numbers = [_number(text, table.decimal_comma) for text, _ in cells]
        kept.append([*numbers[:2], cells[2][0] if is_text else numbers[2]])
    if not kept:
        raise TableError(Phrase("No row has a valid value in all three columns"), "target")
    make = _classified if is_text or as_classes else _regression
    return Chosen(make(kept, (x, y, target)), notes.all())


def _classified(rows: Sequence[Sequence[Any]], columns: tuple[str, str, str]) -> OwnData:
    values = sorted({row[2] for row in rows})
    if not 2 <= len(values) <= MAX_CLASSES:
        limits = {"low": 2, "high": MAX_CLASSES, "column": columns[2], "count": len(values)}
        raise TableError(
            Phrase.counted(
                "The target needs {low} to {high} different values, but “{column}” has {count} value",
                "The target needs {low} to {high} different values, but “{column}” has {count} values",
                limits,
            ),
            "target",
        )
    inputs = np.array([row[:2] for row in rows])
    indices = [values.index(row[2]) for row in rows]
    ranges, places = _on_plane(inputs)
    return OwnData(
        task="classification",
        classes=tuple(_distinct(map(_plain, values))),
        columns=columns,
        ranges=ranges,
        rows=np.column_stack([places, indices]),
    )


def _regression(rows: Sequence[Sequence[Any]], columns: tuple[str, str, str]) -> OwnData:
    numbers = np.array(rows)
    ranges, places = _on_plane(numbers[:, :2])
    target_range = _range(numbers[:, 2])
    targets = _scaled(numbers[:, 2], target_range, 1.0)
    return OwnData(
        task="regression",
        columns=columns,
        ranges=ranges,
        target_range=target_range,
        rows=np.column_stack([places, targets]),
    )


def _on_plane(inputs: Array) -> tuple[tuple[Span, Span], Array]:
    """Return the ranges of inputs (N, 2), and the inputs scaled from these ranges to [-5, 5]."""
    x, y = inputs.T
    ranges = _range(x), _range(y)
    return ranges, np.column_stack([_scaled(x, ranges[0], EDGE), _scaled(y, ranges[1], EDGE)])


def _range(values: Array) -> Span:
    """Return the lowest and the highest value; if all values are equal, a range around them."""
    low, high = float(values.min()), float(values.max())
    room = 0.0 if low < high else max(0.5, abs(low) / 1000)
    return low - room, high + room


def _scaled(values: Array, span: Span, edge: float) -> Array:
    low, high = span
    return np.clip(edge * (2 * ((values - low) / (high - low)) - 1), -edge, edge)


def _plain(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _place(table: Table, name: str, field: str) -> int:
    names = [column.name for column in table.columns]
    if name not in names:
        raise TableError(one_of(names), field)
    return names.index(name)
