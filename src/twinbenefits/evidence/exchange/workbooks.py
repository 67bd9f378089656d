"""Read Excel workbooks as data only: formulas stay text, macros and links are left alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinbenefits.evidence.exchange.archives import MEBIBYTE, SafeArchive
from twinbenefits.evidence.exchange.grids import Grid, unescaped
from twinbenefits.evidence.exchange.report import Log

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["read_workbook"]

SHEET_LIMIT = 120 * MEBIBYTE
"""All sheets together, unpacked; a hundred thousand codings take half of it."""
MERGED_LIMIT = 1_000_000
"""So many cells may be merged, all ranges of a workbook together."""

_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')


def read_workbook(path: Path, archive: SafeArchive, log: Log) -> list[Grid]:
    """Return the sheets of a workbook as text.

    Parameters
    ----------
    path
        The workbook.
    archive
        The same file, looked over.
    log
        Where everything unusual is noted.

    Raises
    ------
    EvidenceError
        If the workbook is damaged, or built to do harm.
    """
    _look_over(archive, log)
    import openpyxl

    try:
        workbook = openpyxl.load_workbook(path, data_only=False, keep_vba=False, keep_links=False)
    except Exception as error:  # openpyxl raises whatever it stumbles over
        raise log.stop(
            f"the workbook is damaged and cannot be read ({type(error).__name__})",
            "Open it in Excel, let it be repaired, and save it again as .xlsx.",
        ) from None
    for chart in workbook.chartsheets:
        log.drop("a sheet that is a chart holds no rows", f"sheet {chart.title}")
    grids = []
    for sheet in workbook.worksheets:
        grids.append(Grid(sheet.title, tuple(_rows(sheet, log)), is_hidden=sheet.sheet_state != "visible"))
    return grids


def _look_over(archive: SafeArchive, log: Log) -> None:
    """Note what is not read, and refuse what would fill the memory."""
    if any(name.lower().endswith("vbaproject.bin") for name in archive.names):
        log.tolerate("the workbook holds macros; they were not run and not kept")
    if any(name.startswith("xl/externalLinks/") for name in archive.names):
        log.tolerate("the workbook links to other files; they were not opened")
    size = merged = 0
    for name in archive.names:
        if name.startswith("xl/worksheets/") or name == "xl/sharedStrings.xml":
            content = archive.read(name)
            size += len(content)
            merged += sum(_cells(*found.groups()) for found in _MERGED.finditer(content))
    if size > SHEET_LIMIT:
        raise log.stop(
            f"the sheets unpack to more than {SHEET_LIMIT // MEBIBYTE} MB",
            "Leave out sheets that hold no codings, or split the workbook.",
        )
    if merged > MERGED_LIMIT:
        raise log.stop(
            f"more than {MERGED_LIMIT:,} cells are merged",
            "Unmerge the cells of whole rows or columns in Excel, and save again.",
        )


def _cells(left: bytes, top: bytes, right: bytes, bottom: bytes) -> int:
    """Return how many cells a range covers."""
    width = abs(_number(right) - _number(left)) + 1
    return width * (abs(int(bottom) - int(top)) + 1)


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _rows(sheet: Worksheet, log: Log) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a sheet that hold anything.

    The cells that are there are taken one by one: asking for whole rows would make up the empty ones of a
    sheet whose last cell stands far out.
    """
    place = f"sheet {sheet.title}"
    rows: dict[int, dict[int, str]] = {}
    for (row, column), cell in sheet._cells.items():
        text = _text(cell, log, place)
        if text.strip():
            rows.setdefault(row, {})[column] = text
    for merged in sorted(sheet.merged_cells.ranges, key=lambda one: (one.min_row, one.min_col)):
        words = rows.get(merged.min_row, {}).get(merged.min_col, "")
        if words and merged.size["rows"] * merged.size["columns"] > 1:
            log.tolerate("merged cells were filled with what they show", f"{place}, cells {merged.coord}")
            for row in range(merged.min_row, merged.max_row + 1):
                for column in range(merged.min_col, merged.max_col + 1):
                    rows.setdefault(row, {})[column] = words
    for number in sorted(rows):
        cells = rows[number]
        yield number, [cells.get(column, "") for column in range(1, min(max(cells), 512) + 1)]
        if max(cells) > 512:
            log.drop("cells further right than column 512 were left out", f"{place}, row {number}")


def _text(cell: Any, log: Log, place: str) -> str:
    """Return a cell as text; a formula stays what it is, a day is written by ISO."""
    value = cell.value
    here = f"{place}, cell {cell.coordinate}"
    if value is None:
        return ""
    if cell.data_type == "f":
        log.tolerate("a formula was read as its text and not calculated", here)
        return str(getattr(value, "text", value) or "")
    if cell.data_type == "e":
        log.tolerate("an error value of Excel was read as text", here)
    if not isinstance(value, str):
        return _plain(value)
    text = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("_x000D_", "")
    plain = unescaped(text)
    if plain != text:
        log.tolerate("an apostrophe that keeps a cell from being a formula was taken away", place)
    return plain


def _plain(value: Any) -> str:
    """Return a number, truth value, day or time as the tables have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)
