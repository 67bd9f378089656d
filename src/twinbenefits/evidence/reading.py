"""Read one CSV file as a spreadsheet user wrote it: every cell as text, every oddity named.

What carries no information is put right without a word: a byte-order mark, line ends of any system, the
delimiter (comma, semicolon or tab), Excel's `sep=` line, empty rows and columns at the edge, blanks around a
cell, decomposed letters (NFC), UTF-16 with its mark. What may have lost information is refused: bytes that
are not UTF-8, letters garbled by a wrong encoding, control characters, rows with too many cells, a
quotation mark that is never closed, a workbook named .csv.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from twinbenefits.evidence.problems import Problem

DELIMITERS = (",", ";", "\t")
CELL_LIMIT = 10_000_000
SAVE_AS_UTF8 = 'Save the file again as "CSV UTF-8 (comma delimited)".'

_SURROGATE = re.compile("[\udc80-\udcff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd\ufffe\uffff]")
_NOT_ASCII = re.compile("[^\x00-\x7f]{2,}")


@dataclass(slots=True)
class RawTable:
    """A file's cells as text.

    Parameters
    ----------
    header
        The names in the first row.
    cells
        One column per header cell (numbered), text only; the index is the row a spreadsheet shows.
    decimal_comma
        Whether the file is of the kind in which a comma parts the decimals (semicolon-delimited).
    problems
        What is wrong with the file so far.
    """

    header: list[str] = field(default_factory=list)
    cells: pd.DataFrame = field(default_factory=pd.DataFrame)
    decimal_comma: bool = False
    problems: list[Problem] = field(default_factory=list)


def read_table(path: Path, shown: str, columns: Collection[str]) -> RawTable:
    """Read a CSV file without interpreting its cells.

    Parameters
    ----------
    path
        The file.
    shown
        Its name in messages.
    columns
        Names expected in the header, by which the delimiter is recognised.

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
    table = RawTable(header=header, decimal_comma=delimiter == ";")
    cells = None if _SURROGATE.search(text) else _quick_cells(text, delimiter, len(header))
    if cells is None:
        cells, table.problems = _patient_cells(text, delimiter, len(header), shown)
    cells = cells[(cells != "").any(axis=1)]
    table.header, table.cells = _without_blank_edge(header, cells)
    if _SURROGATE.search(text) or _CONTROL.search(text) or _NOT_ASCII.search(text):
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
    text = content.decode(encoding, errors="surrogateescape" if encoding == "utf-8-sig" else "replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip(" \t\n,;"):
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


def _quick_cells(text: str, delimiter: str, width: int) -> pd.DataFrame | None:
    """Return the cells by pandas, or None where only a row-by-row reading can say what is wrong.

    One column more than the header has catches rows that are one cell too long.
    """
    try:
        cells = pd.read_csv(
            io.StringIO(text),
            sep=delimiter,
            header=None,
            names=list(range(width + 1)),
            index_col=False,
            dtype=object,
            na_filter=False,
            skip_blank_lines=False,
            engine="c",
        )
    except (pd.errors.ParserError, pd.errors.ParserWarning, ValueError):
        return None
    spare = cells.pop(width)
    if any(cell.strip() for cell in pd.unique(spare)):
        return None
    stripped = {name: [cell.strip() for cell in column] for name, column in cells.items()}
    if any("\n" in cell for column in stripped.values() for cell in column[1:]):
        return None
    return pd.DataFrame(stripped, index=pd.RangeIndex(1, len(cells) + 1), dtype=object).iloc[1:]


def _patient_cells(text: str, delimiter: str, width: int, shown: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the cells row by row, and every row whose number of cells cannot be right."""
    problems: list[Problem] = []
    rows: dict[int, list[str]] = {}
    csv.field_size_limit(CELL_LIMIT)
    number = 0
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    while True:
        number += 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            break
        except csv.Error:
            way_out = 'Close it, or double it ("") where it belongs to the text.'
            rule = "a quotation mark is not closed, or is followed by more text; what follows cannot be read"
            problems.append(Problem(shown, number, None, None, rule, way_out))
            break
        if number > 1:
            problems += _misshapen(cells, width, number, shown)
            rows[number] = (cells + [""] * width)[:width]
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=list(range(width)), dtype=object)
    return frame, problems


def _misshapen(cells: list[str], width: int, row: int, shown: str) -> list[Problem]:
    """Return what is wrong with the number of cells in a row.

    Spreadsheets leave out empty cells at the end of a row, so a short row is fine; a short row with a
    line break inside is not, because a stray quotation mark swallows rows in this way.
    """
    extra = [cell for cell in cells[width:] if cell]
    if extra:
        rule = f"the row has {len(cells)} cells, the header has {width}"
        way_out = "Put quotation marks around a cell that holds the delimiter, or remove the cells too many."
        return [Problem(shown, row, None, " | ".join(extra), rule, way_out)]
    if len(cells) < width and any("\n" in cell for cell in cells):
        rule = f"the row has {len(cells)} cells, the header has {width}, and a cell runs over several lines"
        way_out = "Look for a quotation mark that swallows the following rows, and close it."
        return [Problem(shown, row, None, cells[-1], rule, way_out)]
    return []


def _without_blank_edge(header: list[str], cells: pd.DataFrame) -> tuple[list[str], pd.DataFrame]:
    """Drop columns at the right that have neither a name nor a cell."""
    width = len(header)
    while width and not header[width - 1] and (cells[width - 1] == "").all():
        width -= 1
    return header[:width], cells[list(range(width))]


def _garbled(table: RawTable, shown: str) -> list[Problem]:
    """Return the cells whose letters went through a wrong encoding, with the reading that is likely meant."""
    problems = []
    for position, name in enumerate(table.header):
        for row, cell in table.cells[position].items():
            found = None if cell.isascii() and not _CONTROL.search(cell) else _garbling(cell)
            if found is not None:
                rule, way_out = found
                value = _SURROGATE.sub("\ufffd", cell)
                problems.append(Problem(shown, int(str(row)), name, value, rule, way_out))
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
