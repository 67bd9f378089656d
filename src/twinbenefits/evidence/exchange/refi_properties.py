"""What this study knows beyond the REFI-QDA standard, carried in places that the standard has.

Codes carry it in their description, below a line with a dash; sources and cases in variables; segments and
codings in notes; everything else (coders, identifiers, names of columns) in one note on the whole project.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from twinbenefits.evidence.exchange.project import guid_of

__all__ = ["OWN_NOTE", "PROPERTIES_NOTE", "OwnNote", "lines_of", "properties_of", "split_description"]

PROPERTIES_NOTE = "twinbenefits properties"
OWN_NOTE = "twinbenefits tables"
RULE = "\u2014"
"""The line between a description and the properties below it."""

KINDS: Mapping[str, str] = {
    "sources": "source",
    "segments": "segment",
    "codings": "coding",
    "cases": "case",
    "memos": "memo",
}
"""Frames whose identifiers are found again by the GUIDs derived from them."""


@dataclass(frozen=True, slots=True)
class OwnNote:
    """The note on the whole project.

    Parameters
    ----------
    columns
        Names of the further columns by frame, so that empty ones come back.
    identifiers
        Identifiers by frame; GUIDs are derived from them, so they can be found again.
    coders
        Further properties of each coder.
    readings
        Rows of the table of assignments: which coder read which segment.
    """

    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    identifiers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    coders: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    readings: Sequence[Mapping[str, str]] = ()

    def to_text(self) -> str:
        """Return the note's text."""
        content = {
            "columns": self.columns,
            "identifiers": self.identifiers,
            "coders": self.coders,
            "readings": self.readings,
        }
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> OwnNote:
        """Return the note from its text; a text that somebody changed counts as none."""
        try:
            content = json.loads(text)
            note = cls(
                {frame: [str(one) for one in names] for frame, names in content["columns"].items()},
                {frame: [str(one) for one in names] for frame, names in content["identifiers"].items()},
                {
                    coder: {str(name): str(value) for name, value in known.items()}
                    for coder, known in content["coders"].items()
                },
                [{str(k): str(v) for k, v in row.items()} for row in content.get("readings", ())],
            )
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return cls()
        return note

    def by_guid(self, frame: str) -> dict[str, str]:
        """Return identifiers by the GUID that belongs to each."""
        return {guid_of(KINDS[frame], name): name for name in self.identifiers.get(frame, ())}


def lines_of(properties: Mapping[str, str]) -> str:
    """Return properties as lines of `name: value`; empty ones are left out.

    >>> lines_of({"speaker": "P4", "use_case": ""})
    'speaker: P4'
    """
    return "\n".join(f"{name}: {_quoted(value)}" for name, value in properties.items() if value)


def properties_of(text: str) -> dict[str, str]:
    """Return properties from lines of `name: value`; other lines are left alone.

    >>> properties_of("speaker: P4")
    {'speaker': 'P4'}
    """
    pairs = (line.partition(": ") for line in text.splitlines())
    return {name.strip(): _unquoted(value) for name, colon, value in pairs if colon}


def split_description(text: str) -> tuple[str, dict[str, str]]:
    """Return a description and the properties below its last line with a dash."""
    above, rule, below = text.rpartition(f"\n{RULE}\n")
    if not rule:
        return (text, {}) if not text.startswith(f"{RULE}\n") else ("", properties_of(text))
    return above, properties_of(below)


def joined_description(description: str, properties: Mapping[str, str]) -> str:
    """Return a description with properties below a line with a dash."""
    lines = lines_of(properties)
    if not lines and f"{RULE}\n" not in description:
        return description
    return f"{description}\n{RULE}\n{lines}"


def _quoted(value: str) -> str:
    plain = value.strip() == value and len(value.splitlines()) == 1 and not value.startswith('"')
    return value if plain else json.dumps(value)


def _unquoted(value: str) -> str:
    if value.startswith('"'):
        try:
            return str(json.loads(value))
        except ValueError:
            return value
    return value.strip()
