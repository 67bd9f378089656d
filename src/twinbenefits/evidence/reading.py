"""Read one CSV file as a spreadsheet user wrote it: every cell as text, every oddity named.

What carries no information is put right without a word: a byte-order mark, line ends of any system, the
delimiter (comma, semicolon or tab), Excel's `sep=` line, empty rows and columns at the edge, blanks around a
cell (but for running text), decomposed letters (NFC), UTF-16 with its mark. What may have lost information is
refused: bytes that are not UTF-8, letters garbled by a wrong encoding, control characters, rows with too many
cells, a quotation mark that is never closed, a workbook named .csv.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import whitespace

import numpy as np
import pandas as pd

from twinbenefits.evidence.problems import Problem
from twinbenefits.evidence.words import Words

DELIMITERS = (",", ";", "\t")
CELL_LIMIT = 10_000_000
SAVE_AS_UTF8 = 'Save the file again as "CSV UTF-8 (comma delimited)".'

_SURROGATE = re.compile("[\udc80-\udcff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd\ufffe\uffff]")
_CONTROL_BYTES = bytes(code for code in range(128) if _CONTROL.match(chr(code)))
_NOT_ASCII = re.compile("[^\x00-\x7f]{2,}")


@dataclass(slots=True)
class RawTable:
    """A file's cells as text.

    Parameters
    ----------
    header
        The names in the first row.
    rows
        The row that a spreadsheet shows for each row of cells; empty rows are left out.
    cells
        The columns of cells, in the order of the header.
    decimal_comma
        Whether the file is of the kind in which a comma parts the decimals (semicolon-delimited).
    several_lines
        Whether a cell may run over several lines.
    problems
        What is wrong with the file so far.
    """

    header: list[str] = field(default_factory=list)
    rows: pd.Index[int] = field(default_factory=lambda: pd.RangeIndex(0))
    cells: list[Words] = field(default_factory=list)
    decimal_comma: bool = False
    several_lines: bool = False
    problems: list[Problem] = field(default_factory=list)

    def column(self, name: str) -> Words:
        """Return the cells of one column."""
        return self.cells[self.header.index(name)]

    @property
    def columns(self) -> list[list[str]]:
        """The cells as one list per name in the header."""
        return [column.tolist() for column in self.cells]


def read_table(path: Path, shown: str, columns: Collection[str], running: Collection[str] = ()) -> RawTable:
    """Read a CSV file without interpreting its cells.

    Parameters
    ----------
    path
        The file.
    shown
        Its name in messages.
    columns
        Names expected in the header, by which the delimiter is recognised.
    running
        Columns of running text, whose cells keep the blanks at their ends.

    Returns
    -------
    RawTable
        With problems instead of cells where the file cannot be read at all.
    """
    text, problem = _text(path, shown)
    if problem is not None:
        return RawTable(problems=[problem])
    delimiter, text = _delimiter(text, columns)
    header = [name.strip() for name in next(csv.reader(io.StringIO(text), delimiter=delimiter), [])]
    if not any(header):
        rule, way_out = "the first row must hold the column names", "Delete the empty rows above the header."
        return RawTable(problems=[Problem(shown, 1, None, "", rule, way_out)])
    table = RawTable(header=header, decimal_comma=delimiter == ";")
    plain = [name not in running for name in header]
    broken = _holds_surrogates(text)
    quick = None if broken else _quick_columns(text, delimiter, plain)
    table.several_lines = quick is None
    table.cells = quick or _patient_columns(text, delimiter, plain, table, shown)
    _drop_blank_edges(table)
    if broken or _may_be_garbled(text):
        table.problems += _garbled(table, shown)
    return table


def _text(path: Path, shown: str) -> tuple[str, Problem | None]:
    """Return the file's text with plain line ends, in NFC; undecodable bytes become lone surrogates."""

    def refused(rule: str, way_out: str) -> tuple[str, Problem]:
        return "", Problem(shown, None, None, None, rule, way_out)

    try:
        content = path.read_bytes()
    except FileNotFoundError:
        other = _other_spelling(path)
        hint = f"Is it the file {other!r} beside it? Then rename that. " if other else ""
        return refused("the file is missing", hint + "Put it there, or restore it with git.")
    except OSError as error:
        return refused(
            f"the file cannot be read ({error.strerror})", "Close it elsewhere and check its rights."
        )
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return refused("the file is an Excel workbook, not a CSV file", SAVE_AS_UTF8)
    encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    if encoding == "utf-8-sig" and b"\x00" in content:
        return refused("the file is not text, or text in UTF-16 without its mark", SAVE_AS_UTF8)
    text = content.decode(encoding, errors="surrogateescape" if encoding == "utf-8-sig" else "replace")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip(f"{whitespace},;"):
        return refused("the file is empty", "Restore it with git, or write at least the header row.")
    return unicodedata.normalize("NFC", text), None


def _other_spelling(path: Path) -> str | None:
    """Return a file beside `path` whose name differs in case or ending only."""
    if not path.parent.is_dir():
        return None
    stem = path.stem.casefold()
    return next(
        (p.name for p in sorted(path.parent.iterdir()) if p.stem.casefold() == stem and p != path), None
    )


def _delimiter(text: str, columns: Collection[str]) -> tuple[str, str]:
    """Return the delimiter that yields most of the expected names, and the text without a `sep=` line."""
    first, _, rest = text.partition("\n")
    if re.fullmatch(r'"?sep=[,;\t]"?', first.strip(" ")):
        return first.strip(' "')[-1], rest

    def known(delimiter: str) -> tuple[int, int]:
        names = [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]
        return len({*names} & {*columns}), len(names)

    return max(DELIMITERS, key=known), text


def _quick_columns(text: str, delimiter: str, plain: Sequence[bool]) -> list[Words] | None:
    """Return the columns by pandas, or None where only a row-by-row reading can say what is wrong.

    One column more than the header has catches rows that are one cell too long. Cells of several lines
    are left to the row-by-row reading, which can tell them from rows swallowed by a quotation mark.
    """
    names = [str(position) for position in range(len(plain) + 1)]
    try:
        cells = pd.read_csv(
            io.StringIO(text),
            sep=delimiter,
            header=None,
            names=names,
            index_col=False,
            dtype=object,
            na_filter=False,
            skip_blank_lines=False,
            engine="c",
        )
    except ValueError:  # ParserError is one
        return None
    several_lines = len(cells) != text.count("\n") + (not text.endswith("\n"))
    if several_lines or any(map(str.strip, Words.of(cells[names[-1]].to_numpy()).words)):
        return None
    columns = []
    for name, is_plain in zip(names, plain, strict=False):
        column = Words.of(cells[name].to_numpy()[1:])
        columns.append(column.changed(str.strip) if is_plain else column)
    return columns


def _patient_columns(
    text: str, delimiter: str, plain: Sequence[bool], table: RawTable, shown: str
) -> list[Words]:
    """Return the columns row by row; note every row whose number of cells cannot be right."""
    width = len(table.header)
    columns: list[list[str]] = [[] for _ in range(width)]
    for number, cells in _records(text, delimiter, table, shown):
        table.problems += _misshapen(cells, width, number, shown)
        for column, cell, is_plain in zip(columns, [*cells, *[""] * width], plain, strict=False):
            column.append(cell.strip() if is_plain else cell)
    return [Words.of(column) for column in columns]


def _records(text: str, delimiter: str, table: RawTable, shown: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the cells of each row under the header, up to one that cannot be read."""
    csv.field_size_limit(CELL_LIMIT)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if number > 1:
                yield number, cells
    except csv.Error:
        rule = "a quotation mark is not closed, or is followed by more text; from here on nothing can be read"
        way_out = 'Close it, or double it ("") where it belongs to the text.'
        table.problems.append(Problem(shown, number + 1, None, None, rule, way_out))


def _misshapen(cells: list[str], width: int, row: int, shown: str) -> list[Problem]:
    """Return what is wrong with the number of cells in a row.

    Spreadsheets leave out empty cells at the end of a row, so a short row is fine; a short row with a
    line break inside is not, because a stray quotation mark swallows rows in this way.
    """
    extra = [cell.strip() for cell in cells[width:] if cell.strip()]
    if extra:
        rule = f"the row has {len(cells)} cells, the header has {width}"
        way_out = "Put quotation marks around a cell that holds the delimiter, or remove the cells too many."
        return [Problem(shown, row, None, " | ".join(extra), rule, way_out)]
    if len(cells) < width and any("\n" in cell for cell in cells):
        rule = f"the row has {len(cells)} cells, the header has {width}, and a cell runs over several lines"
        way_out = "Look for a quotation mark that swallows the following rows, and close it."
        return [Problem(shown, row, None, cells[-1], rule, way_out)]
    return []


def _drop_blank_edges(table: RawTable) -> None:
    """Leave out empty rows, and columns at the right that have neither a name nor a cell."""
    while table.header and not table.header[-1] and not any(table.cells[-1].words):
        table.header.pop()
        table.cells.pop()
    length = len(table.cells[0]) if table.cells else 0
    table.rows = pd.RangeIndex(2, length + 2)
    if all("" in column.words for column in table.cells):
        filled = np.logical_or.reduce([column.where(bool) for column in table.cells])
        if not filled.all():
            table.rows = pd.Index(np.flatnonzero(filled) + 2, dtype="int64")
            table.cells = [Words.of(column.array[filled]) for column in table.cells]


def _holds_surrogates(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _may_be_garbled(text: str) -> bool:
    """Return whether letters need a look: bytes are searched far quicker than characters."""
    if not text.isascii():
        return True
    content = text.encode("ascii")
    return len(content.translate(None, _CONTROL_BYTES)) < len(content)


def _garbled(table: RawTable, shown: str) -> list[Problem]:
    """Return the cells whose letters went through a wrong encoding, with the reading that is likely meant."""
    problems = []
    for name, column in zip(table.header, table.cells, strict=True):
        suspects = [cell for cell in [name, *column.words] if not cell.isascii() or _CONTROL.search(cell)]
        found = {cell: garbling for cell in suspects if (garbling := _garbling(cell))}
        if found:
            header = _SURROGATE.sub("\ufffd", name)
            problems += [
                Problem(shown, row, header, _SURROGATE.sub("\ufffd", cell), *garbling)
                for row, cell in [(1, name), *zip(table.rows, column.tolist(), strict=True)]
                if (garbling := found.get(cell))
            ]
    return problems


def _garbling(cell: str) -> tuple[str, str] | None:
    """Return the rule and the way out for a garbled cell, or None for a sound one."""
    if _SURROGATE.search(cell):
        meant = cell.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
        return (
            "the bytes are not UTF-8",
            f"{SAVE_AS_UTF8} It may mean {meant!r}; check the letters afterwards.",
        )
    if _CONTROL.search(cell):
        return ("a character cannot be shown: it was lost or is a control character", "Type the cell again.")
    for run in _NOT_ASCII.findall(cell):
        try:
            meant = run.encode("cp1252").decode("utf-8")
        except UnicodeError:
            continue
        return (
            "the letters were garbled: UTF-8 was read as Windows-1252",
            f"Write {meant!r} instead of {run!r}, or import the file again as UTF-8.",
        )
    return None
