"""The study's own tables as a project, so that they can be written for other programs."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from twinbenefits.evidence.exchange.positions import composed
from twinbenefits.evidence.exchange.project import CORE, Project, Row

__all__ = ["project_of_tables"]

CODEBOOK_NAMES = {"id": "code", "label": "name", "definition": "description"}
NOT_EXCHANGED = ("synthetic",)


def project_of_tables(
    tables: Mapping[str, pd.DataFrame], texts: Mapping[str, str] | None = None, name: str = "twinbenefits"
) -> Project:
    """Return tables of the study as a project.

    Parameters
    ----------
    tables
        Any of `codebook, sources, sessions, segments, codings, coders, cases, memos`; missing ones count as
        empty. Columns beyond the core of a frame are carried along.
    texts
        The text of each source, where it is at hand; the tables themselves do not hold it.
    name
        What the project is called.

    Returns
    -------
    Project
        With the codes of the codebook under their ids; a case lists the sources of its sessions.
    """
    rows = {frame: _rows(tables.get(frame, pd.DataFrame())) for frame in CORE if frame != "codes"}
    codebook = tables.get("codebook", pd.DataFrame()).rename(columns=CODEBOOK_NAMES)
    rows["codes"] = [{"codable": "yes", **row} for row in _rows(codebook)]
    case_of_session = _column(tables.get("sessions"), "session", "case")
    members: dict[str, list[str]] = {}
    for row in rows["sources"]:
        case = case_of_session.get(str(row.get("session", "")), "")
        members.setdefault(case, []).append(str(row["source"]))
    for row in rows["cases"]:
        row["sources"] = ";".join(members.get(str(row["case"]), []))
    for row in rows["segments"]:
        row["medium"] = "text"
    for frame, key in (("coders", "coder"), ("cases", "case")):
        for row in rows[frame]:
            row["name"] = row[key]
    known = {source: composed(text) for source, text in (texts or {}).items()}
    return Project.of(name, rows, known)


def _rows(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of a table as text."""
    columns = {
        str(column): _as_text(frame[column]) for column in frame.columns if column not in NOT_EXCHANGED
    }
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _as_text(column: pd.Series) -> list[str]:
    """Return cells as they are written in a CSV file."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return ["" if pd.isna(cell) else f"{cell:%Y-%m-%d}" for cell in column]
    return ["" if pd.isna(cell) else _number_or_text(cell) for cell in column]


def _number_or_text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _column(table: pd.DataFrame | None, key: str, value: str) -> dict[str, str]:
    if table is None or key not in table or value not in table:
        return {}
    return {str(k): str(v) for k, v in zip(table[key], table[value], strict=True)}
