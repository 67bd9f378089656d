"""What an import would change in a table: new rows, changed cells, and what contradicts what is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from twinbenefits.evidence.exchange.project import Row

__all__ = ["TableDifference", "compare"]

CHANGES = ("key", "column", "before", "after")

IDENTITY: Mapping[str, tuple[str, ...]] = {
    "cases": ("vertical",),
    "use_cases": ("case",),
    "sessions": ("case",),
    "participants": ("case",),
    "sources": ("case", "session"),
    "segments": ("source", "start", "end", "text"),
    "codings": ("segment", "coder"),
    "permissions": ("case", "item"),
}
"""Columns by which a row is what it is: another value is another thing, and is not written over."""

CONSENT = "consent_level"
"""May become stricter by an import; to loosen it takes a hand in the table itself."""


@dataclass(frozen=True, eq=False, slots=True)
class TableDifference:
    """What an import does to one table.

    Parameters
    ----------
    name
        The table.
    new
        Rows that are added.
    changed
        Cells that change: `key`, `column`, `before`, `after`.
    conflicts
        Cells that contradict what is there; nothing is written while there is one.
    same
        How many rows are there already just so.
    kept
        How many rows stand in the table that the file does not speak of; they stay.
    merged
        The table after the import.
    """

    name: str
    new: pd.DataFrame
    changed: pd.DataFrame
    conflicts: pd.DataFrame
    same: int
    kept: int
    merged: pd.DataFrame

    @property
    def touches(self) -> bool:
        """Whether the table would be different afterwards."""
        return bool(len(self.new) or len(self.changed))

    @property
    def counts(self) -> dict[str, int]:
        """Rows that are new, change, are the same, contradict, and are kept."""
        return {
            "new": len(self.new),
            "changed": int(self.changed["key"].nunique()),
            "same": self.same,
            "conflicts": len(self.conflicts),
            "kept": self.kept,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists and numbers, for a machine."""
        return {
            **self.counts,
            "changes": self.changed.to_dict("records"),
            "contradictions": self.conflicts.to_dict("records"),
        }


def compare(name: str, key: Sequence[str], before: pd.DataFrame, rows: Sequence[Row]) -> TableDifference:
    """Return what rows from a file do to a table.

    Parameters
    ----------
    name
        The table.
    key
        The columns that together name a row.
    before
        The table as it stands, as text.
    rows
        Rows with the table's columns, as text. A cell that is empty or missing says nothing and changes
        nothing.
    """
    columns = [str(column) for column in before.columns]
    merged: dict[tuple[str, ...], Row] = {}
    for cells in zip(*(before[column].tolist() for column in columns), strict=True):
        row = dict(zip(columns, cells, strict=True))
        merged[tuple(row[part] for part in key)] = row
    new: list[Row] = []
    changed: list[Row] = []
    conflicts: list[Row] = []
    touched: dict[tuple[str, ...], bool] = {}
    for row in rows:
        named = tuple(str(row.get(part, "")) for part in key)
        if named not in merged:
            merged[named] = {column: str(row.get(column, "") or "") for column in columns}
            new.append(merged[named])
            continue
        differs = _different(name, " + ".join(named), merged[named], row, changed, conflicts)
        touched[named] = touched.get(named, False) or differs
    frame = pd.DataFrame([*merged.values()], columns=columns, dtype="str")
    added = {tuple(row[part] for part in key) for row in new}
    return TableDifference(
        name=name,
        new=pd.DataFrame(new, columns=columns, dtype="str"),
        changed=pd.DataFrame(changed, columns=CHANGES, dtype="str"),
        conflicts=pd.DataFrame(conflicts, columns=CHANGES, dtype="str"),
        same=sum(1 for named, differs in touched.items() if not differs and named not in added),
        kept=len(before) - sum(1 for named in touched if named not in added),
        merged=frame,
    )


def _different(name: str, key: str, row: Row, more: Row, changed: list[Row], conflicts: list[Row]) -> bool:
    """Take down where a row of the file differs from the one that is there, and change it where it may."""
    differs = False
    for column, before in row.items():
        after = str(more.get(column, "") or "")
        if not after or after == before:
            continue
        differs = True
        told = {"key": key, "column": column, "before": before, "after": after}
        if before and (column in IDENTITY.get(name, ()) or _loosens(column, before, after)):
            conflicts.append(told)
        else:
            changed.append(told)
            row[column] = after
    return differs


def _loosens(column: str, before: str, after: str) -> bool:
    return column == CONSENT and before.isdecimal() and after.isdecimal() and int(after) > int(before)
