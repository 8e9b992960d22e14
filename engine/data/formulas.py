"""Parse the formulas that learners type for features and curves, e.g. `sin(3*x1) + x2^2`, by recursive descent.

    sum     = product { ("+" | "-") product }
    product = signed { ("*" | "/") signed  |  power }         2x1, (x1)(x2): implicit multiplication
    signed  = ("-" | "+") signed  |  power
    power   = atom [ "^" signed ]                             so -x1^2 is -(x1^2), and 2^3^2 is 2^(3^2)
    atom    = number  |  name  |  function "(" sum { "," sum } ")"  |  "(" sum ")"

A name is x1, x2 (or x, y), pi or e, in upper or lower case. Python's `eval` is never used. `check_on_plane` refuses a
formula without a finite value somewhere inside the plane and names the point, because a hole in the picture is a slip
that the learner wants to know about. Noise may move points outside the plane; there `value` replaces NaN by 0 and
clamps to ±1,000,000, so no point can break a run.
"""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from engine.data.formula_tree import CONSTANTS, FUNCTIONS, VARIABLES, Node, to_text, values
from engine.numerics.types import Array, Flags
from engine.text.phrases import InvalidValue, Phrase

MAX_LENGTH = 100  # characters, both as typed and as `text`
MAX_DEPTH = 30  # nested parentheses, signs and powers
LARGEST_VALUE = 1e6
PLANE_AXIS = np.arange(-60, 61) / 10  # includes 0 and all whole numbers, where formulas tend to fail


class FormulaError(InvalidValue):
    """Report an error in a formula: `reason` says what is wrong at character `position`, counted from 0."""

    def __init__(self, position: int, reason: Phrase) -> None:
        super().__init__(
            Phrase("has an error at character {number}: {reason}", {"number": position + 1, "reason": reason})
        )
        self.position = position
        self.reason = reason


_ALIASES = {"x": "x1", "y": "x2", "x₁": "x1", "x₂": "x2", "π": "pi", "ln": "log", "**": "^"}
_SIGNS = {"−": "-", "×": "*", "·": "*", "÷": "/"}


@dataclass(frozen=True)
class Formula:
    """A parsed formula: its tree, and a normalized `text` that parses to the same tree."""

    tree: Node
    text: str = field(compare=False)

    def value(self, x1: Array, x2: Array) -> Array:
        """Return the values at x1 and x2, arrays of equal shape; always finite, within ±1,000,000."""
        raw = values(self.tree, x1, x2)
        return np.clip(np.where(np.isnan(raw), 0.0, raw), -LARGEST_VALUE, LARGEST_VALUE)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


_TOKENS = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?)|(?P<name>x[12₁₂]|atan2|[a-z]+|π)|(?P<sign>\*\*|[-+*/^(),−×·÷])"
)


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    # Keep a letter whose lower case is longer, so that positions stay valid.
    lowered = "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        found = _TOKENS.match(lowered, at)
        if found is None:
            raise FormulaError(at, Phrase("unexpected {character}", {"character": text[at]}))
        symbol = _ALIASES.get(found[0], found[0])
        tokens.append(_Token(found.lastgroup or "", _SIGNS.get(symbol, symbol), at))
        at = found.end()
    return [*tokens, _Token("end", "", len(text))]


class _Parser:
    """Parse the tokens in one pass; each rule of the grammar is a method that consumes its own tokens."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    @property
    def token(self) -> _Token:
        return self._tokens[self._next]

    def take(self) -> _Token:
        token = self.token
        self._next += 1
        return token

    def expect(self, sign: str) -> None:
        if self.token.text != sign:
            raise FormulaError(self.token.at, Phrase("expected {sign}", {"sign": sign}))
        self.take()

    def deeper(self, rule: Callable[[], Node]) -> Node:
        if self._depth == MAX_DEPTH:
            raise FormulaError(self.token.at, Phrase("more than {limit} levels of nesting", {"limit": MAX_DEPTH}))
        self._depth += 1
        node = rule()
        self._depth -= 1
        return node

    def sum(self) -> Node:
        node = self.product()
        while self.token.text in ("+", "-"):
            sign = self.take()
            node = Node(sign.text, (node, self.product()), sign.at)
        return node

    def product(self) -> Node:
        node = self.signed()
        while True:
            token = self.token
            if token.text in ("*", "/"):
                self.take()
                node = Node(token.text, (node, self.signed()), token.at)
            elif token.kind == "name" or token.text == "(":
                node = Node("*", (node, self.power()), token.at)
            else:
                return node

    def signed(self) -> Node:
        token = self.token
        if token.text not in ("+", "-"):
            return self.power()
        self.take()
        node = self.deeper(self.signed)
        return Node("-", (node,), token.at) if token.text == "-" else node

    def power(self) -> Node:
        base, token = self.atom(), self.token
        if token.text != "^":
            return base
        self.take()
        return Node("^", (base, self.deeper(self.signed)), token.at)

    def atom(self) -> Node:
        token = self.token
        if token.text == "(":
            self.take()
            node = self.deeper(self.sum)
            self.expect(")")
            return node
        if token.kind == "number":
            return self.number()
        if token.kind == "name":
            return self.name()
        raise FormulaError(token.at, Phrase("expected a number, a name or ("))

    def number(self) -> Node:
        token = self.take()
        if float(token.text) > LARGEST_VALUE:
            raise FormulaError(token.at, Phrase("numbers can’t exceed {limit}", {"limit": LARGEST_VALUE}))
        return Node(token.text, (), token.at)

    def name(self) -> Node:
        token = self.take()
        if token.text in VARIABLES or token.text in CONSTANTS:
            return Node(token.text, (), token.at)
        if token.text not in FUNCTIONS:
            known = ", ".join([*VARIABLES, *CONSTANTS, *FUNCTIONS])
            raise FormulaError(
                token.at, Phrase("unknown name {name}; use {known}", {"name": token.text, "known": known})
            )
        self.expect("(")
        parts = [self.deeper(self.sum)]
        while len(parts) < FUNCTIONS[token.text].arguments:
            self.expect(",")
            parts.append(self.deeper(self.sum))
        self.expect(")")
        return Node(token.text, tuple(parts), token.at)


def parse(text: str) -> Formula:
    """Parse a formula; raise FormulaError with the position and the reason of an error."""
    too_long = Phrase("longer than {limit} characters", {"limit": MAX_LENGTH})
    if len(text) > MAX_LENGTH:
        raise FormulaError(MAX_LENGTH, too_long)
    parser = _Parser(_tokens(text))
    tree = parser.sum()
    if parser.token.kind != "end":
        raise FormulaError(parser.token.at, Phrase("expected an operator or the end of the formula"))
    full = to_text(tree)
    if len(full) > MAX_LENGTH:  # the normalized text writes every implicit *
        raise FormulaError(0, too_long)
    return Formula(tree, full)


@functools.lru_cache(maxsize=256)
def read_formula(text: str) -> Formula:
    """Parse a formula and check that it is finite on the plane; raise FormulaError otherwise."""
    formula = parse(text)
    check_on_plane(formula)
    return formula


def check_on_plane(formula: Formula) -> None:
    """Raise FormulaError if a value inside the plane is not finite or exceeds ±1,000,000; it names such a point.

    The error's position is that of the innermost failing part: its name or its operator.
    """
    x1, x2 = (axis.ravel() for axis in np.meshgrid(PLANE_AXIS, PLANE_AXIS))
    failing = np.flatnonzero(_fails(values(formula.tree, x1, x2)))
    if failing.size == 0:
        return
    # The failing point nearest to the origin is the easiest to check by hand.
    nearest = failing[np.hypot(x1[failing], x2[failing]).argmin()]
    x1, x2 = x1[nearest : nearest + 1], x2[nearest : nearest + 1]
    culprit = _culprit(formula.tree, x1, x2)
    where: dict[str, object] = {"part": to_text(culprit), "x1": f"{x1[0]:.4g}", "x2": f"{x2[0]:.4g}"}
    if np.isfinite(values(culprit, x1, x2)).all():
        where["limit"] = LARGEST_VALUE
        raise FormulaError(culprit.at, Phrase("{part} exceeds ±{limit} at x1 = {x1}, x2 = {x2}", where))
    raise FormulaError(culprit.at, Phrase("{part} has no finite value at x1 = {x1}, x2 = {x2}", where))


def _fails(values: Array) -> Flags:
    fails: Flags = ~(np.abs(values) <= LARGEST_VALUE)
    return fails


def _culprit(node: Node, x1: Array, x2: Array) -> Node:
    """Return the innermost part of a failing node that fails at this point."""
    for part in node.parts:
        if _fails(values(part, x1, x2)).any():
            return _culprit(part, x1, x2)
    return node
