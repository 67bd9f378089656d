"""Coded passages from sheets: one row per passage and code becomes segments, codings, coders and sources."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from twinbenefits.evidence.exchange.project import CORE, SYNTHETIC, UNKNOWN_CODER, Row, identifier
from twinbenefits.evidence.exchange.report import Log
from twinbenefits.evidence.exchange.study_project import add_members

__all__ = ["Passages", "choice_of"]

OF_SEGMENT = (
    "source",
    "start",
    "end",
    "text",
    "place",
    "first_order",
    "speaker",
    "use_case",
    "consent_level",
)
OF_CODING = ("created", "memo", "target_code", "status", "strength", "codebook_version", SYNTHETIC)
OF_READING = ("codebook_version", "created", SYNTHETIC)
OF_SOURCE = ("case", "session")
SEVERAL = re.compile(r"\s*[;|\n]\s*")

Cells = Mapping[str, str]


class Passages:
    """Rows by frame, put together from all sheets of a file.

    Parameters
    ----------
    log
        Where everything unusual is noted.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._tables: dict[str, list[Row]] = {frame: [] for frame in CORE}
        self._read: list[Row] = []
        self._segments: dict[str, Row] = {}
        self._sources: dict[str, Row] = {}
        self._choices: dict[str, str] = {}
        self._coded: set[tuple[str, str, str, str]] = set()

    def table(self, frame: str) -> list[Row]:
        """Return the rows of a frame, to be added to."""
        return self._tables[frame]

    def add_rows(self, rows: Sequence[tuple[int, Cells]], place: str, *, named: bool, written: Cells) -> None:
        """Add rows of passages with their codes.

        Parameters
        ----------
        rows
            Pairs of the row a spreadsheet shows and its cells by column.
        place
            The sheet, for messages.
        named
            Whether each row names its segment and coder, as in the study's own coding sheet.
        written
            What each column is called in the file.
        """
        self._index()
        log = self._log
        if not named and "source" not in written:
            log.tolerate("there is no column for the document; the name of the sheet stands for it", place)
        if not named and "coder" not in written:
            log.tolerate(f"there is no column for the coder; all codings are by {UNKNOWN_CODER!r}", place)
        for number, row in rows:
            segment = self._segment(row, number, place, named=named, written=written)
            if segment:
                self._add_codings(row, segment, number, place, named=named, written=written)

    def rows(self) -> dict[str, list[Row]]:
        """Return the rows by frame, with a row for each source and coder that is only named."""
        tables = self._tables
        for frame, key in (("coders", "coder"), ("sources", "source")):
            known = {row[key] for row in tables[frame]}
            named = [row.get(key, "") for one in ("codings", "segments") for row in tables[one]]
            more = [name for name in dict.fromkeys(named) if name and name not in known]
            tables[frame] += [{key: name, **self._sources.get(name, {})} for name in more]
        for row in tables["coders"]:
            row.setdefault("name", row["coder"])
        for row in tables["cases"]:
            row.setdefault("name", row["case"])
        add_members(tables["cases"], tables["sources"])
        for row in tables["segments"]:
            row.setdefault("medium", "text")
        for row in tables["codes"]:
            row.setdefault("name", row["code"])
            row.setdefault("codable", "yes")
        return tables

    @property
    def read(self) -> list[Row]:
        """Rows of segment and coder where a coder read a segment and gave no code."""
        return self._read

    def _index(self) -> None:
        self._segments |= {row["segment"]: row for row in self._tables["segments"]}
        self._choices = {choice_of(row): row["code"] for row in self._tables["codes"]}

    def _codes(self, cell: str) -> list[str]:
        """Return the codes of a cell; a whole choice of a drop-down list is one code."""
        if cell in self._choices:
            return [self._choices[cell]]
        codes = [code for code in SEVERAL.split(cell) if code]
        return [self._choices.get(code, code) for code in codes]

    def _segment(self, row: Cells, number: int, place: str, *, named: bool, written: Cells) -> str:
        """Return the segment of a row, adding it if it is new; empty if the row cannot be used."""
        text, source = row.get("text", ""), row.get("source", "")
        segment = row.get("segment", "")
        if named and segment in self._segments:
            self._compare(row, segment, number, place)
            return segment
        if not named:
            source = source or ("" if "source" in written else place.removeprefix("sheet ") or self._log.file)
        if not source and not named:
            self._refuse("must not be empty: a passage needs its document", "source", number, place, written)
            return ""
        if not segment and not text:
            if not any(row.values()):
                return ""
            self._refuse(
                "must not be empty: a coding needs the passage it belongs to",
                "segment" if named else "text",
                number,
                place,
                written,
            )
            return ""
        segment = segment or identifier("seg", source, row.get("start", "") or text, text)
        known = self._segments.get(segment)
        if known is not None and not named and (known["source"], known.get("text", "")) != (source, text):
            self._log.tolerate("one identifier stands for several passages; they were told apart", segment)
            segment = identifier("seg", segment, source, text)
        if segment not in self._segments:
            self._segments[segment] = {"segment": segment, **_described(row), "source": source}
            self._tables["segments"].append(self._segments[segment])
        self._note_source(row, source, number, place)
        return segment

    def _compare(self, row: Cells, segment: str, number: int, place: str) -> None:
        """Tell where a row says something else of a segment than the sheet of segments does."""
        known = self._segments[segment]
        for column in OF_SEGMENT:
            cell = row.get(column, "")
            if cell and known.get(column) and str(known[column]) != cell:
                self._log.ask(
                    f"says something else of segment {segment} than its own sheet, which was followed",
                    "Change it in the sheet of segments, if that is meant.",
                    place=f"{place}, column {column}",
                    row=number,
                    value=cell,
                )
            elif cell and not known.get(column):
                known[column] = cell

    def _note_source(self, row: Cells, source: str, number: int, place: str) -> None:
        """Keep what a row says of its source; two different things are refused."""
        known = self._sources.setdefault(source, {})
        for column in OF_SOURCE:
            cell = row.get(column, "")
            if cell and known.setdefault(column, cell) != cell:
                self._log.refuse(
                    f"document {source} belongs to {known[column]} in an earlier row",
                    "Correct one of the two rows.",
                    place=place,
                    row=number,
                    column=column,
                    value=cell,
                )

    def _add_codings(
        self, row: Cells, segment: str, number: int, place: str, *, named: bool, written: Cells
    ) -> None:
        """Add the codings of a row: none, one, or several in one cell."""
        codes = self._codes(row.get("code", ""))
        coder = row.get("coder", "") or ("" if named else UNKNOWN_CODER)
        if not codes:
            if coder and named:
                known = {column: row[column] for column in OF_READING if row.get(column)}
                self._read.append({"segment": segment, "coder": coder, **known})
            elif not named:
                where = ", ".join(filter(None, (place, f"row {number}")))
                self._log.tolerate("a passage without a code was kept", where)
            return
        if not coder:
            self._refuse("must not be empty: a coding needs its coder", "coder", number, place, written)
            return
        if len(codes) > 1:
            self._log.tolerate("several codes in one cell became one coding each", place)
        for code in codes:
            target = self._choices.get(row.get("target_code", ""), row.get("target_code", ""))
            if (segment, coder, code, target) in self._coded:
                self._log.tolerate(
                    "the same coding stands in two rows and was kept once",
                    ", ".join(filter(None, (place, f"row {number}"))),
                )
                continue
            self._coded.add((segment, coder, code, target))
            own = row.get("coding", "") if len(codes) == 1 else ""
            self._tables["codings"].append(
                {
                    "coding": own or identifier("cod", segment, coder, code, target),
                    "segment": segment,
                    "coder": coder,
                    "code": code,
                    **{column: row[column] for column in OF_CODING if row.get(column)},
                    **({"target_code": target} if target else {}),
                }
            )

    def _refuse(self, rule: str, column: str, number: int, place: str, written: Cells) -> None:
        self._log.refuse(
            rule,
            "Fill in the cell, or delete the whole row.",
            place=place,
            row=number,
            column=written.get(column, column),
        )


def _described(row: Cells) -> Row:
    """Return what a row says of its segment; a position that is no pair of numbers becomes a place."""
    known = {column: row[column] for column in OF_SEGMENT if row.get(column)}
    start, end = known.get("start", ""), known.get("end", "")
    if not (start.isdecimal() and end.isdecimal()):
        elsewhere = f"{start} to {end}" if start or end else ""
        known = {column: cell for column, cell in known.items() if column not in ("start", "end")}
        known["place"] = ", ".join(filter(None, (known.get("place", ""), elsewhere)))
    return {"medium": "text", **known}


def choice_of(code: Row) -> str:
    """Return a code as it stands in the drop-down lists of the coding sheet: its id and its label."""
    name = str(code.get("name", ""))
    return f"{code['code']} {name}" if name and name != code["code"] else str(code["code"])
