"""How much evidence stands behind each cell: segments, sessions and the basis that release judges."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from twinbenefits.analysis.case_cells import with_basis

__all__ = ["with_segments"]


def with_segments(table: pd.DataFrame, rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Add to each cell its number of segments and sessions, and on what it rests.

    Parameters
    ----------
    table
        One row per cell, also for cells without evidence; has the columns `by`.
    rows
        Evidence: segment, session, case, speaker, source, consent_level and the columns `by`. A segment that
        stands there several times for one cell counts once.
    by
        Columns that name a cell.

    Returns
    -------
    DataFrame
        The table with ``segments``, ``sessions`` and the columns of the basis, 0 where there is no evidence.

    Examples
    --------
    >>> rows = pd.DataFrame({"code": ["X", "X"], "segment": "g", "session": "i", "case": "K",
    ...                      "speaker": "p", "source": "s", "consent_level": 5})
    >>> with_segments(pd.DataFrame({"code": ["X", "Y"]}), rows, ["code"])["segments"].tolist()
    [1, 0]
    """
    names = list(by)
    if rows.empty or table.empty:
        return with_basis(table.assign(segments=0, sessions=0), rows, names)
    found = rows.groupby(names, sort=False)[["segment", "session"]].nunique().reset_index()
    found = found.rename(columns={"segment": "segments", "session": "sessions"})
    joined = table.merge(found, on=names, how="left")
    joined.index = table.index
    joined[["segments", "sessions"]] = joined[["segments", "sessions"]].fillna(0).astype("int64")
    return with_basis(joined, rows, names)
