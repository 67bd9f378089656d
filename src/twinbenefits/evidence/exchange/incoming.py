"""From a coded project to rows of the study's tables, under the study's own names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from twinbenefits.evidence.exchange.cell_rules import own_columns
from twinbenefits.evidence.exchange.existing import Existing
from twinbenefits.evidence.exchange.incoming_codings import CodingRows, Dates, grouped, records
from twinbenefits.evidence.exchange.naming import Naming
from twinbenefits.evidence.exchange.project import UNKNOWN_CODER, Project, Row, guid_of, identifier
from twinbenefits.evidence.exchange.report import Log
from twinbenefits.evidence.schema_case import NAME

__all__ = ["Incoming", "rows_of_project"]

PENDING = "0"
"""Consent level of a source about which nobody has said anything: it reaches no output."""
TEAM = "1"
"""Consent level of a note of the team."""
KINDS: Mapping[str, str] = {"text": "transcript", "pdf": "document", "picture": "document"}

_NAME = re.compile(NAME)


@dataclass(slots=True)
class Incoming:
    """Rows by table, ready to be compared with those that are there.

    Parameters
    ----------
    rows
        The rows.
    texts
        The texts of sources, by the study's name of the source.
    """

    rows: dict[str, list[Row]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


def rows_of_project(
    project: Project, existing: Existing, naming: Naming, log: Log, *, today: date, codebook_version: str
) -> Incoming:
    """Return a project as rows of the study's tables.

    Parameters
    ----------
    project
        What a file holds.
    existing
        The tables as they stand.
    naming
        What things are called in the tables.
    log
        Where every assumption is noted.
    today
        The day that stands where the file knows none.
    codebook_version
        The version of the codebook that stands where the file knows none.
    """
    incoming = Incoming()
    dates = Dates(log, today.isoformat(), codebook_version)
    work = _Work(project, existing, naming, log, dates)
    incoming.rows["cases"] = work.cases()
    incoming.rows["coders"] = work.coders()
    incoming.rows["sources"] = work.sources()
    incoming.rows["segments"] = work.segments()
    codings = CodingRows(project, existing, naming, log, dates, work.names)
    incoming.rows["codings"] = codings.codings()
    incoming.rows["assignments"] = codings.assignments(incoming.rows["codings"])
    incoming.rows["memos"] = work.memos(codings.memos)
    for name, table in project.tables.items():
        if name != "assignments":
            incoming.rows.setdefault(name, []).extend(records(table))
    incoming.texts = {
        naming.becomes("source", source): text
        for source, text in project.texts.items()
        if text and naming.becomes("source", source)
    }
    return incoming


class _Work:
    """The rows of one project, table by table."""

    def __init__(self, project: Project, existing: Existing, naming: Naming, log: Log, dates: Dates) -> None:
        self._project = project
        self._existing = existing
        self._naming = naming
        self._log = log
        self._dates = dates
        self._levels = dict(
            zip(
                existing.tables["sources"]["source"],
                existing.tables["sources"]["consent_level"],
                strict=True,
            )
        )
        self.names: dict[str, str] = {}
        self._memos: list[Row] = []
        self._twins = _twins(project)
        self._coded = grouped(project.rows("codings"), "segment")

    def cases(self) -> list[Row]:
        """Return the cases that are known or described well enough to be new."""
        rows = []
        for row in self._project.rows("cases"):
            case = self._naming.becomes("case", row["case"])
            if case and row.get("vertical"):
                rows.append({**_own("cases", row), "case": case})
        return rows

    def coders(self) -> list[Row]:
        """Return the coders; a person unless the file says that it is a consensus."""
        rows = []
        for row in self._project.rows("coders"):
            coder = self._naming.becomes("coder", row["coder"])
            if coder:
                rows.append({"role": "coder", **_filled(_own("coders", row)), "coder": coder})
        known = {*self._existing.tables["coders"]["coder"]}
        return [row if row["coder"] not in known else _without(row, "role", "coder") for row in rows]

    def sources(self) -> list[Row]:
        """Return the sources; a new one has the consent level 0 until somebody raises it."""
        rows = []
        for row in self._project.rows("sources"):
            source = self._naming.becomes("source", row["source"])
            if not source:
                continue
            known = _filled(_own("sources", row))
            own_table = known.get("kind") in own_columns()["sources"]["kind"].allowed
            if not own_table:
                known = {
                    "kind": KINDS.get(known.get("kind", ""), "transcript"),
                    **_without(known, "kind", None),
                }
            if not row.get("consent_level"):
                known.pop("title", None)
            if source not in self._levels:
                self._levels[source] = known.setdefault("consent_level", PENDING)
                if known["consent_level"] == PENDING:
                    self._log.ask(
                        "a new source has consent level 0 and reaches no output until its level is raised",
                        "Write the level that was agreed into data/private/sources.csv.",
                        place=f"source {source}",
                    )
            elif not own_table:
                known.pop("kind", None)
            if row["source"] in self._project.texts:
                known["characters"] = str(len(self._project.texts[row["source"]]))
            rows.append({**known, "source": source, "case": self._naming.case_of(row["source"])})
        return rows

    def segments(self) -> list[Row]:
        """Return the segments, each under the name it has in the tables if it is there already."""
        before = self._existing.tables["segments"]
        by_guid = {guid_of("segment", name): name for name in before["segment"]}
        known = {*before["segment"]}
        by_place = {
            place: name
            for place, name in zip(
                zip(before["source"], before["start"], before["end"], strict=True),
                before["segment"],
                strict=True,
            )
            if place[1]
        }
        by_words = {
            words: name
            for words, name in zip(
                zip(before["source"], before["text"], strict=True), before["segment"], strict=True
            )
            if words[1]
        }
        rows = []
        for row in self._project.rows("segments"):
            source = self._naming.becomes("source", row["source"])
            if not source or row["segment"] in self._twins:
                continue
            place = self._place(row)
            name = row["segment"] if row["segment"] in known else by_guid.get(row["guid"].lower(), "")
            name = name or by_place.get((source, *place), "")
            if not name and not place[0]:
                name = by_words.get((source, row["text"]), "")
            name = name or (
                row["segment"]
                if _NAME.fullmatch(row["segment"])
                else identifier("seg", source, row["segment"])
            )
            self.names[row["segment"]] = name
            level = row.get("consent_level") or ("" if name in known else self._levels.get(source, PENDING))
            rows.append(
                {
                    **_own("segments", row),
                    "segment": name,
                    "source": source,
                    "start": place[0],
                    "end": place[1],
                    "text": row["text"] or (f"[{row['medium']}: {row['place']}]" if row["place"] else ""),
                    "consent_level": level,
                }
            )
            self._keep_memo(row, name, level)
        self.names |= {area: self.names[words] for area, words in self._twins.items() if words in self.names}
        return rows

    def memos(self, of_codings: Sequence[tuple[Row, str]]) -> list[Row]:
        """Return the memos of the project, of its passages and of its codings."""
        for row, segment in of_codings:
            self._keep_memo(row, segment, TEAM)
        rows = list(self._memos)
        for row in self._project.rows("memos"):
            text = ". ".join(part for part in (row["title"], " ".join(row["text"].split())) if part)
            if not text:
                continue
            name = row["memo"] if _NAME.fullmatch(row["memo"]) else identifier("memo", row["memo"])
            about = [self._about(one) for one in row["about"].split(";") if one]
            rows.append(
                {
                    "memo": name,
                    "author": self._naming.becomes("coder", row["author"]) or UNKNOWN_CODER,
                    "created": self._dates.created(row, new=True),
                    "about": next(filter(None, about), ""),
                    "text": text,
                    "consent_level": row.get("consent_level") or TEAM,
                }
            )
        return rows

    def _place(self, row: Row) -> tuple[str, str]:
        """Return start and end as text; a place without length is none in the tables."""
        try:
            start, end = int(row["start"]), int(row["end"])
        except (TypeError, ValueError):
            return "", ""
        if start >= end:
            self._log.tolerate("a passage without length has no position in the tables")
            return "", ""
        return str(start), str(end)

    def _keep_memo(self, row: Row, segment: str, level: str) -> None:
        """Make a memo of what was noted at a passage or a coding."""
        text = " ".join(row["memo"].split())
        if not text:
            return
        coders = Counter(coding["coder"] for coding in self._coded.get(row["segment"], ()))
        written = row.get("coder") or (coders.most_common(1)[0][0] if coders else "")
        self._memos.append(
            {
                "memo": identifier("memo", segment, text),
                "author": self._naming.becomes("coder", written) or UNKNOWN_CODER,
                "created": self._dates.today,
                "about": segment,
                "text": text,
                "consent_level": level or TEAM,
            }
        )

    def _about(self, name: str) -> str:
        """Return the study's name of what a memo is about."""
        named = (self._naming.becomes(kind, name) for kind in ("source", "code", "case"))
        return self.names.get(name) or next(filter(None, named), "")


def _twins(project: Project) -> dict[str, str]:
    """Return areas of a page that stand as words too, with the segment that holds the words."""
    words: dict[str, str] = {}
    areas: dict[str, list[str]] = {}
    for row in project.rows("segments", ("segment", "medium", "guid")):
        if row["guid"] and row["medium"] == "text":
            words[row["guid"]] = row["segment"]
        elif row["guid"]:
            areas.setdefault(row["guid"], []).append(row["segment"])
    return {area: words[guid] for guid, some in areas.items() if guid in words for area in some}


def _own(table: str, row: Row) -> Row:
    """Return the cells of a row that are columns of a table."""
    return {column: str(row[column]) for column in own_columns()[table] if column in row}


def _filled(row: Row) -> Row:
    return {column: cell for column, cell in row.items() if cell}


def _without(row: Row, column: str, default: str | None) -> Row:
    """Return a row without a column that only holds what is assumed."""
    return {name: cell for name, cell in row.items() if name != column or (default and cell != default)}
