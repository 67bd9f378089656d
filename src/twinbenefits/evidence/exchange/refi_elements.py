"""The elements of a REFI-QDA project that hold passages, codings and notes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement

import pandas as pd

from twinbenefits.evidence.exchange.project import CORE, Project, Row, guid_of
from twinbenefits.evidence.exchange.refi_properties import PROPERTIES_NOTE, lines_of

__all__ = ["Coded", "Notes", "further_columns", "guid_in", "moment", "told"]

TITLE = 100
"""A selection's title is the beginning of its words, as other programs write it."""
NO_PLACE = "not known"

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Notes:
    """Notes by their content, each written once however often it is referred to."""

    def __init__(self) -> None:
        self._notes: dict[str, tuple[dict[str, str], str, Sequence[str]]] = {}

    def add(
        self, title: str, text: str, guid: str = "", refers: Sequence[str] = (), **attributes: str
    ) -> str:
        """Return the GUID of a note with this content, which may refer to other notes."""
        guid = guid or guid_of("note", f"{title}\n{text}")
        self._notes[guid] = ({"guid": guid, "name": title, **attributes}, text, refers)
        return guid

    def write(self, root: Element) -> None:
        """Add the notes to the project."""
        parent = SubElement(root, "Notes")
        for attributes, text, refers in self._notes.values():
            note = SubElement(parent, "Note", attributes)
            note.append(told("PlainTextContent", text))
            for target in refers:
                SubElement(note, "NoteRef", {"targetGUID": target})


class Coded:
    """Segments and codings, by the source they stand in."""

    def __init__(
        self, project: Project, users: Mapping[str, str], segments: Mapping[str, str], notes: Notes
    ) -> None:
        self._users = users
        self._guids = segments
        self._notes = notes
        self._codes = {row["code"]: guid_in(row, "code", "code") for row in project.rows("codes")}
        self._further = {frame: further_columns(project, frame) for frame in ("segments", "codings")}
        self._segments = _grouped(project.rows("segments"), "source")
        self._codings = _grouped(project.rows("codings"), "segment")

    def write(self, source: Element, name: str, length: int) -> None:
        """Add the segments of a source with their codings, then the codings on the whole source."""
        whole: list[Row] = []
        for row in self._segments.get(name, ()):
            if row["medium"] == "whole source":
                whole += self._codings.get(row["segment"], [])
                continue
            start, end = (length, length) if _has_no_place(row) else (row["start"], row["end"])
            selection = SubElement(
                source,
                "PlainTextSelection",
                {
                    "guid": self._guids[row["segment"]],
                    "name": _title(row["text"]),
                    "startPosition": str(start),
                    "endPosition": str(end),
                },
            )
            if row["memo"]:
                selection.append(told("Description", row["memo"]))
            self._add_codings(selection, self._codings.get(row["segment"], []))
            elsewhere: dict[str, str] = {
                "medium": row["medium"],
                "place": row["place"] or NO_PLACE,
                "text": row["text"],
            }
            self._refer(selection, row, "segments", elsewhere if _has_no_place(row) else {})
        self._add_codings(source, whole)

    def _add_codings(self, parent: Element, rows: Sequence[Row]) -> None:
        for row in rows:
            attributes = {"guid": guid_in(row, "coding", "coding")}
            if row["coder"] in self._users:
                attributes["creatingUser"] = self._users[row["coder"]]
            attributes |= moment(row["created"])
            coding = SubElement(parent, "Coding", attributes)
            name = str(row["code"])
            SubElement(coding, "CodeRef", {"targetGUID": self._codes.get(name, name)})
            self._refer(coding, row, "codings", {"memo": row["memo"]})

    def _refer(self, element: Element, row: Row, frame: str, more: Mapping[str, str]) -> None:
        """Refer to a note with what the standard has no place for."""
        lines = lines_of({**{name: row[name] for name in self._further[frame]}, **more})
        if lines:
            SubElement(element, "NoteRef", {"targetGUID": self._notes.add(PROPERTIES_NOTE, lines)})


def moment(written: str) -> dict[str, str]:
    """Return a day or moment as the attribute that the standard has for it; nothing for anything else."""
    if _DAY.fullmatch(written):
        return {"creationDateTime": f"{written}T00:00:00Z"}
    return {"creationDateTime": written} if _MOMENT.fullmatch(written) else {}


def further_columns(project: Project, frame: str) -> list[str]:
    """Return the columns of a frame beyond its core."""
    return [str(name) for name in project.frame(frame).columns if name not in CORE[frame]]


def _grouped(rows: Sequence[Row], column: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    return groups


def guid_in(row: Row, kind: str, key: str) -> str:
    """Return the GUID that a row brings along, or the one derived from its identifier."""
    own = str(row["guid"])
    return own if _GUID.fullmatch(own) else guid_of(kind, str(row[key]))


def _title(words: str) -> str:
    plain = " ".join(words.split())
    return plain if len(plain) <= TITLE else plain[: TITLE - 1] + "…"


def told(name: str, text: str) -> Element:
    """Return an element that holds a text."""
    element = Element(name)
    element.text = text
    return element


def _has_no_place(row: Row) -> bool:
    return bool(pd.isna(row["start"]) or pd.isna(row["end"]))
