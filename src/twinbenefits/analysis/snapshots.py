"""What did the last interviews change? Two sets of results side by side: cells, ranks, verdicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from twinbenefits.analysis.case_cells import ABOUT_BOTH, ABOUT_STATES, cells_of
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.evidence.cells import BASIS, Basis, Items
from twinbenefits.evidence.disclosure import ALL

__all__ = ["Compared", "compare_results", "compare_snapshots", "parts_of_a_snapshot"]

TEAM_ALONE = 1
"""The consent level that only the team may count."""

APPEARED, GONE, CHANGED, SAME = "appeared", "gone", "changed", "same"


@dataclass(frozen=True, slots=True)
class Compared:
    """How one part of a snapshot is compared.

    Parameters
    ----------
    name
        What the part is: cells, ranks, verdicts.
    keys
        Columns that name a row in both.
    columns
        Columns whose changes are told.
    case
        The key that names a company; empty where rows are over all.
    item
        The permission that opens a row about one company, or all that are needed.
    """

    name: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    case: str = ""
    item: Items = ABOUT_STATES

    @property
    def kept(self) -> tuple[str, ...]:
        """Columns that a snapshot of this part keeps."""
        return (*self.keys, *self.columns, *BASIS)


def parts_of_a_snapshot() -> tuple[Compared, ...]:
    """Return what a snapshot of the comparison of cases holds: benefit cells, ranks, verdicts and marks."""
    return (
        Compared("cells", ("case", "code"), ("state", "segments", "sessions"), "case"),
        Compared("ranks", ("case", "code"), ("rank",), "case"),
        Compared("verdicts", ("proposition",), ("verdict", "concordant", "discordant", "rated")),
        Compared("marks", ("proposition", "case"), ("mark",), "case", ABOUT_BOTH),
    )


def compare_results(
    before: pd.DataFrame,
    after: pd.DataFrame,
    part: Compared,
    *,
    tolerance: float = 1e-9,
    keep_same: bool = False,
) -> pd.DataFrame:
    """Return what differs between two tables of one kind.

    Parameters
    ----------
    before, after
        The tables; a column that one of them lacks is left out of the comparison.
    part
        How to compare them.
    tolerance
        Numbers nearer than this are the same.
    keep_same
        Return what is the same as well, so that which rows there are says nothing.

    Returns
    -------
    DataFrame
        part, name (of the row), case, column, before, after, change (appeared, gone, changed, same) and the
        stricter basis of the two. An empty cell reads "none".

    Raises
    ------
    ValueError
        When a table lacks a key, or a key is there twice.

    Examples
    --------
    >>> part = Compared("verdicts", ("proposition",), ("verdict",))
    >>> old = pd.DataFrame({"proposition": ["P1", "P2"], "verdict": ["Supported", "Mixed"]})
    >>> new = pd.DataFrame({"proposition": ["P1", "P3"], "verdict": ["Mixed", "Mixed"]})
    >>> compare_results(old, new, part)[["name", "before", "after", "change"]].values.tolist()[:2]
    [['P1', 'Supported', 'Mixed', 'changed'], ['P2', 'Mixed', 'none', 'gone']]
    """
    tables = [_keyed(table, part, label) for table, label in ((before, "before"), (after, "after"))]
    rows = []
    for key in dict.fromkeys([*tables[0], *tables[1]]):
        old, new = (table.get(key) for table in tables)
        for column in part.columns:
            if not (column in before and column in after):
                continue
            one, other = (None if row is None else row[column] for row in (old, new))
            same = old is not None and new is not None and _same(one, other, tolerance)
            if same and not keep_same:
                continue
            change = SAME if same else APPEARED if old is None else GONE if new is None else CHANGED
            rows.append(
                {
                    "part": part.name,
                    "name": " ".join(
                        str(value) for name, value in zip(part.keys, key, strict=True) if name != part.case
                    ),
                    "case": str(key[part.keys.index(part.case)]) if part.case else ALL,
                    "column": column,
                    "before": _text(one),
                    "after": _text(other),
                    "change": change,
                    **_stricter([row for row in (old, new) if row is not None]),
                }
            )
    return pd.DataFrame(rows, columns=["part", "name", "case", "column", *_SHOWN, *BASIS])


_SHOWN = ("before", "after", "change")


def _keyed(table: pd.DataFrame, part: Compared, label: str) -> dict[tuple[object, ...], dict[str, object]]:
    absent = [name for name in part.keys if name not in table]
    if absent:
        raise ValueError(f"{part.name} {label}: the table lacks {', '.join(absent)}")
    found: dict[tuple[object, ...], dict[str, object]] = {}
    for row in table.to_dict("records"):
        key = tuple(row[name] for name in part.keys)
        if key in found:
            raise ValueError(f"{part.name} {label}: {key} stands twice")
        found[key] = {str(name): value for name, value in row.items()}
    return found


def _same(one: object, other: object, tolerance: float) -> bool:
    if pd.isna(one) or pd.isna(other):  # type: ignore[call-overload]
        return bool(pd.isna(one) and pd.isna(other))  # type: ignore[call-overload]
    if isinstance(one, float | int) and isinstance(other, float | int):
        return abs(one - other) <= tolerance
    return str(one) == str(other)


def _text(value: object) -> str:
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _stricter(rows: Sequence[Mapping[str, object]]) -> dict[str, int]:
    """Return the smaller basis and the stricter level of what was compared; nothing where none is known.

    A side that rests on nothing says nothing about consent, so its level does not count. But where the later
    one rests on nothing any more, consent may have been taken back since: that is for the team alone.
    """
    known = [row for row in rows if all(name in row for name in BASIS)]
    resting = [row for row in known if int(str(row["sources"]))]
    found = {name: min((int(str(row[name])) for row in resting), default=0) for name in BASIS}
    if resting and known[-1] not in resting:
        found["level"] = min(found["level"], TEAM_ALONE)
    return found


def compare_snapshots(
    before: Mapping[str, pd.DataFrame],
    after: Mapping[str, pd.DataFrame],
    *,
    inputs: Sequence[str],
    parts: Sequence[Compared] | None = None,
) -> dict[str, Result]:
    """Say what changed between two snapshots: cells, ranks, verdicts, marks.

    Parameters
    ----------
    before, after
        Part to its table with its basis, as the analyses give it.
    inputs
        Names of the evidence tables behind them.
    parts
        How to compare; by default :func:`parts_of_a_snapshot`.

    Returns
    -------
    dict
        Part to its result, to be released by itself; a part that one snapshot lacks is not compared.
        ``table``: as :func:`compare_results`; of parts about single companies also what is the same, so that
        the rows of a company that is withheld do not tell how much changed there. Scalar ``changed``: how
        many rows differ.
    """
    chosen = parts_of_a_snapshot() if parts is None else tuple(parts)
    both = [part for part in chosen if part.name in before and part.name in after]
    return {part.name: _compared(before[part.name], after[part.name], part, inputs) for part in both}


def _compared(before: pd.DataFrame, after: pd.DataFrame, part: Compared, inputs: Sequence[str]) -> Result:
    found = compare_results(before, after, part, keep_same=bool(part.case))
    table = found.astype(dict.fromkeys(BASIS, "int64"))
    differ = table[table["change"] != SAME].drop_duplicates(["name", "case"])
    changed = Scalar(len(differ), n=len(after), unit="rows", basis=_pooled(after))
    cells = cells_of(table, ("part", "name", "case", "column"), case="case", item=part.item)
    return Result(table, tuple(inputs), scalars={"changed": changed}, cells=cells)


def _pooled(table: pd.DataFrame) -> Basis:
    """Return on what a count over a table rests: at least as much as its broadest row."""
    if table.empty or any(name not in table for name in BASIS):
        return Basis(0, 0, 0, 0)
    resting = table[table["sources"] > 0]
    level = int(resting["level"].min()) if len(resting) else 0
    companies = resting["case"].nunique() if "case" in table else int(table["cases"].max())
    return Basis(int(companies), int(table["persons"].max()), int(table["sources"].max()), level)
