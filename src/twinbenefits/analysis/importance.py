"""What matters and what is reached: the importance-performance map, and how far its cut decides.

Medians of the items as crosshairs (Martilla and James 1977, doi:10.1177/002224297704100112). Where the cut
is drawn is a choice, so every item is placed again by other cuts, and by the medians of all items but one.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.analysis.roadmap import move_votes
from twinbenefits.analysis.votes import last_event, last_round
from twinbenefits.evidence.cells import BASIS, Basis, Cells

__all__ = ["CUTS", "QUADRANTS", "impact_effort", "importance_performance"]

CUTS = ("medians", "means", "midpoint")

QUADRANTS: Mapping[tuple[bool, bool], str] = {
    (True, False): "work on this",
    (True, True): "keep it up",
    (False, False): "lower priority",
    (False, True): "perhaps too much",
}
"""Whether an item lies at or above the cut in importance and in realization, and what that suggests."""


def importance_performance(
    summary: Result,
    events: pd.DataFrame,
    *,
    event: str = "",
    cut: str = "medians",
    importance: str = "importance",
    realized: str = "realized",
    middle: float = 5.0,
) -> Result:
    """Place each item by the median marks for importance and for how far it is reached.

    Parameters
    ----------
    summary
        What :func:`~twinbenefits.analysis.votes.item_votes` returns.
    events
        The table of this name.
    event
        Votes of this workshop; empty is the last one that voted. The last round counts.
    cut
        Where the crosshairs stand: ``"medians"`` or ``"means"`` over the items, or the scale's
        ``"midpoint"``.
    importance, realized
        The two scales.
    middle
        Midpoint of these scales.

    Returns
    -------
    Result
        table: item, version, refers_to, statement, n, importance, realized (medians over voters), quadrant,
        quadrants (all that some cut gives, parted by semicolons), stable (whether they are one), and the
        basis. Scalars: ``cut_importance``, ``cut_realized``, ``items_placed``, ``items_stable``,
        ``items_to_work_on``.

    Raises
    ------
    ValueError
        For an unknown cut.
    """
    if cut not in CUTS:
        raise ValueError(f"{cut!r} is no cut; the cuts are {', '.join(CUTS)}")
    event = event or last_event(summary.table, events)
    table = _placed(last_round(summary.table, events, event), importance, realized)
    points = table[["importance", "realized"]].to_numpy(dtype=float)
    lines = _lines(points, cut, middle)
    quadrants = [_quadrant(point, lines) for point in points]
    met = [_quadrants(point, points, middle) for point in points]
    table["quadrant"] = pd.Series(quadrants, dtype="str")
    table["quadrants"] = pd.Series([";".join(found) for found in met], dtype="str")
    table["stable"] = [len(found) == 1 for found in met]
    about = _strictest(table)
    none = "no item was marked on both scales"
    x, y = (None if np.isnan(line) else float(line) for line in lines)
    shown = ("n", "importance", "realized", "quadrant", "quadrants", "stable")
    return Result(
        table=table[["item", "version", "refers_to", "statement", *shown, *BASIS]],
        inputs=summary.inputs,
        scalars={
            "cut_importance": Scalar(x, basis=about, reason=none if x is None else None),
            "cut_realized": Scalar(y, basis=about, reason=none if y is None else None),
            "items_placed": Scalar(len(table), unit="items", basis=about),
            "items_stable": Scalar(int(table["stable"].sum()), n=len(table), unit="items", basis=about),
            "items_to_work_on": Scalar(
                quadrants.count(QUADRANTS[True, False]), n=len(table), unit="items", basis=about
            ),
        },
        limitations=(
            "An item on a line counts as above it. The map orders these items by these voters' medians; with "
            "other items the lines would stand elsewhere.",
        ),
        cells=Cells(dimensions=("item",), shown=shown),
    )


def impact_effort(votes: pd.DataFrame, items: pd.DataFrame, voters: pd.DataFrame) -> Result:
    """Return the moves by the impact and the effort that voters gave them in the last round.

    Parameters
    ----------
    votes, items, voters
        The tables of these names.

    Returns
    -------
    Result
        table: item, code, statement, voters, impact, effort (medians), and the basis. Scalar: ``moves``.
    """
    found = move_votes(votes, items, voters)
    moves = items[items["kind"] == "move"].sort_values("version").drop_duplicates("item", keep="last")
    named = moves.rename(columns={"refers_to": "code"})[["item", "code", "statement"]]
    table = named.merge(found, on="code", how="inner").reset_index(drop=True)
    for name in ("impact", "effort"):
        table[name] = table[name].astype("float64")
    for name in BASIS:
        table[name] = table[name].astype("int64")
    shown = ("voters", "impact", "effort")
    return Result(
        table=table[["item", "code", "statement", *shown, *BASIS]],
        inputs=("votes", "items", "voters"),
        scalars={"moves": Scalar(len(table), unit="moves", basis=_strictest(table))},
        limitations=("Impact is the mark for importance; both are medians over these voters.",),
        cells=Cells(dimensions=("item",), shown=shown),
    )


def _placed(rows: pd.DataFrame, importance: str, realized: str) -> pd.DataFrame:
    """Return one row per item that was marked on both scales, resting on the weaker of the two."""
    both = [rows[(rows["scale"] == scale) & rows["median"].notna()] for scale in (importance, realized)]
    names = ["item", "version", "refers_to", "statement"]
    joined = both[0][[*names, "n", "median", *BASIS]].merge(
        both[1][["item", "version", "n", "median", *BASIS]], on=["item", "version"], suffixes=("", "_other")
    )
    for name in ("n", *BASIS):
        joined[name] = joined[[name, f"{name}_other"]].min(axis=1)
    joined = joined.rename(columns={"median": "importance", "median_other": "realized"})
    return joined[[*names, "n", "importance", "realized", *BASIS]].reset_index(drop=True)


Point = Sequence[float] | np.ndarray


def _lines(points: np.ndarray, cut: str, middle: float) -> tuple[float, float]:
    if len(points) == 0:
        return np.nan, np.nan
    if cut == "midpoint":
        return middle, middle
    found = np.median(points, axis=0) if cut == "medians" else points.mean(axis=0)
    return float(found[0]), float(found[1])


def _quadrant(point: Point, lines: tuple[float, float]) -> str:
    return QUADRANTS[bool(point[0] >= lines[0]), bool(point[1] >= lines[1])]


def _quadrants(point: Point, points: np.ndarray, middle: float) -> list[str]:
    """Return every quadrant that some cut puts a point into."""
    cuts = [_lines(points, cut, middle) for cut in CUTS]
    if len(points) > 2:
        cuts += [_lines(np.delete(points, left, axis=0), "medians", middle) for left in range(len(points))]
    return list(dict.fromkeys(_quadrant(point, lines) for lines in cuts))


def _strictest(table: pd.DataFrame) -> Basis:
    """Return the basis of a number over the rows: the weakest of theirs."""
    if table.empty:
        return Basis(0, 0, 0, 0)
    least = table[list(BASIS)].min()
    return Basis(int(least["cases"]), int(least["persons"]), int(least["sources"]), int(least["level"]))
