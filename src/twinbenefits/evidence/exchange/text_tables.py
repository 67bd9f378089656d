"""Read CSV files in the dialects that spreadsheets write, Finnish ones among them."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter

from twinbenefits.evidence.exchange.grids import Grid, unescaped
from twinbenefits.evidence.exchange.report import Log

__all__ = ["read_text_table"]

DELIMITERS = (",", ";", "\t", "|")
LOOKED_AT = 50
CELL_LIMIT = 10_000_000
SAVE_AS_UTF8 = 'In Excel choose Save As, "CSV UTF-8 (comma delimited)", or save as .xlsx.'

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def read_text_table(content: bytes, log: Log) -> Grid:
    """Return a CSV file as a sheet of text.

    Parameters
    ----------
    content
        The file.
    log
        Where everything unusual is noted: the encoding, the delimiter.

    Raises
    ------
    EvidenceError
        If the file is no text, or a quotation mark is never closed.
    """
    text = _decoded(content, log).replace("\r\n", "\n").replace("\r", "\n")
    text = unicodedata.normalize("NFC", text)
    first, _, rest = text.partition("\n")
    named = re.fullmatch(r'"?sep=([,;\t|])"?', first.strip(" "))
    delimiter = named[1] if named else _delimiter(text)
    rows: list[tuple[int, list[str]]] = []
    csv.field_size_limit(CELL_LIMIT)
    reader = csv.reader(io.StringIO(rest if named else text), delimiter=delimiter, strict=True)
    number = above = 1 if named else 0
    try:
        for number, cells in enumerate(reader, start=above + 1):
            if any(map(str.strip, cells)):
                rows.append((number, [_cell(cell, log) for cell in cells]))
    except csv.Error:
        log.refuse(
            "a quotation mark is not closed, or is followed by more text; from here on nothing can be read",
            'Close it, or double it ("") where it belongs to the text.',
            row=number + 1,
        )
        log.stop_if_refused()
    if not rows:
        raise log.stop("the file has no row", "Export it again.")
    if delimiter != ",":
        log.tolerate(f"the cells are parted by {_NAMES[delimiter]}")
    return Grid("", tuple(rows), decimal_comma=delimiter == ";")


_NAMES = {";": "semicolons", "\t": "tabs", "|": "upright strokes"}


def _decoded(content: bytes, log: Log) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        log.tolerate("the file is in UTF-16")
        return content.decode("utf-16", errors="replace")
    if b"\x00" in content:
        raise log.stop("the file is not text, or text in UTF-16 without its mark", SAVE_AS_UTF8)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        log.tolerate("the file is not in UTF-8 and was read as Windows-1252 (Latin 1); check its letters")
        text = content.decode("cp1252", errors="replace")
    if _CONTROL.search(text):
        found = _CONTROL.search(text)
        line = text.count("\n", 0, found.start()) + 1 if found else None
        log.refuse(
            "a control character stands in the text, so the file may be damaged",
            f"Delete the character, or export the file again. {SAVE_AS_UTF8}",
            row=line,
        )
        log.stop_if_refused()
    return text


def _delimiter(text: str) -> str:
    """Return what parts the cells: the mark that gives most rows the same number of several cells."""

    def agreement(delimiter: str) -> tuple[float, int]:
        try:
            reader = csv.reader(io.StringIO(text), delimiter=delimiter)
            widths = [len(cells) for cells, _ in zip(reader, range(LOOKED_AT), strict=False) if cells]
        except csv.Error:
            return 0.0, 0
        width, count = Counter(widths).most_common(1)[0] if widths else (1, 0)
        return (count / len(widths), width) if width > 1 else (0.0, 0)

    return max(DELIMITERS, key=agreement)


def _cell(cell: str, log: Log) -> str:
    if not cell.strip():
        return ""
    plain = unescaped(cell)
    if plain != cell:
        log.tolerate("an apostrophe that keeps a cell from being a formula was taken away")
    elif cell.startswith(("=", "@")) and len(cell) > 1:
        log.tolerate("a formula was read as its text and not calculated", cell[:20])
    return plain
