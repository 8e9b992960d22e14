"""Test formulas: values, normalized text, and error messages."""

import ast
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.features import FEATURES
from engine.data.formula_tree import CONSTANTS, FUNCTIONS, Node, values
from engine.data.formulas import LARGEST_VALUE, MAX_DEPTH, MAX_LENGTH, FormulaError, check_on_plane, parse
from tests.engine_helpers import assert_same_bits

X1 = np.array([0.5, -1.5, 0.0, 3.0, -6.0])
X2 = np.array([2.0, -0.25, 0.0, 6.0, 1e-3])


def at(text, x1, x2):
    return float(parse(text).value(np.array([float(x1)]), np.array([float(x2)]))[0])


# Worked by hand


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # x1 = 2, x2 = 3
        ("1 + 2*3", 7),
        ("(1 + 2)*3", 9),
        ("7 - 2 - 1", 4),
        ("8/4/2", 1),
        ("8/4*2", 4),
        ("2^3^2", 512),
        ("-x1^2", -4),
        ("(-x1)^2", 4),
        ("2^-1", 0.5),
        ("2*-x2", -6),
        ("1--1", 2),
        ("+x1", 2),
        ("2x1", 4),
        ("2x1x2", 12),
        ("x1 x2", 6),
        ("(x1+1)(x2-1)", 6),
        ("x1(x2+1)", 8),
        ("1/2x1", 1),  # from left to right, as with an explicit *
        ("2x1^2", 8),
        ("2 max(x1, x2)", 6),
        ("min(x1, x2) - abs(-3)", -1),
        ("sign(-x1) + sign(0) + sign(x2)", 0),
        ("step(-x1) + step(0) + step(x2)", 2),
        ("sqrt(x1 + 7)", 3),
        ("exp(0) + log(1) + sin(0) + cos(0) + tan(0) + tanh(0)", 2),
        ("ln(e)", 1),
        ("1.5e2 + .5 + 2.", 152.5),
        ("X1 + Y", 5),
        ("x + y", 5),
        ("x₁ × x₂ − 8 ÷ 4 · 2 + 0π", 2),
        ("x1**x2", 8),
    ],
)
def test_a_formula_evaluates_correctly(text, expected):
    assert at(text, 2, 3) == expected


REFERENCES = {
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "abs": abs,
    "tanh": math.tanh,
    "atan2": math.atan2,
    "min": min,
    "max": max,
    "sign": lambda x: math.copysign(1, x) if x else 0,
    "step": lambda x: float(x >= 0),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@given(first=st.floats(-30, 30), second=st.floats(-30, 30))
def test_a_function_computes_what_its_name_says(name, first, second):
    arguments = [first, second][: FUNCTIONS[name].arguments]
    if name in ("log", "sqrt"):
        arguments = [abs(first) + 1e-9]
    with np.errstate(all="ignore"):
        (value,) = FUNCTIONS[name].value(*(np.array([argument]) for argument in arguments))
    # a few units in the last place: tan divides two functions
    assert value == pytest.approx(REFERENCES[name](*arguments), rel=1e-13, abs=1e-13)


@given(angle=st.floats(-1e15, 1e15))
def test_sine_and_cosine_are_accurate_for_large_angles(angle):
    assert at("sin(x)*sin(x) + cos(x)*cos(x)", angle, 0) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("name", FEATURES)
def test_a_features_formula_gives_the_same_bits(name):
    assert_same_bits(parse(FEATURES[name].formula).value(X1, X2), FEATURES[name].value(X1, X2))


@pytest.mark.parametrize("power", range(1, 17))
def test_a_whole_power_is_a_product(power):
    expected = np.multiply.reduce([X1] * power)
    assert_same_bits(parse(f"x1^{power}").value(X1, X2), np.clip(expected, -LARGEST_VALUE, LARGEST_VALUE))


# Any expression, against Python's own reading of it


class Written:
    """An expression as a learner may type it, and fully parenthesized for Python."""

    def __init__(self, text, python):
        self.text, self.python = text, python


blanks = st.sampled_from(["", "", "", " ", "  "])
atoms = st.one_of(
    st.sampled_from(["x1", "x2"]).map(lambda name: Written(name, name)),
    st.sampled_from(list(CONSTANTS)).map(lambda name: Written(name, f"full({name})")),
    st.integers(0, 99).map(lambda n: Written(str(n), f"full({n}.0)")),
    st.decimals(0, 9, places=2).map(lambda n: Written(str(n), f"full({n})")),
)
BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}


@st.composite
def combined(draw, parts):
    kind = draw(st.sampled_from(["operator", "minus", "function"]))
    if kind == "minus":
        part = draw(parts)
        return Written(f"-({part.text})", f"(-({part.python}))")
    if kind == "function":
        name = draw(st.sampled_from(list(FUNCTIONS)))
        arguments = [draw(parts) for _ in range(FUNCTIONS[name].arguments)]
        text = f"{draw(blanks)},{draw(blanks)}".join(part.text for part in arguments)
        return Written(f"{name}({text})", f"{name}({', '.join(part.python for part in arguments)})")
    operator = draw(st.sampled_from(list(BINDING)))
    left, right = draw(parts), draw(parts)
    python = (
        f"power({left.python}, {right.python})" if operator == "^" else f"({left.python} {operator} {right.python})"
    )
    return Written(f"({left.text}){draw(blanks)}{operator}{draw(blanks)}({right.text})", python)


expressions = st.recursive(atoms, combined, max_leaves=6).filter(lambda e: len(e.text) <= MAX_LENGTH)


def as_python_has_it(expression):
    power = Node("^", (Node("x1"), Node("x2")))
    names = {name: function.value for name, function in FUNCTIONS.items()} | CONSTANTS
    names |= {"x1": X1, "x2": X2, "full": lambda number: np.full(X1.shape, number)}
    names |= {"power": lambda base, exponent: values(power, base, exponent)}
    with np.errstate(all="ignore"):
        return eval(expression.python, names)


@given(expression=expressions)
@settings(deadline=None)
def test_an_expression_evaluates_as_in_python(expression):
    formula = parse(expression.text)
    assert_same_bits(values(formula.tree, X1, X2), as_python_has_it(expression))


@given(expression=expressions)
@settings(deadline=None)
def test_a_normalized_formula_parses_to_the_same_tree(expression):
    formula = parse(expression.text)
    again = parse(formula.text)
    assert again == formula
    assert again.text == formula.text
    assert len(formula.text) <= len(expression.text)  # no redundant parentheses


# The same operators with as few parentheses as the grammar needs, read by Python's grammar, which is the same there.
flat = st.lists(
    st.tuples(st.sampled_from(["", "-"]), st.sampled_from(["x1", "x2", "2", "0.5"]), st.sampled_from("+-*/^")),
    min_size=1,
    max_size=12,
)


SYMBOLS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "^"}


def in_parentheses(tree):
    if isinstance(tree, Node):
        symbol, parts = tree.symbol, tree.parts
    elif isinstance(tree, ast.BinOp):
        symbol, parts = SYMBOLS[type(tree.op)], (tree.left, tree.right)
    elif isinstance(tree, ast.UnaryOp):
        symbol, parts = "-", (tree.operand,)
    else:
        symbol, parts = ast.unparse(tree), ()
    return f"{symbol}({','.join(map(in_parentheses, parts))})" if parts else symbol


@given(terms=flat)
@settings(deadline=None)
def test_operators_bind_as_in_python(terms):
    text = "".join(sign + name + operator for sign, name, operator in terms)[:-1]
    pythons = ast.parse(text.replace("^", "**"), mode="eval").body
    assert in_parentheses(parse(text).tree) == in_parentheses(pythons)


def test_values_are_finite_even_where_the_formula_is_not():
    assert at("1/x1", 0, 0) == LARGEST_VALUE
    assert at("-1/x1", 0, 0) == -LARGEST_VALUE
    assert at("log(x1)", -1, 0) == 0
    assert at("exp(exp(x1))", 9, 0) == LARGEST_VALUE


@given(expression=expressions, x1=st.floats(-1e6, 1e6), x2=st.floats(-1e6, 1e6))
@settings(deadline=None)
def test_values_stay_within_bounds_at_every_point(expression, x1, x2):
    assert abs(at(expression.text, x1, x2)) <= LARGEST_VALUE


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 4)])
def test_the_values_have_the_shape_of_the_points(shape):
    for text in ("2", "x1", "sin(x1)^2 + max(x2, 1) - exp(pi)"):
        assert parse(text).value(np.ones(shape), np.ones(shape)).shape == shape


# What is wrong


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("", 0, "expected a number, a name or ("),
        ("x1 +", 4, "expected a number, a name or ("),
        ("x1 + * 2", 5, "expected a number, a name or ("),
        ("()", 1, "expected a number, a name or ("),
        ("(x1", 3, "expected )"),
        ("x1)", 2, "expected an operator or the end of the formula"),
        ("2 3", 2, "expected an operator or the end of the formula"),
        ("1.2.3", 3, "expected an operator or the end of the formula"),
        ("x12", 2, "expected an operator or the end of the formula"),
        ("sin x1", 4, "expected ("),
        ("sin(x1, x2)", 6, "expected )"),
        ("max(x1)", 6, "expected ,"),
        ("x1 $ 2", 3, "unexpected $"),
        ("x1 + İ", 5, "unexpected İ"),
        ("2 * z", 4, "unknown name z; use x1, x2, pi, e, " + ", ".join(FUNCTIONS)),
        ("1 + 1000001", 4, "numbers can’t exceed 1,000,000"),
        ("1e999", 0, "numbers can’t exceed 1,000,000"),
        ("x" * 101, 100, "longer than 100 characters"),
        ("(" * 31 + "x1" + ")" * 31, 31, "more than 30 levels of nesting"),
        ("-" * 31 + "x1", 31, "more than 30 levels of nesting"),
        ("^".join(["2"] * 32), 62, "more than 30 levels of nesting"),
        ("y" * 60, 0, "unknown name " + "y" * 60),
    ],
)
def test_an_error_has_a_position_and_a_reason(text, position, reason):
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert caught.value.position == position
    assert str(caught.value.reason).startswith(reason)
    assert str(caught.value) == f"has an error at character {position + 1}: {caught.value.reason}"


def test_a_formula_at_the_limits_is_accepted():
    assert at("(" * MAX_DEPTH + "x1" + ")" * MAX_DEPTH, 2, 0) == 2
    assert at("+".join(["x1"] * 33), 2, 0) == 66


def test_a_formula_that_is_too_long_when_normalized_is_refused():
    with pytest.raises(FormulaError, match="longer"):
        parse("x" + "(x)" * 33)


@given(text=st.text(alphabet="x12ye.+-*/^(), sincotabgmp$²₁πİ", max_size=110) | st.text(max_size=110))
@settings(max_examples=500, deadline=None)
def test_garbage_raises_only_formula_errors(text):
    position = 0
    try:
        formula = parse(text)
        assert np.isfinite(formula.value(X1, X2)).all()
        check_on_plane(formula)
    except FormulaError as error:
        position = error.position
    assert 0 <= position <= len(text)


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("1/x1", 1, "1/x1 has no finite value at x1 = 0, x2 = 0"),
        ("2 + log(x2)", 4, "log(x2) has no finite value at x1 = 0, x2 = 0"),
        ("x2 * sqrt(x1)", 5, "sqrt(x1) has no finite value at x1 = -0.1, x2 = 0"),
        ("1/(x1 - 3)", 1, "1/(x1-3) has no finite value at x1 = 3, x2 = 0"),
        ("exp(x1^2)", 0, "exp(x1^2) exceeds ±1,000,000 at x1 = -3.8, x2 = 0"),
        ("sqrt(x1^2 - 4)", 0, "sqrt(x1^2-4) has no finite value at x1 = 0, x2 = 0"),
    ],
)
def test_a_formula_that_fails_on_the_plane_is_refused_with_part_and_point(text, position, reason):
    with pytest.raises(FormulaError) as caught:
        check_on_plane(parse(text))
    assert (caught.value.position, str(caught.value.reason)) == (position, reason)


@pytest.mark.parametrize("text", ["sin(3*x1) + x2^2", "1/(1 + x1^2)", "log(x1 + 6.1)", "min(1, 1/x1)", "exp(x1)"])
def test_a_formula_that_is_finite_on_the_plane_is_accepted(text):
    check_on_plane(parse(text))
