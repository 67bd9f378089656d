"""The decision sheet: segments to talk through, as an Excel workbook that comes back with decisions.

What stands in the workbook is what was released, so a sheet for the team holds the text and one for anybody
else only what that audience may read.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from twinbenefits.evidence.exchange.archives import SafeArchive
from twinbenefits.evidence.exchange.grids import escaped, find_header, plain_name, unescaped
from twinbenefits.evidence.exchange.report import Log
from twinbenefits.evidence.exchange.storing import write_bytes, zip_bytes
from twinbenefits.evidence.exchange.workbooks import read_workbook
from twinbenefits.evidence.problems import Problem, shortlist

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from twinbenefits.evidence.release import Released

__all__ = [
    "DECISIONS",
    "Decisions",
    "agreed_codings",
    "read_decision_sheet",
    "settled_codes",
    "write_decision_sheet",
]

GIVE = "give"
DECISIONS = (GIVE, "do not give", "define anew", "later")
"""What can be decided on a code in dispute; the first two settle the segment."""

GIVEN = (
    "position", "case", "segment", "code", "label", "text", "first_coder", "first_codes", "second_coder",
    "second_codes", "include", "exclude", "would_change", "claims",
)  # fmt: skip
TO_FILL = ("decision", "reason", "decided_by", "decided_on")
WIDTHS = {"text": 70, "label": 34, "include": 40, "exclude": 40, "reason": 40, "would_change": 30}
GREY, YELLOW = "E8E8E8", "FFF4C2"
MADE_ON = datetime(2020, 1, 1)
"""A fixed day, so that equal queues give equal files."""
SHEET, GUIDE_SHEET = "Decisions", "Guide"
GUIDE = (
    "Segments that coders read differently, the ones that settle most first.",
    "Read the segment and both readings, then the lines of the codebook on what to include and what not.",
    "Choose a decision: give or do not give the code; define anew if the wording is to blame; or later.",
    "Say why in one sentence, which coders decided (their codes, no names), and on which day (2026-11-01).",
    "A row without a decision is left alone. Grey columns are not read back, except segment and code.",
)
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")


@dataclass(frozen=True, slots=True)
class Decisions:
    """What came back.

    Parameters
    ----------
    table
        segment, code, decision, reason, decided_by, decided_on: one row per decision.
    left_open
        Rows without a decision.
    """

    table: pd.DataFrame
    left_open: int


def write_decision_sheet(queue: Released, path: Path) -> bool:
    """Write the released queue of disagreements as a workbook; return whether the file changed.

    Rows that are withheld from the audience are not written; a line of the guide says how many there are.

    Parameters
    ----------
    queue
        The released result of the queue of disagreements.
    path
        Where to write; the name ends in ``.xlsx``.
    """
    from openpyxl import Workbook

    table = queue.table
    shown = table[table["withheld"] == ""] if "withheld" in table else table
    workbook = Workbook()
    guide = workbook.worksheets[0]
    guide.title = GUIDE_SHEET
    _add_guide(guide, len(table) - len(shown), queue.synthetic)
    _add_rows(workbook, shown)
    workbook.properties.creator = "twinbenefits"
    workbook.properties.created = MADE_ON
    workbook.active = 1
    return write_bytes(path, _settled(workbook))


def read_decision_sheet(path: Path, queue: pd.DataFrame) -> Decisions:
    """Read the decisions from a workbook that came back.

    Parameters
    ----------
    path
        The workbook.
    queue
        Table of the released queue it was made from: a decision on anything else is refused.

    Raises
    ------
    EvidenceError
        For a damaged workbook, a missing column, and for every decision that is not one of the known ones,
        lacks its reason, author or day, concerns no disagreement of the queue, or contradicts another row;
        all at once.
    """
    log = Log(path.name)
    if not path.is_file():
        raise log.stop("there is no such file", "Give the path of the workbook that came back.")
    grids = read_workbook(path, SafeArchive(path, log), log)
    wanted = {"segment", "code", *TO_FILL}
    for grid in grids:
        header = find_header(grid, wanted, log)
        names = [plain_name(name) for name in header.names] if header else []
        if header is not None and wanted <= set(names):
            rows = [(number, dict(zip(names, cells, strict=False))) for number, cells in header.rows]
            return _checked(rows, log, queue)
    raise log.stop(
        f"no sheet has the columns {', '.join(sorted(wanted))}",
        "Send the workbook back as it was made, with its column names.",
    )


def agreed_codings(
    codings: pd.DataFrame, assignments: pd.DataFrame, decisions: pd.DataFrame, coder: str
) -> pd.DataFrame:
    """Return the agreed codings of the segments that are settled: every code in dispute was decided.

    Parameters
    ----------
    codings
        segment, coder, code.
    assignments
        segment, coder: who read what.
    decisions
        Table of :class:`Decisions`.
    coder
        Name of the coder who stands for the agreed result.

    Returns
    -------
    DataFrame
        segment, coder, code: what all readers gave, and what was decided to be given.

    Examples
    --------
    >>> codings = pd.DataFrame({"segment": ["s", "s", "s"], "coder": ["a", "b", "b"], "code": ["X", "X",
    "Y"]})
    >>> readers = pd.DataFrame({"segment": ["s", "s"], "coder": ["a", "b"]})
    >>> decided = pd.DataFrame({"segment": ["s"], "code": ["Y"], "decision": ["do not give"]})
    >>> agreed_codings(codings, readers, decided, "both").values.tolist()
    [['s', 'both', 'X']]
    """
    mine = codings[codings["coder"] != coder]
    found = settled_codes(mine, assignments[assignments["coder"] != coder], decisions)
    rows = [(segment, coder, code) for segment, codes in found.items() for code in codes]
    return pd.DataFrame(rows, columns=["segment", "coder", "code"])


def settled_codes(
    codings: pd.DataFrame, assignments: pd.DataFrame, decisions: pd.DataFrame
) -> dict[str, list[str]]:
    """Return the codes that each settled segment has: every code in dispute was decided.

    Parameters
    ----------
    codings, assignments, decisions
        As in :func:`agreed_codings`; without rows of the agreed result.

    Returns
    -------
    dict
        Segment to its codes, none for a segment on which every code was decided against.
    """
    columns = (decisions[name].astype(str) for name in ("segment", "code", "decision"))
    decided = {(segment, code): decision for segment, code, decision in zip(*columns, strict=True)}
    readers = assignments.groupby("segment")["coder"].nunique()
    touched = {segment for segment, _ in decided}
    found = {}
    for segment, given in codings[codings["segment"].isin(touched)].groupby("segment", sort=True):
        by_code = given.groupby("code")["coder"].nunique()
        verdicts = {
            str(code): GIVE if count >= readers.get(segment, 1) else decided.get((segment, str(code)), "")
            for code, count in by_code.items()
        }
        if set(verdicts.values()) <= set(DECISIONS[:2]):
            found[str(segment)] = [code for code, verdict in verdicts.items() if verdict == GIVE]
    return found


def _checked(rows: Sequence[tuple[int, Mapping[str, str]]], log: Log, queue: pd.DataFrame) -> Decisions:
    known = set(zip(queue["segment"].astype(str), queue["code"].astype(str), strict=True))
    settled: dict[tuple[str, str], tuple[int, str]] = {}
    lines, left_open = [], 0
    for number, row in rows:
        filled = {
            name: unescaped(str(row.get(name, "") or "").strip()) for name in ("segment", "code", *TO_FILL)
        }
        decision = filled["decision"].casefold()
        if not decision:
            left_open += 1
            continue
        for column, value, rule, way_out in _wrong(filled, decision, known):
            log.refused.append(Problem(f"{log.file}, sheet {SHEET}", number, column, value, rule, way_out))
        place = (filled["segment"], filled["code"])
        if place in settled and settled[place][1] != decision:
            rule = f"was decided as {settled[place][1]!r} in row {settled[place][0]}"
            log.refused.append(
                Problem(
                    f"{log.file}, sheet {SHEET}",
                    number,
                    "decision",
                    decision,
                    rule,
                    "Keep one of the two rows.",
                )
            )
        elif place not in settled:
            settled[place] = (number, decision)
            lines.append({**filled, "decision": decision})
    log.stop_if_refused()
    return Decisions(pd.DataFrame(lines, columns=["segment", "code", *TO_FILL]), left_open)


def _wrong(
    row: Mapping[str, str], decision: str, known: set[tuple[str, str]]
) -> list[tuple[str, str, str, str]]:
    """Return column, value, rule and way out of everything that is wrong with a decision."""
    found = []
    if decision not in DECISIONS:
        found.append(
            ("decision", decision, f"must be one of {shortlist(DECISIONS)}", "Choose from the list.")
        )
    if (row["segment"], row["code"]) not in known:
        rule = f"is no disagreement of the queue together with the code {row['code']!r}"
        found.append(("segment", row["segment"], rule, "Leave segment and code as they were written."))
    for column, what in (("reason", "a reason"), ("decided_by", "who decided")):
        if not row[column]:
            found.append((column, "", f"a decision needs {what}", "Fill in the cell, or empty the decision."))
    try:
        date.fromisoformat(row["decided_on"])
    except ValueError:
        rule = "must be a day written year-month-day"
        found.append(("decided_on", row["decided_on"], rule, "Write it as in 2026-11-01."))
    return found


def _add_guide(sheet: Worksheet, withheld: int, synthetic: bool) -> None:
    from openpyxl.styles import Alignment, Font

    lines = ["Decisions on segments that coders read differently"]
    lines += ["Synthetic demonstration data: nothing here was said by anybody."] if synthetic else []
    lines += [f"{number}. {line}" for number, line in enumerate(GUIDE, start=1)]
    lines += [f"{withheld} further rows are withheld from the readers of this sheet."] if withheld else []
    for line in lines:
        sheet.append([line])
    sheet.column_dimensions["A"].width = 110
    sheet["A1"].font = Font(bold=True, size=14)
    for (cell,) in sheet.iter_rows(min_row=2, max_col=1):
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def _add_rows(workbook: Workbook, table: pd.DataFrame) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    sheet: Worksheet = workbook.create_sheet(SHEET)
    columns = [*GIVEN, *TO_FILL]
    sheet.append(columns)
    for row in table.to_dict("records"):
        sheet.append([_cell(row.get(name)) for name in GIVEN] + [None] * len(TO_FILL))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor=YELLOW if cell.value in TO_FILL else GREY)
    for place, name in enumerate(columns, start=1):
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = WIDTHS.get(name, 16)
        for (cell,) in sheet.iter_rows(min_row=2, min_col=place, max_col=place):
            cell.alignment = Alignment(wrap_text=name in WIDTHS, vertical="top")
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    listed = '"' + ",".join(DECISIONS) + '"'
    choice = DataValidation(type="list", formula1=listed, allow_blank=True, showErrorMessage=True)
    choice.errorTitle, choice.error = "Not in the list", f"Choose one of: {', '.join(DECISIONS)}."
    sheet.add_data_validation(choice)
    letter = get_column_letter(columns.index("decision") + 1)
    choice.add(f"{letter}2:{letter}{max(sheet.max_row, 2)}")


def _cell(value: Any) -> Any:
    """Return a value as it is written: text so that it is never a formula, whole numbers as such."""
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)) or value == "":
        return None
    if isinstance(value, str):
        return escaped(value)
    return int(value) if float(value).is_integer() else float(value)


def _settled(workbook: Workbook) -> bytes:
    """Return the workbook's bytes without the time of writing."""
    buffer = BytesIO()
    workbook.save(buffer)
    with zipfile.ZipFile(buffer) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    moment = f"{MADE_ON:%Y-%m-%dT%H:%M:%SZ}".encode()
    core = "docProps/core.xml"
    members[core] = _MODIFIED.sub(rb"\g<1>" + moment + rb"\g<2>", members[core])
    return zip_bytes(members)
