"""A sheet as rows of text, and the row that holds its column names, wherever it stands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from twinbenefits.evidence.exchange.report import Log

__all__ = ["ESCAPED", "Grid", "escaped", "find_header", "plain_name", "unescaped"]

HEADER_WITHIN = 10
"""Column names are sought in so many rows from the top."""

ESCAPED = re.compile(r"'*[=+\-@\t\r]")
"""What a spreadsheet could take for a formula, with the apostrophes that keep it from that."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of one sheet.

    Parameters
    ----------
    name
        Name of the sheet; empty for a CSV file.
    rows
        Pairs of the row a spreadsheet shows and its cells as text; empty rows are left out.
    decimal_comma
        Whether a comma is known to part the decimals.
    is_hidden
        Whether the spreadsheet does not show the sheet.
    """

    name: str
    rows: tuple[tuple[int, list[str]], ...]
    decimal_comma: bool = False
    is_hidden: bool = False

    @property
    def place(self) -> str:
        """The sheet in messages."""
        return f"sheet {self.name}" if self.name else ""


@dataclass(frozen=True, slots=True)
class Header:
    """The row of column names and the rows below it."""

    number: int
    names: tuple[str, ...]
    rows: tuple[tuple[int, list[str]], ...]


def escaped(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, also after saving it as CSV.

    >>> escaped("=1+1")
    "'=1+1"
    """
    return f"'{text}" if ESCAPED.match(text) else text


def unescaped(text: str) -> str:
    """Return the text that was escaped.

    >>> unescaped("'=1+1")
    '=1+1'
    """
    return text[1:] if text.startswith("'") and ESCAPED.match(text) else text


def plain_name(name: str) -> str:
    """Return a column name in one spelling: small letters, one underscore between words.

    >>> plain_name(" Document Name ")
    'document_name'
    """
    words = re.sub(r"[\s_\-./]+", " ", unicodedata.normalize("NFC", name)).strip().casefold()
    return words.replace(" ", "_")


def find_header(grid: Grid, known: Collection[str], log: Log) -> Header | None:
    """Return the row among the first ten that holds most of the known column names.

    Rows above it (a title, a date, a note) are told in the report.
    """
    top = [row for row in grid.rows if row[0] <= HEADER_WITHIN]
    scores = [len({plain_name(cell) for cell in cells} & set(known)) for _, cells in top]
    if not scores or max(scores) < 2:
        return None
    place = scores.index(max(scores))
    number, cells = top[place]
    above = [" ".join(filter(None, cells)) for _, cells in grid.rows[:place]]
    if above:
        log.tolerate(
            "rows above the column names were left aside",
            ", ".join(filter(None, (grid.place, f"row {number}"))),
            len(above),
        )
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    below = tuple(row for row in grid.rows[place + 1 :] if any(row[1]))
    return Header(number, tuple(cell.strip() for cell in cells), below)
