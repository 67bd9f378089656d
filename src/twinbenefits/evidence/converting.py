"""From the text of a cell to a number, a day, or yes and no; what cannot be read is said, not guessed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime

import pandas as pd

from twinbenefits.evidence.problems import Problem
from twinbenefits.evidence.words import Words

_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_WHOLE = re.compile(r"[+-]?\d+(\.0*)?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+")
_ONLY_DIGITS = re.compile(r"(?:\d{0,18}\n)*\d{0,18}", re.ASCII)
_SPACED = re.compile(r"(?<=\d)[ \u00a0\u202f\u2009](?=\d{3}(?!\d))")
_DOTTED_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")

_YES = {"true", "tosi"}
_NO = {"false", "epätosi"}


class UnreadableError(ValueError):
    """A cell that cannot be read as its column's type.

    Parameters
    ----------
    rule, way_out
        What was expected, and what to do.
    """

    def __init__(self, rule: str, way_out: str) -> None:
        super().__init__(rule)
        self.rule = rule
        self.way_out = way_out


def converted(
    cells: Words, rows: pd.Index, kind: str, place: tuple[str, str], *, decimal_comma: bool
) -> tuple[pd.Series, list[Problem]]:
    """Return a column in its type, and a problem for each cell that cannot be read.

    Parameters
    ----------
    cells
        The cells as text.
    rows
        The row a spreadsheet shows for each of them.
    kind
        The type of the column's model: `Int64`, `Float64`, `boolean`, `datetime64[ns]`, or text.
    place
        The names of file and column in messages.
    decimal_comma
        Whether a comma parts the decimals in this file.

    Returns
    -------
    tuple
        The column, missing where a cell is empty or unreadable, and the problems.
    """
    shown, name = place
    if kind not in _READERS:
        text = pd.Series(cells.words, dtype="str").array
        return pd.Series(text.take(cells.places), index=rows, name=name), []
    values, refused = _read_all(cells.words.tolist(), kind, decimal_comma=decimal_comma)
    typed = pd.Series(values, dtype=object).astype(pd.api.types.pandas_dtype(kind)).array
    bad = cells.where(refused.get)
    problems = [
        Problem(shown, row, name, cell, refused[cell].rule, refused[cell].way_out)
        for row, cell in zip(rows[bad].tolist(), cells.array[bad].tolist(), strict=True)
    ]
    return pd.Series(typed.take(cells.places), index=rows, name=name), problems


def _read_all(
    cells: list[str], kind: str, *, decimal_comma: bool
) -> tuple[list[object], dict[str, UnreadableError]]:
    """Return the value of each cell, None where it is empty or unreadable, and why it is unreadable."""
    if kind == "Int64" and _ONLY_DIGITS.fullmatch("\n".join(cells)):
        return [int(cell) if cell else None for cell in cells], {}
    read = _READERS[kind]
    values: list[object] = []
    refused: dict[str, UnreadableError] = {}
    for cell in cells:
        try:
            values.append(read(cell, decimal_comma) if cell else None)
        except UnreadableError as reason:
            values.append(None)
            refused[cell] = reason
    return values, refused


def as_decimal(cell: str, decimal_comma: bool) -> float:
    """Read a decimal number; spaces may part the thousands, and a comma the decimals.

    >>> as_decimal("1 234,5", decimal_comma=True)
    1234.5
    """
    plain = _plain_number(cell, decimal_comma)
    if not _DECIMAL.fullmatch(plain):
        raise UnreadableError("must be a number", "Write digits only, without unit or words, as in 12.5.")
    return float(plain)


def as_whole(cell: str, decimal_comma: bool) -> int:
    """Read a whole number.

    >>> as_whole("2021.0", decimal_comma=False)
    2021
    """
    plain = _plain_number(cell, decimal_comma)
    if not _WHOLE.fullmatch(plain):
        raise UnreadableError("must be a whole number", "Write digits only, without unit or words, as in 12.")
    number = int(plain.split(".")[0])
    if abs(number) >= 2**63:
        raise UnreadableError("must be a whole number of at most 18 digits", "Check the digits.")
    return number


def as_yes_no(cell: str, decimal_comma: bool) -> bool:  # noqa: ARG001 - one signature for all readers
    """Read `true` or `false` as spreadsheets write them (English or Finnish)."""
    word = cell.casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise UnreadableError("must be true or false", "Write true or false.")


def as_day(cell: str, decimal_comma: bool) -> datetime:  # noqa: ARG001 - one signature for all readers
    """Read a day written YYYY-MM-DD, with a midnight behind it as spreadsheets add."""
    day = re.sub(r"[T ]00:00(:00(\.0+)?)?$", "", cell)
    try:
        return datetime.combine(_iso(day), datetime.min.time())
    except ValueError:
        raise UnreadableError("must be a day written YYYY-MM-DD", _day_way_out(cell)) from None


def _iso(day: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
        raise ValueError(day)
    return date.fromisoformat(day)


def _day_way_out(cell: str) -> str:
    dotted = _DOTTED_DAY.fullmatch(cell)
    if dotted:
        day, month, year = (int(part) for part in dotted.groups())
        try:
            return f"Write {date(year, month, day).isoformat()}, if day.month.year is meant."
        except ValueError:
            pass
    return "Write the year with four digits, then month and day, as in 2026-11-01."


def _plain_number(cell: str, decimal_comma: bool) -> str:
    """Return the number in program notation; refuse what two readers would read as two numbers."""
    plain = _SPACED.sub("", cell).replace("\u2212", "-")
    if "," not in plain:
        return plain
    if not decimal_comma and _THOUSANDS.fullmatch(plain):
        either, other = plain.replace(",", "."), plain.replace(",", "")
        raise UnreadableError(
            "can be read as two numbers, because the comma may part thousands or decimals",
            f"Write {either} or {other}.",
        )
    if "." in plain or plain.count(",") > 1:
        raise UnreadableError(
            "must be a number with one decimal sign", "Write it without marks for the thousands."
        )
    return plain.replace(",", ".")


_READERS: dict[str, Callable[[str, bool], object]] = {
    "Int64": as_whole,
    "Float64": as_decimal,
    "boolean": as_yes_no,
    "datetime64[ns]": as_day,
}
