"""Read sheets of a workbook, or a CSV file, as a coded project: row by row, and no row without a word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from twinbenefits.evidence.converting import UnreadableError
from twinbenefits.evidence.exchange.cell_rules import Rule, brought_into_form, own_columns
from twinbenefits.evidence.exchange.grids import Grid, Header, find_header, plain_name
from twinbenefits.evidence.exchange.passages import Passages
from twinbenefits.evidence.exchange.project import CORE, Project, Row
from twinbenefits.evidence.exchange.report import ImportReport, Log
from twinbenefits.evidence.exchange.sheet_kinds import (
    CODES,
    PASSAGE_COLUMNS,
    PASSAGES,
    columns_of,
    kind_of,
    known_names,
)

__all__ = ["GUIDE_TITLE", "LISTS_TITLE", "read_sheets"]

GUIDE_TITLE = "How to fill in this workbook"
LISTS_TITLE = "Lists behind the drop-downs"
"""First cells of the sheets of a coding sheet that hold no rows of the study."""
RUNNING = ("text",)
"""Columns in which blanks at the ends count, because positions do."""
TOTALS = re.compile(r"(grand )?totals?|sum|yhteensä|summa|count|n\s*=.*", re.IGNORECASE)
COLUMNS_EXPECTED = (
    "columns for the passage, its code and its document (for example text, code, document, coder)"
)


@dataclass(slots=True)
class Sheet:
    """A sheet whose columns are understood.

    Parameters
    ----------
    kind
        What it holds.
    place
        The sheet in messages.
    rows
        Pairs of the row a spreadsheet shows and its cells by column.
    written
        What each column is called in the file.
    """

    kind: str
    place: str
    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    written: Mapping[str, str] = field(default_factory=dict)


def read_sheets(grids: Sequence[Grid], format_: str, log: Log) -> tuple[Project, ImportReport]:
    """Return the project that sheets hold.

    Parameters
    ----------
    grids
        The sheets.
    format_
        What the file is, for the report.
    log
        Where everything unusual is noted.

    Raises
    ------
    EvidenceError
        If no sheet has known column names, or with every cell that cannot be read.
    """
    sheets = [sheet for grid in grids if (sheet := _understood(grid, log))]
    if not sheets and not log.refused:
        found = next((", ".join(filter(None, cells)) for grid in grids for _, cells in grid.rows), None)
        raise log.stop(
            "none of the first ten rows holds known column names",
            f"Give the sheet {COLUMNS_EXPECTED}.",
            value=found,
        )
    passages = Passages(log)
    tables: dict[str, list[Row]] = {}
    for sheet in sorted(sheets, key=lambda sheet: sheet.kind in ("codings", PASSAGES)):
        if sheet.kind in (PASSAGES, "codings"):
            passages.add_rows(sheet.rows, sheet.place, named=sheet.kind == "codings", written=sheet.written)
        else:
            _add_rows(sheet, passages, tables, log)
    log.stop_if_refused()
    if passages.read:
        _add_readings(tables.setdefault("assignments", []), passages.read)
    further = {name: frame_of_table(name, rows) for name, rows in tables.items() if name not in CORE}
    project = Project.of("", passages.rows(), tables=further)
    return project, log.report(format_, project.counts)


def _add_readings(rows: list[Row], readings: Sequence[Row]) -> None:
    """Add that a coder read a segment and gave no code, unless it is said already."""
    known = {(row.get("segment"), row.get("coder")) for row in rows}
    rows += [row for row in readings if (row["segment"], row["coder"]) not in known]


def frame_of_table(name: str, rows: Sequence[Row]) -> pd.DataFrame:
    """Return rows of one of the study's further tables as text, with all its columns."""
    columns = dict.fromkeys(own_columns()[name])
    for row in rows:
        columns.update(dict.fromkeys(row))
    return pd.DataFrame(
        {column: pd.Series([row.get(column, "") for row in rows], dtype="str") for column in columns}
    )


def _understood(grid: Grid, log: Log) -> Sheet | None:
    """Return a sheet with its columns by name, or None if it holds nothing that is known."""
    if not grid.rows or grid.rows[0][1][0] in (GUIDE_TITLE, LISTS_TITLE):
        return None
    if grid.is_hidden:
        log.tolerate("a hidden sheet was read like any other", grid.place)
    header = _with_words_named(find_header(grid, known_names(), log))
    kind = kind_of(grid.name, header) if header else None
    if header is None or kind is None:
        shown = ", ".join(filter(None, grid.rows[0][1]))[:80]
        log.drop(
            f"a sheet without {COLUMNS_EXPECTED} was left out", f"{grid.place} ({shown})", len(grid.rows)
        )
        return None
    columns = columns_of(kind, header.names)
    _note_columns(header, columns, grid, log)
    sheet = Sheet(kind, grid.place, written=dict(zip(columns, header.names, strict=True)))
    rules = _rules(kind)
    for number, cells in header.rows:
        filled = [*cells, *[""] * (len(columns) - len(cells))]
        over = [cell for cell in filled[len(columns) :] if cell.strip()]
        if over:
            log.refuse(
                f"the row has {len(cells)} cells, the header has {len(columns)}",
                "Put quotation marks around a cell that holds the delimiter, or remove the cells too many.",
                place=grid.place,
                row=number,
                value=" | ".join(over),
            )
            continue
        if kind == PASSAGES and _is_total(filled, columns):
            log.drop("a row of totals is no passage", ", ".join(filter(None, (grid.place, f"row {number}"))))
            continue
        row = {
            column: cell if column in RUNNING and kind != PASSAGES else cell.strip()
            for column, cell in zip(columns, filled, strict=False)
            if column
        }
        sheet.rows.append(
            (number, dict(_formed(row, rules, sheet, number, log, decimal_comma=grid.decimal_comma)))
        )
    return sheet


def _with_words_named(header: Header | None) -> Header | None:
    """Return a header in which a column of passages that is called segment is called text.

    The study's own segments are codes such as K1-S1-001; other people call the passage itself a segment.
    """
    plain = [plain_name(name) for name in header.names] if header else []
    if header is None or "segment" not in plain or {*PASSAGE_COLUMNS["text"]} & {*plain}:
        return header
    place = plain.index("segment")
    cells = [row[place] for _, row in header.rows if place < len(row) and row[place]]
    if sum(" " in cell.strip() for cell in cells) * 2 <= len(cells):
        return header
    names = tuple("text" if number == place else name for number, name in enumerate(header.names))
    return Header(header.number, names, header.rows)


def _note_columns(header: Header, columns: Sequence[str], grid: Grid, log: Log) -> None:
    """Refuse a column that stands there twice, and tell of those that are not known."""
    for place, (name, column) in enumerate(zip(header.names, columns, strict=True)):
        if column and column in columns[:place]:
            log.refuse(
                "two columns hold the same thing",
                "Keep the right one and delete the other.",
                place=grid.place,
                row=header.number,
                column=name,
            )
        cells = sum(1 for _, row in header.rows if place < len(row) and row[place])
        if not column and cells:
            where = f"{name or 'without a name'}" + (f" ({grid.place})" if grid.place else "")
            log.drop("a column that is not known here was left out", where, 1)


def _rules(kind: str) -> Mapping[str, Rule]:
    own = own_columns()
    if kind == CODES:
        return {}
    if kind == PASSAGES:
        known = {**own["segments"], **own["codings"]}
        loose = ("created", "start", "end", "segment", "source", "coding")
        return {column: rule for column, rule in known.items() if column not in loose}
    return {**own["segments"], **own["codings"]} if kind == "codings" else own[kind]


def _formed(
    row: Mapping[str, str],
    rules: Mapping[str, Rule],
    sheet: Sheet,
    number: int,
    log: Log,
    *,
    decimal_comma: bool,
) -> Iterator[tuple[str, str]]:
    """Yield the cells of a row in the form of the tables; one that cannot be read is refused."""
    for column, cell in row.items():
        rule = rules.get(column)
        if not cell or rule is None:
            yield column, cell
            continue
        try:
            formed, done = brought_into_form(cell, rule, decimal_comma=decimal_comma)
        except UnreadableError as reason:
            log.refuse(
                reason.rule,
                reason.way_out,
                place=sheet.place,
                row=number,
                column=sheet.written.get(column, column),
                value=cell,
            )
            continue
        if done:
            log.tolerate(done, ", ".join(filter(None, (sheet.place, f"row {number}", f"column {column}"))))
        yield column, formed


def _is_total(cells: Sequence[str], columns: Sequence[str]) -> bool:
    """Return whether a row only sums up the others: a word for it, and nothing but numbers beside it."""
    filled = [(cell, column) for cell, column in zip(cells, columns, strict=False) if cell.strip()]
    said = [cell for cell, _ in filled if TOTALS.fullmatch(cell.strip())]
    rest = [cell for cell, _ in filled if not TOTALS.fullmatch(cell.strip())]
    return bool(said) and all(re.fullmatch(r"[\d\s.,%]+", cell) for cell in rest)


def _add_rows(sheet: Sheet, passages: Passages, tables: dict[str, list[Row]], log: Log) -> None:
    """Add the rows of a codebook or of one of the study's tables."""
    from twinbenefits.evidence.schema import TABLES

    key = ("code",) if sheet.kind == CODES else TABLES[sheet.kind].key
    seen: dict[tuple[str, ...], int] = {}
    for number, row in sheet.rows:
        name = tuple(row.get(column, "") for column in key)
        lacking = [column for column, part in zip(key, name, strict=True) if not part]
        if lacking:
            log.refuse(
                "must not be empty, because it names the row",
                "Fill in the cell, or delete the whole row.",
                place=sheet.place,
                row=number,
                column=sheet.written.get(lacking[0], lacking[0]),
            )
            continue
        if name in seen:
            log.refuse(
                f"stands in row {seen[name]} already, and may stand in one row only",
                "Give this row a name of its own, or delete it.",
                place=sheet.place,
                row=number,
                column=" + ".join(sheet.written.get(column, column) for column in key),
                value=" + ".join(name),
            )
            continue
        seen[name] = number
        (passages.table(sheet.kind) if sheet.kind in CORE else tables.setdefault(sheet.kind, [])).append(row)
