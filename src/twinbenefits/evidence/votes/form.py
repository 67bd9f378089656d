"""The voting form: a workbook with drop-downs, or a csv file, that `twinbenefits votes import` reads back.

One row per voter, one column per item and scale. The name of a column says item, version and scale
("I3 v2 importance"), so that a vote stays with the words it was cast on wherever the columns are copied to.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from twinbenefits.evidence.exchange.grids import escaped
from twinbenefits.evidence.exchange.project import SYNTHETIC_MARK
from twinbenefits.evidence.exchange.storing import write_bytes, zip_bytes
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.problems import EvidenceError, Problem, shortlist
from twinbenefits.evidence.votes.standing import scale_ranges, standing_items

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["ABOUT", "FORM_TABLES", "NOT_MY_FIELD", "column_name", "voter_codes", "write_form"]

FORM_TABLES = ("events", "items", "decisions", "vote_scales")
"""What a study must be opened with for :func:`write_form`."""

NOT_MY_FIELD = "not my field"
ABOUT = "About this form"
"""First cell of the sheet that says which workshop and round the form is for."""

VOTES, COMMENTS, VOTERS = "Votes", "Comments", "Voters"
COMMENT_COLUMNS = ("voter", "item", "text", "consent_level")
VOTER_COLUMNS = ("voter", "vertical", "role_group", "consent_level")
ROWS = 60
"""So far down the drop-downs reach at least."""
LEVELS = '"0,1,2,3,4,5,6"'
MADE_ON = datetime(2020, 1, 1)
"""A fixed day, so that equal items give equal files."""
GUIDE = (
    "Votes: one row per voter. Choose a mark from the list; leave a cell empty where nothing was marked.",
    f"'{NOT_MY_FIELD}' is an answer of its own: choose it where the voter ticked it.",
    "Do not rename the columns: they say which wording of which item the mark is for.",
    "Comments: one row per comment, in the words of the voter, with the consent level that was agreed.",
    "Voters: one row per voter who has no row in the tables yet, by code and never by name.",
    "Bring it in: twinbenefits votes import FILE shows what would change; with --apply it is written.",
)
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")


class Tables(Protocol):
    """A study, as far as a form needs it."""

    @property
    def evidence(self) -> str:
        """Which evidence is open."""

    @property
    def layout(self) -> Layout:
        """Where the project stands."""

    def table(self, name: str) -> pd.DataFrame:
        """Return a table."""


def column_name(item: str, version: int, scale: str) -> str:
    """Return what the column of one item and scale is called.

    >>> column_name("I3", 2, "importance")
    'I3 v2 importance'
    """
    return f"{item} v{version} {scale}"


def voter_codes(layout: Layout, evidence: str, event: str) -> list[str]:
    """Return the codes that stand on the voting sheets of a workshop.

    They are read past the door, which replaces them by tokens: a code belongs on the sheet of its voter, and
    in nothing that is shown to others.
    """
    voters = load_tables(layout, evidence, ["voters"])["voters"]
    return sorted(str(voter) for voter in voters.loc[voters["event"] == event, "voter"])


def write_form(study: Tables, event: str, round_number: int, path: Path, voters: Sequence[str] = ()) -> bool:
    """Write the voting form of a workshop's round; return whether the file changed.

    Parameters
    ----------
    study
        The study, opened with :data:`FORM_TABLES` at least.
    event
        The workshop.
    round_number
        The round of voting.
    path
        Where to write: ``.xlsx`` for a workbook with drop-downs, ``.csv`` for plain text.
    voters
        Codes that the first rows are made out for, such as those of :func:`voter_codes`; one code makes a
        personal form.

    Raises
    ------
    EvidenceError
        If there is no such workshop, if no item stands there, or if the suffix is another.
    """
    events = study.table("events")
    items = standing_items(study.table("items"), study.table("decisions"), events, event)
    problems = []
    if event not in {*events["event"]}:
        way_out = f"The workshops are {shortlist(events['event']) or 'not written down yet'}."
        problems.append(Problem("events.csv", None, "event", event, "there is no such workshop", way_out))
    if items.empty:
        problems.append(
            Problem("items.csv", None, None, None, "no item stands at this workshop", "Add items to vote on.")
        )
    if path.suffix.lower() not in (".xlsx", ".csv"):
        rule = "a voting form ends in .xlsx or .csv"
        problems.append(Problem(path.name, None, None, path.suffix, rule, "Choose one of the two."))
    if problems:
        raise EvidenceError(problems)
    form = _Form(items, study.table("vote_scales"), event, round_number, study.evidence == "demo", voters)
    return write_bytes(path, form.as_csv() if path.suffix.lower() == ".csv" else form.as_workbook())


class _Form:
    """One form, as a workbook or as text."""

    def __init__(
        self,
        items: pd.DataFrame,
        scales: pd.DataFrame,
        event: str,
        round_number: int,
        synthetic: bool,
        voters: Sequence[str],
    ) -> None:
        self._ranges = scale_ranges(scales)
        self._questions = dict(zip(scales["scale"], scales["question"], strict=True))
        self._voters = list(voters)
        self._columns: list[tuple[str, str, str]] = []
        self._statements: list[str] = []
        about = [("workshop", event), ("round", str(round_number))]
        about += [("synthetic", "true")] if synthetic else []
        self._about: list[tuple[str, ...]] = [*about]
        columns = (items[name].tolist() for name in ("item", "version", "statement", "scale_set"))
        for item, version, statement, scale_set in zip(*columns, strict=True):
            self._about.append(("item", str(item), f"v{version}", str(statement)))
            for number, scale in enumerate(str(scale_set).split(";")):
                name = column_name(str(item), int(version), scale)
                self._columns.append((name, scale, str(item)))
                self._statements.append(str(statement) if number == 0 else "")
        self._mark = SYNTHETIC_MARK if synthetic else ""
        self._title = f"Votes of workshop {event}, round {round_number}"

    @property
    def _names(self) -> list[str]:
        return ["voter", *(name for name, _, _ in self._columns)]

    def as_csv(self) -> bytes:
        """Return the form as text: what it is for in the first rows, then one row per voter."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\r\n")
        writer.writerows([escaped(cell) for cell in row] for row in self._about)
        writer.writerow(self._names)
        writer.writerows([escaped(voter), *[""] * len(self._columns)] for voter in self._voters)
        return b"\xef\xbb\xbf" + buffer.getvalue().encode("utf-8")

    def as_workbook(self) -> bytes:
        """Return the form as a workbook with drop-downs."""
        from openpyxl import Workbook

        workbook = Workbook()
        workbook.remove(workbook.worksheets[0])
        self._add_votes(workbook)
        _add_rows(workbook, COMMENTS, COMMENT_COLUMNS, [], {"consent_level": LEVELS}, self._item_list())
        self._add_voters(workbook)
        self._add_about(workbook)
        if self._mark:
            for page in workbook.worksheets:
                for edge in (page.oddHeader, page.oddFooter):
                    if edge is not None and edge.center is not None:
                        edge.center.text = self._mark
            workbook.properties.description = self._mark
        workbook.properties.creator = "twinbenefits"
        workbook.properties.created = MADE_ON
        return _settled(workbook)

    def _item_list(self) -> dict[str, str]:
        return {"item": '"' + ",".join(dict.fromkeys(item for *_, item in self._columns)) + '"'}

    def _add_votes(self, workbook: Workbook) -> None:
        from openpyxl.styles import Alignment, Font, PatternFill
        from openpyxl.utils import get_column_letter

        sheet: Worksheet = workbook.create_sheet(VOTES)
        sheet.append([f"{self._title}. {self._mark}".rstrip(" .")])
        sheet.append([None, *(escaped(text) or None for text in self._statements)])
        sheet.append(self._names)
        for number, voter in enumerate(self._voters):
            sheet.cell(number + 4, 1, escaped(voter))
        last = max(ROWS, len(self._voters) + 20) + 3
        sheet["A1"].font = Font(bold=True, size=13)
        sheet.row_dimensions[2].height = 120
        sheet.column_dimensions["A"].width = 14
        fills = ("FFF4C2", "E3F4DE")
        items = list(dict.fromkeys(item for *_, item in self._columns))
        for place, (_, scale, item) in enumerate(self._columns, start=2):
            letter = get_column_letter(place)
            sheet.column_dimensions[letter].width = 17
            head = sheet.cell(3, place)
            head.font = Font(bold=True)
            head.fill = PatternFill("solid", fgColor=fills[items.index(item) % 2])
            sheet.cell(2, place).alignment = Alignment(wrap_text=True, vertical="bottom")
            low, high = self._ranges[scale]
            marks = ",".join([*map(str, range(low, high + 1)), NOT_MY_FIELD])
            told = f"{self._questions[scale]} {low} to {high}, or '{NOT_MY_FIELD}'."
            _add_choice(sheet, f"{letter}4:{letter}{last}", f'"{marks}"', str(head.value), told)
        sheet["A3"].font = Font(bold=True)
        sheet.freeze_panes = "B4"
        sheet.page_setup.orientation = "landscape"
        sheet.print_title_rows = "3:3"

    def _add_voters(self, workbook: Workbook) -> None:
        _add_rows(workbook, VOTERS, VOTER_COLUMNS, [], {"consent_level": LEVELS}, {})

    def _add_about(self, workbook: Workbook) -> None:
        from openpyxl.styles import Font

        sheet: Worksheet = workbook.create_sheet("About")
        sheet.append([ABOUT])
        sheet["A1"].font = Font(bold=True, size=13)
        for row in self._about:
            sheet.append([escaped(cell) for cell in row])
        sheet.append([])
        for line in GUIDE:
            sheet.append([escaped(line)])
        for letter, width in {"A": 14, "B": 12, "C": 8, "D": 90}.items():
            sheet.column_dimensions[letter].width = width


def _add_rows(
    workbook: Workbook,
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: dict[str, str],
    words: dict[str, str],
) -> None:
    """Add a plain sheet with a header, rows, and drop-downs for some of its columns."""
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet: Worksheet = workbook.create_sheet(title)
    sheet.append(list(columns))
    for row in rows:
        sheet.append([escaped(cell) for cell in row])
    for place, column in enumerate(columns, start=1):
        letter = get_column_letter(place)
        sheet.cell(1, place).font = Font(bold=True)
        sheet.column_dimensions[letter].width = 70 if column == "text" else 18
        choices = {**numbers, **words}.get(column)
        if choices and len(choices) <= 255:
            told = "Choose one from the list."
            _add_choice(sheet, f"{letter}2:{letter}{ROWS * 5}", choices, column, told)
    sheet.freeze_panes = "A2"


def _add_choice(sheet: Worksheet, where: str, choices: str, title: str, told: str) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    rule = DataValidation(
        type="list", formula1=choices, allow_blank=True, showErrorMessage=True, showInputMessage=True
    )
    rule.errorTitle, rule.error = "Not in the list", told[:250]
    rule.promptTitle, rule.prompt = title[:32], told[:250]
    sheet.add_data_validation(rule)
    rule.add(where)


def _settled(workbook: Workbook) -> bytes:
    """Return the workbook's bytes without the time of writing."""
    buffer = BytesIO()
    workbook.save(buffer)
    with zipfile.ZipFile(buffer) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    moment = f"{MADE_ON:%Y-%m-%dT%H:%M:%SZ}".encode()
    members["docProps/core.xml"] = _MODIFIED.sub(rb"\g<1>" + moment + rb"\g<2>", members["docProps/core.xml"])
    return zip_bytes(members)
