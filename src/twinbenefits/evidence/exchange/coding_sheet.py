"""The coding sheet: an Excel workbook in which co-authors code, and which comes back without a loss."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from twinbenefits.evidence.exchange.cell_rules import own_columns
from twinbenefits.evidence.exchange.grids import escaped
from twinbenefits.evidence.exchange.passages import choice_of
from twinbenefits.evidence.exchange.project import SYNTHETIC, SYNTHETIC_MARK, Project, Row
from twinbenefits.evidence.exchange.recognising import read_project
from twinbenefits.evidence.exchange.report import ImportReport
from twinbenefits.evidence.exchange.sheets import GUIDE_TITLE, LISTS_TITLE
from twinbenefits.evidence.exchange.storing import write_bytes, zip_bytes
from twinbenefits.evidence.exchange.study_project import project_of_tables
from twinbenefits.evidence.problems import EvidenceError, Problem

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["read_coding_sheet", "write_coding_sheet"]

CELL_LIMIT = 32_767
"""Excel cuts longer cells off without a word."""
SPARE_ROWS = 2_000
"""The drop-downs reach so far below the last row, for codings yet to come."""
MADE_ON = datetime(2020, 1, 1)
"""A fixed day, so that equal tables give equal files."""

CONTEXT = ("coding", "segment", "source", "speaker", "text")
TO_FILL = ("coder", "code", "target_code", "status", "strength")
DATES = ("codebook_version", "created")
WIDTHS = {
    "text": 70,
    "code": 34,
    "target_code": 34,
    "definition": 60,
    "include": 40,
    "exclude": 40,
    "label": 34,
}
GREY, YELLOW = "E8E8E8", "FFF4C2"
ROLE_FILLS = ("DCEBFA", "E3F4DE", "FCE4D6", "EADCF4", "FFF2CC", "D9F0F0", "F7DDE4", "E9E9D8")
"""Light enough for black letters on them; the role stands beside in words."""

GUIDE = (
    "One row of the sheet Codings is one code given to one passage by one coder.",
    "Fill in the yellow columns: coder, code, target_code, status, strength. Choose from the lists.",
    "To give a passage a second code, copy its row, empty the cell coding, and choose the other code.",
    "A row with a coder and no code says: this coder read the passage and gave no code.",
    "target_code is the code that this one works on, where the codebook asks for one.",
    "status and strength are filled in where the codebook asks for them.",
    "Grey columns tell what is coded. Change a passage, its consent or its first-order term in Segments.",
    "A passage may be stricter in its consent than its source, never looser.",
    "A new coder gets a row in Coders first, then a choice in the list.",
    "Save as .xlsx. An apostrophe before = + - @ keeps the cell from being taken for a formula; leave it.",
    "Bring the workbook back with: twinbenefits import FILE --dry-run, then without --dry-run.",
)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")


def write_coding_sheet(study_tables: Mapping[str, pd.DataFrame], path: Path) -> bool:
    """Write the coding sheet; return whether the file changed.

    Parameters
    ----------
    study_tables
        `codebook`, `segments` and `coders`; `sources`, `cases`, `codings` and `assignments` as far as they
        are there.
    path
        Where to write.

    Raises
    ------
    EvidenceError
        If a cell cannot stand in Excel: longer than it allows, or with a control character.
    """
    from openpyxl import Workbook

    project = project_of_tables(study_tables)
    _refuse_cells(study_tables, path.name)
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    _add_guide(workbook, SYNTHETIC_MARK if project.is_synthetic else "")
    codings = _add_codings(workbook, project, study_tables)
    segments = _add_table(workbook, "segments", study_tables, YELLOW)
    _add_table(workbook, "coders", study_tables, YELLOW)
    sources = _add_table(workbook, "sources", study_tables, YELLOW)
    _add_table(workbook, "cases", study_tables, YELLOW)
    roles = _add_codebook(workbook, study_tables)
    _add_lists(workbook, project)
    _add_choices(codings, "Codings", project)
    for sheet in (segments, sources):
        _add_levels(sheet)
    _colour_codes(codings, project, roles)
    if project.is_synthetic:
        for page in workbook.worksheets:
            for edge in (page.oddHeader, page.oddFooter):
                if edge is not None and edge.center is not None:
                    edge.center.text = SYNTHETIC_MARK
        workbook.properties.description = SYNTHETIC_MARK
    workbook.properties.creator = "twinbenefits"
    workbook.properties.created = MADE_ON
    workbook.active = 1
    return write_bytes(path, _settled(workbook))


def read_coding_sheet(path: Path) -> tuple[Project, ImportReport]:
    """Read a coding sheet that came back; the same as `read_project`, which knows it by its content."""
    return read_project(path)


def _refuse_cells(tables: Mapping[str, pd.DataFrame], shown: str) -> None:
    """Refuse what Excel would cut off or not take."""
    problems = []
    for name, frame in tables.items():
        for column in frame.columns:
            for row, cell in enumerate(frame[column].tolist(), start=2):
                if not isinstance(cell, str):
                    continue
                place = f"{shown}, sheet {name}"
                if len(cell) > CELL_LIMIT - 1:
                    rule = f"is longer than the {CELL_LIMIT:,} characters of an Excel cell"
                    problems.append(
                        Problem(place, row, str(column), cell, rule, "Divide it into shorter segments.")
                    )
                elif _ILLEGAL.search(cell):
                    rule = "holds a control character, which Excel does not take"
                    problems.append(
                        Problem(place, row, str(column), repr(cell), rule, "Type the cell again.")
                    )
    if problems:
        raise EvidenceError(problems)


def _add_guide(workbook: Workbook, mark: str) -> None:
    sheet: Worksheet = workbook.create_sheet("Guide")
    from openpyxl.styles import Alignment, Font

    sheet.append([GUIDE_TITLE])
    if mark:
        sheet.append([mark])
    for number, line in enumerate(GUIDE, start=1):
        sheet.append([f"{number}. {line}"])
    sheet.column_dimensions["A"].width = 110
    sheet["A1"].font = Font(bold=True, size=14)
    for (cell,) in sheet.iter_rows(min_row=2, max_col=1):
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def _add_codings(workbook: Workbook, project: Project, tables: Mapping[str, pd.DataFrame]) -> Worksheet:
    """Add the sheet of codings: those there are, readings without a code, and passages nobody read yet."""
    sheet: Worksheet = workbook.create_sheet("Codings")
    columns = [*CONTEXT, *TO_FILL, *DATES, *([SYNTHETIC] if project.is_synthetic else [])]
    _add_header(sheet, columns, {*TO_FILL})
    choices = {row["code"]: choice_of(row) for row in project.rows("codes")}
    coded: dict[str, list[Row]] = {}
    for row in project.rows("codings"):
        coded.setdefault(row["segment"], []).append(row)
    given = {(row["segment"], row["coder"]) for row in project.rows("codings")}
    for row in _records(tables.get("assignments")):
        if (row["segment"], row["coder"]) not in given:
            coded.setdefault(row["segment"], []).append(row)
    for segment in project.rows("segments"):
        for row in coded.get(segment["segment"], [{}]):
            known = {
                **{name: segment.get(name, "") for name in ("segment", "source", "speaker", "text")},
                **row,
            }
            for column in ("code", "target_code"):
                known[column] = choices.get(known.get(column, ""), known.get(column, ""))
            known[SYNTHETIC] = row.get(SYNTHETIC, "") or segment.get(SYNTHETIC, "")
            sheet.append([_cell(column, known.get(column, "")) for column in columns])
    _finish(sheet, columns)
    return sheet


def _add_table(workbook: Workbook, name: str, tables: Mapping[str, pd.DataFrame], fill: str) -> Worksheet:
    """Add one of the study's tables as it is."""
    sheet: Worksheet = workbook.create_sheet(name.capitalize())
    columns = [*own_columns()[name]]
    if any(str(row.get(SYNTHETIC, "")).lower() == "true" for row in _records(tables.get(name))):
        columns.append(SYNTHETIC)
    _add_header(sheet, columns, {*columns[1:]}, fill)
    for row in _records(tables.get(name)):
        sheet.append([_cell(column, row.get(column, "")) for column in columns])
    _finish(sheet, columns)
    return sheet


def _add_codebook(workbook: Workbook, tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Add the codebook, each role in its colour; return the colours."""
    from openpyxl.styles import PatternFill

    sheet: Worksheet = workbook.create_sheet("Codebook")
    frame = tables.get("codebook", pd.DataFrame(columns=["id", "label", "definition"]))
    columns = [str(column) for column in frame.columns]
    _add_header(sheet, columns, set())
    roles = list(dict.fromkeys(str(role) for role in frame.get("role", ())))
    fills = {role: ROLE_FILLS[place % len(ROLE_FILLS)] for place, role in enumerate(roles)}
    for number, row in enumerate(_records(frame), start=2):
        sheet.append([_cell(column, row[column]) for column in columns])
        if row.get("role") in fills:
            sheet.cell(number, 1).fill = PatternFill("solid", fgColor=fills[row["role"]])
    _finish(sheet, columns)
    return fills


def _add_lists(workbook: Workbook, project: Project) -> None:
    """Add a hidden sheet with the choices of the codes."""
    sheet: Worksheet = workbook.create_sheet("Lists")
    sheet.append([LISTS_TITLE])
    for row in project.rows("codes"):
        sheet.append([escaped(choice_of(row))])
    sheet.sheet_state = "hidden"


def _add_choices(sheet: Worksheet, name: str, project: Project) -> None:
    """Add the drop-down lists of the sheet of codings."""
    columns = [*CONTEXT, *TO_FILL, *DATES]
    rules = own_columns()["codings"]
    codes = f"Lists!$A$2:$A${max(2, len(project.codes) + 1)}"
    coders = f"Coders!$A$2:$A${len(project.coders) + 21}"
    strength = rules["strength"]
    steps = range(int(strength.minimum or 1), int(strength.maximum or 3) + 1)
    for column, choices, told in (
        ("coder", coders, "Choose a coder from the sheet Coders, or add a row there first."),
        ("code", codes, "Choose a code of the codebook."),
        ("target_code", codes, "Choose the code that this one works on, or leave it empty."),
        ("status", _listed(rules["status"].allowed), "Choose one, or leave it empty."),
        ("strength", _listed([str(step) for step in steps]), "Choose one, or leave it empty."),
    ):
        _add_choice(sheet, columns.index(column) + 1, choices, name, told)


def _add_levels(sheet: Worksheet) -> None:
    """Add the drop-down list of consent levels to the sheet of segments or sources."""
    rule = own_columns()["segments"]["consent_level"]
    levels = [str(level) for level in range(int(rule.minimum or 0), int(rule.maximum or 6) + 1)]
    header = [cell.value for cell in sheet[1]]
    told = "Choose a level: 0 is withdrawn or pending, 6 is named. See the data dictionary."
    _add_choice(sheet, header.index("consent_level") + 1, _listed(levels), sheet.title, told)


def _add_choice(sheet: Worksheet, column: int, choices: str, title: str, told: str) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    letter = get_column_letter(column)
    validation = DataValidation(
        type="list", formula1=choices, allow_blank=True, showErrorMessage=True, showInputMessage=True
    )
    validation.errorTitle, validation.error = f"{title}: not in the list", told
    validation.promptTitle, validation.prompt = str(sheet.cell(1, column).value), told
    sheet.add_data_validation(validation)
    validation.add(f"{letter}2:{letter}{sheet.max_row + SPARE_ROWS}")


def _colour_codes(sheet: Worksheet, project: Project, fills: Mapping[str, str]) -> None:
    """Give the cell of each code the colour of its role."""
    from openpyxl.styles import PatternFill

    roles = {choice_of(row): str(row.get("role", "")) for row in project.rows("codes")}
    for column in ("code", "target_code"):
        place = [*CONTEXT, *TO_FILL].index(column) + 1
        for row in range(2, sheet.max_row + 1):
            fill = fills.get(roles.get(str(sheet.cell(row, place).value or ""), ""))
            if fill:
                sheet.cell(row, place).fill = PatternFill("solid", fgColor=fill)


def _add_header(sheet: Worksheet, columns: Sequence[str], to_fill: set[str], fill: str = YELLOW) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    sheet.append(list(columns))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor=fill if cell.value in to_fill else GREY)
        cell.alignment = Alignment(vertical="top")


def _finish(sheet: Worksheet, columns: Sequence[str]) -> None:
    """Set widths, wrap long columns and keep the names in view."""
    from openpyxl.styles import Alignment
    from openpyxl.utils import get_column_letter

    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    for place, column in enumerate(columns, start=1):
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = WIDTHS.get(column, 16)
        if column in ("text", "definition", "include", "exclude", "example"):
            for row in range(2, sheet.max_row + 1):
                sheet.cell(row, place).alignment = Alignment(wrap_text=True, vertical="top")


def _cell(column: str, value: Any) -> Any:
    """Return a value as it is written: numbers as numbers, text so that it is never a formula."""
    if pd.isna(value) or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        plain = value if column not in ("start", "end", "characters", "strength", "consent_level") else ""
        return escaped(plain) if plain or not value.isdecimal() else int(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}"
    return int(value) if float(value).is_integer() else float(value)


def _records(frame: pd.DataFrame | None) -> list[Row]:
    if frame is None:
        return []
    lists = {str(column): frame[column].tolist() for column in frame.columns}
    return [dict(zip(lists, cells, strict=True)) for cells in zip(*lists.values(), strict=True)]


def _listed(words: Sequence[str]) -> str:
    return '"' + ",".join(words) + '"'


def _settled(workbook: Workbook) -> bytes:
    """Return the workbook's bytes without the time of writing."""
    buffer = BytesIO()
    workbook.save(buffer)
    with zipfile.ZipFile(buffer) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    moment = f"{MADE_ON:%Y-%m-%dT%H:%M:%SZ}".encode()
    members["docProps/core.xml"] = _MODIFIED.sub(rb"\g<1>" + moment + rb"\g<2>", members["docProps/core.xml"])
    return zip_bytes(members)
