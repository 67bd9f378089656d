"""From the codings of a project to rows of the study's tables, with what other programs have no place for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from twinbenefits.evidence.coding_rules import GRADED_ROLE
from twinbenefits.evidence.converting import UnreadableError
from twinbenefits.evidence.exchange.cell_rules import brought_into_form, day_of, own_columns
from twinbenefits.evidence.exchange.existing import Existing
from twinbenefits.evidence.exchange.naming import Naming
from twinbenefits.evidence.exchange.project import Project, Row, guid_of, identifier
from twinbenefits.evidence.exchange.refi_properties import properties_of
from twinbenefits.evidence.exchange.report import Log
from twinbenefits.evidence.schema_case import NAME

__all__ = ["CodingRows", "Dates", "grouped", "marks_of", "records"]

_NAME = re.compile(NAME)
_MARK = re.compile(r"(status|strength|target|target_code)\s*[:=]\s*(.+)", re.IGNORECASE)
_MARKED = ("status", "strength", "target_code")


def marks_of(project: Project) -> dict[str, tuple[str, str]]:
    """Return the codes that only say status, strength or target of the other codes at a passage.

    Programs for qualitative analysis have no place for them, so coders give a code called `status: observed`
    or `strength: 2` beside the benefit.
    """
    marks = {}
    names = dict(zip(project.codes["code"], project.codes["name"], strict=True))
    for code in {*project.codings["code"]}:
        for name in (code, names.get(code, "")):
            found = _MARK.fullmatch(re.split(r"\s*(?:>|::)\s*", name)[-1].strip())
            if found:
                column = "target_code" if found[1].lower().startswith("target") else found[1].lower()
                marks[code] = column, found[2].strip()
    return marks


@dataclass(frozen=True, slots=True)
class Dates:
    """The days of rows, and what stands where a file knows none.

    Parameters
    ----------
    log
        Where assumptions are noted.
    today
        The day of the import.
    version
        The version of the codebook in use.
    """

    log: Log
    today: str
    version: str

    def of(self, row: Row, *, new: bool) -> dict[str, str]:
        """Return day and codebook version; what the file does not know is assumed only for new rows."""
        version = self._of(row, "codebook_version", self.version, new=new)
        return {"codebook_version": version, "created": self.created(row, new=new)}

    def created(self, row: Row, *, new: bool) -> str:
        """Return the day of a row."""
        return self._of(row, "created", self.today, new=new)

    def _of(self, row: Row, name: str, otherwise: str, *, new: bool) -> str:
        written = str(row.get(name, "") or "")
        try:
            found = day_of(written)[0] if written else ""
        except UnreadableError:
            self.log.ask(
                f"a day could not be read, so {otherwise} stands in its place",
                "Correct it in the tables, if the day matters.",
                value=written,
            )
            return otherwise
        if not found and new:
            self.log.tolerate(f"where the file has no {name.replace('_', ' ')}, {otherwise} stands")
            return otherwise
        return found


class CodingRows:
    """The codings of a project as rows of the tables.

    Parameters
    ----------
    project, existing, naming, log, dates
        As in `rows_of_project`.
    segments
        The study's name of each segment of the file.
    """

    def __init__(
        self,
        project: Project,
        existing: Existing,
        naming: Naming,
        log: Log,
        dates: Dates,
        segments: Mapping[str, str],
    ) -> None:
        self._project = project
        self._existing = existing
        self._naming = naming
        self._log = log
        self._dates = dates
        self._segments = segments
        self._coded = grouped(project.rows("codings"), "segment")
        self._marks = marks_of(project)
        self._roles = dict(zip(naming.codebook["id"], self._column("role"), strict=True))
        self._aims = dict(zip(naming.codebook["id"], self._column("targets_role"), strict=True))
        self.memos: list[tuple[Row, str]] = []

    def codings(self) -> list[Row]:
        """Return the codings, each under the name it has in the tables if it is there already."""
        before = self._existing.tables["codings"]
        columns = ["segment", "coder", "code", "target_code"]
        known = {*before["coding"]}
        by_guid = {guid_of("coding", name): name for name in before["coding"]}
        meanings = zip(*(before[column] for column in columns), strict=True)
        by_meaning = dict(zip(meanings, before["coding"], strict=True))
        said = self._said()
        rows: dict[tuple[str, ...], Row] = {}
        for row in self._project.rows("codings"):
            code = self._naming.becomes("code", row["code"])
            coder = self._naming.becomes("coder", row["coder"])
            segment = self._segments.get(row["segment"], "")
            if row["code"] in self._marks or not (code and coder and segment):
                continue
            marked = _memo_marks(row)
            told = {**said.get((row["segment"], row["coder"]), {}), **marked}
            filled = self._graded(row, told, code)
            meant = (segment, coder, code, filled.get("target_code", ""))
            if meant in rows:
                self._log.tolerate("the same coding stands in the file twice and is kept once")
                continue
            name = row["coding"] if row["coding"] in known else by_guid.get(row["guid"].lower(), "")
            name = name or by_meaning.get(meant, "")
            dates = self._dates.of(row, new=not name)
            if not name:
                name = row["coding"] if _NAME.fullmatch(row["coding"]) else identifier("cod", *meant)
            what = {"coding": name, "segment": segment, "coder": coder, "code": code}
            rows[meant] = {**what, **filled, **dates}
            if row["memo"] and not marked:
                self.memos.append((row, segment))
        return list(rows.values())

    def assignments(self, codings: Sequence[Row]) -> list[Row]:
        """Return that each coder read the segments coded, and those that the file names besides."""
        before = self._existing.tables["assignments"]
        known = {*zip(before["segment"], before["coder"], strict=True)}
        rows: dict[tuple[str, str], Row] = {}
        table = self._project.tables.get("assignments")
        named = [] if table is None else records(table)
        for row in named:
            segment = self._segments.get(row["segment"], row["segment"])
            coder = self._naming.becomes("coder", row["coder"]) or row["coder"]
            dates = self._dates.of({"created": "", **row}, new=(segment, coder) not in known)
            rows[segment, coder] = {"segment": segment, "coder": coder, **dates}
        for coding in codings:
            pair = coding["segment"], coding["coder"]
            if pair not in known:
                dates = {name: coding.get(name, "") for name in ("codebook_version", "created")}
                rows.setdefault(pair, {"segment": pair[0], "coder": pair[1], **dates})
        return list(rows.values())

    def _said(self) -> dict[tuple[str, str], dict[str, str]]:
        """Return what codes that only mark say of the other codes, by segment and coder."""
        said: dict[tuple[str, str], dict[str, str]] = {}
        for segment, rows in self._coded.items():
            for row in rows:
                if row["code"] in self._marks:
                    column, value = self._marks[row["code"]]
                    said.setdefault((segment, row["coder"]), {})[column] = value
        if said:
            self._log.tolerate(
                "codes such as 'status: observed' were read as what they say of the other codes there",
                count=len(said),
            )
        return said

    def _graded(self, row: Row, told: Mapping[str, str], code: str) -> dict[str, str]:
        """Return status, strength and target of a coding as far as anything tells them."""
        rules = own_columns()["codings"]
        filled = {name: str(row.get(name, "") or "") for name in _MARKED}
        for name in ("status", "strength"):
            value = told.get(name, "")
            if value and not filled[name] and self._roles.get(code) == GRADED_ROLE:
                try:
                    filled[name] = brought_into_form(value, rules[name])[0]
                except UnreadableError as reason:
                    self._log.refuse(reason.rule, reason.way_out, place="codings", column=name, value=value)
        aim = self._aims.get(code, "")
        target = filled["target_code"] or (told.get("target_code", "") if aim else "")
        filled["target_code"] = self._naming.becomes("code", target) or target
        if aim and not target:
            filled["target_code"] = self._only_target(row, aim)
        return {name: value for name, value in filled.items() if value}

    def _only_target(self, row: Row, aim: str) -> str:
        """Return the one code of a role that the same coder gave to the same passage."""
        beside = {
            code
            for other in self._coded.get(row["segment"], ())
            if other["coder"] == row["coder"] and other["code"] not in self._marks
            for code in [self._naming.becomes("code", other["code"])]
            if self._roles.get(code) == aim
        }
        if len(beside) != 1:
            return ""
        self._log.tolerate(f"a code that works on a {aim} got the only {aim} of its passage as its target")
        return beside.pop()

    def _column(self, name: str) -> list[str]:
        codebook = self._naming.codebook
        cells: list[str] = codebook[name].tolist() if name in codebook else [""] * len(codebook)
        return cells


def _memo_marks(row: Row) -> dict[str, str]:
    """Return status, strength and target that a comment on a coding gives, as in `status: observed`."""
    said = properties_of(row["memo"].replace(";", "\n"))
    folded = {name.casefold().replace(" ", "_"): value for name, value in said.items()}
    return {name: folded[name] for name in _MARKED if folded.get(name)}


def records(table: pd.DataFrame) -> list[Row]:
    """Return the rows of a table as dictionaries."""
    columns = [str(column) for column in table.columns]
    lists = [table[column].tolist() for column in table.columns]
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*lists, strict=True)]


def grouped(rows: Sequence[Row], column: str) -> dict[str, list[Row]]:
    """Return rows by what stands in a column."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    return groups
