"""The study's own tables as a project, so that they can be written for other programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from twinbenefits.evidence.exchange.positions import composed
from twinbenefits.evidence.exchange.project import CORE, Project, Row

__all__ = ["add_members", "project_of_tables"]

CODEBOOK_NAMES = {"id": "code", "label": "name", "definition": "description"}


def project_of_tables(
    tables: Mapping[str, pd.DataFrame], texts: Mapping[str, str] | None = None, name: str = "twinbenefits"
) -> Project:
    """Return tables of the study as a project.

    Parameters
    ----------
    tables
        Any of `codebook, sources, segments, codings, assignments, coders, cases, memos`; missing ones count
        as empty.
        Columns beyond the core of a frame are carried along, `synthetic` among them: invented rows stay
        marked wherever they go.
    texts
        The text of each source, where it is at hand; the tables themselves do not hold it.
    name
        What the project is called.

    Returns
    -------
    Project
        With the codes of the codebook under their ids; a case lists its sources.
    """
    rows = {frame: _rows(tables.get(frame, pd.DataFrame())) for frame in CORE if frame != "codes"}
    codebook = tables.get("codebook", pd.DataFrame()).rename(columns=CODEBOOK_NAMES)
    rows["codes"] = [{"codable": "yes", **row} for row in _rows(codebook)]
    add_members(rows["cases"], rows["sources"])
    for row in rows["segments"]:
        row["medium"] = "text"
    for frame, key in (("coders", "coder"), ("cases", "case")):
        for row in rows[frame]:
            row["name"] = row[key]
    known = {source: composed(text) for source, text in (texts or {}).items()}
    readings = _rows(tables.get("assignments", pd.DataFrame()))
    further = {"assignments": pd.DataFrame(readings, dtype="str")} if readings else {}
    return Project.of(name, rows, known, further)


def add_members(cases: Sequence[Row], sources: Sequence[Row]) -> None:
    """Write into each case the sources that name it, unless it lists its own."""
    members: dict[str, list[str]] = {}
    for row in sources:
        members.setdefault(str(row.get("case", "")), []).append(str(row["source"]))
    for row in cases:
        row["sources"] = row.get("sources") or ";".join(members.get(str(row["case"]), []))


def _rows(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of a table as text."""
    columns = {str(column): _as_text(frame[column]) for column in frame.columns}
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _as_text(column: pd.Series) -> list[str]:
    """Return cells as they are written in a CSV file."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return ["" if pd.isna(cell) else f"{cell:%Y-%m-%d}" for cell in column]
    return ["" if pd.isna(cell) else _plain(cell) for cell in column]


def _plain(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).lower() if isinstance(cell, bool) else str(cell)
