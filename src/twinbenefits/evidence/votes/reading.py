"""Read a filled-in voting sheet: the form as workbook or csv, or a table with one row per voter or vote."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from twinbenefits.evidence.exchange.archives import MEMBER_LIMIT, SafeArchive
from twinbenefits.evidence.exchange.grids import Grid
from twinbenefits.evidence.exchange.report import Log
from twinbenefits.evidence.votes.columns import Column, Names, column_of, known_column
from twinbenefits.evidence.votes.form import ABOUT

__all__ = ["Cell", "Filled", "VoteLog", "read_votes"]

HEADER_WITHIN = 80
"""Column names are sought in so many rows from the top: the csv form names every item above them."""

PICTURES = {
    b"\x89PNG": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"GIF8": "a picture (GIF)",
    b"II*\x00": "a picture (TIFF)",
    b"MM\x00*": "a picture (TIFF)",
    b"%PDF": "a PDF document",
    b"{\\rtf": "a text document (RTF)",
}
TYPE_IT = "Type the marks into the voting form (twinbenefits votes form FILE.xlsx) and import that."
SAVE_AS = "Save it as .xlsx without a password (File, Save As, Excel Workbook), and import that."
_MERGED = re.compile(r"sheet (?P<sheet>.*), cells [A-Z]+(?P<top>\d+):[A-Z]+(?P<bottom>\d+)")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with its place.

    Parameters
    ----------
    sheet
        The sheet in messages; empty for a csv file.
    row
        The row as a spreadsheet shows it.
    column
        The column's name in the file.
    text
        What stands there.
    """

    sheet: str
    row: int
    column: str
    text: str


@dataclass(slots=True)
class Filled:
    """What a filled-in sheet holds, as written.

    Parameters
    ----------
    about
        What the form says of itself: workshop, round, synthetic.
    versions
        Item to the version that the form says it shows.
    marks
        Voter, what the column is for, the cell.
    comments, voters
        Rows of the sheets of these kinds: column of the tables to cell.
    """

    about: dict[str, str] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    marks: list[tuple[Cell, Column, Cell]] = field(default_factory=list)
    comments: list[Mapping[str, Cell]] = field(default_factory=list)
    voters: list[Mapping[str, Cell]] = field(default_factory=list)


class VoteLog(Log):
    """A log that remembers every merged range, because a mark in one belongs to nobody."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.merged: dict[str, list[tuple[int, int, str]]] = {}

    def tolerate(self, what: str, place: str = "", count: int = 1) -> None:
        """Note an oddity that was put right."""
        found = _MERGED.fullmatch(place) if what.startswith("merged cells") else None
        if found is None:
            super().tolerate(what, place, count)
            return
        where = place.rpartition("cells ")[2]
        self.merged.setdefault(found["sheet"], []).append((int(found["top"]), int(found["bottom"]), where))


def read_votes(path: Path, names: Names, log: VoteLog) -> Filled:
    """Return what a file holds.

    Parameters
    ----------
    path
        A workbook or a csv file; what it is shows by its content.
    names
        The items and scales there are.
    log
        Where everything unusual is noted, and everything that stands in the way.

    Raises
    ------
    EvidenceError
        If the file cannot be read at all, or holds no table of votes.
    """
    grids = _grids(path, log)
    filled = Filled()
    seen = ""
    for grid in grids:
        if _is_about(grid):
            _read_about(grid.rows[1:], names, filled)
            continue
        seen = seen or next((", ".join(filter(None, cells))[:80] for _, cells in grid.rows), "")
        _read_sheet(grid, names, filled, log)
    if not filled.marks and not filled.comments and not filled.voters and not log.refused:
        raise log.stop(
            "no sheet has a column for the voter and columns for marks (such as 'I3 v1 importance', or item, "
            "scale and value)",
            TYPE_IT,
            value=seen or None,
        )
    return filled


def _grids(path: Path, log: VoteLog) -> Sequence[Grid]:
    """Return the sheets of a file, or stop with what it is instead."""
    head = _head(path, log)
    owner = path.with_name(f"~${path.name}")
    if path.name.startswith("~$"):
        raise log.stop(
            "is the mark that Excel leaves beside a workbook it has open",
            f"Close Excel and import {path.name.removeprefix('~$')}.",
        )
    if owner.exists():
        raise log.stop(
            "is open in Excel, so what was not saved yet is not in the file",
            f"Save and close it, then import again. If Excel is closed, delete {owner.name} beside it.",
        )
    for begin, what in PICTURES.items():
        if head.startswith(begin):
            raise log.stop(f"is {what}, and marks cannot be read from it", TYPE_IT)
    if head[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1") or head[8:12] == b"WEBP":
        raise log.stop("is a picture, and marks cannot be read from it", TYPE_IT)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise log.stop("is a workbook with a password, or an old one (.xls)", SAVE_AS)
    if head.startswith(b"PK"):
        return _workbook(path, log)
    if path.stat().st_size > MEMBER_LIMIT:
        raise log.stop("is larger than any sheet of votes", "Import the table of votes only.")
    from twinbenefits.evidence.exchange.text_tables import read_text_table

    return [read_text_table(path.read_bytes(), log)]


def _workbook(path: Path, log: VoteLog) -> Sequence[Grid]:
    from twinbenefits.evidence.exchange.workbooks import read_workbook

    archive = SafeArchive(path, log)
    try:
        if "xl/workbook.xml" not in archive.names:
            raise log.stop("is an archive or document, not an Excel workbook", SAVE_AS)
        pictures = [name for name in archive.names if name.startswith("xl/media/")]
        grids = read_workbook(path, archive, log)
    finally:
        archive.close()
    if pictures and not any(grid.rows for grid in grids):
        raise log.stop("holds a picture instead of a table", TYPE_IT)
    if pictures:
        log.drop("a picture in the workbook was left out; marks cannot be read from it", "", len(pictures))
    return grids


def _head(path: Path, log: VoteLog) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except FileNotFoundError:
        raise log.stop("there is no such file", "Check the name and the folder.") from None
    except IsADirectoryError:
        raise log.stop("is a folder", "Name the file with the votes.") from None
    except OSError as error:
        raise log.stop(
            f"cannot be opened ({error.strerror}); often another program, such as Excel, has it open",
            "Close it there, then import again.",
        ) from None
    if not head.strip(codecs.BOM_UTF8 + b" \r\n\t"):
        raise log.stop("the file is empty", "Save or export it again.")
    return head


def _is_about(grid: Grid) -> bool:
    return bool(grid.rows) and grid.rows[0][1][0] == ABOUT


def _read_about(rows: Sequence[tuple[int, list[str]]], names: Names, filled: Filled) -> None:
    """Take what a form says of itself; rows of another kind are the guide."""
    for _, cells in rows:
        key, value = cells[0].strip().casefold(), cells[1].strip() if len(cells) > 1 else ""
        if key in ("workshop", "round", "synthetic") and value:
            filled.about[key] = value
        elif key == "item" and len(cells) > 2 and cells[2].strip().lstrip("v").isdecimal():
            filled.versions[names.item(value)] = int(cells[2].strip().lstrip("v"))


def _read_sheet(grid: Grid, names: Names, filled: Filled, log: VoteLog) -> None:
    """Take the marks, comments or voters of a sheet; a sheet of none of them is told."""
    place = _header(grid, names)
    if place is None:
        if grid.rows:
            shown = ", ".join(filter(None, grid.rows[0][1]))[:60]
            where = f"{grid.place} ({shown})" if grid.place else shown
            log.drop("a sheet without a column for the voter was left out", where)
        return
    _read_about(grid.rows[:place], names, filled)
    number, header = grid.rows[place]
    above = grid.rows[place - 1][1] if place else []
    titles = [_title(cell, above[at] if at < len(above) else "", names) for at, cell in enumerate(header)]
    known = [known_column(title) for title in titles]
    marks = {
        at: found for at, title in enumerate(titles) if not known[at] and (found := column_of(title, names))
    }
    _tell_unknown(grid, titles, known, marks, place, log)
    rows = [_cells(grid, row, cells, titles) for row, cells in grid.rows[place + 1 :]]
    _refuse_merged(grid, number, log)
    voter = known.index("voter")
    if marks:
        for cells in rows:
            filled.marks += [(cells[voter], column, cells[at]) for at, column in marks.items() if at in cells]
    elif "value" in known and "scale" in known:
        filled.marks += list(_long(rows, known, names))
    else:
        kind = filled.comments if "text" in known else filled.voters
        kind += [
            {known[at]: cell for at, cell in cells.items() if known[at]} for cells in rows if len(cells) > 1
        ]


def _header(grid: Grid, names: Names) -> int | None:
    """Return where the row of column names stands among the rows: it names the voter and something else."""
    for place, (_, cells) in enumerate(grid.rows[:HEADER_WITHIN]):
        above = grid.rows[place - 1][1] if place else []
        titles = [_title(cell, above[at] if at < len(above) else "", names) for at, cell in enumerate(cells)]
        known = {known_column(title) for title in titles} - {""}
        others = len(known) > 1 or any(column_of(title, names) for title in titles)
        if "voter" in known and others:
            return place
    return None


def _title(cell: str, above: str, names: Names) -> str:
    """Return a column's name; a scale alone is joined to the item in the row above."""
    if names.scale(cell) in names.scales and column_of(f"{above} {cell}", names):
        return f"{above} {cell}"
    return cell.strip()


def _cells(grid: Grid, row: int, cells: Sequence[str], titles: Sequence[str]) -> dict[int, Cell]:
    """Return the cells of a row that hold anything, and the voter's in any case."""
    return {
        at: Cell(grid.place, row, title, cells[at].strip() if at < len(cells) else "")
        for at, title in enumerate(titles)
        if known_column(title) == "voter" or (at < len(cells) and cells[at].strip())
    }


def _long(
    rows: Sequence[dict[int, Cell]], known: Sequence[str], names: Names
) -> Iterator[tuple[Cell, Column, Cell]]:
    """Yield the marks of a table with one row per vote."""
    at = {column: place for place, column in enumerate(known) if column}
    for cells in rows:
        voter = cells[at["voter"]]
        item = cells.get(at.get("item", -1))
        scale = cells.get(at["scale"])
        value = cells.get(at["value"])
        passed = cells.get(at.get("not_my_field", -1))
        if (
            value is None
            and passed is not None
            and passed.text.casefold() in ("yes", "true", "x", "1", "kyllä")
        ):
            value = Cell(passed.sheet, passed.row, passed.column, "not my field")
        if value is None and item is None and scale is None:
            continue
        version = cells.get(at.get("item_version", -1))
        number = version.text.lstrip("vV") if version else ""
        found = Column(
            names.item(item.text) if item else "",
            int(number) if number.isdecimal() else None,
            names.scale(scale.text) if scale else "",
        )
        yield voter, found, value or Cell(voter.sheet, voter.row, "value", "")


def _tell_unknown(
    grid: Grid,
    titles: Sequence[str],
    known: Sequence[str],
    marks: Mapping[int, Column],
    place: int,
    log: VoteLog,
) -> None:
    """Tell of columns that hold something and are no marks, and refuse one that stands there twice."""
    number = grid.rows[place][0]
    for at, title in enumerate(titles):
        if at in marks and marks[at] in [marks[other] for other in marks if other < at]:
            log.refuse(
                "two columns are for the same item and scale",
                "Keep the right one and delete the other.",
                place=grid.place, row=number, column=title,
            )  # fmt: skip
        if at in marks or known[at]:
            continue
        filled = sum(1 for _, cells in grid.rows[place + 1 :] if at < len(cells) and cells[at].strip())
        if filled:
            where = ", ".join(filter(None, (grid.place, f"column {title or 'without a name'}")))
            log.drop("a column that is neither for a mark nor for a comment was left out", where, filled)


def _refuse_merged(grid: Grid, header: int, log: VoteLog) -> None:
    """Refuse merged cells under the header: one mark would stand for several voters or scales."""
    for top, bottom, where in log.merged.get(grid.name, ()):
        if bottom > header:
            log.refuse(
                f"the cells {where} are merged, so nobody can tell for whom or for what the mark is",
                "Unmerge them in Excel (Home, Merge and Center) and write each mark into its own cell.",
                place=grid.place, row=max(top, header + 1),
            )  # fmt: skip
