"""What workshops said of the items that claims are put to the vote as, from the registered results alone."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from twinbenefits.evidence.layout import Layout
from twinbenefits.publishing.runs import run_folder
from twinbenefits.publishing.stage_results import Staged

__all__ = ["Votes", "read_votes"]

ITEM, MARK = "item", "mark"


class Votes:
    """Item to what registered tables say of it.

    Parameters
    ----------
    tables
        The registered tables that have a column for the item, by the display's name and its rows.
    """

    def __init__(self, tables: Sequence[tuple[str, Sequence[dict[str, str]]]] = ()) -> None:
        self._tables = tables

    def of(self, item: str) -> list[str]:
        """Return what is said of an item, one sentence per row; without a vote one sentence says so."""
        return list(self._sentences(item)) or [f"item {item}: no vote yet" if item else "no vote yet"]

    def _sentences(self, item: str) -> Iterator[str]:
        for display, rows in self._tables if item else ():
            for row in rows:
                if row.get(ITEM) == item:
                    said = "; ".join(
                        f"{name}: {cell}" for name, cell in row.items() if cell and name not in (ITEM, MARK)
                    )
                    yield f"item {item}, {said} ({display})"


def read_votes(layout: Layout, audience: str, evidence: str, staged: Staged) -> Votes:
    """Return what the edition's registered tables say of items, as far as it was released.

    Parameters
    ----------
    layout
        Where the project stands.
    audience, evidence
        Which edition.
    staged
        Its registered results.
    """
    folder = layout.results(audience, evidence)
    found = []
    for name, record in sorted(staged.displays.items()):
        for file in record["files"]:
            results = run_folder(Path(staged.makers[name]).stem, str(record.get("run", "")))
            rows = _rows(folder / results / file) if file.endswith(".csv") else []
            if rows and ITEM in rows[0]:
                found.append((name, rows))
    return Votes(found)


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            {key.casefold(): cell or "" for key, cell in row.items() if key} for row in csv.DictReader(lines)
        ]
