"""The segments that an audience may read, one by one, and why it may not read the others.

A segment with its words says something about one company. So each passes the gate as a statement about its
case that needs the permission for quotes and the one for the states of benefits; of the others only the
reasons are told, for readers beyond the team without any number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from twinbenefits.evidence.cells import Cells
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.release import release
from twinbenefits.evidence.schema import TABLES
from twinbenefits.evidence.study import Study
from twinbenefits.evidence.withholding import WITHHELD
from twinbenefits.publishing.evidence_shown import Coding, Segment, Segments

__all__ = ["OPENED", "read_segments"]

OPENED = ("cases", "sources", "segments", "codings", "codebook")
SHOWN = ("words", "term", "codings")
PERMISSIONS = ("quotes", "benefit_states")


def read_segments(layout: Layout, audience: str, evidence: str, as_of: date | None = None) -> Segments:
    """Return the coded segments that an audience may read.

    Parameters
    ----------
    layout
        Where the project stands; without coded segments there is nothing to read.
    audience, evidence
        Which edition.
    as_of
        The day for which permissions are judged; the study's own if left out.
    """
    missing = [name for name in OPENED if not _file(layout, name, evidence).is_file()]
    if missing:
        return Segments(reasons=("no interviews have been coded in this edition",))
    study = Study.open(layout.root, evidence, audience, OPENED, as_of=as_of)
    table = _joined(study)
    if table.empty:
        return Segments(reasons=("no segment of a coded interview may be counted for this audience",))
    cells = Cells(("segment", "case"), SHOWN, "case", PERMISSIONS, words=("words",))
    released = release(_Passages(table, OPENED, cells), study)
    shown = released.table
    open_rows = shown[shown[WITHHELD] == ""]
    rows = tuple(_segment(row) for row in open_rows.sort_values("segment").to_dict("records"))
    reasons = tuple(sorted({str(reason) for reason in shown[WITHHELD]} - {""}))
    return Segments(rows, reasons, released.synthetic)


@dataclass(frozen=True, slots=True)
class _Passages:
    """One row per segment, to be released."""

    table: pd.DataFrame
    inputs: Sequence[str]
    cells: Cells
    scalars: Mapping[str, Any] = field(default_factory=dict)
    limitations: Sequence[str] = ()


def _file(layout: Layout, name: str, evidence: str) -> Path:
    return TABLES[name].file(layout, evidence)


def _joined(study: Study) -> pd.DataFrame:
    """Return one row per coded segment with its case, its words, its codings, and on what it rests."""
    codings, segments = study.table("codings"), study.table("segments")
    given: dict[str, set[Coding]] = {}
    columns = (codings[name].fillna("").astype(str) for name in ("segment", "code", "target_code", "status"))
    for segment, *coding in zip(*columns, strict=True):
        given.setdefault(segment, set()).add(Coding(*coding))
    case_of = study.table("sources").set_index("source")["case"].astype(str)
    coded = segments[segments["segment"].isin(list(given))]
    return pd.DataFrame(
        {
            "segment": coded["segment"].astype(str),
            "case": coded["source"].map(case_of),
            "words": coded["text"].astype(str),
            "term": coded["first_order"].astype(str),
            "codings": [tuple(sorted(given[str(name)])) for name in coded["segment"]],
            "cases": 1,
            "persons": 1,
            "sources": 1,
            "level": coded["consent_level"].astype("int64"),
        }
    ).reset_index(drop=True)


def _segment(row: Mapping[Any, Any]) -> Segment:
    words, term = (str(row[name]) if row[name] else "" for name in ("words", "term"))
    return Segment(str(row["segment"]), str(row["case"]), words, term, row["codings"])
