"""What the codes, coders, cases and sources of a file are called in the study's tables.

What can be told is told: by the code itself, by the GUID derived from it, by its label. The rest goes into a
mapping sheet, which people fill in and which is remembered from import to import. The sheet holds names of
files and of coders as other programs have them, so it stands with the private tables and never leaves them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from twinbenefits.evidence.exchange.grids import escaped
from twinbenefits.evidence.exchange.project import UNKNOWN_CODER, Project, Row, guid_of, identifier
from twinbenefits.evidence.exchange.report import Log
from twinbenefits.evidence.exchange.text_tables import read_text_table
from twinbenefits.evidence.problems import Problem, nearest
from twinbenefits.evidence.schema_case import NAME, NAME_LOOKS

__all__ = ["LEFT_OUT", "MAPPING_FILE", "Named", "Naming", "read_mapping"]

MAPPING_FILE = "import_mapping.csv"
COLUMNS = ("kind", "as_written", "becomes", "case", "nearest", "rows", "how")
LEFT_OUT = "-"
"""What is written under `becomes` to leave something out on purpose."""

_NAME = re.compile(NAME)


@dataclass(slots=True)
class Named:
    """One line of the mapping sheet.

    Parameters
    ----------
    kind
        code, coder, case or source.
    as_written
        What it is called in the file.
    becomes
        What it is called in the tables; empty if nobody knows yet, `-` to leave it out.
    case
        The case of a source.
    nearest
        The nearest that is known, as a hint; it is not followed by itself.
    rows
        In how many rows of the file it stands.
    how
        How it was found.
    """

    kind: str
    as_written: str
    becomes: str = ""
    case: str = ""
    nearest: str = ""
    rows: int = 0
    how: str = ""

    @property
    def is_open(self) -> bool:
        """Whether somebody has to say what is meant."""
        return not self.becomes or (self.kind == "source" and self.becomes != LEFT_OUT and not self.case)


@dataclass(slots=True)
class Naming:
    """The names of one import.

    Parameters
    ----------
    codebook
        The codebook as text.
    remembered
        The mapping sheet as it stands.
    """

    codebook: pd.DataFrame
    remembered: Mapping[tuple[str, str], Named] = field(default_factory=dict)
    lines: dict[tuple[str, str], Named] = field(default_factory=dict)

    @property
    def open_lines(self) -> list[Named]:
        """The lines somebody has to fill in."""
        return [line for line in self.lines.values() if line.is_open]

    def becomes(self, kind: str, written: str) -> str:
        """Return what something is called in the tables; empty if it is open or left out."""
        line = self.lines.get((kind, written))
        return "" if line is None or line.becomes == LEFT_OUT else line.becomes

    def is_left_out(self, kind: str, written: str) -> bool:
        """Return whether somebody said to leave it out."""
        line = self.lines.get((kind, written))
        return line is not None and line.becomes == LEFT_OUT

    def name_codes(self, project: Project, used: Mapping[str, int]) -> None:
        """Find out what the codes are that the file uses."""
        codes = dict(zip(self.codebook["id"], self.codebook["label"], strict=True))
        guids = {guid_of("code", code): code for code in codes}
        guid_of_code = dict(zip(project.codes["code"], project.codes["guid"], strict=True))
        label_of = dict(zip(project.codes["code"], project.codes["name"], strict=True))
        by_label = _unambiguous(((_folded(label), code) for code, label in codes.items()))
        for written, rows in used.items():
            found, how = _code(written, label_of.get(written, ""), codes, by_label)
            if not found and guid_of_code.get(written, "").lower() in guids:
                found, how = guids[guid_of_code[written].lower()], "by its GUID"
            near = "" if found else _nearest_code(written, codes)
            self._add("code", written, found, how, rows, near)

    def name_coders(self, project: Project, known: Iterable[str], used: Mapping[str, int]) -> list[str]:
        """Find out which coders the file has; a new one gets a number. Return the new coders."""
        known = set(known)
        brought = {row["coder"] for row in project.rows("coders") if row.get("role")}
        new = []
        number = 1
        for written, rows in used.items():
            found, how = (written, "is known") if written in known else ("", "")
            if written == UNKNOWN_CODER:
                found, how = written, "the file does not say who coded"
            if not found and written in brought and _NAME.fullmatch(written):
                found, how = written, "as the file's own table of coders has it"
            if not found and not self._remembered("coder", written):
                while f"coder-{number}" in known:
                    number += 1
                found, how = f"coder-{number}", "a new coder; write another code here if you like"
            self._add("coder", written, found, how, rows)
            code = self.becomes("coder", written)
            if code and code not in known:
                known.add(code)
                new.append(code)
        return new

    def name_cases(self, project: Project, known: Iterable[str]) -> None:
        """Find out which cases the file speaks of; one that the tables do not know is open."""
        known = set(known)
        for row in project.rows("cases"):
            written, found, how = row["case"], "", ""
            for name in (row["case"], row["name"]):
                if name in known:
                    found, how = name, "is known"
            if not found and row.get("vertical") and _NAME.fullmatch(written):
                found, how = written, "as the file's own table of cases has it"
            near = "" if found else nearest(written, known) or ""
            self._add("case", written, found, how, 1, near)

    def name_sources(self, project: Project, known: pd.DataFrame, used: Mapping[str, int]) -> None:
        """Find out which sources the file has, and the case of each new one."""
        cases = dict(zip(known["source"], known["case"], strict=True))
        guids = {guid_of("source", source): source for source in cases}
        titles = _unambiguous(
            (title, source) for source, title in zip(known["source"], known["title"], strict=True) if title
        )
        members = self._members(project)
        for row in project.rows("sources"):
            written = row["source"]
            found, how = (written, "is known") if written in cases else ("", "")
            if not found and row["guid"].lower() in guids:
                found, how = guids[row["guid"].lower()], "by its GUID"
            if not found and (written in titles or row["title"] in titles):
                found, how = titles.get(written) or titles[row["title"]], "by its title"
            own_case = row.get("case", "")
            if not found and own_case and _NAME.fullmatch(written):
                found, how = written, "as the file's own table of sources has it"
            if not found:
                found, how = identifier("src", row["guid"] or written), "a new source"
            case = cases.get(found) or own_case or members.get(written, "")
            if not case and len(set(cases.values())) == 1 and cases:
                case = next(iter(cases.values()))
            self._add("source", written, found, how, used.get(written, 0), case=case)

    def problems(self, shown: str, cases: Iterable[str]) -> list[Problem]:
        """Return what cannot stand in the mapping sheet: codes and cases that do not exist, unfit names."""
        codes, known = set(self.codebook["id"]), set(cases)
        problems = []
        for line in self.lines.values():
            if line.becomes in ("", LEFT_OUT):
                continue
            place = f"{shown}, {line.kind} {line.as_written}"
            if line.kind == "code" and line.becomes not in codes:
                problems.append(_unknown(place, "becomes", line.becomes, codes, "the codebook"))
            elif line.kind == "case" and line.becomes not in known:
                problems.append(_unknown(place, "becomes", line.becomes, known, "the table of cases"))
            elif line.kind == "source" and line.case and line.case not in known:
                problems.append(_unknown(place, "case", line.case, known, "the table of cases"))
            elif line.kind in ("coder", "source") and not _NAME.fullmatch(line.becomes):
                rule = f"must look like this: {NAME_LOOKS}"
                problems.append(Problem(place, None, "becomes", line.becomes, rule, "Correct the cell."))
        return problems

    def case_of(self, source: str) -> str:
        """Return the case of a source of the file."""
        line = self.lines.get(("source", source))
        return line.case if line else ""

    def sheet(self) -> bytes:
        """Return the mapping sheet: what is remembered, then what this import adds."""
        merged = {**self.remembered, **self.lines}
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(COLUMNS)
        for key in sorted(merged, key=lambda key: (not merged[key].is_open, key)):
            line = merged[key]
            writer.writerow([escaped(str(getattr(line, column))) for column in COLUMNS])
        return buffer.getvalue().encode("utf-8")

    def _members(self, project: Project) -> dict[str, str]:
        """Return the case of each source that exactly one case lists."""
        listed: dict[str, set[str]] = {}
        for row in project.rows("cases"):
            case = self.becomes("case", row["case"])
            for source in filter(None, row["sources"].split(";")):
                listed.setdefault(source, set()).add(case)
        return {source: next(iter(cases)) for source, cases in listed.items() if len(cases) == 1}

    def _remembered(self, kind: str, written: str) -> Named | None:
        line = self.remembered.get((kind, written))
        return line if line and line.becomes else None

    def _add(
        self, kind: str, written: str, found: str, how: str, rows: int, near: str = "", case: str = ""
    ) -> None:
        """Take down a line; what people wrote into the sheet goes before what was found."""
        line = Named(kind, written, found, case, near, rows, how)
        known = self.remembered.get((kind, written))
        if known and known.becomes:
            line.becomes, line.how, line.nearest = known.becomes, known.how, known.nearest
        if known and known.case:
            line.case = known.case
        self.lines[kind, written] = line


def read_mapping(path: Path) -> dict[tuple[str, str], Named]:
    """Return a mapping sheet; none counts as empty.

    Raises
    ------
    EvidenceError
        If the file is no mapping sheet.
    """
    if not path.is_file():
        return {}
    log = Log(path.name)
    (_, header), *rows = read_text_table(path.read_bytes(), log).rows
    names = [name.strip() for name in header]
    missing = [name for name in ("kind", "as_written", "becomes") if name not in names]
    if missing:
        raise log.stop(
            f"the mapping sheet needs the columns {', '.join(COLUMNS[:4])}",
            "Delete the sheet; the next import writes a new one.",
            value=", ".join(names),
        )
    lines = {}
    for number, cells in rows:
        row: Row = {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
        if row["kind"] not in ("code", "coder", "case", "source"):
            log.refuse(
                "must be code, coder, case or source",
                "Correct the cell, or delete the row.",
                row=number,
                column="kind",
                value=row["kind"],
            )
            continue
        rows_said = str(row.get("rows", ""))
        lines[row["kind"], row["as_written"]] = Named(
            kind=row["kind"],
            as_written=row["as_written"],
            becomes=row["becomes"],
            case=row.get("case", ""),
            nearest=row.get("nearest", ""),
            rows=int(rows_said) if rows_said.isdecimal() else 0,
            how=row.get("how", ""),
        )
    log.stop_if_refused()
    return lines


def _unknown(place: str, column: str, value: str, known: Iterable[str], where: str) -> Problem:
    meant = nearest(value, known)
    way_out = (
        f"Did you mean {meant!r}?" if meant else f"Write one that is there, or {LEFT_OUT} to leave it out."
    )
    return Problem(place, None, column, value, f"must stand in {where}", way_out)


def _code(written: str, label: str, codes: Mapping[str, str], by_label: Mapping[str, str]) -> tuple[str, str]:
    """Return the code that is meant by what a program calls it, and how that shows."""
    last = re.split(r"\s*(?:>|::|\\|/)\s*", written)[-1]
    for name in (written, last, label):
        if name in codes:
            return name, "is a code"
    for name in (written, last, label):
        first = re.match(r"[A-Za-z0-9_.-]*[A-Za-z0-9]", name)
        rest = name[first.end() :] if first else ""
        if first and first[0] in codes and (not rest or re.match(r"[^\w]", rest)):
            return first[0], "begins with the code"
    for name in (written, last, label):
        if _folded(name) in by_label:
            return by_label[_folded(name)], "is the label of the code"
    return "", ""


def _nearest_code(written: str, codes: Mapping[str, str]) -> str:
    last = re.split(r"\s*(?:>|::|\\|/)\s*", written)[-1]
    labels = _unambiguous((label, code) for code, label in codes.items())
    found = nearest(last, labels)
    return labels[found] if found else (nearest(last, codes) or "")


def _unambiguous(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return what each name stands for, leaving out names that stand for several things."""
    found: dict[str, set[str]] = {}
    for name, thing in pairs:
        found.setdefault(name, set()).add(thing)
    return {name: next(iter(things)) for name, things in found.items() if len(things) == 1}


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
