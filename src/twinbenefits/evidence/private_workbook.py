"""The empty workbook in which co-authors write down what no coding program knows, such as permissions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from twinbenefits.evidence.exchange.sheets import GUIDE_TITLE, LISTS_TITLE
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.schema import TABLES, Table

if TYPE_CHECKING:
    import pandera.pandas as pa
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["WORKBOOK", "workbook_bytes"]

WORKBOOK = "evidence.xlsx"
FROM_IMPORTS = ("segments", "codings", "assignments")
"""Tables that a coded project or a coding sheet fills."""

ROWS = 2_000
"""So far down the drop-downs reach."""

MUST, MAY = "FFF4C2", "E8E8E8"
GUIDE = (
    "One sheet per table. Fill in what you know; leave a sheet empty that you do not need.",
    "Yellow columns must be filled in every row, grey ones may stay empty.",
    "Point at a column's name: a note says what it holds.",
    "Write codes, never names: K1 for a company, K1-P1 for a person. Keep the list of names elsewhere.",
    "Several items in one cell are parted by a semicolon without blanks, as in K1-P1;K1-P2.",
    "Days are written as 2026-11-01. Do not rename sheets or columns.",
    "Bring it in with: twinbenefits import data/private/evidence.xlsx --dry-run, then without --dry-run.",
    "You may go on writing and bring it in again: only what changed is changed.",
    "Codings come from your coding program, or from the coding sheet (twinbenefits export coding-sheet).",
)


def workbook_bytes(layout: Layout) -> bytes:
    """Return the empty workbook: a guide, and a sheet per table with drop-downs and notes.

    Parameters
    ----------
    layout
        The study whose codes, scales and verticals the drop-downs offer.
    """
    from openpyxl import Workbook

    tables = [t for t in TABLES.values() if t.holds_case_evidence and t.name not in FROM_IMPORTS]
    offered = _offered(layout, tables)
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    _add_guide(workbook)
    places = {target: place for place, target in enumerate(offered, start=1)}
    for table in tables:
        _add_table(
            workbook, table, {target: (place, len(offered[target])) for target, place in places.items()}
        )
    _add_lists(workbook, offered)
    workbook.properties.creator = "twinbenefits"
    buffer = BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def _offered(layout: Layout, tables: Sequence[Table]) -> dict[tuple[str, str], list[str]]:
    """Return the words of the study's own tables that a column may name, by table and column."""
    targets = {
        reference.targets[0]
        for table in tables
        for reference in table.references
        if len(reference.targets) == 1 and not reference.separator
    }
    own = sorted(target for target in targets if not TABLES[target[0]].holds_case_evidence)
    frames = load_tables(layout, "demo", sorted({name for name, _ in own}))
    return {(name, column): frames[name][column].tolist() for name, column in own}


def _add_guide(workbook: Workbook) -> None:
    from openpyxl.styles import Alignment, Font

    sheet: Worksheet = workbook.create_sheet("Guide")
    sheet.append([GUIDE_TITLE])
    for number, line in enumerate(GUIDE, start=1):
        sheet.append([f"{number}. {line}"])
    sheet.column_dimensions["A"].width = 110
    sheet["A1"].font = Font(bold=True, size=14)
    for (cell,) in sheet.iter_rows(min_row=2, max_col=1):
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def _add_table(workbook: Workbook, table: Table, offered: Mapping[tuple[str, str], tuple[int, int]]) -> None:
    """Add the sheet of one table; `offered` says which list stands where, and how long it is."""
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    sheet: Worksheet = workbook.create_sheet(table.name)
    columns = {name: c for name, c in table.model.to_schema().columns.items() if name != "synthetic"}
    named = {r.column: r.targets[0] for r in table.references if r.targets[0] in offered and not r.separator}
    for place, (name, column) in enumerate(columns.items(), start=1):
        cell = sheet.cell(1, place, str(name))
        must = (column.metadata or {})["required"]
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor=MUST if must else MAY)
        told = f"{column.description} {'Must be filled in.' if must else 'May stay empty.'}"
        cell.comment = Comment(told, "twinbenefits", width=320, height=120)
        sheet.column_dimensions[get_column_letter(place)].width = max(16, len(str(name)) + 4)
        choices = _choices(column)
        if name in named:
            at, count = offered[named[str(name)]]
            letter = get_column_letter(at)
            choices = f"Lists!${letter}$2:${letter}${count + 1}"
        if choices:
            _add_choice(sheet, place, choices, must=must)
    sheet.freeze_panes = "B2"


def _choices(column: pa.Column) -> str:
    """Return the few words or whole numbers a column can hold, as a drop-down takes them; empty for many."""
    allowed: Sequence[Any] = (column.metadata or {}).get("allowed", ())
    limits = {check.name: check.statistics for check in column.checks}
    low = limits.get("greater_than_or_equal_to", {}).get("min_value")
    high = limits.get("less_than_or_equal_to", {}).get("max_value")
    if not allowed and low is not None and high is not None and high - low < 10:
        allowed = range(int(low), int(high) + 1)
    return '"' + ",".join(map(str, allowed)) + '"' if allowed else ""


def _add_choice(sheet: Worksheet, place: int, choices: str, *, must: bool) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    rule = DataValidation(type="list", formula1=choices, allow_blank=not must, showErrorMessage=True)
    rule.errorTitle, rule.error = "Not in the list", "Choose one from the list."
    sheet.add_data_validation(rule)
    letter = get_column_letter(place)
    rule.add(f"{letter}2:{letter}{ROWS}")


def _add_lists(workbook: Workbook, offered: Mapping[tuple[str, str], Sequence[str]]) -> None:
    """Add a hidden sheet with the words behind the drop-downs, one column each."""
    sheet: Worksheet = workbook.create_sheet("Lists")
    for place, words in enumerate(offered.values(), start=1):
        for row, word in enumerate([LISTS_TITLE, *words], start=1):
            sheet.cell(row, place, word)
    sheet.sheet_state = "hidden"
