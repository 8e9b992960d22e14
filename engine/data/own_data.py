"""Hold a learner's own points, drawn or imported. They are untrusted input, validated once at construction.

Coordinates are multiples of 1/5000 within [-6, 6], and targets of a regression multiples of 1/25000 within [-1, 1].
Three 16-bit numbers therefore hold a row exactly, and shared data gives the same run.

In a model file (JSON) the rows are one text: base64url of little-endian int16. A link holds everything as one text:
the other fields as JSON in base64url, a dot, and the rows.
"""

import hashlib
import json
from functools import cached_property
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    field_serializer,
    field_validator,
    model_validator,
)

from engine.numerics.types import Array, Single
from engine.text import base64url
from engine.text.phrases import InvalidValue, Phrase

MAX_ROWS, MAX_LINK_ROWS = 20_000, 2_000
MAX_CLASSES = 6
MAX_NAME = 40
LARGEST = 1e100  # in the original units
ROW_LENGTH = 8  # characters per row in base64
MAX_LINK = 20_000  # characters: the longest names, the ranges and 2,000 rows
EDGE = 5.0  # the original ranges are mapped to [-5, 5]
_CLASS_STEPS = np.array([5_000, 5_000, 1])  # per unit of x1, x2 and the class
_VALUE_STEPS = np.array([5_000, 5_000, 25_000])  # or of x1, x2 and the target

Codes = NDArray[np.int16]


def _rising(span: tuple[float, float]) -> tuple[float, float]:
    if not -LARGEST <= span[0] < span[1] <= LARGEST:
        raise InvalidValue(Phrase("must be two numbers within ±{limit}, the lower one first", {"limit": LARGEST}))
    return span


def _as_tuples(value: Any) -> Any:
    """Turn JSON's lists into tuples, since strict validation refuses lists here."""
    return tuple(map(_as_tuples, value)) if isinstance(value, list) else value


def _decoded(text: str) -> bytes:
    try:
        return base64url.decode(text)
    except ValueError as error:
        raise InvalidValue(Phrase("must be text in base64url")) from error


def _checked_rows(value: Any, info: ValidationInfo) -> Single:
    """Return rows (N, 3), rounded to the grid, from an array or from text; the task decides which values are valid."""
    if "task" not in info.data or "classes" not in info.data:
        return np.empty((0, 3), np.float32)  # the invalid task or classes report their own mistake
    classes = len(info.data["classes"])
    steps = _CLASS_STEPS if classes else _VALUE_STEPS
    if isinstance(value, str) and 0 < len(value) <= MAX_ROWS * ROW_LENGTH and len(value) % ROW_LENGTH == 0:
        rows = np.frombuffer(_decoded(value), "<i2").reshape(-1, 3) / steps
    elif isinstance(value, np.ndarray) and value.shape[1:] == (3,) and 0 < len(value) <= MAX_ROWS:
        if value.dtype.kind not in "fiu":
            raise InvalidValue(Phrase("must be numbers"))
        rows = value.astype(np.float64)
    else:
        raise InvalidValue(Phrase("must be {low} to {high} rows of three numbers", {"low": 1, "high": MAX_ROWS}))
    if not (np.abs(rows[:, :2]) <= 6).all():
        raise InvalidValue(Phrase("must have coordinates between {low} and {high}", {"low": -6, "high": 6}))
    target = rows[:, 2]
    if classes and not ((target >= 0) & (target < classes) & (target == np.floor(target))).all():
        raise InvalidValue(Phrase("must have classes between {low} and {high}", {"low": 0, "high": classes - 1}))
    if not classes and not (np.abs(target) <= 1).all():
        raise InvalidValue(Phrase("must have targets between {low} and {high}", {"low": -1, "high": 1}))
    kept: Single = (np.rint(rows * steps) / steps + 0.0).astype(
        np.float32
    )  # + 0.0 turns -0 into 0, because integer codes have no -0
    kept.setflags(write=False)
    return kept


Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
Span = Annotated[tuple[float, float], AfterValidator(_rising)]
Rows = Annotated[
    Single,
    PlainValidator(_checked_rows),
    WithJsonSchema({"type": "string", "minLength": ROW_LENGTH, "maxLength": MAX_ROWS * ROW_LENGTH}),
]


class OwnData(BaseModel):
    """Rows (N, 3) of x1, x2 and a class index or target on the plane, with their original names and ranges.

    `classes` are the class names, empty for regression. `columns` names x1, x2 and the target. `ranges` are the
    original values at -5 and 5 of the plane for x1 and x2; `target_range` those at -1 and 1 of a target. Can be
    validated from a dict, from JSON or from the text of a link.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True)

    task: Literal["classification", "regression"]
    classes: tuple[Name, ...] = Field(default=(), max_length=MAX_CLASSES, validate_default=True)
    columns: tuple[Name, Name, Name] = ("x1", "x2", "target")
    ranges: tuple[Span, Span] = ((-EDGE, EDGE), (-EDGE, EDGE))
    target_range: Span = (-1.0, 1.0)
    rows: Rows

    @model_validator(mode="before")
    @classmethod
    def _from_link(cls, value: Any) -> Any:
        """Turn the text of a link into fields; leave other input unchanged."""
        if isinstance(value, dict):
            return {name: field if name == "rows" else _as_tuples(field) for name, field in value.items()}
        if not isinstance(value, str):
            return value
        head, dot, rows = value.partition(".")
        if not dot or len(value) > MAX_LINK or len(rows) > MAX_LINK_ROWS * ROW_LENGTH:
            limits = {"high": MAX_LINK, "rows": MAX_LINK_ROWS}
            raise InvalidValue(
                Phrase("must have at most {high} characters, with a dot before the rows (at most {rows})", limits)
            )
        raw = _decoded(head)
        try:
            fields = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise InvalidValue(Phrase("must be JSON encoded as base64url")) from error
        return {**fields, "rows": rows} if isinstance(fields, dict) else fields

    @field_validator("classes")
    @classmethod
    def _check_classes(cls, classes: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        task = info.data.get("task")
        if task == "regression" and classes:
            raise InvalidValue(Phrase("must be empty for regression"))
        if task == "classification" and not 2 <= len(set(classes)) == len(classes):
            raise InvalidValue(Phrase("must be {low} to {high} different names", {"low": 2, "high": MAX_CLASSES}))
        return classes

    @field_serializer("rows", when_used="json")
    def _rows_as_text(self, rows: Single) -> str:
        return base64url.encode(self._codes().tobytes())

    @classmethod
    def from_link(cls, text: str) -> Self:
        """Read the text that `to_link` wrote; raise pydantic's ValidationError if it is invalid."""
        return cls.model_validate(text)

    def to_link(self) -> str:
        """Return everything as text for a link (letters, digits, - _ .); raise InvalidValue above 2,000 rows."""
        if len(self.rows) > MAX_LINK_ROWS:
            raise InvalidValue(Phrase("must have at most {rows} rows", {"rows": MAX_LINK_ROWS}))
        return f"{base64url.encode(self._head())}.{base64url.encode(self._codes().tobytes())}"

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits of a hash that identifies the data."""
        return hashlib.sha256(self._head() + self._codes().tobytes()).hexdigest()[:16]

    def samples(self) -> tuple[Array, Array]:
        """Return points (N, 2) and targets (N,) for training: -1 and +1 for two classes, 0..K-1 for more."""
        steps = self._steps()
        rows = self._codes() / steps
        targets = 2 * rows[:, 2] - 1 if len(self.classes) == 2 else rows[:, 2].copy()
        return rows[:, :2].copy(), targets

    def _steps(self) -> NDArray[np.int64]:
        return _CLASS_STEPS if self.classes else _VALUE_STEPS

    def _codes(self) -> Codes:
        codes: Codes = np.rint(self.rows * self._steps()).astype("<i2")
        return codes

    def _head(self) -> bytes:
        """Return everything but the rows as JSON, without fields that have their default."""
        fields = self.model_dump(exclude={"rows"}, exclude_defaults=True)
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OwnData) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)
