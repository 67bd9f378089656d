"""What an import read, what it tolerated, what it left out and why: nothing is lost without a word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from twinbenefits.evidence.problems import EvidenceError, Problem

__all__ = ["Finding", "ImportReport", "Log"]

PLACES_SHOWN = 5
"""So many places of one finding are named; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of oddity that was put right, or of content that was left out.

    Parameters
    ----------
    what
        What was met and what was done about it, as a sentence.
    count
        How often.
    places
        The first few places.
    """

    what: str
    count: int = 1
    places: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the finding as one line."""
        if not self.places:
            return self.what if self.count == 1 else f"{self.what} ({self.count} times)"
        shown = ", ".join(self.places)
        more = self.count - len(self.places)
        return f"{self.what}: {shown}" + (f" and {more} more" if more > 0 else "")


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The account of one import.

    Parameters
    ----------
    file
        Name of the file, without its folder.
    format
        What it is, recognised by its content.
    origin
        The program that wrote it, as the file says.
    read
        Rows read, by table.
    tolerated
        Oddities that were understood all the same.
    dropped
        Content that has no place in the tables, and why.
    problems
        What a person should look at; none of it hindered the reading.
    """

    file: str
    format: str
    origin: str = ""
    read: Mapping[str, int] = field(default_factory=dict)
    tolerated: tuple[Finding, ...] = ()
    dropped: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()

    def to_markdown(self) -> str:
        """Return the report as text with headings and lists."""
        made_by = f", written by {self.origin}" if self.origin else ""
        lines = [f"## {self.file}: {self.format}{made_by}", ""]
        rows = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in self.read.items() if count)
        lines += [f"Read: {rows or 'nothing'}."]
        for title, found in (
            ("Tolerated", self.tolerated),
            ("Left out", self.dropped),
            ("Please look at", self.problems),
        ):
            if found:
                lines += ["", f"### {title}", "", *(f"- {one}" for one in found)]
        return "\n".join(lines) + "\n"

    def __str__(self) -> str:
        """Return the report as text."""
        return self.to_markdown()

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists and dictionaries, for a machine."""
        return {
            "file": self.file,
            "format": self.format,
            "origin": self.origin,
            "read": dict(self.read),
            "tolerated": [_plain(one) for one in self.tolerated],
            "dropped": [_plain(one) for one in self.dropped],
            "problems": [problem_dict(one) for one in self.problems],
        }


def problem_dict(problem: Problem) -> dict[str, Any]:
    """Return a problem as a dictionary, for a machine."""
    return {
        name: getattr(problem, name) for name in ("file", "row", "column", "value", "rule", "way_out")
    } | {"text": str(problem)}


def _plain(finding: Finding) -> dict[str, Any]:
    return {"what": finding.what, "count": finding.count, "places": list(finding.places)}


class Log:
    """What is noted while a file is read.

    Parameters
    ----------
    file
        Name of the file in messages, without its folder.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.refused: list[Problem] = []
        self._tolerated: dict[str, list[str]] = {}
        self._dropped: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}
        self._problems: list[Problem] = []

    def tolerate(self, what: str, place: str = "", count: int = 1) -> None:
        """Note an oddity that was put right."""
        self._note(self._tolerated, what, place, count)

    def drop(self, what: str, place: str = "", count: int = 1) -> None:
        """Note content that is left out, with the reason."""
        self._note(self._dropped, what, place, count)

    def ask(
        self, rule: str, way_out: str, *, place: str = "", row: int | None = None, value: str | None = None
    ) -> None:
        """Note what a person should look at, though the file can be read."""
        self._problems.append(Problem(self._at(place), row, None, value, rule, way_out))

    def refuse(
        self,
        rule: str,
        way_out: str,
        *,
        place: str = "",
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
    ) -> None:
        """Note what stands in the way; `stop_if_refused` raises all of it at once."""
        self.refused.append(Problem(self._at(place), row, column, value, rule, way_out))

    def stop_if_refused(self) -> None:
        """Raise everything that stands in the way.

        Raises
        ------
        EvidenceError
            If anything was refused.
        """
        if self.refused:
            raise EvidenceError(dict.fromkeys(self.refused))

    def stop(self, rule: str, way_out: str, *, place: str = "", value: str | None = None) -> EvidenceError:
        """Return an error for a file that cannot be read any further, to be raised by the caller."""
        self.refuse(rule, way_out, place=place, value=value)
        return EvidenceError(dict.fromkeys(self.refused))

    def report(self, format_: str, read: Mapping[str, int], origin: str = "") -> ImportReport:
        """Return the account of the reading."""
        return ImportReport(
            file=self.file,
            format=format_,
            origin=origin,
            read=read,
            tolerated=self._findings(self._tolerated),
            dropped=self._findings(self._dropped),
            problems=tuple(dict.fromkeys(self._problems)),
        )

    def _at(self, place: str) -> str:
        return f"{self.file}, {place}" if place else self.file

    def _note(self, into: dict[str, list[str]], what: str, place: str, count: int) -> None:
        places = into.setdefault(what, [])
        self._counts[what] = self._counts.get(what, 0) + count
        if place and len(places) < PLACES_SHOWN and place not in places:
            places.append(place)

    def _findings(self, noted: Mapping[str, list[str]]) -> tuple[Finding, ...]:
        return tuple(Finding(what, self._counts[what], tuple(places)) for what, places in noted.items())
