"""What a table of case evidence says about its cells, so that release can judge them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["BASIS", "Basis", "Cells", "Items", "basis", "items_of"]

BASIS = ("cases", "persons", "sources", "level")
"""Columns of the basis: companies, persons and sources behind a cell, and the strictest consent level."""

Items = str | tuple[str, ...]
"""One permission, or several of which each is needed."""


def items_of(item: Items) -> tuple[str, ...]:
    """Return the permissions that are needed, one by one.

    Examples
    --------
    >>> items_of("ratings"), items_of(("ratings", "benefit_states"))
    (('ratings',), ('ratings', 'benefit_states'))
    """
    return (item,) if isinstance(item, str) else tuple(item)


@dataclass(frozen=True, slots=True)
class Cells:
    """How to read a table whose rows are cells.

    Parameters
    ----------
    dimensions
        Columns that name a cell.
    shown
        Columns with what is said about the cell: these are emptied where the cell is withheld.
    case
        The dimension that names one company, also when the cell leaves it out. Empty for pooled cells.
    item
        Which permission opens a cell about one company: vertical, ratings, benefit_states, quotes or counts;
        where a cell rests on several kinds of evidence, all that are needed.
    counts
        Shown columns that are counts or sums, and what each counts; these are audited against one another.
    population
        Among what is counted, for the same audit.
    words
        Shown columns that hold an informant's words; they need the level of a quote.
    mixed
        Shown columns that mix what all companies of the table say, such as their mean. With the cells that
        are shown they would give a withheld one away: such a result is refused while a company in it may not
        be shown, and these columns are emptied beside a cell that is withheld for another reason.
    """

    dimensions: tuple[str, ...]
    shown: tuple[str, ...]
    case: str = ""
    item: Items = "benefit_states"
    counts: Mapping[str, str] = field(default_factory=dict)
    population: str = "all"
    words: tuple[str, ...] = ()
    mixed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        strange = [name for name in (*self.counts, *self.words, *self.mixed) if name not in self.shown]
        if strange:
            raise ValueError(f"counts, words and mixed must be among the shown columns: {', '.join(strange)}")
        if self.mixed and not self.case:
            raise ValueError("columns that mix companies need the column that names the company")
        if not items_of(self.item):
            raise ValueError("name the permission that opens a cell about one company")
        if self.case and self.case not in self.dimensions:
            raise ValueError(f"the case column {self.case!r} must be among the dimensions")


@dataclass(frozen=True, slots=True)
class Basis:
    """On what a single number rests.

    Parameters
    ----------
    cases
        The companies behind it.
    persons, sources
        How many.
    level
        The strictest consent level of the rows behind it.
    about
        The one company it is about, or that it leaves out; empty for none.
    item
        Which permission opens it if it is about one company, or all that are needed.
    """

    cases: int
    persons: int
    sources: int
    level: int
    about: str = ""
    item: Items = "benefit_states"


def basis(rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return the basis of each group of coded rows.

    Parameters
    ----------
    rows
        One row per coding or segment with `case`, `speaker`, `source` and `consent_level`.
    by
        Columns that name a cell; may be empty for one cell over all rows.

    Returns
    -------
    DataFrame
        One row per group with the columns of `by` and of `BASIS`.

    Examples
    --------
    >>> rows = pd.DataFrame({"code": ["X", "X"], "case": ["A", "B"], "speaker": ["p", "q"],
    ...                      "source": ["s", "t"], "consent_level": [5, 2]})
    >>> basis(rows, ["code"]).to_dict("records")
    [{'code': 'X', 'cases': 2, 'persons': 2, 'sources': 2, 'level': 2}]
    """
    cell = np.zeros(len(rows), dtype=np.intp)
    for name in by:
        code, known = pd.factorize(rows[name], use_na_sentinel=False)
        cell = pd.factorize(cell * len(known) + code)[0]  # in order of appearance
    first = np.unique(cell, return_index=True)[1]
    table = rows[list(by)].take(first).reset_index(drop=True).infer_objects()
    found: dict[str, npt.NDArray[np.int64]] = {}
    for column, new in (("case", "cases"), ("speaker", "persons"), ("source", "sources")):
        code, known = pd.factorize(rows[column])
        named = (code >= 0) & (np.asarray(known != "")[code] if column == "speaker" and len(known) else True)
        pairs = np.unique(cell[named] * max(len(known), 1) + code[named])
        found[new] = np.bincount(pairs // max(len(known), 1), minlength=len(first)).astype("int64")
    level = np.full(len(first), np.iinfo("int64").max)
    np.minimum.at(level, cell, rows["consent_level"].to_numpy(dtype="int64"))
    return table.assign(**found, level=level)
