"""What a result over case evidence rests on: the basis of its rows and numbers, for release to judge."""

from collections.abc import Mapping, Sequence

import pandas as pd

from twinbenefits.evidence.cells import BASIS, Basis, Cells, Items, basis
from twinbenefits.evidence.disclosure import ALL

__all__ = [
    "ABOUT_BOTH",
    "ABOUT_RATINGS",
    "ABOUT_STATES",
    "BEHIND",
    "cells_of",
    "pooled_basis",
    "with_basis",
    "with_case_basis",
]

BEHIND = ("case", "speaker", "source", "consent_level")
"""Columns of coded rows that a basis is counted from."""

ABOUT_STATES = "benefit_states"
ABOUT_RATINGS = "ratings"
ABOUT_BOTH = (ABOUT_RATINGS, ABOUT_STATES)
"""What a verdict rests on: how a company's context was rated, and its benefits."""


def with_basis(table: pd.DataFrame, rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Add to each row of a table on how many cases, persons and sources it rests, and on which level.

    Parameters
    ----------
    table
        Rows named by the columns `by`.
    rows
        Coded rows or segments with the columns `by`, case, speaker, source and consent_level.
    by
        Columns that name a cell.

    Returns
    -------
    DataFrame
        The table with the columns of the basis; zeros where nothing stands behind a cell.

    Examples
    --------
    >>> rows = pd.DataFrame({"code": ["X"], "case": ["A"], "speaker": ["p"], "source": ["s"],
    ...                      "consent_level": [5]})
    >>> with_basis(pd.DataFrame({"code": ["X", "Y"]}), rows, ["code"]).to_dict("records")[1]
    {'code': 'Y', 'cases': 0, 'persons': 0, 'sources': 0, 'level': 0}
    """
    plain = table.drop(columns=[name for name in BASIS if name in table])
    if plain.empty or rows.empty:
        return plain.assign(**dict.fromkeys(BASIS, 0)).astype(dict.fromkeys(BASIS, "int64"))
    return _beside(plain, basis(rows, by), by)


def with_case_basis(table: pd.DataFrame, rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Add the basis to rows that are each about one case, named in `case`, or about all (``*``).

    Parameters
    ----------
    table
        Rows named by the columns `by` and by case.
    rows
        Coded rows with the columns `by`; a row of the table about all cases rests on those of every case.
    by
        Columns that name a cell beside the case.

    Examples
    --------
    >>> rows = pd.DataFrame({"code": "X", "case": ["A", "B"], "speaker": ["p", "q"], "source": ["s", "t"],
    ...                      "consent_level": [5, 4]})
    >>> with_case_basis(pd.DataFrame({"code": ["X", "X"], "case": ["A", "*"]}), rows, ["code"])[
    ...     ["case", "cases", "level"]].values.tolist()
    [['A', 1, 5], ['*', 2, 4]]
    """
    plain = table.drop(columns=[name for name in BASIS if name in table])
    if plain.empty or rows.empty:
        return plain.assign(**dict.fromkeys(BASIS, 0)).astype(dict.fromkeys(BASIS, "int64"))
    by_case = basis(rows, [*by, "case"])
    return _beside(plain, pd.concat([by_case, basis(rows, by).assign(case=ALL)]), [*by, "case"])


def _beside(table: pd.DataFrame, based: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return the table with the basis of each row beside it."""
    joined = table.merge(based, on=list(by), how="left", sort=False)
    joined.index = table.index
    return joined.assign(**{name: joined[name].fillna(0).to_numpy(dtype="int64") for name in BASIS})


def pooled_basis(rows: pd.DataFrame, *, about: str = "", item: Items = ABOUT_STATES) -> Basis:
    """Return on what one number over all these rows rests.

    Parameters
    ----------
    rows
        Coded rows or segments.
    about
        The one company that the number is about or leaves out.
    item
        The permission that opens it then, or all that are needed.
    """
    if rows.empty:
        return Basis(0, 0, 0, 0, about, item)
    persons = rows["speaker"]
    counts = (rows["case"].nunique(), persons[persons != ""].nunique(), rows["source"].nunique())
    return Basis(*counts, int(rows["consent_level"].min()), about, item)


def cells_of(
    table: pd.DataFrame,
    dimensions: Sequence[str],
    *,
    case: str = "",
    item: Items = ABOUT_STATES,
    counts: Mapping[str, str] | None = None,
    population: str = "all",
    words: Sequence[str] = (),
    mixed: Sequence[str] = (),
    shown_basis: Sequence[str] = (),
) -> Cells:
    """Describe a table in which every column beside the dimensions says something about the cell.

    Parameters
    ----------
    table
        The table with its basis.
    dimensions
        Columns that name a cell.
    case, item, counts, population, words, mixed
        As in :class:`~twinbenefits.evidence.cells.Cells`.
    shown_basis
        Columns of the basis that a reader may see too; the others leave with it.
    """
    hidden = {*dimensions, *BASIS} - set(shown_basis)
    shown = tuple(name for name in table.columns if name not in hidden)
    named = dict(counts or {})
    return Cells(tuple(dimensions), shown, case, item, named, population, tuple(words), tuple(mixed))
