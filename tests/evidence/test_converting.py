"""Cells become numbers, days, yes and no only where there is one reading."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinbenefits.evidence.converting import (
    UnreadableError,
    as_day,
    as_decimal,
    as_whole,
    as_yes_no,
    converted,
)
from twinbenefits.evidence.words import Words


@given(number=st.floats(-1e12, 1e12, allow_nan=False).map(lambda number: round(number, 3)))
def test_a_decimal_comma_reads_as_the_decimal_point(number: float) -> None:
    plain = f"{number:.3f}"
    assert as_decimal(plain, decimal_comma=False) == number
    assert as_decimal(plain.replace(".", ","), decimal_comma=True) == number


@given(number=st.integers(-(10**15), 10**15))
def test_blanks_between_thousands_are_read_away(number: int) -> None:
    for blank in (" ", "\u00a0", "\u202f"):
        assert as_whole(f"{number:,}".replace(",", blank), decimal_comma=True) == number


@pytest.mark.parametrize(
    ("cell", "decimal_comma", "number"),
    [
        ("3,5", False, 3.5),
        ("1,234", True, 1.234),
        ("1 234,5", True, 1234.5),
        ("\u22124.5", False, -4.5),
        ("1E+05", False, 1e5),
        ("0,7", False, 0.7),
        (".5", False, 0.5),
    ],
)
def test_readable_decimals(cell: str, decimal_comma: bool, number: float) -> None:
    assert as_decimal(cell, decimal_comma) == number


@pytest.mark.parametrize(
    "cell", ["", "12 kg", "5 %", "n/a", "-", "nan", "inf", "1.234,5", "1,2,3", "12 34", "0x10", "1_000"]
)
def test_unreadable_decimals(cell: str) -> None:
    with pytest.raises(UnreadableError, match="must be a number"):
        as_decimal(cell, decimal_comma=True)


@pytest.mark.parametrize("cell", ["1,000", "12,345,678", "-1,000"])
def test_a_comma_that_may_part_thousands_is_not_guessed(cell: str) -> None:
    with pytest.raises(UnreadableError, match="two numbers"):
        as_whole(cell, decimal_comma=False)


@pytest.mark.parametrize(("cell", "number"), [("12", 12), ("12.0", 12), ("12,00", 12), ("+3", 3), ("-3", -3)])
def test_readable_whole_numbers(cell: str, number: int) -> None:
    assert as_whole(cell, decimal_comma=True) == number


@pytest.mark.parametrize("cell", ["12.5", "1E+05", "one", "12a", "9" * 19])
def test_unreadable_whole_numbers(cell: str) -> None:
    with pytest.raises(UnreadableError, match="whole number"):
        as_whole(cell, decimal_comma=False)


@pytest.mark.parametrize(
    ("cell", "yes"),
    [("true", True), ("TRUE", True), ("TOSI", True), ("False", False), ("EPÄTOSI", False)],
)
def test_yes_and_no_as_spreadsheets_write_them(cell: str, yes: bool) -> None:
    assert as_yes_no(cell, decimal_comma=False) is yes


@pytest.mark.parametrize("cell", ["1", "0", "yes", "x", "maybe"])
def test_other_words_are_neither_yes_nor_no(cell: str) -> None:
    with pytest.raises(UnreadableError, match="true or false"):
        as_yes_no(cell, decimal_comma=False)


@pytest.mark.parametrize("cell", ["2026-11-01", "2026-11-01 00:00:00", "2026-11-01T00:00:00.000"])
def test_days_with_a_midnight_behind(cell: str) -> None:
    assert as_day(cell, decimal_comma=False).isoformat() == "2026-11-01T00:00:00"


@pytest.mark.parametrize(
    ("cell", "way_out"),
    [
        ("1.11.2026", "Write 2026-11-01"),
        ("31.2.2026", "four digits"),
        ("11/1/2026", "four digits"),
        ("2026-11-01 13:30", "four digits"),
        ("46327", "four digits"),
        ("20261101", "four digits"),
        ("2026-13-01", "four digits"),
    ],
)
def test_other_forms_of_a_day_are_not_guessed(cell: str, way_out: str) -> None:
    with pytest.raises(UnreadableError) as raised:
        as_day(cell, decimal_comma=False)
    assert way_out in raised.value.way_out


def test_an_unreadable_cell_is_missing_and_reported_with_its_row() -> None:
    cells, rows = Words.of(["1,5", "", "many", "2"]), pd.Index([2, 3, 5, 9])
    column, problems = converted(cells, rows, "Float64", ("a.csv", "share"), decimal_comma=True)
    assert column.dtype == pd.Float64Dtype()
    assert column.index.tolist() == [2, 3, 5, 9]
    assert column.isna().tolist() == [False, True, True, False]
    assert [(problem.row, problem.column, problem.value) for problem in problems] == [(5, "share", "many")]


@pytest.mark.parametrize(
    ("kind", "dtype"), [("boolean", "boolean"), ("datetime64[ns]", "datetime64[ns]"), ("str", "str")]
)
def test_columns_get_the_type_of_their_model(kind: str, dtype: str) -> None:
    cells = {"boolean": ["true", ""], "datetime64[ns]": ["2026-11-01", ""], "str": ["a", ""]}[kind]
    rows = pd.RangeIndex(2, 4)
    column, problems = converted(Words.of(cells), rows, kind, ("a.csv", "x"), decimal_comma=False)
    assert str(column.dtype) == dtype
    assert problems == []


@given(numbers=st.lists(st.integers(-(10**17), 10**17)))
def test_many_whole_numbers_are_read_as_one_by_one(numbers: list[int]) -> None:
    """Plain digits take a shorter way, which must lead to the same numbers."""
    cells = [str(number) for number in [*numbers, 7]] + ["", "007"]
    rows = pd.RangeIndex(2, len(cells) + 2)
    column, problems = converted(Words.of(cells), rows, "Int64", ("a.csv", "x"), decimal_comma=False)
    assert problems == []
    assert column.dropna().tolist() == [as_whole(cell, decimal_comma=False) for cell in cells if cell]
    assert column.isna().sum() == 1
