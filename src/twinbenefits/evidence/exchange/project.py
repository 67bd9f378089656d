"""A coded project as tables: what every program for qualitative analysis has, under one set of names.

Each frame has core columns, which are always there, and may have more: what a program or this study knows
beyond them. Text columns hold an empty string where nothing is known; positions are whole numbers or missing.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pandas as pd

__all__ = ["CORE", "SYNTHETIC", "SYNTHETIC_MARK", "Project", "Row", "frame_of", "guid_of", "identifier"]

Row = dict[str, Any]
"""A row by column."""

NAMESPACE = uuid.UUID("6f1e4b0e-1d7c-5c39-9d53-0a4d6f2f7b11")
"""GUIDs are derived from names in this space, so that equal projects give equal files."""

UNKNOWN_CODER = "unknown"

SYNTHETIC = "synthetic"
"""The column that marks invented rows."""
SYNTHETIC_MARK = "Contains synthetic demonstration data: nothing in it was said by anybody."
"""Stands in every file that holds invented rows."""

CORE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "codes": ("code", "name", "parent", "description", "color", "codable", "guid"),
        "sources": ("source", "title", "kind", "characters", "description", "guid"),
        "segments": ("segment", "source", "start", "end", "text", "medium", "place", "memo", "guid"),
        "codings": ("coding", "segment", "coder", "code", "created", "memo", "guid"),
        "coders": ("coder", "name", "guid"),
        "cases": ("case", "name", "description", "sources", "segments", "guid"),
        "memos": ("memo", "author", "created", "about", "title", "text"),
    }
)
"""The columns that each frame always has.

`codes.code` names a code within the project; `parent` is the code above it. `segments.medium` is `text`,
`whole source`, `picture`, `pdf area`, `audio`, `video` or `transcript`; `place` says where a passage stands
that has no position in a text. `cases.sources` and `cases.segments` join identifiers with semicolons.
"""

WHOLE_NUMBERS = ("start", "end", "characters")


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Project:
    """A coded project.

    Parameters
    ----------
    name
        What the project is called.
    codes, sources, segments, codings, coders, cases, memos
        One frame each; the core columns are in `CORE`.
    texts
        The text of each source as far as it is known: Unicode in composed form (NFC), lines ended by
        a line feed. Positions of segments count its code points, half-open.
    tables
        Further tables of the study that a workbook may hold (sessions, permissions and so on), as text.
    """

    name: str
    codes: pd.DataFrame
    sources: pd.DataFrame
    segments: pd.DataFrame
    codings: pd.DataFrame
    coders: pd.DataFrame
    cases: pd.DataFrame
    memos: pd.DataFrame
    texts: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        name: str,
        rows: Mapping[str, Iterable[Row]],
        texts: Mapping[str, str] | None = None,
        tables: Mapping[str, pd.DataFrame] | None = None,
    ) -> Project:
        """Return a project from rows by frame; frames without rows are empty."""
        frames = {frame: frame_of(frame, rows.get(frame, ())) for frame in CORE}
        return cls(name=name, texts=dict(texts or {}), tables=dict(tables or {}), **frames)

    def frame(self, name: str) -> pd.DataFrame:
        """Return one of the frames, or one of the further tables."""
        found: pd.DataFrame = getattr(self, name) if name in CORE else self.tables[name]
        return found

    @property
    def is_synthetic(self) -> bool:
        """Whether any row says that it is invented."""
        frames = (self.frame(name) for name in self.counts)
        return any((frame[SYNTHETIC] == "true").any() for frame in frames if SYNTHETIC in frame)

    def rows(self, name: str, columns: Sequence[str] = ()) -> list[Row]:
        """Return the rows of a frame, all columns or some."""
        frame = self.frame(name)
        lists = {str(column): frame[column].tolist() for column in (columns or frame.columns)}
        return [dict(zip(lists, cells, strict=True)) for cells in zip(*lists.values(), strict=True)]

    @property
    def counts(self) -> dict[str, int]:
        """Rows by frame, further tables included."""
        return {name: len(self.frame(name)) for name in [*CORE, *self.tables]}

    def __repr__(self) -> str:
        """Return the size of the project, without any of its text."""
        rows = ", ".join(f"{count} {name}" for name, count in self.counts.items() if count)
        return f"Project({rows})"


def frame_of(name: str, rows: Iterable[Row]) -> pd.DataFrame:
    """Return rows as a frame with the core columns first and further ones in order of appearance."""
    rows = list(rows)
    columns = dict.fromkeys(CORE[name])
    for row in rows:
        columns.update(dict.fromkeys(row))
    content = {column: _typed(column, [row.get(column) for row in rows]) for column in columns}
    return pd.DataFrame(content)


def _typed(column: str, cells: Sequence[object]) -> pd.Series:
    if column in WHOLE_NUMBERS:
        return pd.Series([None if cell in ("", None) else int(str(cell)) for cell in cells], dtype="Int64")
    return pd.Series(["" if cell is None else str(cell) for cell in cells], dtype="str")


def guid_of(kind: str, name: str) -> str:
    """Return the GUID that belongs to a thing of this study, always the same.

    >>> guid_of("code", "X1") == guid_of("code", "X1")
    True
    """
    return str(uuid.uuid5(NAMESPACE, f"{kind}:{name}"))


def identifier(kind: str, *parts: str) -> str:
    """Return a short stable identifier for a thing that has none, such as `seg-3f9a12c0ab`."""
    return f"{kind}-{uuid.uuid5(NAMESPACE, kind + ':' + '|'.join(parts)).hex[:10]}"
