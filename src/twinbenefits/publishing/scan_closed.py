"""What an audience may not see of the case evidence, told by its content: passages, identifiers, remarks.

The door has kept it out of the notebooks already. The scan looks for it once more in the finished files, by
another way: not by where it came from but by what it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType

import pandas as pd

from twinbenefits.evidence.admission import let_through, needed
from twinbenefits.evidence.keys import open_key
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.schema import TABLES
from twinbenefits.publishing.scan_passages import ClosedEvidence

__all__ = ["closed_evidence"]


def closed_evidence(
    layout: Layout,
    evidence: str,
    audience: str,
    as_of: date,
    loaded: Mapping[str, pd.DataFrame] = MappingProxyType({}),
) -> ClosedEvidence:
    """Return what stands in the tables and not among what passes the door.

    Parameters
    ----------
    layout, evidence
        Where the tables stand.
    audience
        Who may not see it.
    as_of
        The day for which permissions are judged.
    loaded
        Tables that were loaded already, none of which has passed the door.
    """
    names = [
        name
        for name, table in TABLES.items()
        if table.holds_case_evidence and table.file(layout, evidence).is_file()
    ]
    if not names:
        return ClosedEvidence([], [])
    if evidence == "private":
        from twinbenefits.evidence.exchange.applying import repair_interrupted_import

        repair_interrupted_import(layout)
    every = _loaded(layout, evidence, needed(names), loaded)
    passed, _ = let_through(every, audience, as_of, open_key(layout, evidence))
    instruments = _instruments(layout, loaded)
    opened = [text for _, text in _cells(passed)] + [text for _, text in _cells(instruments)]
    return ClosedEvidence(_cells({name: every[name] for name in names}), opened)


def _loaded(
    layout: Layout, evidence: str, names: Sequence[str], loaded: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    more = load_tables(layout, evidence, [name for name in names if name not in loaded])
    return {name: loaded[name] if name in loaded else more[name] for name in names}


def _instruments(layout: Layout, loaded: Mapping[str, pd.DataFrame]) -> Mapping[str, pd.DataFrame]:
    """Return the tables that everybody may read."""
    names = [
        name
        for name, table in TABLES.items()
        if not table.holds_case_evidence and table.file(layout, "demo").is_file()
    ]
    return _loaded(layout, "demo", names, loaded)


def _cells(frames: Mapping[str, pd.DataFrame]) -> Iterator[tuple[str, str]]:
    """Yield the distinct texts of tables with the place each comes from."""
    for name, frame in frames.items():
        for column in frame.columns:
            cells = frame[column]
            if cells.dtype == object or pd.api.types.is_string_dtype(cells.dtype):
                for cell in cells.unique():
                    if pd.isna(cell):
                        continue
                    parts = str(cell).split(";") if " " not in str(cell) else [str(cell)]
                    yield from ((f"{name}.{column}", part.strip()) for part in parts if part.strip())
