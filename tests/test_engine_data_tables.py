"""Test the import of tables: columns, own data, and the rows that are left out."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.own_data import OwnData
from engine.data.tables import MAX_TEXT, TableError, read_table, to_own_data

FLOWERS = """length,width,"kind of flower"
5.1,3.5,rose
7,3.2,tulip
6.3,3.3,"rose"
4.9, 3.0 ,aster
"""


def named(problems):
    return [str(problem) for problem in problems.named]


def shape(table):
    return [(column.name, column.kind) for column in table.columns]


# Reading


def test_a_table_has_named_columns_and_rows_with_line_numbers():
    table = read_table(FLOWERS)
    assert shape(table) == [("length", "number"), ("width", "number"), ("kind of flower", "text")]
    assert table.rows[1] == ("7", "3.2", "tulip")
    assert table.rows[3] == ("4.9", "3.0", "aster")
    assert table.lines == (2, 3, 4, 5)
    assert (table.problems.named, table.problems.count) == ((), 0)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_separator_line_ends_and_byte_order_mark_are_detected(separator, end, mark):
    text = mark + FLOWERS.replace(",", separator).replace("\n", end)
    table, plain = read_table(text), read_table(FLOWERS)
    assert (table.columns, table.rows, table.lines) == (plain.columns, plain.rows, plain.lines)


def test_a_quoted_separator_does_not_separate():
    table = read_table('a,b,c\n1,2,"x; y; z"\n3,4,"one, ""two"";\nthree"\n5,6,w\n')
    assert table.rows == (("1", "2", "x; y; z"), ("3", "4", 'one, "two";\nthree'), ("5", "6", "w"))
    assert table.lines == (2, 3, 5)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_comma_can_be_a_decimal_point_if_it_does_not_separate(separator):
    text = "a;b;c\n1,5;-2,25;yes\n,5;1,0e2;no\n2.5;3;no\n".replace(";", separator)
    table = read_table(text)
    assert shape(table) == [("a", "number"), ("b", "number"), ("c", "text")]
    data = to_own_data(table, "a", "b", "c").data
    assert data.ranges == ((0.5, 2.5), (-2.25, 100))


def test_between_tabs_1_234_is_a_decimal_only_if_another_number_shows_it():
    thousands = read_table("a\tb\tc\n1,234\t5\t1\n2,345\t6\t2\n3,456\t7\t3\n")
    assert shape(thousands) == [("a", "text"), ("b", "number"), ("c", "number")]
    decimals = read_table("a\tb\tc\n1,234\t5\t1\n2,345\t6,5\t2\n3,456\t7\t3\n")
    assert shape(decimals) == [("a", "number"), ("b", "number"), ("c", "number")]
    assert to_own_data(decimals, "a", "b", "c").data.ranges[0] == (1.234, 3.456)
    assert shape(read_table("a;b;c\n1,234;5;1\n2,345;6;2\n"))[0] == ("a", "number")


def test_a_separating_comma_is_not_a_decimal_point():
    table = read_table('a,b\n"1,5",2\n"2,5",3\n')
    assert shape(table) == [("a", "text"), ("b", "number")]


@pytest.mark.parametrize(
    ("text", "header", "names", "rows"),
    [
        ("1,2\n3,4\n", None, ["column 1", "column 2"], 2),
        ("1,2\n3,4\n", True, ["1", "2"], 1),
        ("a,b\n3,4\n", None, ["a", "b"], 1),
        ("a,b\n3,4\n", False, ["column 1", "column 2"], 2),
        ("5.1,rose\n3,tulip\n", None, ["column 1", "column 2"], 2),
        ("a,,a,column 2\n1,2,3,4\n", None, ["a", "column 2", "a (2)", "column 2 (2)"], 1),
        ("x" * 50 + "," + "x" * 50 + "\n1,2\n", None, ["x" * 40, "x" * 36 + " (2)"], 1),
        ("only a header,here\n", None, ["only a header", "here"], 0),
    ],
)
def test_a_first_row_without_numbers_is_a_header(text, header, names, rows):
    table = read_table(text, header)
    assert [column.name for column in table.columns] == names
    assert len(table.rows) == rows


@pytest.mark.parametrize("text", ["1", "-1.5", "+.5", "2.", "1e3", "1E-3", " 7 "])
def test_texts_that_are_numbers(text):
    assert shape(read_table(f"a,b\n{text},x\n"))[0] == ("a", "number")


@pytest.mark.parametrize(
    "text", ["x", "1x", "1_000", "0x10", "1e", "inf", "1.2.3", "--1", "1e999", "1e100", "٣", "1 2", "."]
)
def test_texts_that_are_not_numbers(text):
    assert shape(read_table(f"a,b\n{text},1\n"))[0] == ("a", "text")


@pytest.mark.parametrize("text", ["9" * 100_000 + "x", "9" * 50_000 + "," + "9" * 50_000 + "e", "1e" + "9" * 100_000])
def test_the_longest_field_is_checked_quickly(text):
    assert shape(read_table(f"a\tb\n{text}\t1\n"))[0] == ("a", "text")


def test_a_column_is_numeric_if_most_values_are_numbers():
    table = read_table("a,b,c,d\n1,1,x,\n2,x,x,NA\n3,2,3,5\nx,y,y,?\n")
    assert [column.kind for column in table.columns] == ["number", "text", "text", "number"]


def test_blank_lines_are_skipped_but_counted():
    table = read_table("\n\na,b\n\n1,2\n  \n,\n3,4\n\n")
    assert table.rows == (("1", "2"), ("3", "4"))
    assert table.lines == (5, 8)


def test_problems_are_reported_by_line_and_other_rows_stay():
    table = read_table("age,height\n31,1.7\nabc,1.8\n,1.9\n40\n41,2,3\n42,tall\n50,1.5\n")
    assert named(table.problems) == [
        "Line 3: “abc” in column “age” isn’t a number",
        "Line 5: 1 field instead of 2",
        "Line 6: 3 fields instead of 2",
        "Line 7: “tall” in column “height” isn’t a number",
    ]
    assert table.problems.count == 4
    assert table.lines == (2, 3, 4, 7, 8)


def test_twenty_problems_are_reported_and_all_are_counted():
    table = read_table("a,b\n" + "1,2\n" * 60 + "x,1\n" * 50)
    assert table.problems.count == 50
    assert len(table.problems.named) == 20
    assert named(table.problems)[19] == "Line 81: “x” in column “a” isn’t a number"


def test_a_long_value_is_shortened():
    (problem,) = named(read_table("a,b\n1,2\n3,4\n" + "x" * 500 + ",5\n").problems)
    assert problem == f"Line 4: “{'x' * 57}...” in column “a” isn’t a number"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "The table is empty: it needs at least one row"),
        ("\n \n,,\n", "The table is empty: it needs at least one row"),
        ("x" * (MAX_TEXT + 1), "The table is too large: it can have at most 5,000,000 characters"),
        (",".join("a" * 51), "The table is too wide: it can have at most 50 columns"),
        ("a,b\n" + "1,2\n" * 20_001, "The table is too long: it can have at most 20,000 rows"),
        ("1,2\n" * 20_001, "The table is too long: it can have at most 20,000 rows"),
        ("1,2,3\n" + "1,2\n" * 20_000, "The table is too long: it can have at most 20,000 rows"),
        ("1,2\n" + "\n" * 200_000, "The table is too long: it can have at most 20,000 rows"),
        ('a,b\n1,2\n3,"4\n5,6\n', "Line 3: unmatched quotation marks"),
        ('a,b\n1,"2"x\n', "Line 2: unmatched quotation marks"),
        ('a,b\n1,"' + "x" * 200_000 + '"\n', "Line 2: unmatched quotation marks"),
    ],
)
def test_a_text_that_is_not_a_table_is_refused_with_a_reason(text, reason):
    with pytest.raises(TableError) as caught:
        read_table(text)
    assert str(caught.value) == reason


def test_the_largest_table_is_accepted():
    table = read_table("a,b,c\n" + "1,2,x\n3,4,y\n" * 10_000)
    assert len(to_own_data(table, "a", "b", "c").data.rows) == 20_000
    assert len(read_table(",".join(["1"] * 50)).columns) == 50


fields = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=8).map(str.strip)


@given(rows=st.lists(st.tuples(fields, fields, fields), min_size=1, max_size=8), separator=st.sampled_from(",;\t"))
@settings(deadline=None)
def test_the_output_of_a_csv_writer_is_read_back(rows, separator):
    target = io.StringIO()
    csv.writer(target, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        [["a", "b", "c"], *rows]
    )
    table = read_table(target.getvalue(), header=True)
    assert table.rows == tuple(row for row in rows if any(row))


@given(text=st.text(alphabet='a1,.;\t\n"\r x-', max_size=80) | st.text(max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_text_is_parsed_or_refused(text):
    try:
        table = read_table(text)
        names = [column.name for column in table.columns]
        data = to_own_data(table, *(names * 3)[:3]).data
    except TableError:
        return
    assert isinstance(data, OwnData)


# Choosing


def test_text_becomes_classes_in_alphabetical_order_and_inputs_fill_the_plane():
    data = to_own_data(read_table(FLOWERS), "length", "width", "kind of flower").data
    assert (data.task, data.classes) == ("classification", ("aster", "rose", "tulip"))
    assert data.columns == ("length", "width", "kind of flower")
    assert data.ranges == ((4.9, 7), (3, 3.5))
    assert data.rows[:, 2].tolist() == [1, 2, 1, 0]
    # length 5.1 is 0.2 of 2.1 from the low end: -5 + 10 * 0.2 / 2.1; width 3.2 is 0.2 of 0.5
    np.testing.assert_allclose(data.rows[0, :2], [-5 + 2 / 2.1, 5], atol=1e-4)
    np.testing.assert_allclose(data.rows[1, :2], [5, -1], atol=1e-4)


NUMBERS = "a,b,c\n0,10,1\n5,30,3\n10,20,2\n2,15,1\n"


def test_numbers_become_targets_from_minus_one_to_one():
    chosen = to_own_data(read_table(NUMBERS), "b", "a", "c")
    data = chosen.data
    assert (data.task, data.classes, data.target_range) == ("regression", (), (1, 3))
    assert data.ranges == ((10, 30), (0, 10))
    assert data.rows.tolist() == [[-5, -5, -1], [5, 0, 1], [0, 5, 0], [-2.5, -3, -1]]
    assert (chosen.left_out.named, chosen.left_out.count) == ((), 0)


def test_few_different_numbers_become_classes_on_request():
    data = to_own_data(read_table(NUMBERS), "a", "b", "c", as_classes=True).data
    assert data.classes == ("1", "2", "3")
    assert data.rows[:, 2].tolist() == [0, 2, 1, 0]
    text = "a,b,c\n1,1,10\n1,2,9.5\n2,1,10.0\n"
    assert to_own_data(read_table(text), "a", "b", "c", as_classes=True).data.classes == ("9.5", "10")


def test_rows_with_a_bad_value_in_a_chosen_column_are_reported_and_left_out():
    text = "a,b,c,d\n1,2,x,1\n?,3,x,1\n3,bad,y,1\n4,5,,1\n6,7,y,bad\n8,9,x,1\n"
    chosen = to_own_data(read_table(text), "a", "b", "c")
    assert named(chosen.left_out) == [
        "Line 3: column “a” is empty",
        "Line 4: “bad” in column “b” isn’t a number",
        "Line 5: column “c” is empty",
    ]
    assert chosen.left_out.count == 3
    assert len(chosen.data.rows) == 3  # line 6 is bad in a column that was not chosen


def test_a_constant_column_is_centred():
    data = to_own_data(read_table("a,b,c\n3,1000000,2\n3,1000000,2\n"), "a", "b", "c").data
    assert data.ranges == ((2.5, 3.5), (999_000, 1_001_000))
    assert data.target_range == (1.5, 2.5)
    assert data.rows.tolist() == [[0, 0, 0], [0, 0, 0]]


def test_the_largest_numbers_are_scaled():
    data = to_own_data(read_table("a,b,c\n-1e99,0,1e99\n1e99,1e-99,1e99\n"), "a", "b", "c").data
    assert data.rows.tolist() == [[-5, -5, 0], [5, 5, 0]]


def test_shortened_class_names_stay_unique():
    text = f"a,b,c\n1,2,{'x' * 60}\n3,4,{'x' * 70}\n"
    assert to_own_data(read_table(text), "a", "b", "c").data.classes == ("x" * 40, "x" * 36 + " (2)")


@pytest.mark.parametrize(
    ("columns", "as_classes", "reason"),
    [
        (("a", "b", "z"), None, "must be one of a, b, t, one, many"),
        (("a", "a", "t"), None, "Choose three different columns; both inputs must be numeric"),
        (("a", "b", "b"), None, "Choose three different columns; both inputs must be numeric"),
        (("a", "t", "b"), None, "Choose three different columns; both inputs must be numeric"),
        (("a", "b", "t"), False, "The target must be numeric, but “t” is text"),
        (("a", "b", "one"), None, "The target needs 2 to 6 different values, but “one” has 1 value"),
        (("a", "b", "many"), True, "The target needs 2 to 6 different values, but “many” has 7 values"),
    ],
)
def test_an_unusable_choice_of_columns_is_refused_with_a_reason(columns, as_classes, reason):
    text = "a,b,t,one,many\n" + "".join(f"{i},{i},{'uv'[i % 2]},w,{i}\n" for i in range(7))
    with pytest.raises(TableError) as caught:
        to_own_data(read_table(text), *columns, as_classes=as_classes)
    assert str(caught.value) == reason


def test_a_table_without_a_complete_row_is_refused():
    with pytest.raises(TableError, match="No row has a valid value in all three columns"):
        to_own_data(read_table("a,b,c\n1,,3\n2,,4\n,5,6\n"), "a", "b", "c")
